"""ViCLIP and MSTA (SPEC sections 1 to 3) in PyTorch, for torch_forward.py and torch_train.py.

Built as a careful PyTorch user would build it: fused scaled_dot_product_attention, weights and activations in
the dtype of the computation, the adapter's float32 weights cast where they are used (as autocast does). Modules
are named so that a state dict has the names of the public checkpoint, and an adapter those of SPEC section 2.
"""

from dataclasses import dataclass
from math import gcd, sqrt

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Sizes:
    size: int
    patch: int
    frames: int
    width: int
    blocks: int
    heads: int
    text_width: int
    text_blocks: int
    text_heads: int
    embed: int
    context: int = 32
    vocabulary: int = 49408


B16 = Sizes(224, 16, 8, 768, 12, 12, 512, 12, 8, 512)
# As VICLIP_TINY of lib/models/viclip/sizes.ts.
TINY = Sizes(64, 16, 8, 128, 4, 4, 96, 3, 4, 64)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.randn(3 * width, width) / sqrt(width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def split(self, x: Tensor, parts: int) -> Tensor:
        """[B,N,parts*W] to [parts,B,heads,N,head dim]."""
        return x.unflatten(-1, (parts, self.heads, -1)).permute(2, 0, 3, 1, 4)

    def forward(self, x: Tensor, causal: bool, first_only: bool) -> Tensor:
        weight, bias, width = self.in_proj_weight, self.in_proj_bias, x.shape[-1]
        if first_only:
            (q,) = self.split(F.linear(x[:, :1], weight[:width], bias[:width]), 1)
            k, v = self.split(F.linear(x, weight[width:], bias[width:]), 2)
        else:
            q, k, v = self.split(F.linear(x, weight, bias), 3)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out_proj(mixed.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.c_fc(x)
        return self.c_proj(hidden * torch.sigmoid(1.702 * hidden))


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = Attention(width, heads), Mlp(width)

    def forward(self, x: Tensor, causal: bool, first_only: bool) -> tuple[Tensor, Tensor]:
        """The block's output and ln_1 x, for the adapter; both of the first token alone with first_only."""
        normed = self.ln_1(x)
        attended = self.attn(normed, causal, first_only)
        if first_only:
            x, normed = x[:, :1], normed[:, :1]
        x = x + attended
        return x + self.mlp(self.ln_2(x)), normed


class Transformer(nn.Module):
    def __init__(self, width: int, blocks: int, heads: int) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, heads) for _ in range(blocks))

    def forward(self, x: Tensor, adapter=None, causal: bool = False, cls_only: bool = False) -> Tensor:
        for i, block in enumerate(self.resblocks):
            x, normed = block(x, causal, cls_only and i == len(self.resblocks) - 1)
            a = adapter(i, normed) if adapter else None
            if a is not None:
                x = torch.add(x, a, alpha=adapter.alpha)
        return x


class VideoEncoder(nn.Module):
    def __init__(self, s: Sizes) -> None:
        super().__init__()
        width, patches = s.width, (s.size // s.patch) ** 2
        self.conv1 = nn.Conv3d(3, width, (1, s.patch, s.patch), (1, s.patch, s.patch), bias=False)
        self.class_embedding = nn.Parameter(torch.randn(width) / sqrt(width))
        self.positional_embedding = nn.Parameter(torch.randn(1 + patches, width) / sqrt(width))
        self.temporal_positional_embedding = nn.Parameter(torch.randn(1, s.frames, width) / sqrt(width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Transformer(width, s.blocks, s.heads)
        self.proj = nn.Parameter(torch.randn(width, s.embed) / sqrt(width))

    def forward(self, video: Tensor, adapter=None, cls_only: bool = False) -> Tensor:
        tokens = self.conv1(video).flatten(3).permute(0, 3, 2, 1)  # [B, patch, time, W]
        tokens = tokens + self.positional_embedding[1:, None] + self.temporal_positional_embedding
        cls = (self.class_embedding + self.positional_embedding[0]).expand(len(video), 1, -1)
        x = self.ln_pre(torch.cat([cls, tokens.flatten(1, 2)], dim=1))
        x = self.transformer(x, adapter, cls_only=cls_only)
        return self.ln_post(x[:, 0]) @ self.proj


class TextEncoder(nn.Module):
    def __init__(self, s: Sizes) -> None:
        super().__init__()
        width = s.text_width
        self.token_embedding = nn.Embedding(s.vocabulary, width)
        self.positional_embedding = nn.Parameter(torch.randn(s.context, width) * 0.01)
        self.transformer = Transformer(width, s.text_blocks, s.text_heads)
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.randn(width, s.embed) / sqrt(width))

    def forward(self, ids: Tensor, adapter=None) -> Tensor:
        """Ids [C, length]: no longer than the longest text, since attention is causal and only EOT is read."""
        x = self.token_embedding(ids) + self.positional_embedding[: ids.shape[1]]
        x = self.transformer(x, adapter, causal=True)
        return self.ln_final(x[torch.arange(len(ids), device=ids.device), ids.argmax(-1)]) @ self.text_projection


def cast_linear(x: Tensor, layer: nn.Linear) -> Tensor:
    return F.linear(x, layer.weight.to(x.dtype), layer.bias.to(x.dtype))


class Msta(nn.Module):
    """The adapter of `layers` (1-based, inclusive) of both encoders, in float32."""

    def __init__(self, s: Sizes, layers: tuple[int, int], dim: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.alpha, self.dropout, self.frames, self.temporal_as = 0.005, dropout, s.frames, "shift"
        first, last = layers
        self.video, self.text, self.shared = nn.ModuleDict(), nn.ModuleDict(), nn.ModuleDict()
        for i in range(first - 1, last):
            for name, width, blocks in (("video", s.width, s.blocks), ("text", s.text_width, s.text_blocks)):
                if i < blocks:
                    parts = {"down": nn.Linear(width, dim), "up": nn.Linear(dim, width)}
                    if name == "video":
                        groups = gcd(dim, width)
                        parts["temporal"] = nn.Conv3d(dim, width, (3, 1, 1), padding=(1, 0, 0), groups=groups)
                    getattr(self, name)[str(i)] = nn.ModuleDict(parts)
            self.shared[str(i)] = nn.Linear(dim, dim)

    def of(self, encoder: str) -> "Side":
        return Side(self, encoder)

    def temporal(self, z: Tensor, layer: nn.Conv3d) -> Tensor:
        """V z [B,N-1,W] of z [B,N-1,r]: the convolution over each patch's frames.

        "shift" writes it as three shifted products, which compilers fuse; only where a group has one input.
        """
        weight, bias = layer.weight.to(z.dtype), layer.bias.to(z.dtype)
        grid = z.unflatten(1, (-1, self.frames))  # [B, patch, time, r]
        if self.temporal_as == "shift" and weight.shape[1] == 1:
            wide = grid.repeat_interleave(len(weight) // layer.groups, -1)
            wide = F.pad(wide, (0, 0, 1, 1))
            taps = [wide[:, :, j : j + self.frames] * weight[:, 0, j, 0, 0] for j in range(3)]
            return (taps[0] + taps[1] + taps[2] + bias).flatten(1, 2)
        volume = grid.permute(0, 3, 2, 1).unsqueeze(-1)
        up = F.conv3d(volume, weight, bias, padding=(1, 0, 0), groups=layer.groups)
        return up.squeeze(-1).permute(0, 3, 2, 1).flatten(1, 2)


class Side:
    """The adapter as one encoder calls it: `side(i, ln_1 x)`, None for a block that it leaves alone."""

    def __init__(self, msta: Msta, encoder: str) -> None:
        self.msta, self.blocks, self.alpha = msta, getattr(msta, encoder), msta.alpha

    def __call__(self, i: int, h: Tensor) -> Tensor | None:
        if str(i) not in self.blocks:
            return None
        layers = self.blocks[str(i)]
        z = cast_linear(h, layers["down"]).relu()
        z = cast_linear(z, self.msta.shared[str(i)]).relu()
        z = F.dropout(z, self.msta.dropout, self.msta.training)
        a = cast_linear(z, layers["up"])
        if "temporal" in layers and h.shape[1] > 1:
            patches = self.msta.temporal(z[:, 1:], layers["temporal"])
            a = a + F.pad(patches, (0, 0, 1, 0))  # CLS gets the spatial term only
        return a


def unit(x: Tensor) -> Tensor:
    return F.normalize(x.float(), dim=-1)


def losses(video: Tensor, classes: Tensor, labels: Tensor, spatial: Tensor, temporal: Tensor, temp: float, weight: float):
    """CE + lambda CC, as SPEC section 3 has them; in float32."""
    ce = F.cross_entropy(unit(video) @ unit(classes).T / temp, labels)
    classes = classes.float()
    cc = (2 - F.cosine_similarity(classes, spatial) - F.cosine_similarity(classes, temporal)).mean()
    return ce + weight * cc, ce, cc
