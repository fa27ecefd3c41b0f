"""Brush strokes: a picture laid on with brushes, large ones first.

Each layer follows the contours of what it paints, takes the colours it finds there, and goes only
where the painting still differs: smooth areas keep large strokes, and a window gets a small brush.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels

Floats = NDArray[np.float32]

COARSEST, FINEST = 1 / 26, 1 / 240  # radius of a brush, of the picture's shorter side
_SMALLEST = 1.2  # pixels
_POINTS = 6  # of a stroke
_DENSITY = 1.3  # strokes for each square of a brush's radius
_OPACITY = 0.88
_DIFFERS = 30.0, 15.0  # sum of three channels above which a coarse and a fine brush paints again
_STRAYS = 64.0  # a stroke ends where the colour differs by more
_AT_ONCE = 250  # strokes in a piece of work


@dataclass(frozen=True, slots=True)
class Hand:
    """How somebody paints; thin oil as it stands."""

    loose: float = 1.0  # how freely strokes and their colours stray
    swirl: float = 1.0  # how far strokes turn where nothing says where to go
    exact: float = 0.85  # how far the finest brush corrects what the others left


class BrushLayers:
    """A painting on its way: `picture` as it is by now, `relief` the height of its paint."""

    def __init__(self, wanted: Pixels, seed: int, hand: Hand) -> None:
        self._wanted, self._seed, self._hand = wanted, seed, hand
        self._height, self._width = wanted.shape[:2]
        self._side = min(wanted.shape[:2])
        self._wave = np.random.default_rng([seed, 5]).standard_normal((7, 7)).astype(np.float32)
        self._flow = self._flow_for(self._side / 40)
        self._layers = 0
        self.picture = blurred(wanted, self._side / 30)
        self.relief: Floats = np.zeros(wanted.shape[:2], np.float32)

    def lay(self, radius: float, between: Callable[[], None]) -> None:
        """A layer with a brush of this radius, in shares of the shorter side."""
        pixels = max(_SMALLEST, radius * self._side)
        rng = np.random.default_rng([self._seed, 9, self._layers])
        towards = blurred(self._wanted, max(0.6, 0.42 * pixels))
        self._flow = self._flow_for(pixels)
        starts = self._starts(pixels, radius, towards, rng)
        between()
        if len(starts):
            self._paint(starts, pixels, towards, rng, between)
        self._layers += 1

    def _starts(
        self, pixels: float, radius: float, towards: Pixels, rng: np.random.Generator
    ) -> Floats:
        count = int(_DENSITY * self._height * self._width / pixels**2)
        size = np.array([self._width, self._height], np.float32)
        at = rng.random((count, 2), np.float32) * size
        if self._layers:
            apart = cv2.absdiff(self.picture, towards).astype(np.float32).sum(axis=2)
            side = int(pixels) * 2 + 1
            around = cv2.boxFilter(apart, -1, (side, side))
            coarse = np.clip(np.log(radius / FINEST) / np.log(COARSEST / FINEST), 0, 1)
            least = _DIFFERS[1] + (_DIFFERS[0] - _DIFFERS[1]) * coarse
            here = at.astype(np.intp)
            at = at[around[here[:, 1], here[:, 0]] > least * self._hand.loose]
        return np.asarray(at, np.float32)

    def _paint(
        self,
        starts: Floats,
        pixels: float,
        towards: Pixels,
        rng: np.random.Generator,
        between: Callable[[], None],
    ) -> None:
        ways = self._ways(starts, pixels, towards, rng)
        colours = self._colours(starts, towards, rng)
        widths = np.maximum(1, np.rint(pixels * rng.uniform(0.8, 1.35, len(starts)))).astype(int)
        heights = rng.random(len(starts))
        fixed = (ways * 16).astype(np.int32)
        layer = self.picture.copy()
        for number, way in enumerate(fixed):
            width = int(widths[number])
            colour = colours[number].tolist()
            cv2.polylines(layer, [way], False, colour, width, cv2.LINE_AA, 4)
            if width > 2:
                cv2.polylines(self.relief, [way], False, float(heights[number]), width, 8, 4)
            if number % _AT_ONCE == _AT_ONCE - 1:
                between()
        mixed = cv2.addWeighted(layer, _OPACITY, self.picture, 1 - _OPACITY, 0)
        self.picture = np.asarray(mixed, np.uint8)

    def _ways(
        self, starts: Floats, pixels: float, towards: Pixels, rng: np.random.Generator
    ) -> Floats:
        """The points of each stroke: along the contours, until the colour is another one."""
        count = len(starts)
        ways = np.empty((count, _POINTS, 2), np.float32)
        x, y = starts.T.copy()
        first = towards[y.astype(np.intp), x.astype(np.intp)].astype(np.float32)
        going = np.ones(count, bool)
        stride = (pixels * rng.uniform(0.5, 1.3, count)).astype(np.float32)
        stride *= np.where(rng.random(count) < 0.5, 1, -1).astype(np.float32)
        sway = rng.normal(0, 0.16 * self._hand.loose, count).astype(np.float32)
        for point in range(_POINTS):
            ways[:, point] = np.stack([x, y], axis=1)
            row = np.clip(y, 0, self._height - 1).astype(np.intp)
            column = np.clip(x, 0, self._width - 1).astype(np.intp)
            going &= np.abs(towards[row, column] - first).sum(axis=1) < _STRAYS
            angle = self._flow[row, column] + sway
            x = x + np.where(going, np.cos(angle) * stride, 0)
            y = y + np.where(going, np.sin(angle) * stride, 0)
        return ways

    def _colours(self, starts: Floats, towards: Pixels, rng: np.random.Generator) -> Floats:
        here = starts.astype(np.intp)
        colours = towards[here[:, 1], here[:, 0]].astype(np.float32)
        strays = rng.normal(0, 5.0, (len(starts), 1)) + rng.normal(0, 2.4, colours.shape)
        # Dark areas would look dirty with as much of it.
        share = self._hand.loose * (0.35 + 0.65 * colours.mean(axis=1, keepdims=True) / 160)
        return np.asarray(np.clip(colours + strays * share, 0, 255), np.float32)

    def _flow_for(self, pixels: float) -> Floats:
        """Which way a brush of this radius goes, in radians: along the contours, about level where
        there are none."""
        light = cv2.cvtColor(self._wanted, cv2.COLOR_RGB2GRAY).astype(np.float32)
        grey = cv2.GaussianBlur(light, (0, 0), max(0.8, 0.5 * pixels))
        across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
        even = cv2.GaussianBlur(across * across - down * down, (0, 0), max(1.5, pixels))
        odd = cv2.GaussianBlur(2 * across * down, (0, 0), max(1.5, pixels))
        size = self._width, self._height
        wave = cv2.resize(0.4 * self._hand.swirl * self._wave, size, interpolation=cv2.INTER_CUBIC)
        # As if there were a gradient straight down where nothing else says where to go.
        angle = 0.5 * np.arctan2(odd, even - 6.0) + np.float32(np.pi / 2)
        return np.asarray(angle + wave * np.exp(-np.hypot(even, odd) / 40), np.float32)

    def smear(self, between: Callable[[], None]) -> None:
        """The finest brush: the picture itself, drawn out a little along its contours, where the
        strokes still differ from it."""
        drawn_out = along(self._wanted, self._flow_for(1.2), 0.7, 3, between)
        share = self._hand.exact * _unlike(self.picture, drawn_out, max(0.8, self._side / 500))
        self.picture = _blend(self.picture, drawn_out, share)

    def bristles(self) -> Floats:
        """Fine grooves along the strokes, about -1 to 1."""
        rng = np.random.default_rng([self._seed, 17])
        noise = rng.standard_normal((self._height, self._width), np.float32)
        grooves = along(noise, self._flow_for(self._side / 100), self._side / 360, 5)
        return np.asarray(grooves, np.float32)


def blurred(picture: Pixels, sigma: float) -> Pixels:
    """Blurred; by way of a smaller picture where the blur is wide."""
    if sigma < 4:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)
    height, width = picture.shape[:2]
    by = 2 ** int(np.log2(sigma / 2))
    small = (max(2, width // by), max(2, height // by))
    less = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    less = cv2.GaussianBlur(less, (0, 0), sigma / by)
    return np.asarray(cv2.resize(less, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def along(
    picture: NDArray[Any],
    flow: Floats,
    stride: float,
    strides: int,
    between: Callable[[], None] | None = None,
) -> NDArray[Any]:
    """The mean of the picture along the flow, some strides to either side."""
    height, width = flow.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    total = np.zeros(picture.shape, np.float32)
    for way in (-1.0, 1.0):
        x, y = columns.copy(), rows.copy()
        for _ in range(strides):
            angle = cv2.remap(flow, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
            x += np.cos(angle) * np.float32(way * stride)
            y += np.sin(angle) * np.float32(way * stride)
            total += cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            if between:
                between()
    mean = (total + picture) / (2 * strides + 1)
    return np.asarray(np.rint(mean) if picture.dtype == np.uint8 else mean, picture.dtype)


def _unlike(one: Pixels, other: Pixels, sigma: float) -> Floats:
    apart = cv2.absdiff(one, other).astype(np.float32).sum(axis=2)
    unlike = np.clip((cv2.GaussianBlur(apart, (0, 0), sigma) - 14) / 26, 0, 1)
    return np.asarray(unlike, np.float32)


def _blend(one: Pixels, other: Pixels, share: Floats) -> Pixels:
    mixed = one + (other.astype(np.float32) - one) * share[..., None]
    return np.asarray(np.rint(mixed), np.uint8)
