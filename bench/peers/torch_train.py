"""The PyTorch peer of one MSTA+ training step; one JSON line of times and losses.

    python torch_train.py --layers 8-12 --dim 128 --classes 400 [--batch 32] [--dtype bf16] [--device cuda] ...

The same arithmetic as lib/train/step.ts: both encoders forward with the adapter in their blocks `--layers`,
CE + lambda CC, gradients for the adapter only (none below the first adapted block), AdamW. As in the public ViCLIP
code the text branch runs from the token ids in every step, at all positions of the context; --trim cuts the texts
behind the longest one's end token.
As a careful PyTorch user would write it: frozen weights and activations in --dtype, float32 adapter weights cast
where they are used, scaled_dot_product_attention, fused AdamW, one synchronisation a step. Every token goes
through the last block unless --cls-only gives it the saving that msta-native has. --autocast leaves the casts to
PyTorch: float32 weights, bfloat16 products.

Left out, on both sides: decoding, transforms, copying clips to the device (they are there, normalised), learning
rate schedule, gradient scaling (bfloat16 needs none). Two differences favour PyTorch's time: its residual stream
has --dtype, where msta-native's is float32; and the loss is not read back before the update.

--weights DIR: model, adapter and inputs from DIR/{model,adapter,inputs}.safetensors instead of random ones, and
no dropout; test/bench/peers.test.ts compares the losses of three steps with msta-native's.
"""

import sys

sys.dont_write_bytecode = True

import time
from pathlib import Path

import torch
from torch import Tensor

from torch_trial import attention_backends, parser, report, set_up, synchronize, time_runs
from torch_viclip import Msta, Sizes, TextEncoder, VideoEncoder, losses


TEMPORAL = "the temporal convolution as conv3d or as shifted products; auto: whichever is faster (auto)"


def random_ids(classes: int, length: int, positions: int, vocabulary: int) -> Tensor:
    """Prompts of SOT, words, EOT: of 5 to `length` ids, one of each length among every few, zeros up to `positions`."""
    ids = torch.zeros(classes, positions, dtype=torch.int64)
    for c in range(classes):
        end = length - 1 - c % (length - 4)
        ids[c, 0] = vocabulary - 2
        ids[c, 1:end] = torch.randint(1, vocabulary - 2, (end - 1,))
        ids[c, end] = vocabulary - 1
    return ids


def random_inputs(arguments, sizes: Sizes) -> dict[str, Tensor]:
    shape, length = (arguments.classes, sizes.embed), arguments.prompt_length
    positions = length if arguments.trim else sizes.context
    return {
        "video": torch.randn(arguments.batch, 3, sizes.frames, sizes.size, sizes.size),
        "ids": random_ids(arguments.classes, length, positions, sizes.vocabulary),
        "labels": torch.arange(arguments.batch) * 7 % arguments.classes,
        "spatial": torch.randn(shape, dtype=torch.float32),
        "temporal": torch.randn(shape, dtype=torch.float32),
    }


def load(folder: Path, video: VideoEncoder, text: TextEncoder, msta: Msta, device: str) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    state = load_file(folder / "model.safetensors", device)
    for prefix, module in (("vision_encoder.", video), ("text_encoder.", text)):
        own = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        module.load_state_dict(own)
    msta.load_state_dict(load_file(folder / "adapter.safetensors", device))
    msta.dropout = 0.0
    inputs = load_file(folder / "inputs.safetensors", device)
    inputs["video"] = inputs["video"].to(video.proj.dtype)
    return inputs | {"ids": inputs["ids"].long(), "labels": inputs["labels"].long()}


def faster_temporal(msta: Msta, tokens: int, batch: int, dtype: torch.dtype, device: str) -> str:
    """How eager PyTorch does the temporal convolution fastest: "conv" (conv3d) or "shift"."""
    layer = next(iter(msta.video.values()))["temporal"]
    took = {}
    for how in ("conv", "shift"):
        msta.temporal_as = how
        z = torch.randn(batch, tokens - 1, layer.in_channels, dtype=dtype, requires_grad=True)
        for _ in range(3):  # the last one counts
            synchronize(device)
            start = time.perf_counter()
            msta.temporal(z, layer).sum().backward()
            synchronize(device)
            took[how] = time.perf_counter() - start
    msta.zero_grad(set_to_none=True)
    return min(took, key=took.get)


def main() -> int:
    arguments_parser = parser(__doc__.split("\n")[0])
    arguments_parser.add_argument("--layers", default="8-12", help="adapted blocks, 1-based (8-12)")
    arguments_parser.add_argument("--dim", type=int, default=128, help="r (128)")
    arguments_parser.add_argument("--classes", type=int, default=400, help="class prompts (400)")
    arguments_parser.add_argument("--prompt-length", type=int, default=12, help="ids of the longest prompt (12)")
    arguments_parser.add_argument("--trim", action="store_true", help="no positions behind the longest prompt")
    arguments_parser.add_argument("--lr", type=float, default=1e-3)
    arguments_parser.add_argument("--temporal", choices=["auto", "conv", "shift"], default="auto", help=TEMPORAL)
    arguments_parser.add_argument("--autocast", action="store_true", help="bf16 by autocast of float32 weights")
    arguments_parser.add_argument("--weights", type=Path, help="a folder of weights and inputs, for the test")
    arguments, sizes = set_up(arguments_parser)
    half = torch.get_default_dtype()
    if arguments.autocast:
        torch.set_default_dtype(torch.float32)
    first, last = map(int, arguments.layers.split("-"))
    video, text = (encoder(sizes).eval().requires_grad_(False) for encoder in (VideoEncoder, TextEncoder))
    dtype, device = video.proj.dtype, arguments.device
    torch.set_default_dtype(torch.float32)
    msta = Msta(sizes, (first, last), arguments.dim).train()
    torch.set_default_dtype(dtype)
    given = load(arguments.weights, video, text, msta, device) if arguments.weights else random_inputs(arguments, sizes)
    tokens = 1 + (sizes.size // sizes.patch) ** 2 * sizes.frames
    if arguments.temporal != "auto":
        msta.temporal_as = arguments.temporal
    elif not arguments.compile:  # a compiler fuses "shift"
        msta.temporal_as = faster_temporal(msta, tokens, arguments.batch, dtype, device)

    def loss_of(clips, ids, labels, spatial, temporal):
        with torch.autocast(device, half, enabled=arguments.autocast):
            embedding = video(clips, msta.of("video"), arguments.cls_only)
            classes = text(ids, msta.of("text"))
        return losses(embedding, classes, labels, spatial, temporal, temp=0.01, weight=1.0)

    forward = torch.compile(loss_of, dynamic=False, mode=arguments.mode) if arguments.compile else loss_of
    constants = {"betas": (0.9, 0.98), "eps": 1e-8, "weight_decay": 1e-3}
    optimizer = torch.optim.AdamW(msta.parameters(), lr=arguments.lr, fused=True, **constants)
    seen: list[Tensor] = []

    def step() -> None:
        parts = forward(given["video"], given["ids"], given["labels"], given["spatial"], given["temporal"])
        optimizer.zero_grad(set_to_none=True)
        parts[0].backward()
        optimizer.step()
        seen.append(torch.stack([part.detach() for part in parts]))

    if arguments.weights:
        result = time_runs(step, device, 0, 3)
    else:
        result = time_runs(step, device, 2 if device == "cpu" else 4, arguments.repeat)
        result["sdpa"] = attention_backends(step) if device == "cuda" or arguments.size_tiny else []
    result["losses"] = [part.tolist() for part in seen[:3]]
    result["temporal"], result["trained"] = msta.temporal_as, sum(p.numel() for p in msta.parameters())
    if not all(bool(part.isfinite().all()) for part in seen):
        print("torch_train.py: a loss is not finite", file=sys.stderr)
        return 1
    report(arguments, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
