"""Holds `msta frames` to OpenCV: the frames that SPEC section 5 names, resized by cv2.resize, of real and made clips.

    /usr/bin/python3 test/video/opencv/check_frames.py [FILE_OR_FOLDER ...]

Needs a built tree, ffmpeg, and Python with OpenCV and NumPy (Debian: apt-get install python3-opencv). All frames of
each video are decoded by ffmpeg to raw rgb24, without our selection. A row a video: the smallest share of values within
1/255 and the largest difference in 1/255, of bytes and of normalised output. Exits with 1 where a share is below 99.9 %,
a frame number is another, or the clips of a codec could not be made.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from clips import make_clips
from expected import STD, may_be_train_indices, multi_view_indices, normalise, test_indices, test_views

FRAMES = 8
LEAST_SHARE = 0.999
FFMPEG = os.environ.get("MSTA_FFMPEG", "ffmpeg")
ROOT = Path(__file__).resolve().parents[3]
# Clips, crops, size, raw.
CASES = [
    (1, 1, 224, True),
    (1, 1, 97, True),
    (1, 3, 224, True),
    (4, 3, 112, True),
    (1, 1, 224, False),
    (2, 3, 64, False),
]


class Problem(Exception):
    pass


def decode(file):
    """Every decoded frame of a video in turn, [height, width, 3]."""
    source = [FFMPEG, "-nostdin", "-v", "quiet", "-i", f"file:{file}", "-map"]
    for stream in ("0:V:0", "0:v:0"):
        first = [*source, stream, "-frames:v", "1", "-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "-"]
        header = subprocess.run(first, stdout=subprocess.PIPE).stdout.split(b"\n", 3)
        if len(header) == 4:
            break
    else:
        return
    width, height = map(int, header[1].split())
    every = [*source, stream, "-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    with subprocess.Popen(every, stdout=subprocess.PIPE) as run:
        while len(picture := run.stdout.read(width * height * 3)) == width * height * 3:
            yield np.frombuffer(picture, np.uint8).reshape(height, width, 3)


def msta_frames(file, folder, *options):
    """What `msta frames` reports, and the tensor that it writes."""
    out = Path(folder, "frames.safetensors")
    cli = ["node", str(ROOT / "dist/lib/cli/main.js"), "frames", "--out", str(out), "--json", *options, "--", str(file)]
    run = subprocess.run(cli, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        raise Problem(run.stderr.strip())
    data = out.read_bytes()
    length = int.from_bytes(data[:8], "little")
    tensor = json.loads(data[8 : 8 + length])["frames"]
    kind = {"U8": np.uint8, "F32": np.float32}[tensor["dtype"]]
    return json.loads(run.stdout), np.frombuffer(data[8 + length :], kind).reshape(tensor["shape"])


def expected_indices(count, clips):
    return [test_indices(count, FRAMES)] if clips == 1 else multi_view_indices(count, FRAMES, clips)


def check_training(file, folder, count):
    for seed in range(3):
        report, _ = msta_frames(file, folder, "--sampling", "train", "--seed", str(seed), "--size", "32", "--raw")
        if not may_be_train_indices(report["indices"][0], count, FRAMES):
            raise Problem(f"seed {seed} took {report['indices'][0]} of {count} frames for training")


def compare(frames, case, ours):
    """Share of values within 1/255, and the largest difference in 1/255."""
    clips, crops, size, raw = case
    views = []
    for clip in frames:
        by_frame = [test_views(frame, size, crops) for frame in clip]
        views += [np.stack([crop[i] for crop in by_frame]) for i in range(crops)]
    theirs = np.stack(views).astype(np.float64)
    if not raw:
        theirs = normalise(theirs)
    if ours.shape != theirs.shape:
        raise Problem(f"shape {ours.shape} instead of {theirs.shape}")
    one = 1 if raw else (1 / 255 / STD).reshape(1, 3, 1, 1, 1)
    difference = np.abs(ours.astype(np.float64) - theirs) / one
    # The margin is for the rounding of float32.
    return np.mean(difference <= 1 + 1e-4), difference.max()


def check(file, folder):
    """The row of one video; nothing if ffmpeg decodes none of it."""
    size, count = None, 0
    for frame in decode(file):
        size, count = frame.shape[1::-1], count + 1
    if count == 0:
        return None
    wanted = sorted({n for clips, *_ in CASES for clip in expected_indices(count, clips) for n in clip})
    frames = {n: frame for n, frame in enumerate(decode(file)) if n in wanted}
    shares, differences = [], []
    for case in CASES:
        clips, crops, side, raw = case
        options = ["--views", f"{clips}x{crops}", "--size", str(side), *(["--raw"] if raw else [])]
        report, ours = msta_frames(file, folder, *options)
        indices = expected_indices(count, clips)
        if report["frameCount"] != count or report["indices"] != indices:
            raise Problem(f"took {report['indices']} of {report['frameCount']} frames, not {indices} of {count}")
        if (report["width"], report["height"]) != tuple(size):
            raise Problem(f"{report['width']}x{report['height']} instead of {size[0]}x{size[1]}")
        share, difference = compare([[frames[n] for n in clip] for clip in indices], case, ours)
        shares.append(share)
        differences.append(difference)
    check_training(file, folder, count)
    return f"{size[0]}x{size[1]}", count, min(shares), max(differences)


def codec(file):
    probe = ["ffprobe", "-v", "quiet", "-select_streams", "V:0", "-show_entries", "stream=codec_name,pix_fmt"]
    words = subprocess.run([*probe, "-of", "csv=p=0", f"file:{file}"], stdout=subprocess.PIPE, text=True).stdout.split()
    return (words or ["?"])[0].replace(",", " ")


def given_videos(paths):
    for path in map(Path, paths):
        yield from sorted(path.iterdir()) if path.is_dir() else [path]


def main(paths):
    shared = ROOT.parent / "shared/data/videos"
    if not paths:
        paths = [folder for folder in (shared / "action", shared / "odd") if folder.is_dir()]
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        made, failed = make_clips(folder, FFMPEG)
        for file in failed:
            print(f"{file.name}: ffmpeg cannot make it")
        bad += len(failed)
        print(f"{'video':36} {'codec':20} {'size':10} {'frames':>6} {'within 1/255':>12} {'largest':>8}")
        for file in [*given_videos(paths), *made]:
            start = f"{file.name:36} {codec(file):20}"
            try:
                row = check(file, folder)
            except Problem as problem:
                bad += 1
                print(f"{start} {problem}", flush=True)
                continue
            if row is None:
                print(f"{start} has no frame that ffmpeg decodes", flush=True)
                continue
            size, count, share, largest = row
            # NaN is bad, too.
            verdict = "" if share >= LEAST_SHARE else "  BAD"
            bad += verdict != ""
            print(f"{start} {size:10} {count:6} {share:12.4%} {largest:8.3f}{verdict}", flush=True)
    print(f"{bad} bad" if bad else "all as OpenCV")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
