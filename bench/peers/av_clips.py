"""What the PyAV trials share: 8 frames of a video, resized and cropped; peak memory."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

FRAMES = 8
MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)
SUFFIXES = {".mp4", ".avi", ".mkv", ".webm", ".mov"}


def videos_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def sample(count: int) -> list[int]:
    """The middle of each of FRAMES pieces; none of an unknown count."""
    return [(2 * i + 1) * count // (2 * FRAMES) for i in range(FRAMES)] if count else []


def read_clip(path: Path, size: int) -> np.ndarray:
    """[3, FRAMES, size, size], float32, normalised: the middle of each of FRAMES pieces of the video.

    Every frame is decoded, on this thread alone; only those of the clip are kept and converted, by swscale, which
    resizes them in the same pass (to the short side, bilinearly as msta-native does); then they are cropped.
    """
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        told = stream.frames
        wanted = sample(told)
        picked, count = {}, 0
        for frame in container.decode(stream):
            if not wanted or count in wanted:
                picked[count] = frame
            count += 1
    # Headers may be wrong; those that are not tell which frames count before all are there.
    if wanted and count != told:
        raise ValueError(f"{path}: {count} frames where its header says {told}")
    picked = [picked[i] for i in sample(count)]
    width, height = picked[0].width, picked[0].height
    scale = size / min(width, height)
    wide, high = max(size, round(width * scale)), max(size, round(height * scale))
    left, top = (wide - size) // 2, (high - size) // 2
    clip = np.empty((FRAMES, size, size, 3), dtype=np.uint8)
    for i, frame in enumerate(picked):
        small = frame.reformat(wide, high, "rgb24", interpolation="BILINEAR").to_ndarray()
        clip[i] = small[top : top + size, left : left + size]
    normalised = clip.astype(np.float32)
    normalised *= 1 / (255 * STD)
    normalised -= MEAN / STD
    return np.ascontiguousarray(normalised.transpose(3, 0, 1, 2))


def time_passes(run: Callable[[], None], repeat: int, each: float) -> list[float]:
    """Milliseconds of each pass over `each`, after one to warm up."""
    run()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1000 / each)
    return times


def peak_rss_mb() -> float:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def cores() -> int:
    return len(os.sched_getaffinity(0))
