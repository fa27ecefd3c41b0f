"""Paints, once, the long strips of land and cloud that the scene scrolls through.

A strip is a ring: its first window's width is repeated at the end, so that any view of it is one
slice.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.scene.canvas import Canvas, to_linear, to_srgb
from lib.scene.hours import illumination
from lib.scene.ink import Ink, Inks, darker
from lib.scene.sprite import Sprite
from lib.scene.things.table import THINGS

_BLOCK = 64
CREST = 0.55  # a part of the bank's height: only trees are above it
_BLOSSOM: Inks = ((226, 92, 120), (240, 160, 60), (120, 60, 150), (70, 150, 120), (214, 190, 70))


class Strip(NamedTuple):
    pixels: Pixels
    mask: Pixels
    round: int  # the width after which it repeats


class Cutout:
    """Pixels, and a mask of what is painted; both are drawn on together."""

    def __init__(self, pixels: Pixels, mask: Pixels) -> None:
        self.pixels, self.mask = pixels, mask

    def line(self, start: tuple[int, int], end: tuple[int, int], ink: Ink, width: int) -> None:
        cv2.line(self.pixels, start, end, ink, width)
        cv2.line(self.mask, start, end, 255, width)

    def dot(self, at: tuple[int, int], radius: int, ink: Ink) -> None:
        cv2.circle(self.pixels, at, radius, ink, -1)
        cv2.circle(self.mask, at, radius, 255, -1)

    def shape(self, points: list[tuple[float, float]], ink: Ink) -> None:
        corners = [np.array(points, np.int32)]
        cv2.fillPoly(self.pixels, corners, ink)
        cv2.fillPoly(self.mask, corners, 255)


class _Grove:
    """Things of the drawn scenes on a strip, under the plain light of noon: the strip is tinted
    with the light of the hour later."""

    def __init__(self, rng: np.random.Generator, cutout: Cutout) -> None:
        light = replace(illumination("day", (), (), False), density=0.0)
        self._cutout = cutout
        self._canvas = Canvas(cutout.mask.shape[:2], light, rng, lambda: None)
        self._canvas.radiance[:] = to_linear(cutout.pixels)

    def stand(
        self, name: str, foot: tuple[float, float], height: float, ink: Ink | None = None
    ) -> None:
        """Draw a thing with its foot at a pixel, so many pixels high."""
        thing, rows = THINGS[name], self._canvas.height
        at = (foot[0] / rows, foot[1] / rows)
        sprite = Sprite(self._canvas, at, height / rows, thing.wide * 1.25 + 0.1)
        thing.draw(sprite, ink)
        sprite.put(0.0, 0.0)
        sprite.stamp(self._cutout.mask)

    def paint(self) -> None:
        self._cutout.pixels[:] = to_srgb(self._canvas.radiance)


def ring_width(window: Size) -> int:
    return _BLOCK * math.ceil(2.2 * window.width / _BLOCK)


def noise(rng: np.random.Generator, size: Size, cell: int) -> NDArray[np.float32]:
    """Smooth noise from 0 to 1 whose left and right ends match."""
    columns, rows = max(1, size.width // cell), size.height // cell + 4
    grid = rng.random((rows, columns), np.float32)
    grid = np.pad(grid, ((0, 0), (2, 2)), mode="wrap")
    wide = cv2.resize(grid, (grid.shape[1] * cell, rows * cell), interpolation=cv2.INTER_CUBIC)
    return np.asarray(
        wide[cell : cell + size.height, 2 * cell : 2 * cell + size.width], np.float32
    ).clip(0, 1)


def fractal(rng: np.random.Generator, size: Size, cells: tuple[int, ...]) -> NDArray[np.float32]:
    """Several noises, each finer and fainter than the one before; 0 to 1."""
    weights = [0.5**octave for octave in range(len(cells))]
    total = np.zeros((size.height, size.width), np.float32)
    for cell, weight in zip(cells, weights, strict=True):
        total += noise(rng, size, cell) * np.float32(weight / sum(weights))
    return total


def clouds(rng: np.random.Generator, size: Size, window: Size) -> Strip:
    """Light that is added to the sky."""
    billows = fractal(rng, size, (64, 32, 16, 8))
    fade = np.sin(np.linspace(0, np.pi, size.height, dtype=np.float32))[:, None]
    light = (((billows - 0.46) * 4.2).clip(0, 1) ** 1.3 * fade * 255).astype(np.uint8)
    return _strip(np.dstack((light, light, light)), light, window)


def mountains(rng: np.random.Generator, size: Size, window: Size) -> Strip:
    """Bare rock with snow on the heights."""
    ridge = 1 - np.abs(fractal(rng, Size(size.width, 1), (64, 32, 16, 8))[0] * 2 - 1)
    ridge = (ridge - ridge.min()) / (np.ptp(ridge) + 1e-6)
    top = ((1 - ridge) * size.height * 0.8).astype(np.float32)
    depth = np.arange(size.height, dtype=np.float32)[:, None] - top[None, :]
    rock = fractal(rng, size, (32, 16, 8, 4))
    slope = np.gradient(cv2.GaussianBlur(top[None, :], (0, 0), 3)[0])
    shade = 132 + 100 * rock + 34 * np.tanh(slope * 0.7)[None, :]
    snow = np.clip((rock * 0.30 * size.height + 6 - depth) / 10, 0, 1) * (ridge > 0.35)[None, :]
    base = np.stack((shade * 0.82, shade * 0.86, shade), -1)
    painted = base + (255 - base) * snow[..., None]
    return _strip(painted.clip(0, 255).astype(np.uint8), _below(depth), window)


def hills(rng: np.random.Generator, size: Size, window: Size) -> Strip:
    """Fields in stripes, and woods along the crest."""
    wave = fractal(rng, Size(size.width, 1), (64, 64, 32))[0]
    wave = (wave - wave.min()) / (np.ptp(wave) + 1e-6)
    top = (size.height * (0.30 + 0.45 * (1 - wave))).astype(np.float32)
    depth = np.arange(size.height, dtype=np.float32)[:, None] - top[None, :]
    patches = noise(rng, size, 32)
    rows = 0.5 + 0.5 * np.sin(depth * 0.9 + patches * 14)
    mix = (patches * 0.7 + rows * 0.3)[..., None]
    field = np.array((96, 150, 70)) * (1 - mix) + np.array((226, 196, 84)) * mix
    cutout = Cutout(field.clip(0, 255).astype(np.uint8), _below(depth))
    grove = _Grove(rng, cutout)
    for nth in range(size.width // 6):
        tall = size.height * rng.uniform(0.1, 0.26)
        x = rng.uniform(tall, size.width - tall)  # so that none is cut at the strip's ends
        home = nth % 9 == 0
        y = float(top[int(x)]) + size.height * (rng.uniform(0.12, 0.2) if home else 0.04)
        name = ("house", "church", "house")[nth // 9 % 3] if home else "pine"
        grove.stand(name, (x, y), size.height * 0.2 if home else tall)
    grove.paint()
    return _strip(cutout.pixels, cutout.mask, window)


def bank(rng: np.random.Generator, size: Size, window: Size, unit: float) -> Strip:
    """The meadow in front: grass, a sandy path, flowers and trees."""
    crest = size.height * CREST + noise(rng, Size(size.width, 1), 64)[0] * 10 * unit
    depth = np.arange(size.height, dtype=np.float32)[:, None] - crest[None, :].astype(np.float32)
    mix = fractal(rng, size, (32, 16, 8, 4))[..., None]
    grass = np.array((44, 110, 60)) * (1 - mix) + np.array((150, 190, 70)) * mix
    middle = size.height * (1 - CREST) * 0.52
    trail = np.exp(-(((depth - middle) / (size.height * 0.09)) ** 2))[..., None]
    sand = np.array((226, 190, 140)) * (0.82 + 0.36 * noise(rng, size, 4)[..., None])
    painted = (grass + (sand - grass) * trail).clip(0, 255).astype(np.uint8)
    cutout = Cutout(painted, _below(depth))
    grove = _Grove(rng, cutout)
    margin = 60 * unit
    for nth in range(int(size.width / (150 * unit))):
        x = min(max(margin, (nth * 150 + rng.uniform(40, 110)) * unit), size.width - margin)
        ink = _BLOSSOM[int(rng.integers(0, len(_BLOSSOM)))]
        grove.stand(
            "tree", (x, size.height * (CREST + 0.03)), 132 * unit * rng.uniform(0.8, 1.2), ink
        )
    grove.paint()
    _grow_grass(rng, cutout, crest, unit)
    return _strip(cutout.pixels, cutout.mask, window)


def _grow_grass(
    rng: np.random.Generator, cutout: Cutout, crest: NDArray[np.float32], unit: float
) -> None:
    height, width = cutout.mask.shape
    for _ in range(width * 2):
        x = int(rng.integers(0, width))
        y = int(crest[x] + rng.random() ** 0.7 * (height - crest[x]))
        blade = int((4 + 12 * (y / height) ** 3) * unit)
        tip = (x + int(rng.integers(-3, 4) * unit), y - blade)
        cutout.line((x, y), tip, darker((70, 140, 60), rng.uniform(0.5, 1.5)), max(1, round(unit)))
    for _ in range(width // 9):
        x = int(rng.integers(0, width))
        y = int(crest[x] + rng.random() * (height - crest[x]))
        colour = _BLOSSOM[int(rng.integers(0, len(_BLOSSOM)))]
        cutout.dot((x, y), max(1, round(rng.uniform(1.2, 3) * unit)), colour)


def _below(depth: NDArray[np.float32]) -> Pixels:
    return ((depth >= 0) * 255).astype(np.uint8)


def _strip(pixels: Pixels, mask: Pixels, window: Size) -> Strip:
    ring = pixels.shape[1]
    longer = [np.concatenate((each, each[:, : window.width]), 1) for each in (pixels, mask)]
    return Strip(np.ascontiguousarray(longer[0]), np.ascontiguousarray(longer[1]), ring)
