"""Parity cases of unusual shapes, in the form of the fixtures (shared/fixtures/README.md).

    python make_cases.py OUT_DIR [NAME...]       write the cases, all or the named ones
    python make_cases.py --check DIR [--float32] recompute every quantity of a folder, print relative errors

A developer's tool: it needs torch and safetensors, which neither the product nor its tests do. Values are
computed in float64 by msta_reference.py and stored in float32. `--float32` computes in float32 instead: the
accuracy plain PyTorch reaches, by which to judge a miss. The two cases in cases/ were written by this file
(`make_cases.py cases small-deep small-flat`, then `npm run format` for their JSON).
"""

import argparse
import json
import sys
import zlib
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from msta_reference import Spec, State, adapter_shapes, compute, initial_adapter_deviation

BASE: Spec = {
    "config": {
        "res": 24, "patch": 8, "vwidth": 64, "vlayers": 2, "vheads": 2, "out": 24, "T": 4,
        "ctx": 12, "vocab": 61, "twidth": 48, "tlayers": 2, "theads": 2,
    },
    "adapter": {"dim": 16, "start": 1, "alpha": 0.1},
    "batch": 2, "classes": 4, "descriptions_per_class": 2, "lambda": 1.0,
    "lr": 0.001, "betas": [0.9, 0.98], "eps": 1e-8, "weight_decay": 0.001,
}  # fmt: skip

# What each case changes of BASE; `temp` is the checkpoint's scalar, 0.01 unless given.
CASES: dict[str, dict[str, Any]] = {
    # One frame: the outer taps of V see padding only. Head dims 20 and 10; 4 groups of 3 channels.
    "one-frame": {
        "T": 1, "patch": 12, "vwidth": 40, "twidth": 30, "theads": 3, "dim": 12, "batch": 1, "temp": 0.05,
    },
    # Three frames under five taps. r = W makes V depthwise; one adapted block, the top one.
    "five-taps": {"T": 3, "kt": 5, "dim": 64, "start": 2, "batch": 1, "temp": 0.07},
    # Kernel (1,1,1); no S; head dim 64; nine patches of 7x7; other optimiser constants.
    "no-shared": {
        "T": 5, "kt": 1, "shared": False, "res": 21, "patch": 7, "vwidth": 128, "dim": 24, "alpha": 1.0,
        "lr": 0.003, "betas": [0.8, 0.999], "eps": 1e-6, "weight_decay": 0.1, "temp": 0.2,
    },
    # L/14's pairing: the text ends first, blocks 3 and 4 are video-only. 16 groups of 3 channels, r > W/2.
    "deep-video": {
        "vlayers": 4, "dim": 48, "start": 2, "classes": 7, "descriptions_per_class": 3, "lambda": 0.5,
    },
    # The adapted blocks all lie beyond the text encoder: only video adapts, and the text is a constant.
    "video-only-top": {"vlayers": 4, "start": 4, "dim": 20, "T": 3, "alpha": 0.5},
    # The other way round: text blocks without a video partner. lambda = 0: MSTA, where 1 is MSTA+.
    "deep-text": {"vlayers": 1, "tlayers": 3, "dim": 96, "T": 2, "batch": 5, "classes": 3, "lambda": 0.0},
    # A single patch a frame; r and W without a common factor: one group of all channels.
    "one-patch": {
        "res": 16, "patch": 16, "T": 5, "dim": 9, "vheads": 4, "classes": 2, "descriptions_per_class": 1,
    },
    # 1765 tokens of tiny patches; one head of 32, one text head of 64.
    "many-tokens": {
        "res": 28, "patch": 2, "T": 9, "vwidth": 32, "vheads": 1, "twidth": 64, "theads": 1, "dim": 24,
    },
    # The published alpha, r > W; patch 14.
    "wide-adapter": {
        "res": 42, "patch": 14, "T": 7, "vwidth": 48, "dim": 80, "alpha": 0.005, "lambda": 0.5,
    },
    # One block of each B/16 encoder and an adapter at their published widths (about 100 MB).
    "published-widths": {
        "res": 48, "patch": 16, "T": 8, "vwidth": 768, "vlayers": 1, "vheads": 12, "out": 512, "ctx": 32,
        "twidth": 512, "tlayers": 1, "theads": 8, "dim": 128, "alpha": 0.005,
    },
    # Kept in cases/. Unequal depths, odd T, 6 groups of 3 channels, r > W/2, widths no vector length divides.
    "small-deep": {
        "res": 12, "patch": 4, "T": 3, "vwidth": 30, "vheads": 3, "out": 20, "ctx": 9, "vocab": 31,
        "twidth": 22, "tlayers": 1, "dim": 18, "classes": 7, "descriptions_per_class": 3, "lambda": 0.5,
    },
    # Kept in cases/. One head of 32, a single frame under five taps, no S, r = W, only the top block.
    "small-flat": {
        "res": 10, "patch": 5, "T": 1, "vwidth": 32, "vheads": 1, "out": 16, "ctx": 7, "vocab": 23,
        "twidth": 20, "theads": 1, "dim": 32, "start": 2, "kt": 5, "shared": False, "batch": 1,
        "classes": 3, "alpha": 1.0, "temp": 0.05,
    },
}  # fmt: skip


def specification(changes: dict[str, Any]) -> Spec:
    """BASE with a case's changes, each put where that key belongs."""
    spec: Spec = json.loads(json.dumps(BASE))
    for key, value in changes.items():
        if key in spec["config"]:
            spec["config"][key] = value
        elif key in ("dim", "start", "alpha", "kt", "shared"):
            spec["adapter"][key] = value
        elif key in spec:
            spec[key] = value
        elif key != "temp":
            raise KeyError(key)
    return spec


class Random:
    """Float32 values of one stream, seeded by a case's name: cases do not depend on each other."""

    def __init__(self, name: str) -> None:
        self.generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))

    def normal(self, *shape: int, deviation: float = 1.0, mean: float = 0.0) -> Tensor:
        return torch.randn(shape, generator=self.generator) * deviation + mean

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        return torch.randint(low, high, shape, generator=self.generator)


def random_model(config: dict[str, int], temp: float, random: Random) -> State:
    """A ViCLIP state dict whose norms and biases are not at their neutral values."""
    state: State = {"temp": torch.tensor(temp)}

    def norm(name: str, width: int) -> None:
        state[f"{name}.weight"] = random.normal(width, deviation=0.05, mean=1.0)
        state[f"{name}.bias"] = random.normal(width, deviation=0.02)

    def linear(weight: str, bias: str, rows: int, columns: int) -> None:
        state[weight] = random.normal(rows, columns, deviation=columns**-0.5)
        state[bias] = random.normal(rows, deviation=0.02)

    def transformer(root: str, width: int, depth: int) -> None:
        for i in range(depth):
            at = f"{root}.transformer.resblocks.{i}"
            norm(f"{at}.ln_1", width)
            linear(f"{at}.attn.in_proj_weight", f"{at}.attn.in_proj_bias", 3 * width, width)
            linear(f"{at}.attn.out_proj.weight", f"{at}.attn.out_proj.bias", width, width)
            norm(f"{at}.ln_2", width)
            linear(f"{at}.mlp.c_fc.weight", f"{at}.mlp.c_fc.bias", 4 * width, width)
            linear(f"{at}.mlp.c_proj.weight", f"{at}.mlp.c_proj.bias", width, 4 * width)

    width, patch, root = config["vwidth"], config["patch"], "vision_encoder"
    state[f"{root}.class_embedding"] = random.normal(width, deviation=0.1)
    positions = 1 + (config["res"] // patch) ** 2
    state[f"{root}.positional_embedding"] = random.normal(positions, width, deviation=0.1)
    state[f"{root}.temporal_positional_embedding"] = random.normal(1, config["T"], width, deviation=0.1)
    state[f"{root}.conv1.weight"] = random.normal(width, 3, 1, patch, patch, deviation=(3 * patch**2) ** -0.5)
    norm(f"{root}.ln_pre", width)
    transformer(root, width, config["vlayers"])
    norm(f"{root}.ln_post", width)
    state[f"{root}.proj"] = random.normal(width, config["out"], deviation=width**-0.5)

    width, root = config["twidth"], "text_encoder"
    state[f"{root}.token_embedding.weight"] = random.normal(config["vocab"], width)
    state[f"{root}.positional_embedding"] = random.normal(config["ctx"], width, deviation=0.1)
    transformer(root, width, config["tlayers"])
    norm(f"{root}.ln_final", width)
    state[f"{root}.text_projection"] = random.normal(width, config["out"], deviation=width**-0.5)
    return state


def random_ids(config: dict[str, int], count: int, random: Random) -> Tensor:
    """Sentences SOT words EOT 0 0 ...: the first is empty, the second fills the context; 0 is a word, too."""
    ids = torch.zeros(count, config["ctx"], dtype=torch.int64)
    for row in range(count):
        most = config["ctx"] - 2
        words = [0, most][row] if row < 2 else int(random.integers(0, most + 1, 1))
        ids[row, 0] = config["vocab"] - 2
        ids[row, 1 : 1 + words] = random.integers(0, config["vocab"] - 2, words)
        ids[row, 1 + words] = config["vocab"] - 1
    return ids


def random_case(spec: Spec, random: Random) -> State:
    """The inputs and the adapter's parameters; its biases are not zero, or a forgotten one would not show."""
    config, classes = spec["config"], spec["classes"]
    case: State = {
        "input.video": random.normal(spec["batch"], 3, config["T"], config["res"], config["res"]),
        "input.prompt_ids": random_ids(config, classes, random),
        "input.spatial_ids": random_ids(config, classes * spec["descriptions_per_class"], random),
        "input.temporal_ids": random_ids(config, classes * spec["descriptions_per_class"], random),
        "input.labels": random.integers(0, classes, spec["batch"]),
    }
    for name, shape in adapter_shapes(spec).items():
        deviation = 0.02 if len(shape) == 1 else initial_adapter_deviation(shape)
        case[f"msta.param.{name}"] = random.normal(*shape, deviation=deviation)
    return case


def write(folder: Path, name: str) -> None:
    spec, random = specification(CASES[name]), Random(name)
    model = random_model(spec["config"], CASES[name].get("temp", 0.01), random)
    case = random_case(spec, random)
    case |= {key: value.to(torch.float32) for key, value in compute(spec, model, case).items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(spec, indent=2) + "\n")
    for kind, state in (("model", model), ("case", case)):
        contiguous = {key: value.contiguous() for key, value in state.items()}
        save_file(contiguous, folder / f"{name}.{kind}.safetensors")
    size = sum(path.stat().st_size for path in folder.glob(f"{name}.*"))
    print(f"{name}: {len(case)} tensors, {size / 1000:.0f} kB")


def load(path: Path) -> State:
    with safe_open(path, "pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}


def relative_error(actual: Tensor | None, expected: Tensor | None) -> float:
    """|actual - expected| / |expected|; infinite where one side is missing or shaped otherwise."""
    if actual is None or expected is None or actual.shape != expected.shape:
        return inf
    difference, size = (actual.double() - expected.double()).norm().item(), expected.double().norm().item()
    return difference / size if size else inf if difference else 0.0


def errors(folder: Path, dtype: torch.dtype) -> Iterator[tuple[str, float]]:
    """The relative error of every quantity of every case of a folder."""
    for path in sorted(folder.glob("*.case.safetensors")):
        name = path.name.removesuffix(".case.safetensors")
        spec = json.loads((folder / f"{name}.json").read_text())
        case = load(path)
        given = {key for key in case if key.startswith(("input.", "msta.param."))}
        parameters = {key: tuple(case[key].shape) for key in given if key.startswith("msta.param.")}
        if parameters != {f"msta.param.{key}": shape for key, shape in adapter_shapes(spec).items()}:
            yield f"{name} msta.param.*: names or shapes", inf
        ours = compute(spec, load(folder / f"{name}.model.safetensors"), case, dtype)
        for key in sorted((ours.keys() | case.keys()) - given):
            yield f"{name} {key}", relative_error(ours.get(key), case.get(key))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", choices=[[], *CASES], metavar="NAME")
    parser.add_argument("--check", action="store_true", help="recompute the cases of FOLDER instead")
    parser.add_argument("--float32", action="store_true", help="check in float32: the yardstick")
    arguments = parser.parse_args()
    if not arguments.check:
        for name in arguments.names or CASES:
            write(arguments.folder, name)
        return 0
    rows = list(errors(arguments.folder, torch.float32 if arguments.float32 else torch.float64))
    for name, error in rows:
        print(f"{name:<100} {error:.2e}")
    worst = max((error for _, error in rows), default=inf)
    print(f"{len(rows)} quantities, worst {worst:.2e}")
    return 0 if worst <= (5e-5 if arguments.float32 else 1e-6) else 1


if __name__ == "__main__":
    sys.exit(main())
