"""The PyTorch peer of the loader: a DataLoader over PyAV, a worker a core; one JSON line of milliseconds a clip.

    python av_loader.py FOLDER [--repeat 3] [--size 224] [--copies 1] [--batch 4]

The transform is the test's (resize, crop, normalise), which is no slower than training's random one. Memory is that
of the parent and its workers together.
"""

import sys

sys.dont_write_bytecode = True

import argparse
import json
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset

from av_clips import cores, peak_rss_mb, read_clip, time_passes, videos_of


class Clips(Dataset):
    def __init__(self, videos: list[Path], size: int) -> None:
        self.videos, self.size = videos, size

    def __len__(self) -> int:
        return len(self.videos)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, float]:
        return torch.from_numpy(read_clip(self.videos[i], self.size)), peak_rss_mb()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--copies", type=int, default=1, help="how often every video is in the list (1)")
    parser.add_argument("--batch", type=int, default=4)
    arguments = parser.parse_args()
    clips = Clips(videos_of(arguments.folder) * arguments.copies, arguments.size)
    settings = {"batch_size": arguments.batch, "shuffle": True, "num_workers": cores(), "persistent_workers": True}
    loader = DataLoader(clips, **settings)
    workers = [0.0]

    def run() -> None:
        for batch, memory in loader:
            assert batch.shape[1:3] == (3, 8)
            workers.append(float(memory.max()))

    times = time_passes(run, arguments.repeat, len(clips))
    memory = peak_rss_mb() + cores() * max(workers)
    print(json.dumps({"times": times, "peakRssMb": memory, "clips": len(clips)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
