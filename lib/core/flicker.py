"""How calm the pictures are: how much they change where the source stands still.

Two frames that follow each other are compared on small grey thumbnails, the source's and the
picture's. Where the source hardly changes, what changes in the picture is flicker. The ratio is
the picture's mean change there over the source's: 1 is as restless as the camera's own noise,
below 1 is calmer, 4 is seen by everybody. Times are nanoseconds and come in as arguments.
"""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Grey: TypeAlias = NDArray[np.uint8]  # height x width
_Floats: TypeAlias = NDArray[np.float32]

# All in grey levels of 255, means over 3 x 3 cells of a thumbnail.
STILL_MOST = 3.0  # more than that everywhere is a pan or a cut, not a camera's noise
STILL_LEAST = 1.0  # less than that is stillness, however quiet the rest is
NOISY = 2.0  # times the noise of the calmest quarter
NEAR = 2  # cells: around what moves, an engine may well paint anew
ENOUGH = 0.05  # of the picture must stand still
FLOOR = 0.25  # a change of the source below that is rounding, and a ratio to it says nothing
KEPT, LEAST = 12, 3  # pairs
OLD_NS = 30_000_000_000  # at a few frames a second the pairs are few, too


class StillChange(NamedTuple):
    """Mean change from one frame to the next where the source stands still, in grey levels."""

    source: float
    shown: float


def still_change(source: tuple[Grey, Grey], shown: tuple[Grey, Grey]) -> StillChange | None:
    """None where nothing stands still, or where there is too little to compare."""
    if source[0].shape != source[1].shape or shown[0].shape != shown[1].shape:
        return None
    moved = _difference(*source)
    local = _near(moved, 1)
    noise = float(np.quantile(local, 0.25))
    if noise > STILL_MOST:
        return None
    moving = local > max(STILL_LEAST, NOISY * noise)
    still = _near(moving.astype(np.float32), NEAR) < 1e-3
    if still.sum() < max(4, ENOUGH * still.size):
        return None
    painted = _onto(_difference(*shown), moved.shape)
    return StillChange(float(moved[still].mean()), float(painted[still].mean()))


class Flicker:
    """The ratio over the latest pairs. Medians: a cut, or a new prompt, is one pair among many."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[int, StillChange | None]] = deque(maxlen=KEPT)

    def add(self, change: StillChange | None, now_ns: int) -> None:
        self._pairs.append((now_ns, change))

    def ratio(self, now_ns: int) -> float | None:
        """None while there is nothing still to judge by."""
        recent = [change for then_ns, change in self._pairs if now_ns - then_ns < OLD_NS]
        known = [change for change in recent if change]
        if len(known) < max(LEAST, len(recent) / 3):
            return None
        source = median(change.source for change in known)
        return median(change.shown for change in known) / max(source, FLOOR)


def _difference(before: Grey, after: Grey) -> _Floats:
    return np.abs(after.astype(np.float32) - before.astype(np.float32))


def _near(values: _Floats, reach: int) -> _Floats:
    """The mean around each cell, by sums from the corner: its cost does not depend on the reach."""
    side = 2 * reach + 1
    margin = (reach + 1, reach)
    sums = np.pad(values, (margin, margin), mode="edge").astype(np.float64)
    sums[0, :] = sums[:, 0] = 0
    sums = sums.cumsum(axis=0).cumsum(axis=1)
    around = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(around / side**2, np.float32)


def _onto(values: _Floats, shape: tuple[int, ...]) -> _Floats:
    """The same place in a thumbnail of another size."""
    if values.shape == shape:
        return values
    rows, columns = (np.arange(n) * was // n for n, was in zip(shape, values.shape, strict=True))
    return values[np.ix_(rows, columns)]
