"""The canvas of a drawn scene: what each point reflects and emits, in linear light.

A place on it is measured in heights of the picture: y from 0 at the top to 1, x from 0 to the
picture's aspect.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from lib.core.pixels import Pixels
from lib.scene.hours import Illumination
from lib.scene.ink import LINEAR, SRGB, Numbers


def noise(
    rng: np.random.Generator,
    size: tuple[int, int],
    cell: float,
    octaves: int = 4,
    stretch: float = 1.0,
) -> Numbers:
    """Fractal noise from 0 to 1, with features `cell` pixels high and `stretch` times as wide.

    It is made at half the size where its features are large enough for nobody to see it.
    """
    height, width = size
    coarse = 2 if cell / 2 ** (octaves - 1) >= 4 and min(height, width) >= 16 else 1
    rows, columns, cell = -(-height // coarse), -(-width // coarse), cell / coarse
    total, weights = np.zeros((rows, columns), np.float32), 0.0
    for octave in range(octaves):
        step = max(2.0, cell / 2**octave)
        grid = rng.random((int(rows / step) + 4, int(columns / (step * stretch)) + 4), np.float32)
        tall = max(rows + 1, int(grid.shape[0] * step) + 1)
        wide = max(columns + 1, int(grid.shape[1] * step * stretch) + 1)
        big = cv2.resize(grid, (wide, tall), interpolation=cv2.INTER_CUBIC)
        weight = 0.55**octave
        total += big[:rows, :columns] * np.float32(weight)
        weights += weight
    spread = (total * np.float32(1.6 / weights) - np.float32(0.3)).clip(0, 1)
    if coarse > 1:
        spread = cv2.resize(spread, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(spread, np.float32)


def blurred(picture: Numbers, sigma: float) -> Numbers:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.3, sigma)), np.float32)


def _shrunk(picture: Numbers) -> Numbers:
    quarter = (max(1, picture.shape[1] // 4), max(1, picture.shape[0] // 4))
    return np.asarray(cv2.resize(picture, quarter, interpolation=cv2.INTER_AREA), np.float32)


def to_linear(pixels: Pixels) -> Numbers:
    return np.asarray(cv2.LUT(pixels, LINEAR), np.float32)


def to_srgb(picture: Numbers) -> Pixels:
    steps = (picture.clip(0, 1) * np.float32(4095) + np.float32(0.5)).astype(np.uint16)
    return np.asarray(SRGB[steps], np.uint8)


class Canvas:
    """Light from everything drawn so far; `piece` is called between two pieces of drawing."""

    def __init__(
        self,
        size: tuple[int, int],
        light: Illumination,
        rng: np.random.Generator,
        piece: Callable[[], None],
    ) -> None:
        self.height, self.width = size
        self.aspect = self.width / self.height
        self.light, self.rng, self.piece = light, rng, piece
        self.radiance = np.zeros((*size, 3), np.float32)
        self.emission = np.zeros((*size, 3), np.float32)
        self.kept = np.zeros(size, np.uint8)  # eyes and other detail that a painter must return
        self.texture = noise(rng, size, self.height / 10, 5)
        self.grain = noise(rng, size, self.height / 60, 3, 2.5)
        self.calm = np.zeros(size, np.float32)  # 1 where a painter must not add any surface
        self.snow = 0.0
        self.piece()

    def noise(self, cell: float, octaves: int = 4, stretch: float = 1.0) -> Numbers:
        """Over the whole canvas, with a cell in heights."""
        size = (self.height, self.width)
        return noise(self.rng, size, cell * self.height, octaves, stretch)

    def line_noise(self, cell: float, octaves: int = 4) -> Numbers:
        """Along the width, one value a column; the cell is in heights."""
        line = noise(self.rng, (1, self.width), cell * self.height, octaves)
        return np.asarray(line[0], np.float32)

    def columns(self) -> Numbers:
        return np.arange(self.width, dtype=np.float32) / np.float32(self.height)

    def rows(self) -> Numbers:
        return (np.arange(self.height, dtype=np.float32) / np.float32(self.height))[:, None]

    def lit(self, albedo: Numbers, shade: Numbers, depth: Numbers | float) -> Numbers:
        """The light that a surface sends here: turned to the light by `shade`, which is about -1
        to 1, and veiled by the haze of its depth."""
        light = self.light
        shade = shade[..., None]
        toward = (np.float32(0.42) + np.float32(0.62) * shade).clip(0, 1.5)
        ambient = light.ambient * (np.float32(0.7) + np.float32(0.28) * shade)
        sent = albedo * (ambient + light.key * toward)
        away = np.maximum(np.asarray(depth, np.float32), 0) + np.float32(light.veil)
        reach = away * np.float32(-1.5 * light.density)
        veil = 1 - np.exp(reach)
        if veil.ndim:
            veil = veil[..., None]
        return np.asarray(sent * (1 - veil) + light.haze * veil, np.float32)

    def cover(
        self,
        colours: Pixels,
        mask: Pixels,
        shade: Numbers | float,
        depth: Numbers | float,
        at: tuple[int, int] = (0, 0),
    ) -> None:
        """Cover what is behind with a layer, whose first row and column are at `at`."""
        rows, columns = (
            slice(first, first + length) for first, length in zip(at, mask.shape, strict=True)
        )
        over = (mask.astype(np.float32) * np.float32(1 / 255))[..., None]
        rough = (self.texture[rows, columns] - np.float32(0.5)) * np.float32(0.35)
        sent = self.lit(to_linear(colours), np.asarray(rough + shade, np.float32), depth)
        self.blend(rows, columns, sent, over)

    def blend(self, rows: slice, columns: slice, sent: Numbers, over: Numbers) -> None:
        """Lay light over a part; `over` is its cover, with one channel."""
        part = self.radiance[rows, columns]
        part += over * (sent - part)
        self.emission[rows, columns] *= 1 - over
        self.calm[rows, columns] *= 1 - over[..., 0]
        self.kept[rows, columns] = np.where(over[..., 0] > 0.5, 0, self.kept[rows, columns])
        self.piece()

    def keep(self, spots: Numbers) -> None:
        """Let a painter return small spots of light, which it would draw out to worms."""
        wide = max(3, round(self.height / 128))
        around = cv2.dilate(spots, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide)))
        mask = (blurred(np.asarray(around, np.float32), wide / 4) * np.float32(1000)).clip(0, 255)
        self.kept = np.maximum(self.kept, mask.astype(np.uint8))

    def develop(self) -> Pixels:
        """Bloom of what shines, exposure and a film's curve, to 8-bit sRGB."""
        light, shine = self.light, self.emission * np.float32(self.light.glow)
        picture = self.radiance + shine * np.float32(1.1)
        self.piece()
        if shine.any():
            small = _shrunk(shine)
            glow = np.zeros_like(small)
            for spread, share in ((0.008, 0.6), (0.03, 0.55), (0.09, 0.5)):
                glow += blurred(small, self.height * 0.25 * spread) * np.float32(share * 1.2)
            picture += cv2.resize(glow, (self.width, self.height))
        self.piece()
        picture *= np.float32(light.exposure)
        picture /= 1 + (picture - np.float32(0.6)).clip(0, None) * np.float32(0.75)
        grey = cv2.transform(picture, np.full((1, 3), 1 / 3, np.float32))[..., None]
        picture = grey + (picture - grey) * np.float32(1.12)
        return to_srgb(picture)

    def lights(self) -> Pixels:
        """Where a painter must return the drawing at the end: what shines, and eyes."""
        shine = self.emission.max(2)
        mask = (shine * np.float32(600)).clip(0, 255).astype(np.uint8)
        return np.asarray(np.maximum(mask, self.kept), np.uint8)
