"""img2img: the given picture in the light of the words, and from some strength on in their scene.

The scene does not shine through the picture: it takes it over region by region, what is plain
first and what the picture is about last, so that each place shows one or the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.engine.painter.stills.network_detail import busyness
from lib.engine.painter.stills.surface import grain

Floats = NDArray[np.float32]

LIGHT_ONLY = 0.5  # up to this strength only light and colours change
_LIT_AT = 0.6  # the strength at which they are wholly those of the words
_CONTRASTS = 0.6, 1.5  # how far contrast may change
_EDGE = 1 / 90  # of the shorter side: how soft the edge of a region is


def repainted(
    given: Pixels, scene: Pixels, strength: float, seed: int, between: Callable[[], None]
) -> Pixels:
    light = min(1.0, strength / _LIT_AT)
    base = in_light_of(given, scene, light)
    between()
    taken = (strength - LIGHT_ONLY) / (1 - LIGHT_ONLY)
    if taken <= 0:
        return base
    share = taken_over(given, taken, seed)[..., None]
    between()
    mixed = base + (scene.astype(np.float32) - base) * share
    return np.asarray(np.rint(mixed), np.uint8)


def in_light_of(given: Pixels, scene: Pixels, amount: float) -> Pixels:
    """The given picture with the scene's light and colours: level by level from top to bottom, so
    that a sky gets the sky's."""
    lab = cv2.cvtColor(given.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    aim = cv2.cvtColor(scene.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    mean, spread = _levels(lab)
    wanted, wanted_spread = _levels(aim)
    ratio = np.clip(wanted_spread / (spread + 1e-3), *_CONTRASTS)
    lit = (lab - mean) * ratio + wanted
    mixed = lab + amount * (lit - lab)
    mixed[..., 0] = np.clip(mixed[..., 0], 0, 100)
    colours = cv2.cvtColor(np.asarray(mixed, np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.rint(np.clip(colours, 0, 1) * 255), np.uint8)


def taken_over(given: Pixels, taken: float, seed: int) -> Floats:
    """1 where the scene shows, over this share of the area, and 0 where the picture still does."""
    side = min(given.shape[:2])
    height, width = given.shape[:2]
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width, dtype=np.float32)[None]
    middle = np.exp(-1.6 * (rows**2 + columns**2))
    about = cv2.GaussianBlur(busyness(given), (0, 0), side / 24)
    about = about / (about.max() + 1e-6) + 0.7 * middle
    about = about + 0.12 * grain(given.shape, side / 8, seed)
    # Regions end where the picture's own areas do.
    grey = cv2.cvtColor(given, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(255)
    about = _guided(grey, about.astype(np.float32), int(side / 20), 1e-3)
    limit = float(np.quantile(about, min(1.0, taken)))
    softness = float(about.std()) * 0.12 + 1e-6
    share = np.clip((limit - about) / softness + 0.5, 0, 1) if taken < 1 else np.ones_like(about)
    return np.asarray(cv2.GaussianBlur(share.astype(np.float32), (0, 0), side * _EDGE / 2))


def _levels(lab: NDArray[Any]) -> tuple[Floats, Floats]:
    """Mean and spread of each row's surroundings."""
    height = lab.shape[0]
    mean = lab.mean(axis=1, keepdims=True)
    square = (lab**2).mean(axis=1, keepdims=True)
    mean, square = _along_rows(mean, height / 10), _along_rows(square, height / 10)
    return mean, np.sqrt(np.maximum(square - mean**2, 1e-3))


def _along_rows(values: NDArray[Any], sigma: float) -> Floats:
    flat = cv2.GaussianBlur(
        values[:, 0], (1, int(sigma * 3) * 2 + 1), sigmaX=1, sigmaY=sigma,
        borderType=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(flat[:, None], np.float32)


def _guided(guide: NDArray[Any], values: Floats, radius: int, epsilon: float) -> Floats:
    """A guided filter: `values` smoothed, but not over the guide's edges."""
    box = (2 * radius + 1,) * 2
    mean, aim = cv2.boxFilter(guide, -1, box), cv2.boxFilter(values, -1, box)
    slope = cv2.boxFilter(guide * values, -1, box) - mean * aim
    slope = slope / (cv2.boxFilter(guide * guide, -1, box) - mean * mean + epsilon)
    offset = aim - slope * mean
    smooth = cv2.boxFilter(slope, -1, box) * guide + cv2.boxFilter(offset, -1, box)
    return np.asarray(smooth, np.float32)
