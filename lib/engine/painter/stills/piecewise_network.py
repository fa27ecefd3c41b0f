"""The style network at a still's size, in pieces between which live frames come first.

It paints the same as the live painter's network. What is left of a lattice goes by painting the
picture moved by some pixels and moving the painting back: the mean of a few such phases has none.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.engine.painter.graph import PADDING, STRIDE, rebuild_parts
from lib.engine.painter.style_network import network_weights, open_session, usual_threads

# Places on the grid of 4x4 pixels that the network's strides leave, so ordered that the first few
# already cancel most of it.
PHASES = (
    *((0, 0), (2, 1), (1, 2), (3, 3), (2, 0), (0, 1), (3, 2), (1, 3)),
    *((0, 2), (2, 3), (1, 0), (3, 1), (2, 2), (0, 3), (3, 0), (1, 1)),
)
_MARGIN = 16  # mirrored around the picture, so that a phase has somewhere to move to
_STRIP = 2**16  # pixels of the first layer in one piece: a third of the arithmetic is there
_TILE = 560  # the longest side of what is painted at once, for the memory that it takes
_OVERLAP = 64  # of two tiles, in which one becomes the other


class PiecewiseNetwork:
    def __init__(self, threads: int | None = None) -> None:
        """A PackageFileError if the network's file is missing or not the known one."""
        models = rebuild_parts(network_weights())
        self._first, *self._others = (
            open_session(model, threads or usual_threads()) for model in models
        )

    def paint(
        self,
        picture: Pixels,
        styles: NDArray[np.float32],
        phase: int,
        between: Callable[[], None],
    ) -> NDArray[np.float32]:
        """The painted picture, 0 to 255, at the given one's size; a large one in tiles.

        Each tile is normalised by itself, so its light may differ a little from the next one's.
        That goes in the overlap, and only the detail of it is used (network_detail.py).
        """
        height, width = picture.shape[:2]
        rows, columns = _spans(height), _spans(width)
        if len(rows) == len(columns) == 1:
            return self._paint_tile(picture, styles, phase, between)
        painted = np.zeros((height, width, 3), np.float32)
        total = np.zeros((height, width, 1), np.float32)
        for top, bottom in rows:
            for left, right in columns:
                part = np.s_[top:bottom, left:right]
                share = _share(top, bottom, height)[:, None] * _share(left, right, width)[None]
                tile = self._paint_tile(np.ascontiguousarray(picture[part]), styles, phase, between)
                painted[part] += tile * share[..., None]
                total[part] += share[..., None]
                between()
        return np.asarray(painted / total, np.float32)

    def _paint_tile(
        self,
        picture: Pixels,
        styles: NDArray[np.float32],
        phase: int,
        between: Callable[[], None],
    ) -> NDArray[np.float32]:
        height, width = picture.shape[:2]
        inner = [max(STRIDE * 4, round(side / STRIDE) * STRIDE) for side in (height, width)]
        small = cv2.resize(picture, (inner[1], inner[0]), interpolation=cv2.INTER_AREA)
        down, right = PHASES[phase % len(PHASES)]
        top, left = _MARGIN - down, _MARGIN - right
        framed = cv2.copyMakeBorder(
            small, top, 2 * _MARGIN - top, left, 2 * _MARGIN - left, cv2.BORDER_REFLECT_101
        )
        painted = self._run(np.asarray(framed, np.uint8), styles, between)
        cut = painted[top : top + inner[0], left : left + inner[1]]
        large = cv2.resize(cut, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.asarray(np.clip(large, 0, 255), np.float32)

    def _run(
        self, picture: Pixels, styles: NDArray[np.float32], between: Callable[[], None]
    ) -> NDArray[np.float32]:
        given = {"style_weights": styles, "image": self._first_layer(picture, styles, between)}
        for session in self._others:
            between()
            (given["image"],) = session.run(None, given)
        painted = given["image"]
        if painted.shape != (1, 3, *picture.shape[:2]):
            raise RuntimeError(f"the network made {painted.shape} of {picture.shape}")
        if not np.isfinite(painted.sum()):  # a single NaN or infinity makes the sum one
            raise RuntimeError("the network made numbers that are not finite")
        return np.asarray(cv2.merge(list(painted[0])) * np.float32(255), np.float32)

    def _first_layer(
        self, picture: Pixels, styles: NDArray[np.float32], between: Callable[[], None]
    ) -> NDArray[np.float32]:
        height, width = picture.shape[:2]
        padded = cv2.copyMakeBorder(picture, *(PADDING,) * 4, cv2.BORDER_REFLECT_101)
        planes = padded.transpose(2, 0, 1)[None] * np.float32(1 / 255)
        rows = max(1, _STRIP // width)
        strips = []
        for top in range(0, height, rows):
            between()
            strip = np.ascontiguousarray(planes[:, :, top : top + rows + 2 * PADDING])
            strips += self._first.run(None, {"image": strip, "style_weights": styles})
        return np.concatenate(strips, axis=2)


def _spans(side: int) -> list[tuple[int, int]]:
    """Where tiles of one length begin and end along a side."""
    count = max(1, -(-(side - _OVERLAP) // (_TILE - _OVERLAP))) if side > _TILE else 1
    if count == 1:
        return [(0, side)]
    length = -(-(side + (count - 1) * _OVERLAP) // count)
    length = -(-length // STRIDE) * STRIDE
    begins = [round(nth * (side - length) / (count - 1)) for nth in range(count)]
    return [(begin, begin + length) for begin in begins]


def _share(begin: int, end: int, side: int) -> NDArray[np.float32]:
    """How much of a tile shows: less and less towards an edge with a neighbour."""
    share = np.ones(end - begin, np.float32)
    ramp = (np.arange(_OVERLAP, dtype=np.float32) + np.float32(0.5)) / np.float32(_OVERLAP)
    if begin > 0:
        share[:_OVERLAP] = ramp
    if end < side:
        share[-_OVERLAP:] = ramp[::-1]
    return share
