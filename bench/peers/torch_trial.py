"""What the PyTorch trials share: arguments, timing, memory, and which attention ran."""

import argparse
import json
import os
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import torch

from torch_viclip import B16, TINY, Sizes

DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16}


def parser(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--batch", type=int, default=1, help="clips (1)")
    parser.add_argument("--repeat", type=int, default=10, help="timed iterations (10)")
    parser.add_argument("--dtype", choices=list(DTYPES), default="f32")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile")
    parser.add_argument("--mode", choices=["default", "reduce-overhead"], default="default", help="of torch.compile")
    parser.add_argument("--cls-only", action="store_true", help="compute only CLS in the last video block")
    parser.add_argument("--size-tiny", action="store_true", help="a tiny model instead of B/16, for tests")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="(available cores)")
    return parser


def set_up(parser: argparse.ArgumentParser) -> tuple[argparse.Namespace, Sizes]:
    arguments = parser.parse_args()
    if min(arguments.batch, arguments.repeat, arguments.threads) < 1:
        parser.error("--batch, --repeat and --threads are at least 1")
    warnings.filterwarnings("ignore")  # the compiler's remarks; stdout and stderr stay readable
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    if arguments.dtype == "f32":
        # float32 means float32: PyTorch's default would use TF32 in convolutions.
        torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True  # the fastest of cuDNN's convolutions
    torch.set_default_device(arguments.device)
    # The default, so that no float32 copy of the weights counts in the peak of memory.
    torch.set_default_dtype(DTYPES[arguments.dtype])
    return arguments, TINY if arguments.size_tiny else B16


def synchronize(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def time_runs(run: Callable[[], Any], device: str, warmup: int, repeat: int) -> dict[str, Any]:
    """Milliseconds of each iteration, the device synchronised before and after it; and the peak of memory."""
    # As long as there is a default device, every call in Python pays for looking it up.
    torch.set_default_device(None)
    for _ in range(warmup):  # the first compiles
        run()
    synchronize(device)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        synchronize(device)
        times.append(round((time.perf_counter() - start) * 1000, 4))
    result = {"times": times, "medianMs": round(statistics.median(times), 4)}
    if device == "cuda":
        free, total = torch.cuda.mem_get_info()
        result["peakDeviceMb"] = round(torch.cuda.max_memory_allocated() / 2**20, 1)
        result["deviceUsedMb"] = round((total - free) / 2**20, 1)
    return result


def peak_rss_mb() -> float:
    """The most memory that this process has held, in MiB; getrusage would begin with that of its parent."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def attention_backends(run: Callable[[], Any]) -> list[str]:
    """The attention operators that one more iteration calls; empty where the profiler does not work."""
    try:
        from torch.profiler import ProfilerActivity, profile

        with profile(activities=[ProfilerActivity.CPU]) as seen:
            run()
        # Forward only: `..._backward` ones follow from them.
        marks = ("scaled_dot_product_", "_attention_math")
        names = {event.key.removeprefix("aten::") for event in seen.key_averages()}
        return sorted(n for n in names if any(mark in n for mark in marks) and not n.startswith("scaled") and "backward" not in n)
    except Exception:  # noqa: BLE001: a figure less, not a failed trial
        return []


def report(arguments: argparse.Namespace, result: dict[str, Any]) -> None:
    common = {
        "name": "torch-compile" if arguments.compile else "torch-eager",
        "peakRssMb": round(peak_rss_mb(), 1),
        "device": torch.cuda.get_device_name() if arguments.device == "cuda" else "cpu",
        "dtype": arguments.dtype,
        "batch": arguments.batch,
        "mode": arguments.mode if arguments.compile else None,
        "clsOnly": arguments.cls_only,
        "threads": arguments.threads,
        "torch": torch.__version__,
    }
    print(json.dumps(common | result))
