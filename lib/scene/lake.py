"""Water that mirrors what is above it."""

from __future__ import annotations

import cv2
import numpy as np

from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.scene import strips

_STRETCH = 4  # glints lie flat on the water


class Lake:
    """Covers `rows` of the surface below the horizon."""

    def __init__(
        self, rng: np.random.Generator, size: Size, horizon: int, rows: int, unit: float
    ) -> None:
        self._width, self._horizon, self._rows, self._unit = size.width, horizon, rows, unit
        self._down = np.arange(rows, dtype=np.float32)[:, None]
        self._near = self._down / rows
        self._across = np.tile(np.arange(size.width, dtype=np.float32), (rows, 1))
        # The further down on the water, the higher the point that it mirrors.
        self._mirror = np.tile((horizon - 2 - self._down * 1.9).clip(0), (1, size.width))
        self._ring = strips.ring_width(size)
        spots = strips.noise(rng, Size(self._ring // _STRETCH, rows), 4)
        spots = np.asarray(cv2.resize(spots, (self._ring, rows)), np.float32)
        light = ((spots - 0.52) * 3).clip(0, 1) * (0.25 + 0.75 * self._near) * 150
        light = np.hstack((light, light[:, : size.width])).astype(np.uint8)
        self._glints = cv2.merge((light, light, light))

    def draw(self, surface: Pixels, time_s: float) -> None:
        unit = self._unit
        swell = np.sin(self._down * (0.42 / unit) - time_s * 2.6)
        swell += 0.6 * np.sin(self._down * (0.19 / unit) + time_s * 1.5)
        shift = (swell * (0.8 + 4.2 * self._near) * unit).astype(np.float32)
        mirrored = cv2.remap(
            surface[: self._horizon],
            self._across + shift,
            self._mirror,
            cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_REPLICATE,
        )
        water = surface[self._horizon : self._horizon + self._rows]
        cv2.convertScaleAbs(mirrored, water, 0.82, 2)
        # The water glints where two fields of spots overlap, which drift in opposite directions.
        one, two = (int(speed * time_s * unit) % self._ring for speed in (21, -13))
        glints = cv2.min(
            self._glints[:, one : one + self._width], self._glints[:, two : two + self._width]
        )
        cv2.add(water, glints, water)
