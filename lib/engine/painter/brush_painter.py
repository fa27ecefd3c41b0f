"""The painter without the network: brush and ink by plain image operations."""

from __future__ import annotations

import logging
import time

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.config.params import Params
from lib.config.settings import WorkerSettings
from lib.core.pixels import Pixels
from lib.engine.engine import Frames
from lib.engine.painter.finish import finished
from lib.engine.painter.inner_size import fixed_side, inner_shape
from lib.engine.painter.painter import Painter, check_frames
from lib.engine.painter.prompt_matcher import PromptMatcher, StyleMix
from lib.engine.painter.said_colours import LUMA

log = logging.getLogger(__name__)

_SIDE = 320
_RADIUS = 3  # of the brush
_SATURATION = 1.6  # makes up for averaging, which dulls colours
# Styles of the network that are drawings rather than paintings: they use ink here.
_DRAWN = (1, 2, 8, 11, 15, 18, 21, 22, 24)

_PALETTE = 0.45  # how far colours are moved towards those of the style
# Each style's colours of shadows and of lights: the mean colour of the darkest and of the lightest
# quarter of four photographs that the network painted in it.
_PALETTES = (
    (0x535553, 0xBEBD9F),
    (0x3D3126, 0xCED2C7),
    (0x282326, 0xCBD3C8),
    (0x0C0619, 0x9AA183),
    (0x6C1F27, 0xDFCFA8),
    (0x4C2F33, 0xB9AA8D),
    (0x1C1B39, 0x575E81),
    (0x0F0912, 0xCCA32C),
    (0x8B8699, 0xF2F4F3),
    (0x3A4D5B, 0xCBCBC4),
    (0x2B252E, 0xB57352),
    (0x795B39, 0xD4D0AE),
    (0x68627B, 0xCCC0A9),
    (0x2E2C2F, 0xB6B767),
    (0x6A92A1, 0xD0D1CC),
    (0x67575E, 0xDFDDCD),
    (0x3F4A7E, 0x847B6A),
    (0x440F19, 0xEC8F47),
    (0x89623C, 0xD9CFA8),
    (0x182652, 0xBBCC9D),
    (0x260B20, 0xA23523),
    (0x2C2C32, 0xE1D4B9),
    (0x322E2E, 0xB8B8A9),
    (0x29272A, 0xBBB8B0),
    (0x364B62, 0xD4CCA7),
    (0x2D2C34, 0xB5AA99),
)


class BrushPainter(Painter):
    def __init__(self, matcher: PromptMatcher, settings: WorkerSettings, why: str) -> None:
        super().__init__(matcher, network=False)
        self._side = fixed_side(settings.painter_size) or _SIDE
        self.about = f"painter (brush strokes without a network, on the CPU): {why}"

    def warm_up(self, batch: int, height: int, width: int) -> None:
        frames = np.zeros((batch, height, width, 3), np.uint8)
        self.generate(frames, Params())
        began_ns = time.monotonic_ns()
        self.generate(frames, Params())
        took_ms = (time.monotonic_ns() - began_ns) / 1e6 / batch
        log.info("painter: brush strokes take %.1f ms a frame", took_ms)

    def generate(self, frames: Frames, params: Params) -> Frames:
        check_frames(frames)
        mix = self._matcher.blend(params.prompts, params.noise)
        painted = np.empty_like(frames)
        for index, frame in enumerate(frames):
            small = self._paint(np.ascontiguousarray(frame), mix)
            painted[index] = finished(small, frame, params.strength)
        return painted

    def _paint(self, frame: Pixels, mix: StyleMix) -> Pixels:
        height, width = inner_shape(self._side, *frame.shape[:2])
        small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
        small = brushed(np.asarray(small, np.uint8), _RADIUS)
        ink = 0.5 + 2.5 * float(mix.styles[list(_DRAWN)].sum())
        small = inked(small, ink)
        colours = mix.colours @ _palette(mix.styles)
        return np.asarray(cv2.transform(small, colours), np.uint8)


def brushed(picture: Pixels, radius: int) -> Pixels:
    """Give each pixel the mean of the least varying of the four squares that touch it (Kuwahara):
    areas become flat dabs of paint, and edges stay sharp.
    """
    side = 2 * radius + 1
    around = 2 * radius
    padded = cv2.copyMakeBorder(picture, around, around, around, around, cv2.BORDER_REFLECT_101)
    mean = cv2.blur(padded, (side, side))
    light = cv2.cvtColor(padded, cv2.COLOR_RGB2GRAY).astype(np.float32)
    light_mean = cv2.blur(light, (side, side))
    unrest = cv2.sqrBoxFilter(light, cv2.CV_32F, (side, side)) - light_mean * light_mean
    height, width = picture.shape[:2]
    painted, calmest = np.empty_like(picture), np.full((height, width), np.inf, np.float32)
    for y in (radius, 3 * radius):
        for x in (radius, 3 * radius):
            here = np.s_[y : y + height, x : x + width]
            calmer = unrest[here] < calmest
            np.copyto(calmest, unrest[here], where=calmer)
            cv2.copyTo(mean[here], calmer.astype(np.uint8), painted)
    return painted


def inked(picture: Pixels, amount: float) -> Pixels:
    """Add dark lines where a pixel is darker than its surroundings."""
    light = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    lines = cv2.GaussianBlur(light, (0, 0), 0.8) - cv2.GaussianBlur(light, (0, 0), 2.4)
    kept = np.clip(1 + amount * np.minimum(lines + 1.5, 0) / 12, 0.1, 1)
    return np.asarray((picture * kept[..., None]).astype(np.uint8))


def _palette(styles: NDArray[np.float32]) -> NDArray[np.float64]:
    """A 4x4 matrix that makes colours vivid, and moves them towards those of the style mix."""
    channels = np.array([[[c >> 16, c >> 8 & 255, c & 255] for c in pair] for pair in _PALETTES])
    shadow, light = np.tensordot(styles, channels, axes=1)
    vivid = _SATURATION * np.eye(3) + (1 - _SATURATION) * LUMA
    drawn = np.outer((light - shadow) / 255, LUMA)
    matrix = np.eye(4)
    matrix[:3, :3] = (1 - _PALETTE) * vivid + _PALETTE * drawn
    matrix[:3, 3] = _PALETTE * shadow
    return matrix
