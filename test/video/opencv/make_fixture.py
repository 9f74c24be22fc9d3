"""Writes test/fixtures/opencv-resize.json: what OpenCV makes of small noisy pictures, for a test that needs no OpenCV.

    /usr/bin/python3 test/video/opencv/make_fixture.py
"""

import base64
import json
from pathlib import Path

import cv2
import numpy as np
from expected import test_views

# Width, height, size, crops.
CASES = [
    (5, 7, 16, 1),
    (1, 1, 8, 1),
    (1, 6, 7, 3),
    (66, 50, 24, 1),
    (66, 50, 24, 3),
    (95, 127, 17, 3),
    (31, 9, 13, 3),
    (24, 24, 21, 1),
    (640, 11, 12, 1),
]


def noise(width, height):
    """[height, width, 3]; the same formula is in the test."""
    i = np.arange(width * height * 3, dtype=np.uint64)
    mixed = i * 2654435761 % 2**32
    return ((mixed ^ mixed >> 15) >> 8 & 255).astype(np.uint8).reshape(height, width, 3)


def main():
    cases = []
    for width, height, size, crops in CASES:
        views = np.stack(test_views(noise(width, height), size, crops))
        case = {"width": width, "height": height, "size": size, "crops": crops}
        cases.append({**case, "views": base64.b64encode(views.tobytes()).decode()})
    fixture = {"source": f"OpenCV {cv2.__version__}, resize INTER_LINEAR; test/video/opencv/make_fixture.py"}
    path = Path(__file__).resolve().parents[2] / "fixtures/opencv-resize.json"
    path.write_text(json.dumps({**fixture, "cases": cases}, indent=2) + "\n")


if __name__ == "__main__":
    main()
