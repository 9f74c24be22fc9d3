"""The PyTorch peer of the video forward: ViCLIP-B/16 with random weights, one JSON line of times.

    python torch_forward.py [--batch 1] [--repeat 10] [--dtype f32|bf16] [--compile] [--threads N]

Built as a careful PyTorch user would build it: fused scaled_dot_product_attention, weights in the dtype of
the computation, inference mode, warm-up, every available core. Like the public ViCLIP code it runs the last
block for every token. Prints {"name", "medianMs", "times", "peakRssMb"} and what it ran.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import time
import warnings
from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTH, BLOCKS, HEADS, PATCH, FRAMES, SIZE, EMBED = 768, 12, 12, 16, 8, 224, 512


class QuickGELU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.in_proj = nn.Linear(WIDTH, 3 * WIDTH)
        self.out_proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, _ = x.shape
        q, k, v = self.in_proj(x).view(batch, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.out_proj(mixed.transpose(1, 2).reshape(batch, tokens, WIDTH))


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = Attention()
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), QuickGELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class VideoEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        patches = (SIZE // PATCH) ** 2
        self.conv1 = nn.Conv3d(3, WIDTH, (1, PATCH, PATCH), (1, PATCH, PATCH), bias=False)
        self.class_embedding = nn.Parameter(torch.randn(WIDTH) / sqrt(WIDTH))
        self.positional_embedding = nn.Parameter(torch.randn(1 + patches, WIDTH) / sqrt(WIDTH))
        self.temporal_positional_embedding = nn.Parameter(torch.randn(1, FRAMES, WIDTH) / sqrt(WIDTH))
        self.ln_pre, self.ln_post = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
        self.proj = nn.Parameter(torch.randn(WIDTH, EMBED) / sqrt(WIDTH))

    def forward(self, video: Tensor) -> Tensor:
        tokens = self.conv1(video).flatten(3).permute(0, 3, 2, 1)  # [B, patch, time, W]
        tokens = tokens + self.positional_embedding[1:, None] + self.temporal_positional_embedding
        cls = (self.class_embedding + self.positional_embedding[0]).expand(len(video), 1, -1)
        x = self.blocks(self.ln_pre(torch.cat([cls, tokens.flatten(1, 2)], dim=1)))
        return self.ln_post(x[:, 0]) @ self.proj


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--batch", type=int, default=1, help="clips per forward (1)")
    parser.add_argument("--repeat", type=int, default=10, help="timed forwards (10)")
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--compile", action="store_true", help="torch.compile, with frozen weights")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="(available cores)")
    arguments = parser.parse_args()
    if min(arguments.batch, arguments.repeat, arguments.threads) < 1:
        parser.error("--batch, --repeat and --threads are at least 1")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    warnings.filterwarnings("ignore")  # the compiler's remarks; stdout and stderr stay readable
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    # The default, so that no float32 copy of the weights counts in the peak of memory.
    torch.set_default_dtype(torch.float32 if arguments.dtype == "f32" else torch.bfloat16)
    model = VideoEncoder().eval().requires_grad_(False)
    video = torch.randn(arguments.batch, 3, FRAMES, SIZE, SIZE)
    forward = model
    if arguments.compile:
        # Freezing lets the compiler lay the weights out for the matrix products once.
        torch._inductor.config.freezing = True
        forward = torch.compile(model)

    times: list[float] = []
    with torch.inference_mode() if not arguments.compile else torch.no_grad():
        for _ in range(2):  # warm-up; the first compiles
            forward(video)
        for _ in range(arguments.repeat):
            start = time.perf_counter()
            embedding = forward(video)
            times.append(round((time.perf_counter() - start) * 1000, 3))
    if embedding.shape != (arguments.batch, EMBED) or not embedding.isfinite().all():
        print("torch_forward.py: the forward gave no finite embedding", file=sys.stderr)
        return 1
    result = {
        "name": "torch-compile" if arguments.compile else "torch-eager",
        "medianMs": round(statistics.median(times), 3),
        "times": times,
        "peakRssMb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "dtype": arguments.dtype,
        "batch": arguments.batch,
        "threads": arguments.threads,
        "torch": torch.__version__,
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
