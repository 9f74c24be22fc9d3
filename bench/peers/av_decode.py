"""The PyAV peer of decoding: every video of a folder, in one process; one JSON line of milliseconds a clip and core.

    python av_decode.py FOLDER [--repeat 3] [--size 224] [--copies 1]

A thread a core, each decoding videos of its own: PyAV leaves the interpreter's lock while it decodes.
"""

import sys

sys.dont_write_bytecode = True

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av

from av_clips import cores, peak_rss_mb, read_clip, time_passes, videos_of


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--copies", type=int, default=1, help="how often every video is in the list (1)")
    arguments = parser.parse_args()
    videos = videos_of(arguments.folder) * arguments.copies
    with ThreadPoolExecutor(cores()) as pool:

        def run() -> None:
            for clip in pool.map(lambda path: read_clip(path, arguments.size), videos):
                assert clip.shape[1:] == (8, arguments.size, arguments.size)

        times = time_passes(run, arguments.repeat, len(videos) / cores())
    print(json.dumps({"times": times, "peakRssMb": peak_rss_mb(), "clips": len(videos), "av": av.__version__}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
