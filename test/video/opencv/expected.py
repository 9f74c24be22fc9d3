"""What SPEC section 5 asks of a video, by OpenCV and NumPy alone: frame numbers, resized and cropped frames."""

from fractions import Fraction
from math import floor

import cv2
import numpy as np

MEAN = np.array([0.485, 0.456, 0.406])
STD = np.array([0.229, 0.224, 0.225])


def test_indices(count, frames):
    """floor(i N / T + N / (2 T)) mod N."""
    return [floor(Fraction(i * count, frames) + Fraction(count, 2 * frames)) % count for i in range(frames)]


def multi_view_indices(count, frames, clips):
    """tick = N / T, starts = integer linspace(0, tick - 1, V), index floor(start + tick i) mod N."""
    tick = Fraction(count, frames)
    starts = np.linspace(0, count / frames - 1, clips, dtype=int) if clips > 1 else [0]
    return [[floor(int(start) + tick * i) % count for i in range(frames)] for start in starts]


def may_be_train_indices(indices, count, frames):
    """Whether each is in the range that i a + randint[0, a), or round-half-even(i N / T) mod N, can give."""
    segment = count // frames
    if segment == 0:
        return indices == [round(Fraction(i * count, frames)) % count for i in range(frames)]
    return len(indices) == frames and all(i * segment <= n < (i + 1) * segment for i, n in enumerate(indices))


def test_views(frame, size, crops):
    """The crops [size, size, 3] of one rgb frame, uint8."""
    height, width = frame.shape[:2]
    short = floor(size * 256 / 224 + 0.5) if crops == 1 else size
    scale = short / min(width, height)
    new_width, new_height = floor(width * scale + 0.5), floor(height * scale + 0.5)
    resized = cv2.resize(frame, (new_width, new_height), interpolation=cv2.INTER_LINEAR)
    spare_x, spare_y = new_width - size, new_height - size
    centre = (spare_x // 2, spare_y // 2)
    if crops == 1:
        corners = [centre]
    elif spare_x >= spare_y:
        corners = [(0, 0), centre, (spare_x, 0)]
    else:
        corners = [(0, 0), centre, (0, spare_y)]
    return [resized[y : y + size, x : x + size] for x, y in corners]


def normalise(pixels):
    """[..., 3] from 0 to 255, with the channels first of all but the leading axis (views): [V, 3, T, H, W]."""
    return np.moveaxis((pixels / 255 - MEAN) / STD, -1, 1)
