"""What finishes are made of: paper, grain, lines, and the flat pieces of glass and mosaics.

Textures depend on the size and a seed, and are measured in units of a picture of 512, so that a
larger picture has the same paper.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def unit_of(picture: NDArray[np.generic]) -> float:
    return float(min(picture.shape[:2])) / 512


def grey_of(picture: NDArray[Any]) -> Floats:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)


def grain(shape: tuple[int, ...], size: float, seed: int) -> Floats:
    """Soft noise with spots of `size` pixels; most of it lies between -1 and 1."""
    rng = np.random.default_rng([seed, 23])
    height, width = shape[:2]
    by = max(1.0, size / 1.2)
    rough = rng.standard_normal((int(height / by) + 2, int(width / by) + 2), np.float32)
    soft: NDArray[Any] = cv2.GaussianBlur(rough, (0, 0), 1.2) * np.float32(2.4)
    if by > 1:
        soft = cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(soft[:height, :width], np.float32)


def paper(shape: tuple[int, ...], unit: float) -> Floats:
    """The tooth of paper: the same sheet for every picture."""
    fine, coarse = grain(shape, 1.3 * unit, 7), grain(shape, 4 * unit, 8)
    return np.asarray(0.75 * fine + 0.4 * coarse, np.float32)


def lines(picture: Floats, width: float, softness: float = 60.0) -> Floats:
    """1 on paper and 0 in a line, where the picture is darker than its surroundings."""
    grey = cv2.bilateralFilter(grey_of(picture), 5, 0.1, 3)
    around = cv2.GaussianBlur(grey, (0, 0), 1.2 * width)
    apart = cv2.GaussianBlur(grey, (0, 0), 0.45 * width) - np.float32(0.975) * around
    return np.asarray(np.clip(1 + np.tanh((apart - 0.010) * softness), 0, 1), np.float32)


def steps_of_light(picture: Floats, steps: int, share: float, saturation: float) -> Floats:
    """Lightness in flat steps, by this share."""
    flat = cv2.bilateralFilter(picture, 7, 0.12, 5 * unit_of(picture))
    lab = np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2LAB), np.float32)
    light = lab[..., 0]
    # Soft steps: a hard one would fray along every gradient.
    scaled = light / 100 * steps
    whole = np.floor(scaled)
    stepped = (whole + np.clip((scaled - whole - 0.5) * 6 + 0.5, 0, 1)) / steps * 100
    lab[..., 0] = share * stepped + (1 - share) * light
    lab[..., 1:] *= saturation
    return np.asarray(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1), np.float32)


def lit(picture: Floats, height: Floats, amount: float) -> Floats:
    """The picture with a relief of this height, lit from the upper left."""
    soft = cv2.GaussianBlur(height, (0, 0), 0.75 * unit_of(picture))
    slope = np.roll(soft, (1, 1), (0, 1)) - np.roll(soft, (-1, -1), (0, 1))
    shade = 1 - amount * np.clip(slope, -0.5, 0.5)
    return np.asarray(picture * shade[..., None], np.float32)


def torn_edge(shape: tuple[int, ...], margin: float, seed: int) -> Floats:
    """1 inside and 0 on the bare paper around it, with an edge that wanders."""
    height, width = shape[:2]
    unit = min(height, width) / 512
    down = np.minimum(np.arange(height), np.arange(height)[::-1]).astype(np.float32)[:, None]
    right = np.minimum(np.arange(width), np.arange(width)[::-1]).astype(np.float32)[None]
    inward = np.minimum(down, right) / unit
    inward = inward + 5 * grain(shape, 34 * unit, seed) + 1.6 * grain(shape, 5 * unit, seed + 1)
    return np.asarray(np.clip((inward - margin) / 3, 0, 1), np.float32)


def pieces(picture: Floats, size: float, seed: int, busiest: float) -> tuple[Floats, Floats]:
    """The picture in flat pieces of about this size, and the distance of each pixel to a border,
    0 to 1."""
    labels = cells(picture, size, seed, busiest)
    return within(picture, labels), inward(labels, size)


def cells(picture: Floats, size: float, seed: int, busiest: float) -> NDArray[np.int32]:
    """The number of the piece that each pixel is in; pieces are smaller where the picture is busy,
    up to `busiest` times as many."""
    height, width = picture.shape[:2]
    rng = np.random.default_rng([seed, 31])
    grey = grey_of(picture)
    edges = np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 1.5), cv2.CV_32F))
    weight = cv2.GaussianBlur(edges, (0, 0), size / 2)
    weight = 0.35 + np.minimum(weight / (weight.mean() + 1e-6), busiest)
    chosen = rng.random((height, width)) < weight / weight.mean() / size**2
    chosen[height // 2, width // 2] = True
    blank = np.where(chosen, 0, 255).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(
        blank, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    return np.asarray(labels, np.int32)


def within(values: Floats, labels: NDArray[np.int32]) -> Floats:
    """The mean of each piece, at all of its pixels."""
    flat = labels.ravel()
    count = np.maximum(1, np.bincount(flat))
    means = [np.bincount(flat, one.ravel()) / count for one in np.moveaxis(values, -1, 0)]
    return np.asarray(np.stack(means, axis=-1).astype(np.float32)[labels], np.float32)


def inward(labels: NDArray[np.int32], size: float) -> Floats:
    """How far each pixel is from the border of its piece, 0 to 1."""
    borders = (labels != np.roll(labels, 1, 0)) | (labels != np.roll(labels, 1, 1))
    away = cv2.distanceTransform(np.where(borders, 0, 255).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(np.clip(away / (size / 2), 0, 1), np.float32)
