"""Inpaint and outpaint: what is drawn into a given picture, and what is drawn on around it.

What the mask does not name stays to the bit; the soft edge lies inside the mask.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.core.still_params import PAINT, StillParams
from lib.engine.painter.stills.from_picture import in_light_of
from lib.engine.painter.stills.network_detail import wide_blur
from lib.engine.painter.stills.surface import grain
from lib.scene.draw import DrawnScene, draw
from lib.scene.over_picture import draw_over
from lib.scene.parse import parse

Floats = NDArray[np.float32]

_FEATHER = 1 / 40  # of the shorter side: the soft edge, inward
_LEAST, _WHOLE = 16, 239  # of a mask: a JPEG's noise is neither a part of it nor a hole in it
_REPLACED = 0.85  # from this strength on, what was behind the mask goes, too
_SEAM = 1 / 4  # of the shorter side: how far the given picture's colours reach outward
_SKY_LEAST, _SKY_MOST = 0.15, 0.85  # where a horizon may be


def filled_in(
    given: Pixels,
    mask: NDArray[np.uint8],
    params: StillParams,
    seed: int,
    between: Callable[[], None],
) -> tuple[Pixels, Floats]:
    """The picture with what the prompt says drawn in its mask, and the share of the painting."""
    share = inward(mask)
    if not share.any():
        return given, share
    described = parse(params.prompt, params.negative)
    top, left, bottom, right = _box(share)
    part = np.s_[top:bottom, left:right]
    filled = given.copy()
    if not described.items:  # a place or a sky: as it would be in the whole picture
        size = given.shape[1], given.shape[0]
        scene = draw(described, seed, *size, between)
        moved = _with_horizon(scene.picture, _horizon(scene), horizon_of(given))
        filled[part] = in_light_of(moved, given, 0.5 * (1 - params.strength))[part]
    else:
        if params.strength >= _REPLACED:
            filled[part] = _emptied(given, share > 0)[part]
        between()
        behind = np.ascontiguousarray(filled[part])
        filled[part], _ = draw_over(behind, described, seed, between)
    between()
    filled[share == 0] = given[share == 0]
    return filled, share


def _emptied(given: Pixels, gone: NDArray[np.bool_]) -> Pixels:
    """The picture without what is `gone`: its surroundings, carried on over it."""
    height, width = given.shape[:2]
    by = max(1, min(height, width) // 128)
    size = width // by, height // by
    small = np.asarray(cv2.resize(given, size, interpolation=cv2.INTER_AREA), np.uint8)
    hole = cv2.resize(gone.astype(np.uint8), size, interpolation=cv2.INTER_LINEAR_EXACT)
    hole = cv2.dilate((hole > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    plain = cv2.inpaint(small, hole, 4, cv2.INPAINT_TELEA)
    large = cv2.resize(plain, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.where(gone[..., None], large, given).astype(np.uint8)


def inward(mask: NDArray[np.uint8]) -> Floats:
    """0 outside the mask and rising to 1 behind its edge, and no more than the mask says where it
    is grey; the picture's border is no edge."""
    inside = (mask > PAINT // 2).astype(np.uint8)
    said = np.clip((mask.astype(np.float32) - _LEAST) / (_WHOLE - _LEAST), 0, 1)
    if np.any((said > 0) & (said < 1)):
        inside = (said > 0).astype(np.uint8)
    framed = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    away = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    reach = max(2.0, min(mask.shape) * _FEATHER)
    rise = np.clip(away / reach, 0, 1)
    return np.asarray(np.minimum(rise * rise * (3 - 2 * rise) * inside, said), np.float32)


def continued(
    canvas: Pixels,
    paint: NDArray[np.uint8],
    scene: DrawnScene,
    seed: int,
    between: Callable[[], None],
) -> tuple[Pixels, Floats]:
    """The canvas with the scene around what is given, its horizon on the given one's; and the share
    of the painting."""
    known = paint <= PAINT // 2
    if not known.any():
        return scene.picture, np.ones(paint.shape, np.float32)
    top, left, bottom, right = _box(known)
    given = canvas[top:bottom, left:right]
    height, width = canvas.shape[:2]
    extended = _mirrored(given, (top, height - bottom, left, width - right))
    between()
    moved = _with_horizon(scene.picture, _horizon(scene), top + horizon_of(given))
    lit = in_light_of(moved, extended, 0.85)
    between()
    away = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 5)
    joined = _joined(extended, lit, away, seed, between)
    joined[known] = canvas[known]
    side = min(height, width)
    share = np.clip(away / max(2.0, side / 64), 0, 1) * ~known
    return joined, np.asarray(share, np.float32)


def _horizon(scene: DrawnScene) -> int:
    return horizon_of(scene.picture) if scene.horizon is None else scene.horizon


def horizon_of(picture: Pixels) -> int:
    """The row that divides the picture best into what is above and what is below: where the colours
    of the two differ most for how much each varies by itself."""
    small = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    first, last = int(64 * _SKY_LEAST), int(64 * _SKY_MOST)
    # The step between a band above a row and one below it, in most of the columns.
    steps = np.array(
        [
            np.median(
                np.linalg.norm(lab[row - 4 : row].mean(0) - lab[row : row + 4].mean(0), axis=1)
            )
            for row in range(first, last)
        ]
    )
    return int((first + int(steps.argmax())) * picture.shape[0] / 64)


def _mirrored(given: Pixels, margins: tuple[int, int, int, int]) -> Pixels:
    """The given picture, mirrored outward as often as it takes."""
    top, bottom, left, right = margins
    height, width = given.shape[:2]
    rows = _folded(np.arange(-top, height + bottom), height)
    columns = _folded(np.arange(-left, width + right), width)
    return np.ascontiguousarray(given[rows][:, columns])


def _folded(at: NDArray[np.int_], length: int) -> NDArray[np.int_]:
    period = max(1, 2 * length - 2)
    at = np.mod(at, period)
    return np.where(at < length, at, period - at)


def _with_horizon(scene: Pixels, own: int, aim: int) -> Pixels:
    """The scene with the row `own` at `aim`: what is above and below is stretched."""
    height, width = scene.shape[:2]
    own = int(np.clip(own, height * 0.05, height * 0.95))
    rows = np.arange(height, dtype=np.float32)
    above = rows * own / max(1, aim)
    below = own + (rows - aim) * (height - 1 - own) / max(1, height - 1 - aim)
    source = np.where(rows < aim, above, below).astype(np.float32)
    source = np.repeat(np.clip(source, 0, height - 1)[:, None], width, axis=1)
    columns = np.repeat(np.arange(width, dtype=np.float32)[None], height, axis=0)
    return np.asarray(cv2.remap(scene, columns, source, cv2.INTER_LINEAR), np.uint8)


def _joined(
    near: Pixels, far: Pixels, away: NDArray[Any], seed: int, between: Callable[[], None]
) -> Pixels:
    """`near` at the seam and `far` beyond it: colours change over a long way, detail over a short
    one, with an edge that wanders."""
    side = min(near.shape[:2])
    wander = 1 + 0.5 * grain(near.shape, side / 10, seed)
    reach = away * np.clip(wander, 0.3, 2)
    out = np.zeros(near.shape, np.float32)
    one, other = near.astype(np.float32), far.astype(np.float32)
    for sigma, length in ((side / 12, _SEAM), (side / 50, _SEAM / 2), (0.0, _SEAM / 6)):
        low_one = wide_blur(one, sigma) if sigma else one
        low_other = wide_blur(other, sigma) if sigma else other
        between()
        rise = np.clip(reach / (length * side), 0, 1)[..., None]
        rise = rise * rise * (3 - 2 * rise)
        out += low_one + (low_other - low_one) * rise
        one, other = one - low_one, other - low_other
    return np.asarray(np.clip(np.rint(out), 0, 255), np.uint8)


def _box(share: NDArray[np.generic]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
