"""A small CLIP in every layout that is read, and what PyTorch makes of it.

    python make_clip.py OUT_DIR [--b16]

A developer's tool: it needs torch and safetensors. `make_clip.py ../../fixtures/clip` wrote the files that
test/models/clip.test.ts reads; `--b16` writes a model of B/16's sizes instead (600 MB a file) and its features
only. CLIP is written here as its paper and its public checkpoints define it, out of torch.nn's own layers;
values are rounded to float16, as OpenAI's are, and the features computed in float64.
"""

import argparse
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from msta_reference import Spec, State, cross_entropy, encode_text, encode_video

BATCH, CLASSES = 2, 3
VICLIP_CONTEXT = 32
LEARNING_RATE = 1e-3


@dataclass
class Sizes:
    resolution: int
    patch: int
    frames: int
    width: int
    layers: int
    heads: int
    text_width: int
    text_layers: int
    text_heads: int
    context: int
    vocabulary: int
    embed: int


SMALL = Sizes(12, 4, 3, 24, 2, 3, 20, 2, 2, 40, 50, 9)
B16 = Sizes(224, 16, 8, 768, 12, 12, 512, 12, 8, 77, 49408, 512)


class QuickGELU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        layers = {
            "c_fc": nn.Linear(width, 4 * width),
            "gelu": QuickGELU(),
            "c_proj": nn.Linear(4 * width, width),
        }
        self.mlp = nn.Sequential(OrderedDict(layers))

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        h = self.ln_1(x)
        x = x + self.attn(h, h, h, need_weights=False, attn_mask=mask)[0]
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, heads) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        for block in self.resblocks:
            x = block(x, mask)
        return x


class VisionTransformer(nn.Module):
    def __init__(self, s: Sizes) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, s.width, s.patch, s.patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(s.width))
        self.positional_embedding = nn.Parameter(torch.empty(1 + (s.resolution // s.patch) ** 2, s.width))
        self.ln_pre, self.ln_post = nn.LayerNorm(s.width), nn.LayerNorm(s.width)
        self.transformer = Transformer(s.width, s.layers, s.heads)
        self.proj = nn.Parameter(torch.empty(s.width, s.embed))

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv1(image).flatten(2).transpose(1, 2)
        cls = self.class_embedding.expand(len(x), 1, -1)
        x = self.ln_pre(torch.cat([cls, x], dim=1) + self.positional_embedding)
        return self.ln_post(self.transformer(x)[:, 0]) @ self.proj


class CLIP(nn.Module):
    def __init__(self, s: Sizes) -> None:
        super().__init__()
        self.visual = VisionTransformer(s)
        self.transformer = Transformer(s.text_width, s.text_layers, s.text_heads)
        self.token_embedding = nn.Embedding(s.vocabulary, s.text_width)
        self.positional_embedding = nn.Parameter(torch.empty(s.context, s.text_width))
        self.ln_final = nn.LayerNorm(s.text_width)
        self.text_projection = nn.Parameter(torch.empty(s.text_width, s.embed))
        self.logit_scale = nn.Parameter(torch.empty([]))

    def encode_video(self, video: Tensor) -> Tensor:
        """[B,3,T,H,W] to [B,E]: the mean of the frames' embeddings, not normalised."""
        frames = video.transpose(1, 2)
        return self.visual(frames.flatten(0, 1)).unflatten(0, frames.shape[:2]).mean(1)

    def encode_text(self, ids: Tensor) -> Tensor:
        x = self.token_embedding(ids) + self.positional_embedding
        mask = torch.full((ids.shape[1], ids.shape[1]), float("-inf"), dtype=x.dtype).triu(1)
        x = self.ln_final(self.transformer(x, mask))
        return x[torch.arange(len(x)), ids.argmax(-1)] @ self.text_projection

    def loss(self, video: Tensor, ids: Tensor, labels: Tensor) -> Tensor:
        v, t = F.normalize(self.encode_video(video), dim=-1), F.normalize(self.encode_text(ids), dim=-1)
        return F.cross_entropy(self.logit_scale.exp() * v @ t.T, labels)


def fill(model: CLIP, generator: torch.Generator) -> None:
    """Values of the order of a trained model's, none of them neutral, all of them exact in float16."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            mean = 1.0 if "ln_" in name and name.endswith("weight") else 0.0
            deviation = 0.1
            if value.dim() > 1 and "embedding" not in name:
                is_projection = name in ("visual.proj", "text_projection")
                deviation = (len(value) if is_projection else value[0].numel()) ** -0.5
            value.copy_((mean + deviation * torch.randn(value.shape, generator=generator)).half().float())
        model.logit_scale.fill_(2.25)


def hugging_face(state: State) -> State:
    """The same under the names and in the form of Hugging Face's CLIPModel."""
    out: State = {
        "logit_scale": state["logit_scale"],
        "visual_projection.weight": state["visual.proj"].T,
        "text_projection.weight": state["text_projection"].T,
        "vision_model.embeddings.class_embedding": state["visual.class_embedding"],
        "vision_model.embeddings.patch_embedding.weight": state["visual.conv1.weight"],
        "vision_model.embeddings.position_embedding.weight": state["visual.positional_embedding"],
        "text_model.embeddings.token_embedding.weight": state["token_embedding.weight"],
        "text_model.embeddings.position_embedding.weight": state["positional_embedding"],
    }
    for model, positions in (("vision", "visual.positional_embedding"), ("text", "positional_embedding")):
        out[f"{model}_model.embeddings.position_ids"] = torch.arange(len(state[positions]))[None]
    norms = {
        "visual.ln_pre": "vision_model.pre_layrnorm",
        "visual.ln_post": "vision_model.post_layernorm",
        "ln_final": "text_model.final_layer_norm",
    }
    modules = {
        "attn.out_proj": "self_attn.out_proj",
        "ln_1": "layer_norm1",
        "ln_2": "layer_norm2",
        "mlp.c_fc": "mlp.fc1",
        "mlp.c_proj": "mlp.fc2",
    }
    for name, value in state.items():
        before, is_block, rest = name.partition("transformer.resblocks.")
        module, _, kind = name.rpartition(".")
        if module in norms:
            out[f"{norms[module]}.{kind}"] = value
        if not is_block:
            continue
        number, _, rest = rest.partition(".")
        layer = f"{'vision' if before else 'text'}_model.encoder.layers.{number}"
        if rest.startswith("attn.in_proj_"):
            for part, third in zip("qkv", value.chunk(3), strict=True):
                out[f"{layer}.self_attn.{part}_proj.{rest.removeprefix('attn.in_proj_')}"] = third
        else:
            module, _, kind = rest.rpartition(".")
            out[f"{layer}.{modules[module]}.{kind}"] = value
    return out


def vifi(state: State) -> State:
    """The same as ViFi-CLIP writes it: no token embedding, and a prompt learner that nobody reads."""
    out: State = {"module.prompt_learner.token_prefix": torch.zeros(CLASSES, 1, 4)}
    for name, value in state.items():
        if name.startswith("visual."):
            out[f"module.image_encoder.{name.removeprefix('visual.')}"] = value
        elif name == "logit_scale":
            out[f"module.{name}"] = value
        elif not name.startswith("token_embedding"):
            out[f"module.text_encoder.{name}"] = value
    return out


def as_viclip(state: State, frames: int) -> State:
    """The ViCLIP that begins as this CLIP."""
    out: State = {"temp": (-state["logit_scale"]).exp()}
    for name, value in state.items():
        if name.startswith("visual."):
            out[f"vision_encoder.{name.removeprefix('visual.')}"] = value
        elif name != "logit_scale":
            out[f"text_encoder.{name}"] = value
    out["vision_encoder.conv1.weight"] = state["visual.conv1.weight"][:, :, None]
    width = len(state["visual.class_embedding"])
    out["vision_encoder.temporal_positional_embedding"] = torch.zeros(1, frames, width)
    out["text_encoder.positional_embedding"] = state["positional_embedding"][:VICLIP_CONTEXT]
    return {name: value.double() for name, value in out.items()}


def enlarged(model: CLIP, s: Sizes, video: Tensor) -> Tensor:
    """Features of clips of another resolution, by the spatial embedding interpolated."""
    side, target = s.resolution // s.patch, video.shape[-1] // s.patch
    positions = model.visual.positional_embedding
    grid = positions[1:].T.reshape(1, -1, side, side)
    grid = F.interpolate(grid, (target, target), mode="bicubic", align_corners=False).flatten(2)[0].T
    changed = nn.Parameter(torch.cat([positions[:1], grid]))
    model.visual.positional_embedding = changed
    features = model.encode_video(video)
    model.visual.positional_embedding = positions
    return features


def sentences(s: Sizes, generator: torch.Generator) -> Tensor:
    """SOT words EOT 0 0 ..., the longest as long as ViCLIP takes."""
    ids = torch.zeros(CLASSES, s.context, dtype=torch.int64)
    for row, words in enumerate((0, 4, VICLIP_CONTEXT - 2)):
        ids[row, 0] = s.vocabulary - 2
        ids[row, 1 : 1 + words] = torch.randint(0, s.vocabulary - 2, (words,), generator=generator)
        ids[row, 1 + words] = s.vocabulary - 1
    return ids


def small_case(model: CLIP, s: Sizes, case: State, generator: torch.Generator) -> State:
    """Everything besides the features: one step of full tuning, another resolution, ViCLIP."""
    video, ids = case["input.video"], case["input.prompt_ids"]
    labels = torch.tensor([1, 0])
    large = torch.randn(1, 3, s.frames, 20, 20, generator=generator).double()
    out: State = {"input.labels": labels, "input.large_video": large, "large.video_embed": enlarged(model, s, large)}

    state = as_viclip(model.state_dict(), s.frames)
    spec: Spec = {
        "config": {
            "T": s.frames, "patch": s.patch, "vlayers": s.layers, "vheads": s.heads, "tlayers": s.text_layers,
            "theads": s.text_heads,
        },
    }  # fmt: skip
    short = ids[:, :VICLIP_CONTEXT]
    out["viclip.video_embed"] = encode_video(state, {}, spec, video)
    out["viclip.text_embed"] = encode_text(state, {}, spec, short)
    out["viclip.ce"] = cross_entropy(state, out["viclip.video_embed"], out["viclip.text_embed"], labels)

    tuned = {name: value for name, value in model.named_parameters() if not name.startswith("token_embedding")}
    optimizer = torch.optim.AdamW(
        tuned.values(), lr=LEARNING_RATE, betas=(0.9, 0.98), eps=1e-8, weight_decay=1e-3
    )
    loss = model.loss(video, ids, labels)
    loss.backward()
    out["full.ce"] = loss
    out |= {f"full.grad.{name}": value.grad.clone() for name, value in tuned.items()}
    optimizer.step()
    out["full.after1.logit_scale"] = model.logit_scale
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--b16", action="store_true", help="B/16's sizes, features only")
    options = parser.parse_args()
    s = B16 if options.b16 else SMALL
    generator = torch.Generator().manual_seed(20)
    model = CLIP(s)
    fill(model, generator)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    video = torch.randn(BATCH, 3, s.frames, s.resolution, s.resolution, generator=generator)
    case: State = {"input.video": video.double(), "input.prompt_ids": sentences(s, generator)}
    model = model.double()
    case["video_embed"] = model.encode_video(case["input.video"])
    case["text_embed"] = model.encode_text(case["input.prompt_ids"])
    if not options.b16:
        case |= small_case(model, s, case, generator)

    options.out.mkdir(parents=True, exist_ok=True)
    files = {
        "openai": {name: value.half() for name, value in state.items()},
        "hugging-face": hugging_face(state),
        "vifi": vifi(state),
        "case": {name: value.float() if value.is_floating_point() else value for name, value in case.items()},
    }
    for name, tensors in files.items():
        contiguous = {key: value.detach().contiguous().clone() for key, value in tensors.items()}
        save_file(contiguous, options.out / f"{name}.safetensors")
    print(", ".join(f"{path.name} {path.stat().st_size / 1000:.0f} kB" for path in options.out.iterdir()))


if __name__ == "__main__":
    main()
