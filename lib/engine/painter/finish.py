"""The last steps of a painter: mixing in a part of the frame, and scaling to its size."""

from __future__ import annotations

import cv2
import numpy as np

from lib.core.pixels import Pixels

_DETAIL = 0.5  # the share of the frame's fine light and dark that is put back, at most
_DETAIL_WIDTH = 1 / 64  # of the picture's width: about the size of eyes and mouths


def with_features(painted: Pixels, small: Pixels, strength: float) -> Pixels:
    """The painting with some of the fine light and dark of its frame; with none at strength 1.

    At 256 pixels a brush stroke is as wide as an eye; this keeps faces recognisable.
    """
    amount = min(_DETAIL, 1.4 * (1 - strength))
    light = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    around = cv2.GaussianBlur(light, (0, 0), _DETAIL_WIDTH * (light.size**0.5))
    features = cv2.addWeighted(light, amount, around, -amount, 0, dtype=cv2.CV_16S)
    mixed = cv2.add(painted, cv2.merge([features, features, features]), dtype=cv2.CV_8U)
    return np.asarray(mixed, np.uint8)


def finished(small: Pixels, frame: Pixels, strength: float) -> Pixels:
    """The painting at the frame's size, with as much of the frame as `strength` leaves.

    The share follows a curve: a linear fade would show two pictures over each other through most of
    its range. With this one the result is a painting from about 0.4 on, and keeps a little of the
    frame's fine detail up to 1.
    """
    height, width = frame.shape[:2]
    shrinks = small.shape[0] > height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    large = cv2.resize(small, (width, height), interpolation=how)
    share = 1 - (1 - strength) ** 2
    if share >= 1:
        return np.asarray(large, np.uint8)
    return np.asarray(cv2.addWeighted(large, share, frame, 1 - share, 0), np.uint8)
