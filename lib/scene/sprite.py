"""One thing, drawn in a frame of its own: its foot at (0, 0), its top at height 1.

What it is made of and what it emits are kept apart, and a mask says where it is. From the mask's
gradient come its volume, the snow on it, its shadow and its reflection.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.scene.canvas import Canvas, blurred, to_linear
from lib.scene.ink import Ink, Numbers, chosen, varied

Points: TypeAlias = "Sequence[tuple[float, float]] | NDArray[np.float32]"
_SHIFT = 4
_ONE = 1 << _SHIFT
_DRAWN_LARGER = 600  # up to this height things are drawn at twice the size, for soft edges
_SHADOW = np.array((0.28, 0.32, 0.45), np.float32)


def rounded(points: Points, steps: int = 8) -> Numbers:
    """A closed curve through the points (Catmull and Rom's)."""
    corners = np.asarray(points, np.float32)
    before, after, last = (np.roll(corners, by, 0) for by in (1, -1, -2))
    t = (np.arange(steps, dtype=np.float32) / steps)[None, :, None]
    a, b, c, d = (each[:, None] for each in (before, corners, after, last))
    curve = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
    curve = curve + (3 * b - a - 3 * c + d) * t**3
    return np.asarray(curve.reshape(-1, 2) * np.float32(0.5), np.float32)


class Sprite:
    def __init__(  # noqa: PLR0913 # a place and what surrounds it
        self,
        canvas: Canvas,
        foot: tuple[float, float],
        height: float,
        wide: float = 0.8,
        *,
        below: float = 0.15,
        above: float = 0.12,
        flip: bool = False,
    ) -> None:
        self.canvas, self.foot, self.height = canvas, foot, height
        self.rng = canvas.rng
        self.season, self.windows = "summer", False
        self.roof: Ink | None = None
        self.backlit = False
        self.aloft = False
        self.alive = False
        self.holds_snow = True  # it lies thick on it
        self._side = -1 if flip else 1
        pixels = canvas.height
        self._times = 2 if pixels <= _DRAWN_LARGER else 1
        self.left = math.floor((foot[0] - wide * height) * pixels) - 2
        self.top = math.floor((foot[1] - (1 + above) * height) * pixels) - 2
        columns = math.ceil(2 * wide * height * pixels) + 5
        rows = math.ceil((1 + above + below) * height * pixels) + 5
        size = (rows * self._times, columns * self._times)
        self._colours, self._shine = np.zeros((*size, 3), np.uint8), np.zeros((*size, 3), np.uint8)
        self._mask, self._kept = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
        self._shines = False
        self._unit = height * pixels * self._times * _ONE
        self._zero = (
            (foot[0] * pixels - self.left) * self._times * _ONE,
            (foot[1] * pixels - self.top) * self._times * _ONE,
        )

    # --- shapes

    def shape(self, points: Points, ink: Ink, shine: Ink | None = None) -> None:
        corners = [self._place(points)]
        cv2.fillPoly(self._colours, corners, ink, cv2.LINE_AA, _SHIFT)
        cv2.fillPoly(self._mask, corners, 255, cv2.LINE_AA, _SHIFT)
        if shine is not None:
            self._shines = True
        if self._shines:
            cv2.fillPoly(self._shine, corners, shine or (0, 0, 0), cv2.LINE_8, _SHIFT)

    def curve(self, points: Points, ink: Ink, steps: int = 6, shine: Ink | None = None) -> None:
        self.shape(rounded(points, steps), ink, shine)

    def box(
        self, low: tuple[float, float], high: tuple[float, float], ink: Ink,
        shine: Ink | None = None,
    ) -> None:  # fmt: skip
        self.shape([low, (high[0], low[1]), high, (low[0], high[1])], ink, shine)

    def oval(
        self,
        middle: tuple[float, float],
        radii: tuple[float, float],
        ink: Ink,
        angle: float = 0.0,
        shine: Ink | None = None,
    ) -> None:
        at, half, turn = self._oval(middle, radii, angle)
        for surface, colour in ((self._colours, ink), (self._mask, 255)):
            cv2.ellipse(surface, at, half, turn, 0, 360, colour, -1, cv2.LINE_AA, _SHIFT)
        if shine is not None:
            self._shines = True
        if self._shines:
            dark = shine or (0, 0, 0)
            cv2.ellipse(self._shine, at, half, turn, 0, 360, dark, -1, cv2.LINE_8, _SHIFT)

    def eye(self, middle: tuple[float, float], radius: float, ink: Ink = (24, 20, 20)) -> None:
        """A dark spot that stays when the picture is painted."""
        self.oval(middle, (radius, radius * 1.15), ink)
        at, half, turn = self._oval(middle, (radius * 1.5, radius * 1.6), 0)
        cv2.ellipse(self._kept, at, half, turn, 0, 360, 255, -1, cv2.LINE_AA, _SHIFT)

    def line(self, points: Points, ink: Ink, width: float, shine: Ink | None = None) -> None:
        path = [self._place(points)]
        thick = max(1, round(width * self._unit / _ONE))
        cv2.polylines(self._colours, path, False, ink, thick + 1, cv2.LINE_8, _SHIFT)
        cv2.polylines(self._mask, path, False, 255, thick, cv2.LINE_AA, _SHIFT)
        if shine is not None:
            self._shines = True
            cv2.polylines(self._shine, path, False, shine, thick, cv2.LINE_8, _SHIFT)

    def taper(self, points: Points, widths: Sequence[float], ink: Ink) -> None:
        """A limb: a rounded path that is as wide at each point as said."""
        path = np.asarray(points, np.float32)
        along = np.gradient(path, axis=0)
        along /= np.hypot(along[:, 0], along[:, 1])[:, None] + np.float32(1e-6)
        across = np.stack((-along[:, 1], along[:, 0]), 1)
        across *= np.asarray(widths, np.float32)[:, None] / 2
        ends = along[[0, -1]] * np.asarray([widths[0], widths[-1]], np.float32)[:, None] * 0.4
        outline = [path[0] - ends[0], *(path + across), path[-1] + ends[1], *(path - across)[::-1]]
        self.curve(np.asarray(outline, np.float32), ink, 4)

    def hole(self, points: Points) -> None:
        cv2.fillPoly(self._mask, [self._place(points)], 0, cv2.LINE_AA, _SHIFT)

    def dabs(
        self,
        within: Sequence[tuple[float, float, float, float]],
        count: int,
        radius: float,
        inks: Sequence[Ink],
        flat: float = 0.7,
    ) -> None:
        """Many small strokes inside ovals (across, up, and their radii), lighter towards the
        light."""
        rng, light = self.rng, self.canvas.light.across * self._side
        small = self._unit * radius / _ONE < 1.2  # strokes under a pixel: fewer, and larger
        count, radius = (count // 3, radius * 1.7) if small else (count, radius)
        which = rng.integers(len(within), size=count)
        angle, far = rng.uniform(0, 2 * math.pi, count), np.sqrt(rng.random(count))
        spread = rng.normal(0, 0.15, count)
        sizes = rng.uniform((0.6, 0.5), (1.3, 1.0), (count, 2)) * radius
        turns = rng.uniform(-40, 40, count)
        shift = rng.uniform(-0.06, 0.06, (count, 4))
        palette = np.asarray(inks, np.float64)
        for nth in range(count):
            u, v, wide, tall = within[which[nth]]
            du, dv = wide * far[nth] * math.cos(angle[nth]), tall * far[nth] * math.sin(angle[nth])
            share = 0.5 + 0.35 * dv / tall + 0.25 * light * du / wide + spread[nth]
            base = palette[int(min(0.999, max(0.0, share)) * len(palette))]
            ink = (base * (1 + shift[nth, 0]) + shift[nth, 1:] * 40).clip(0, 255).tolist()
            self.oval((u + du, v + dv), (sizes[nth, 0], sizes[nth, 1] * flat), ink, turns[nth])

    def window(
        self, middle: tuple[float, float], size: tuple[float, float], share: float = 0.75,
        frame: Ink = (70, 52, 44),
    ) -> None:  # fmt: skip
        """A pane with its frame; it is lit at the hours at which windows are."""
        (u, v), (wide, tall) = middle, (size[0] / 2, size[1])
        lit = self.windows and self.rng.random() < share
        self.box((u - wide - 0.008, v - 0.008), (u + wide + 0.008, v + tall + 0.008), frame)
        pane = varied(self.rng, (255, 196, 96), 0.1) if lit else (84, 104, 124)
        shine = varied(self.rng, (255, 176, 84), 0.12) if lit else None
        self.box((u - wide, v), (u + wide, v + tall), pane, shine)
        self.line([(u, v), (u, v + tall)], frame, 0.008)
        self.line([(u - wide, v + tall / 2), (u + wide, v + tall / 2)], frame, 0.006)

    def sink(self, share: float) -> None:
        """Lower it into the water: what was at that height is at its foot, the rest unseen."""
        down = round(share * self._unit / _ONE)
        for surface in (self._colours, self._shine, self._mask, self._kept):
            surface[down:] = surface[:-down].copy()
            surface[:down] = 0
        foot = round(self._zero[1] / _ONE)
        self._mask[foot:] = 0
        self._kept[foot:] = 0

    def astride(self) -> None:
        """Seat who was drawn standing: one leg before the flank, the other behind the animal."""
        level = [round((self._zero[1] - v * self._unit) / _ONE) for v in (0.34, 0.1)]
        cloth = cv2.mean(self._colours[slice(*level)], self._mask[slice(*level)])
        leg, boot = (cloth[0], cloth[1], cloth[2]), (52, 44, 44)
        self.hole([(-0.9, 0.4), (0.9, 0.4), (0.9, -0.3), (-0.9, -0.3)])
        self.taper([(0.14, 0.035), (0.2, 0.03)], [0.05, 0.04], (30, 26, 30))
        self.taper([(-0.05, 0.43), (0.1, 0.38), (0.17, 0.3), (0.13, 0.18), (0.08, 0.07)],
                   [0.17, 0.16, 0.13, 0.1, 0.08], leg)  # fmt: skip
        self.taper([(0.06, 0.05), (0.13, 0.045), (0.19, 0.05)], [0.07, 0.06, 0.03], boot)

    def varied(self, ink: Ink, reach: float = 0.08) -> Ink:
        return varied(self.rng, ink, reach)

    def chosen(self, *inks: Ink) -> Ink:
        return chosen(self.rng, *inks)

    def _place(self, points: Points) -> NDArray[np.int32]:
        local = np.asarray(points, np.float64).reshape(-1, 2)
        local = local * (self._side * self._unit, -self._unit) + self._zero
        return np.asarray(np.rint(local), np.int32)

    def _oval(
        self, middle: tuple[float, float], radii: tuple[float, float], angle: float
    ) -> tuple[tuple[int, int], tuple[int, int], float]:
        at = (
            round(self._zero[0] + self._side * middle[0] * self._unit),
            round(self._zero[1] - middle[1] * self._unit),
        )
        half = (max(1, round(radii[0] * self._unit)), max(1, round(radii[1] * self._unit)))
        return at, half, -self._side * float(angle)

    # --- onto the canvas

    def put(
        self,
        depth: float = 0.05,
        shadow: float = 0.5,
        reflects: bool = False,
        volume: float = 0.55,
        rough: float = 0.3,
    ) -> None:
        rows, columns, part = self._overlap()
        if part is None:
            return
        canvas, light = self.canvas, self.canvas.light
        mask, colours = self._flattened()
        if shadow and not reflects:
            self._cast(mask, shadow)
        canvas.piece()
        size = self.height * canvas.height
        form = blurred(mask, max(1.0, 0.05 * size))
        across = cv2.Sobel(form, cv2.CV_32F, 1, 0, ksize=3)
        down = cv2.Sobel(form, cv2.CV_32F, 0, 1, ksize=3)
        steep = np.float32(0.018 * size)
        shade = (across * np.float32(light.across) + down * np.float32(0.8)) * steep
        shade = shade.clip(-1, 1)[part] * np.float32(volume)
        shade += (canvas.texture[rows, columns] - np.float32(0.5)) * np.float32(rough * 1.3)
        shade += (canvas.grain[rows, columns] - np.float32(0.5)) * np.float32(rough)
        shade += np.float32(0.12)
        sent, over = canvas.lit(colours[part], shade, depth), mask[part][..., None]
        canvas.piece()
        shine = self._emitted()
        if reflects:
            self._mirror(sent, over, None if shine is None else shine[part], rows, columns)
        elif canvas.snow:
            white = canvas.lit(np.full_like(sent, 0.82), shade, depth)
            least, most = (0.25, 1.0) if self.holds_snow else (1.5, 0.55)
            top = (down[part] * steep * np.float32(1.6) - np.float32(least)).clip(0, most)
            sent += (top * np.float32(canvas.snow))[..., None] * (white - sent)
        canvas.blend(rows, columns, sent, over)
        if shine is not None:
            canvas.emission[rows, columns] += shine[part] * over
        kept = self._smaller(self._kept)[part]
        canvas.kept[rows, columns] = np.maximum(canvas.kept[rows, columns], kept)

    def stamp(self, mask: Pixels) -> None:
        """Add the thing's own mask to one as large as the canvas."""
        rows, columns, part = self._overlap()
        if part is not None:
            own = self._smaller(self._mask)[part]
            mask[rows, columns] = np.maximum(mask[rows, columns], own)

    def _overlap(self) -> tuple[slice, slice, tuple[slice, slice] | None]:
        """The rows and columns of the canvas under the frame, and the same in the frame."""
        tall, wide = (side // self._times for side in self._mask.shape)
        top, bottom = max(0, self.top), min(self.canvas.height, self.top + tall)
        left, right = max(0, self.left), min(self.canvas.width, self.left + wide)
        if top >= bottom or left >= right:
            return slice(0), slice(0), None
        part = (
            slice(top - self.top, bottom - self.top),
            slice(left - self.left, right - self.left),
        )
        return slice(top, bottom), slice(left, right), part

    def _smaller(self, pixels: Pixels) -> Pixels:
        if self._times == 1:
            return pixels
        size = (pixels.shape[1] // self._times, pixels.shape[0] // self._times)
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)

    def _flattened(self) -> tuple[Numbers, Numbers]:
        """Mask and linear colours at the canvas's size; colours keep their strength at edges."""
        mask: Numbers = self._mask.astype(np.float32) * np.float32(1 / 255)
        colours = to_linear(self._colours) * mask[..., None]
        if self._times > 1:
            size = (mask.shape[1] // self._times, mask.shape[0] // self._times)
            mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA))
            colours = np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_AREA))
        colours /= np.maximum(mask, np.float32(0.02))[..., None]
        return np.asarray(mask, np.float32), np.asarray(colours, np.float32)

    def _emitted(self) -> Numbers | None:
        return to_linear(self._smaller(self._shine)) if self._shines else None

    def _cast(self, mask: Numbers, amount: float) -> None:
        """The shadow: the mask, sheared along the ground."""
        canvas, light = self.canvas, self.canvas.light
        up = min(mask.shape[0] - 1, max(1, round(self.foot[1] * canvas.height - self.top)))
        day = light.elevation > 0.02
        length = min(0.9, 0.22 / max(light.elevation, 0.12)) if day else 0.25
        lean, down = -light.across * length * 0.8, 0.3 * length
        left = min(0, math.floor(lean * up)) - 4
        wide = mask.shape[1] + math.ceil(abs(lean) * up) + 8
        tall = math.ceil(down * up) + 8
        shear = np.array(((1, -lean, lean * up - left), (0, -down, down * up + 4)), np.float32)
        sheared = cv2.warpAffine(mask[:up], shear, (wide, tall), flags=cv2.INTER_LINEAR)
        fallen = blurred(
            np.asarray(sheared, np.float32), max(0.8, 0.012 * self.height * canvas.height)
        )
        x, y = self.left + left, self.top + up - 4
        top, bottom = max(0, y), min(canvas.height, y + tall)
        begin, end = max(0, x), min(canvas.width, x + wide)
        if top < bottom and begin < end:
            fallen = fallen[top - y : bottom - y, begin - x : end - x, None]
            share = np.float32(amount if day else amount * 0.6)
            canvas.radiance[top:bottom, begin:end] *= 1 - fallen * share * (1 - _SHADOW)

    def _mirror(
        self, sent: Numbers, over: Numbers, shine: Numbers | None, rows: slice, columns: slice
    ) -> None:
        """The reflection in water below the foot: upside down, shaken and fading."""
        canvas = self.canvas
        base = min(canvas.height, int(self.foot[1] * canvas.height))
        up = min(base - rows.start, sent.shape[0])
        deep = min(int(up * 0.8), canvas.height - base)
        if up <= 2 or deep < 3:
            return
        unit = canvas.height / 512
        t = np.arange(deep, dtype=np.float32)[:, None]
        wave = np.sin(t * (0.55 / unit)) + np.float32(0.7) * np.sin(t * (0.23 / unit) + 1)
        wave = wave * (0.5 + t / deep * 3.5) * unit
        across = np.arange(sent.shape[1], dtype=np.float32)[None] + wave.astype(np.float32)
        above = np.broadcast_to((up - 1 - t / np.float32(0.8)).clip(0, up - 1), across.shape)
        maps = (across, np.ascontiguousarray(above, np.float32))
        seen = cv2.remap(sent, *maps, cv2.INTER_LINEAR)
        covered = cv2.remap(np.ascontiguousarray(over[..., 0]), *maps, cv2.INTER_LINEAR)
        fade = np.linspace(0.62, 0.15, deep, dtype=np.float32)[:, None]
        share = (covered * fade)[..., None]
        part = canvas.radiance[base : base + deep, columns]
        part += share * (seen * np.float32(0.8) - part)
        if shine is not None:
            lights = cv2.remap(np.ascontiguousarray(shine), *maps, cv2.INTER_LINEAR)
            canvas.emission[base : base + deep, columns] += lights * share * np.float32(0.5)
