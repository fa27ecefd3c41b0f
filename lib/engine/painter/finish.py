"""The last step of every painter: back to the frame's size, and how much of the frame shows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def finished(small: Pixels, frame: Pixels, strength: float) -> Pixels:
    """The painting at the frame's size, with as much of the frame as `strength` leaves.

    The share follows a curve: a plain fade shows two pictures over each other through most of
    its range, this one is a painting from about 0.4 on and keeps a little of the frame's fine
    detail up to 1.
    """
    height, width = frame.shape[:2]
    shrinks = small.shape[0] > height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    large = cv2.resize(small, (width, height), interpolation=how)
    share = 1 - (1 - strength) ** 2
    if share >= 1:
        return np.asarray(large, np.uint8)
    return np.asarray(cv2.addWeighted(large, share, frame, 1 - share, 0), np.uint8)
