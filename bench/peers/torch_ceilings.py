"""What this machine can do at best, through PyTorch: matrix products and a copy; one JSON line.

    python torch_ceilings.py [--device cuda|cpu] [--size-tiny]

Random operands (zeros run faster than any real data), medians of synchronised batches of products.
"""

import sys

sys.dont_write_bytecode = True

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch


def seconds(run: Callable[[], object], device: str, count: int, trials: int = 7) -> float:
    """Median over trials of the mean time of `count` runs between two synchronisations."""

    def wait() -> None:
        if device == "cuda":
            torch.cuda.synchronize()

    took = []
    for _ in range(trials + 2):  # the first two warm up
        wait()
        start = time.perf_counter()
        for _ in range(count):
            run()
        wait()
        took.append((time.perf_counter() - start) / count)
    return statistics.median(took[2:])


def product_tflops(size: int, dtype: torch.dtype, device: str, count: int) -> float:
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    out = torch.empty_like(a)
    return 2 * size**3 / seconds(lambda: torch.mm(a, b, out=out), device, count) / 1e12


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda")
    parser.add_argument("--size-tiny", action="store_true", help="small operands, for tests")
    arguments = parser.parse_args()
    device, tiny = arguments.device, arguments.size_tiny
    elements = 2**16 if tiny else 2**30
    source = torch.randn(elements, device=device, dtype=torch.bfloat16)
    target = torch.empty_like(source)
    copy = seconds(lambda: target.copy_(source), device, 5)
    del source, target
    result = {
        "gemmBf16Tflops": product_tflops(64 if tiny else 8192, torch.bfloat16, device, 5),
        # Plain float32, without TF32 (PyTorch's default).
        "gemmF32Tflops": product_tflops(64 if tiny else 4096, torch.float32, device, 5),
        # Bytes read and written.
        "copyGBs": 2 * 2 * elements / copy / 1e9,
        "source": f"PyTorch {torch.__version__} on {torch.cuda.get_device_name() if device == 'cuda' else 'cpu'}",
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
