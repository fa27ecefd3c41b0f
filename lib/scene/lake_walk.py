"""A walk along a lake, from the golden hour through the night to the next afternoon.

Every picture is a function of the time. The land is painted once, as strips that are scrolled and
tinted; what moves on its own is drawn for each picture. Nearly all the work is in OpenCV calls,
which release the GIL, so that other threads run.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.scene import strips, walkers
from lib.scene.brush import Brush, Point
from lib.scene.ink import Ink, mixed
from lib.scene.light import (
    STEP_S,
    arc,
    hour_at,
    light_at,
)

_HORIZON, _SHORE = 0.60, 0.75  # of the height: where the lake begins, and where it is covered
_STRETCH = 4  # glints lie flat on the water
_PATH = 0.90
_PACE = 46.0  # units a second, of 512 in the height: how fast the land goes by


def _tint(pixels: Pixels, colour: Ink, into: Pixels | None = None) -> Pixels:
    """Multiply by a colour, of which 255 stands for 1. It takes a fifth of a look-up table's
    time."""
    share = np.diag(np.array(colour, np.float32) / 255)
    return np.asarray(cv2.transform(pixels, share, into), np.uint8)


class _Layer:
    """A strip at its place; it is tinted again when the light changes."""

    def __init__(self, strip: strips.Strip, top: int, speed: float) -> None:
        self.strip, self.top, self._speed = strip, top, speed
        self._tinted = strip.pixels.copy()
        self._tint: Ink | None = None

    def tint(self, colour: Ink) -> None:
        if colour != self._tint:
            self._tint = colour
            _tint(self.strip.pixels, colour, self._tinted)

    def cover(self, surface: Pixels, gone: float) -> None:
        x, part = self._view(surface, gone)
        width = surface.shape[1]
        cv2.copyTo(self._tinted[:, x : x + width], self.strip.mask[:, x : x + width], part)

    def shine(self, surface: Pixels, gone: float) -> None:
        x, part = self._view(surface, gone)
        cv2.add(part, self._tinted[:, x : x + surface.shape[1]], part)

    def _view(self, surface: Pixels, gone: float) -> tuple[int, Pixels]:
        part = surface[self.top : self.top + self.strip.pixels.shape[0]]
        return int(gone * self._speed) % self.strip.round, part


class LakeWalk:
    """Draws into one surface of the given size, RGB."""

    def __init__(self, size: Size) -> None:
        self._size, self.unit = size, min(size.height / 512, size.width / 380)
        self.surface = np.zeros((size.height, size.width, 3), np.uint8)
        self._brush = Brush(self.surface, self.unit)
        self._horizon = int(size.height * _HORIZON)
        self._shore = int(size.height * _SHORE)
        self._step: int | None = None
        rng = np.random.default_rng(20)
        self._paint_land(rng)
        self._paint_sky(rng)
        rows = self._shore - self._horizon + math.ceil(12 * self.unit)  # under the bank's crest
        self._lake = Lake(rng, size, self._horizon, rows, self.unit)

    def draw(self, time_s: float) -> Pixels:
        """The picture of this moment; the next call overwrites it."""
        self._set_light(math.floor(time_s / STEP_S))
        gone = time_s * _PACE * self.unit
        self._draw_sky(hour_at(time_s), gone)
        self._draw_flyers(time_s)
        self._far.cover(self.surface, gone)
        self._hills.cover(self.surface, gone)
        self._lake.draw(self.surface, time_s)
        self._bank.cover(self.surface, gone)
        self._draw_procession(time_s, gone)
        return self.surface

    def _paint_land(self, rng: np.random.Generator) -> None:
        size, ring, unit = self._size, strips.ring_width(self._size), self.unit
        far = Size(ring, int(170 * unit))
        self._far = _Layer(strips.mountains(rng, far, size), self._horizon - far.height, 0.10)
        near = Size(ring, int(104 * unit))
        self._hills = _Layer(strips.hills(rng, near, size), self._horizon - near.height, 0.28)
        top = self._shore - int((size.height - self._shore) * strips.CREST / (1 - strips.CREST))
        bank = Size(ring, size.height - top)
        self._bank = _Layer(strips.bank(rng, bank, size, unit), top, 1.0)

    def _paint_sky(self, rng: np.random.Generator) -> None:
        ring, high = strips.ring_width(self._size), self._horizon
        tall = Size(ring, int(high * 0.62))
        self._clouds = _Layer(strips.clouds(rng, tall, self._size), int(high * 0.04), 0.16)
        low = Size(ring, int(high * 0.34))
        self._haze = _Layer(strips.clouds(rng, low, self._size), int(high * 0.52), 0.05)
        stars = np.zeros((high, self._size.width), np.uint8)
        for _ in range(int(240 * self._size.width / 512)):
            at = (int(rng.integers(0, self._size.width)), int(high * 0.9 * rng.random() ** 1.4))
            radius = int(rng.random() * 1.6 * self.unit)
            cv2.circle(stars, at, radius, int(rng.integers(90, 255)), -1)
        self._stars = cv2.merge((stars, stars, stars))
        reach = int(150 * self.unit)
        around = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1]) / reach
        halo = ((1 - around).clip(0, 1) ** 2 * 200).astype(np.uint8)
        self._halo = cv2.merge((halo, halo, halo))

    def _set_light(self, step: int) -> None:
        """Tint the layers with the light of this half second, if it has changed."""
        if step == self._step:
            return
        self._step = step
        light = light_at(hour_at(step * STEP_S))
        self._far.tint(light.far)
        self._hills.tint(light.hill)
        self._bank.tint(light.near)
        self._clouds.tint(light.cloud)
        self._haze.tint(mixed(light.cloud, light.glow, 0.2))
        bands = np.array((light.zenith, light.sky, light.horizon))
        rows = np.linspace(0, 2, self._horizon)
        column = np.stack([np.interp(rows, (0, 1.1, 2), bands[:, c]) for c in range(3)], -1)
        column = column.round().astype(np.uint8)[:, None]
        self._sky = np.ascontiguousarray(np.repeat(column, self._size.width, 1))
        if light.stars > 0:
            cv2.scaleAdd(self._stars, light.stars, self._sky, self._sky)
        self._glow = _tint(self._halo, light.glow)

    def _draw_sky(self, hour: float, gone: float) -> None:
        np.copyto(self.surface[: self._horizon], self._sky)
        for rise, length, ink in (
            (0.53, 0.72, (255, 236, 180)),
            (0.24, 0.42, (238, 240, 250)),
        ):
            way = arc(hour, rise, length)
            if way is not None:
                x = self._size.width * (0.06 + 0.88 * way[0])
                y = self._horizon - way[1] * self._horizon * 0.74 + 14 * self.unit
                self._add_glow(int(x), int(y))
                self._brush.disc((x, y), 25 * self.unit, ink)
        self._clouds.shine(self.surface, gone)
        self._haze.shine(self.surface, gone)

    def _add_glow(self, x: int, y: int) -> None:
        reach = self._glow.shape[0] // 2
        left, top = max(0, x - reach), max(0, y - reach)
        right, bottom = min(self._size.width, x + reach + 1), min(self._horizon, y + reach + 1)
        if left < right and top < bottom:
            part = self.surface[top:bottom, left:right]
            up, back = y - reach, x - reach
            cv2.add(part, self._glow[top - up : bottom - up, left - back : right - back], part)

    def _draw_flyers(self, time_s: float) -> None:
        width, unit = self._size.width, self.unit
        for nth, (speed, high, big) in enumerate(((9, 0.36, 30), (6, 0.20, 21), (12, 0.52, 15))):
            span = width + 160 * unit
            x = (nth * 0.37 * span + width * 0.22 + time_s * speed * unit) % span - 80 * unit
            y = self._horizon * high + 7 * unit * math.sin(time_s * 0.5 + nth * 2)
            _draw_airship(self._brush, nth, (x, y), big * unit)
        span = width + 360 * unit
        x = (width * 0.75 + time_s * 44 * unit) % span - 60 * unit
        y = self._horizon * (0.40 + 0.14 * math.sin(time_s * 0.21))
        _draw_birds(self._brush, (x, y), time_s)

    def _draw_procession(self, time_s: float, gone: float) -> None:
        width, unit = self._size.width, self.unit
        ground = self._size.height * _PATH
        for nth, walker in enumerate(walkers.PROCESSION):
            sway = 16 * unit * math.sin(time_s * 0.31 + nth * 2.1)
            strides = (gone + sway) / (walkers.STRIDE * unit)
            foot = (width * walker.place + sway, ground + (nth % 2) * 9 * unit)
            walkers.Figure(self._brush, nth, strides, time_s).draw(foot)
        run = 34 * unit * math.sin(time_s * 0.43)
        strides = (gone + run) / (walkers.STRIDE * unit)
        walkers.draw_dog(self._brush, (width * 0.5 + run, ground + 14 * unit), strides)


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


# --- what flies above

_STRIPES: tuple[tuple[Ink, Ink], ...] = (
    ((226, 58, 62), (252, 214, 90)),
    ((40, 108, 190), (244, 244, 236)),
    ((150, 60, 150), (250, 160, 70)),
)


def _draw_airship(brush: Brush, number: int, at: Point, size: float) -> None:
    """A hot-air balloon in stripes."""
    x, y = at
    skirt, basket = y + size * 0.95, y + size * 1.42
    ropes = [
        [(x + side * size * 0.36, skirt), (x + side * size * 0.13, basket)] for side in (-1, 1)
    ]
    brush.lines(ropes, (84, 62, 50), 1.4)
    for nth, wide in enumerate((1.0, 0.72, 0.44, 0.16)):
        ink = _STRIPES[number % len(_STRIPES)][nth % 2]
        brush.ellipse(at, (size * wide, size), ink)
        # Below the point where the curve is steep, the stripes run straight down to the mouth.
        low, mouth = size * wide * 0.91, size * wide * 0.33
        cone = [
            (x - low, y + size * 0.4),
            (x + low, y + size * 0.4),
            (x + mouth, y + size * 1.12),
            (x - mouth, y + size * 1.12),
        ]
        brush.shape(cone, ink)
    sides = [
        (x - size * 0.17, basket),
        (x + size * 0.17, basket),
        (x + size * 0.13, basket + size * 0.24),
        (x - size * 0.13, basket + size * 0.24),
    ]
    brush.shape(sides, (128, 84, 50))


def _draw_birds(brush: Brush, at: Point, time_s: float) -> None:
    """A flock in a wedge; each bird beats its wings at its own time."""
    unit = brush.unit
    wings = []
    for nth in range(9):
        row, side = (nth + 1) // 2, -1 if nth % 2 else 1
        x = at[0] + (3 * math.sin(time_s * 1.1 + nth) - row * 17) * unit
        y = at[1] + (side * row * 8 + 2 * math.sin(time_s * 1.7 + nth * 2)) * unit
        tip, wide = y - math.sin(time_s * 9 + nth * 1.3) * 6 * unit, 9 * unit
        bow = 2 * unit
        wings.append(
            [
                (x - wide, tip),
                (x - wide * 0.4, y - bow),
                (x, y + bow),
                (x + wide * 0.4, y - bow),
                (x + wide, tip),
            ]
        )
    brush.lines(wings, (44, 36, 62), 2.2)
