"""What a still takes from the style network: its fine detail, kept within bounds.

Alone, every style recolours everything and crumples smooth skies. So light and colour are those of
the strokes, and the network adds what is finer than a brush, never more than a few levels anywhere,
and little where little is drawn.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.engine.painter.stills.media import Medium

Floats = NDArray[np.float32]

_FINE, _COARSE = 1 / 110, 1 / 14  # of the shorter side: below is detail, above the picture's forms
_AROUND = 1 / 12  # where the strength of detail is measured
_MOST_FINE, _MOST_FORM = 4.4, 5.0  # levels of lightness (of 100) that detail has at most, as rms
_CALM = 0.12  # the share of detail that a plain sky gets
_STILL = 0.8  # the share of detail that a sky loses
_QUIET, _BUSY = 0.8, 3.6  # levels of lightness at which a drawing begins to be busy, and is


def with_detail(
    strokes: Pixels, drawn: Pixels, painted: Floats, calm: Floats, medium: Medium
) -> Floats:
    """The strokes with as much of the network's detail as the medium has, 0 to 1. `calm`: 1 where
    hardly any of it is wanted."""
    side = min(strokes.shape[:2])
    base = cv2.cvtColor(strokes.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    paint = cv2.cvtColor(painted / 255, cv2.COLOR_RGB2LAB)
    softer = cv2.GaussianBlur(paint, (0, 0), side * _FINE)
    softest = wide_blur(paint, side * _COARSE)
    busy = busyness(drawn)[..., None]
    fine = _bounded(paint - softer, _MOST_FINE, side) * (_CALM + (1 - _CALM) * busy)
    form = _bounded(softer - softest, _MOST_FORM, side) * 0.6 * busy
    # In the dark the same number of levels would glitter.
    dim = 0.45 + 0.55 * np.clip(base[..., :1] / 45, 0, 1)
    detail = medium.detail * (fine + form) * dim * (1 - np.float32(_STILL) * calm[..., None])
    detail[..., 1:] *= 0.5
    mixed = base + medium.recolour * (softest - wide_blur(base, side * _COARSE)) + detail
    mixed[..., 0] = np.clip(mixed[..., 0], 0, 100)
    colours = cv2.cvtColor(np.asarray(mixed, np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.clip(colours, 0, 1), np.float32)


def busyness(drawn: Pixels) -> Floats:
    """0 where little is drawn to 1 where much is."""
    side = min(drawn.shape[:2])
    light = cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(2.55)
    # Fine activity only: the soft edge of a cloud is no detail, and would get a dark outline.
    away = np.abs(light - cv2.GaussianBlur(light, (0, 0), side / 128))
    level = cv2.GaussianBlur(away, (0, 0), side / 60)
    return np.asarray(np.clip((level - _QUIET) / (_BUSY - _QUIET), 0, 1), np.float32)


def _bounded(detail: Floats, most: float, side: int) -> Floats:
    box = (int(side * _AROUND) | 1,) * 2
    level = np.sqrt(cv2.boxFilter(detail[..., 0] ** 2, -1, box))
    return np.asarray(detail * np.minimum(1, most / (level + 1e-3))[..., None], np.float32)


def wide_blur(values: NDArray[Any], sigma: float) -> Floats:
    """A Gaussian blur, by way of a smaller picture."""
    height, width = values.shape[:2]
    by = max(1, int(sigma / 2))
    small = cv2.resize(
        values, (max(1, width // by), max(1, height // by)), interpolation=cv2.INTER_AREA
    )
    small = cv2.GaussianBlur(small, (0, 0), sigma / by)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
