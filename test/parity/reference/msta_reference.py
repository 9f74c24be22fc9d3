"""SPEC.md sections 1 to 4 as plain PyTorch: ViCLIP, the MSTA adapter, the loss, three optimiser steps.

Written from the specification alone, for reading and as an oracle. Nothing here is fast or clever: every
token goes through every block, every padded prompt through the whole text encoder, and attention is three
lines of matrix arithmetic. State dicts are flat dictionaries under the names of the public checkpoint.
"""

from math import gcd, sqrt
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

State = dict[str, Tensor]
Spec = dict[str, Any]


def adapted_blocks(spec: Spec, encoder: str) -> range:
    """The adapted blocks of an encoder, 0-based: from `start` (1-based) to its own top one."""
    depth = spec["config"]["vlayers" if encoder == "video" else "tlayers"]
    return range(min(spec["adapter"]["start"] - 1, depth), depth)


def adapter_shapes(spec: Spec) -> dict[str, tuple[int, ...]]:
    """Name and shape of every adapter tensor.

    Video block i and text block i share S_i. The encoders may differ in depth: a block without a partner
    in the other encoder has its S all the same. `shared: false` is the ablation without S.
    """
    config, adapter = spec["config"], spec["adapter"]
    r, taps = adapter["dim"], adapter.get("kt", 3)
    shapes: dict[str, tuple[int, ...]] = {}

    def layer(name: str, weight: tuple[int, ...]) -> None:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = weight, weight[:1]

    for encoder, width in (("video", config["vwidth"]), ("text", config["twidth"])):
        for i in adapted_blocks(spec, encoder):
            layer(f"{encoder}.{i}.down", (r, width))
            layer(f"{encoder}.{i}.up", (width, r))
            if encoder == "video":
                layer(f"video.{i}.temporal", (width, r // gcd(r, width), taps, 1, 1))
            if adapter.get("shared", True):
                layer(f"shared.{i}", (r, r))
    return shapes


def initial_adapter_deviation(shape: tuple[int, ...]) -> float:
    """Standard deviation of a weight of this shape: Kaiming normal, fan_out, gain for ReLU."""
    fan_out = shape[0] * (shape[2] if len(shape) == 5 else 1)
    return sqrt(2 / fan_out)


def layer_norm(p: State, name: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"], eps=1e-5)


def linear(p: State, name: str, x: Tensor) -> Tensor:
    return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def attention(p: State, name: str, x: Tensor, heads: int, causal: bool) -> Tensor:
    """Multi-head self-attention over the tokens of x [B,N,W]; the packed projection is ordered q, k, v."""
    B, N, W = x.shape
    packed = x @ p[f"{name}.in_proj_weight"].T + p[f"{name}.in_proj_bias"]
    q, k, v = packed.view(B, N, 3, heads, W // heads).permute(2, 0, 3, 1, 4)
    scores = q @ k.transpose(-1, -2) / sqrt(W // heads)
    if causal:
        future = torch.ones(N, N, dtype=torch.bool).triu(1)
        scores = scores.masked_fill(future, float("-inf"))
    mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(B, N, W)
    return linear(p, f"{name}.out_proj", mixed)


def block(p: State, name: str, x: Tensor, heads: int, causal: bool) -> Tensor:
    """A pre-norm transformer block with QuickGELU."""
    x = x + attention(p, f"{name}.attn", layer_norm(p, f"{name}.ln_1", x), heads, causal)
    hidden = linear(p, f"{name}.mlp.c_fc", layer_norm(p, f"{name}.ln_2", x))
    return x + linear(p, f"{name}.mlp.c_proj", hidden * torch.sigmoid(1.702 * hidden))


def adapter(p: State, encoder: str, i: int, h: Tensor, frames: int) -> Tensor:
    """MSTA of block i for h = ln_1(x) [B,N,W], before alpha: down, shared, up; for video, temporal up too.

    The temporal convolution runs along the `frames` tokens of each patch, zero-padded at both ends of the
    clip; it sees no CLS token and gives it nothing.
    """
    z = linear(p, f"{encoder}.{i}.down", h).relu()
    if f"shared.{i}.weight" in p:
        z = linear(p, f"shared.{i}", z).relu()
    a = linear(p, f"{encoder}.{i}.up", z)
    if encoder == "text":
        return a
    weight, bias = p[f"video.{i}.temporal.weight"], p[f"video.{i}.temporal.bias"]
    B, N, r = z.shape
    grid = z[:, 1:].reshape(B, (N - 1) // frames, frames, r)  # [B, patch, time, r]
    volume = grid.permute(0, 3, 2, 1).unsqueeze(-1)  # [B, r, time, patch, 1]: V has no spatial extent
    up = F.conv3d(volume, weight, bias, padding=(weight.shape[2] // 2, 0, 0), groups=r // weight.shape[1])
    patches = up.squeeze(-1).permute(0, 3, 2, 1).reshape(B, N - 1, weight.shape[0])
    return torch.cat([a[:, :1], a[:, 1:] + patches], dim=1)


def blocks(p: State, msta: State, spec: Spec, encoder: str, x: Tensor) -> Tensor:
    """All blocks of an encoder, with the adapter in parallel to those that `msta` has parameters for."""
    config, video = spec["config"], encoder == "video"
    for i in range(config["vlayers" if video else "tlayers"]):
        name = f"{'vision' if video else 'text'}_encoder.transformer.resblocks.{i}"
        out = block(p, name, x, config["vheads" if video else "theads"], causal=not video)
        if f"{encoder}.{i}.down.weight" in msta:
            h = layer_norm(p, f"{name}.ln_1", x)
            out = out + spec["adapter"]["alpha"] * adapter(msta, encoder, i, h, config["T"])
        x = out
    return x


def encode_video(p: State, msta: State, spec: Spec, video: Tensor) -> Tensor:
    """Clips [B,3,T,H,W] to embeddings [B,E], not normalised. Patch j of frame t is token 1 + j*T + t."""
    patch, root = spec["config"]["patch"], "vision_encoder"
    features = F.conv3d(video, p[f"{root}.conv1.weight"], stride=(1, patch, patch))  # [B, W, T, rows, cols]
    tokens = features.flatten(3).permute(0, 3, 2, 1)  # [B, patch, time, W]
    positions = p[f"{root}.positional_embedding"]
    tokens = tokens + positions[1:, None] + p[f"{root}.temporal_positional_embedding"]
    cls = (p[f"{root}.class_embedding"] + positions[0]).expand(len(video), 1, -1)
    x = layer_norm(p, f"{root}.ln_pre", torch.cat([cls, tokens.flatten(1, 2)], dim=1))
    x = blocks(p, msta, spec, "video", x)
    return layer_norm(p, f"{root}.ln_post", x[:, 0]) @ p[f"{root}.proj"]


def encode_text(p: State, msta: State, spec: Spec, ids: Tensor) -> Tensor:
    """Token ids [C,ctx] to embeddings [C,E], not normalised: the row of the highest id, EOT."""
    root = "text_encoder"
    x = p[f"{root}.token_embedding.weight"][ids] + p[f"{root}.positional_embedding"]
    x = layer_norm(p, f"{root}.ln_final", blocks(p, msta, spec, "text", x))
    return x[torch.arange(len(ids)), ids.argmax(-1)] @ p[f"{root}.text_projection"]


def unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True)


def description_means(p: State, spec: Spec, ids: Tensor) -> Tensor:
    """s_c or t_c [C,E]: the mean of a class's normalised frozen features; ids [C*N,ctx], class-major."""
    return unit(encode_text(p, {}, spec, ids)).unflatten(0, (spec["classes"], -1)).mean(1)


def cross_entropy(p: State, video: Tensor, classes: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(unit(video) @ unit(classes).T / p["temp"], labels)


def consistency(classes: Tensor, spatial: Tensor, temporal: Tensor) -> Tensor:
    return (2 - F.cosine_similarity(classes, spatial) - F.cosine_similarity(classes, temporal)).mean()


def gradients(loss: Tensor, p: State) -> State:
    """d loss / d p; zero where the loss does not depend on a tensor."""
    found = torch.autograd.grad(loss, list(p.values()), allow_unused=True, materialize_grads=True)
    return dict(zip(p, found, strict=True))


def compute(spec: Spec, model: State, case: State, dtype: torch.dtype = torch.float64) -> State:
    """Every quantity of a parity case from its `input.*` and `msta.param.*` tensors, in `dtype`."""
    # Clones, because the optimiser below works in place.
    frozen = {name: value.to(dtype, copy=True) for name, value in model.items()}
    msta = {
        name.removeprefix("msta.param."): value.to(dtype, copy=True).requires_grad_()
        for name, value in case.items()
        if name.startswith("msta.param.")
    }
    video, prompts, labels = case["input.video"].to(dtype), case["input.prompt_ids"], case["input.labels"]
    spatial = description_means(frozen, spec, case["input.spatial_ids"])
    temporal = description_means(frozen, spec, case["input.temporal_ids"])
    out: State = {
        "frozen.video_embed": encode_video(frozen, {}, spec, video),
        "frozen.text_embed": encode_text(frozen, {}, spec, prompts),
        "frozen.spatial_mean": spatial,
        "frozen.temporal_mean": temporal,
    }

    constants = {"betas": tuple(spec["betas"]), "eps": spec["eps"], "weight_decay": spec["weight_decay"]}
    optimizer = torch.optim.AdamW(msta.values(), lr=spec["lr"], **constants)
    for step in range(3):
        clips, classes = encode_video(frozen, msta, spec, video), encode_text(frozen, msta, spec, prompts)
        ce, cc = cross_entropy(frozen, clips, classes, labels), consistency(classes, spatial, temporal)
        loss = ce + spec["lambda"] * cc
        gradient = gradients(loss, msta)
        if step == 0:
            out |= {"msta.video_embed": clips, "msta.text_embed": classes}
            out |= {"msta.ce": ce, "msta.cc": cc, "msta.loss": loss}
            out |= {f"msta.grad.{name}": value for name, value in gradient.items()}
        for name, value in msta.items():
            value.grad = gradient[name]
        optimizer.step()
    out |= {f"msta.after3.{name}": value for name, value in msta.items()}

    trained = {name: value.requires_grad_() for name, value in frozen.items() if name != "temp"}
    out["full.ce"] = cross_entropy(
        frozen, encode_video(frozen, {}, spec, video), encode_text(frozen, {}, spec, prompts), labels
    )
    out |= {f"full.grad.{name}": value for name, value in gradients(out["full.ce"], trained).items()}
    return {name: value.detach() for name, value in out.items()}
