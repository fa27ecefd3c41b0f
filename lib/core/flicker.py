"""Measures flicker: how much the pictures change where the source stands still.

Two consecutive frames are compared on small grey thumbnails, and so are their pictures. Where the
source hardly changes, a change of the picture is flicker. The ratio is the picture's mean change
there over the source's: at 1 the pictures flicker as much as the camera's noise, below 1 less, and
4 is visible to everybody. Times are nanoseconds and come in as arguments.
"""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Grey: TypeAlias = NDArray[np.uint8]  # height x width
_Floats: TypeAlias = NDArray[np.float32]

# STILL_* are grey levels of 255, means over 3 x 3 cells of a thumbnail.
STILL_MOST = 3.0  # more than this everywhere is a pan or a cut, not a camera's noise
STILL_LEAST = 1.0  # less than this counts as still, however quiet the rest is
NOISY = 2.0  # a cell moves above so many times the noise of the calmest quarter
NEAR = 2  # cells: next to what moves, an engine has reason to change the picture, too
ENOUGH = 0.05  # the share of the picture that must stand still
FLOOR = 0.25  # grey levels: a smaller change of the source is rounding, no base for a ratio
KEPT, LEAST = 12, 3  # pairs
OLD_NS = 30_000_000_000  # long, since pairs are rare at a few frames a second


class StillChange(NamedTuple):
    """Mean change from one frame to the next where the source stands still, in grey levels."""

    source: float
    shown: float


def still_change(source: tuple[Grey, Grey], shown: tuple[Grey, Grey]) -> StillChange | None:
    """Compare two consecutive frames and their pictures; None where too little stands still."""
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
    """The ratio over the latest pairs. It uses medians, so that a single pair across a cut or a
    new prompt does not matter."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[int, StillChange | None]] = deque(maxlen=KEPT)

    def add(self, change: StillChange | None, now_ns: int) -> None:
        self._pairs.append((now_ns, change))

    def ratio(self, now_ns: int) -> float | None:
        """None while too few recent pairs had still parts."""
        recent = [change for then_ns, change in self._pairs if now_ns - then_ns < OLD_NS]
        known = [change for change in recent if change]
        if len(known) < max(LEAST, len(recent) / 3):
            return None
        source = median(change.source for change in known)
        return median(change.shown for change in known) / max(source, FLOOR)


def _difference(before: Grey, after: Grey) -> _Floats:
    return np.abs(after.astype(np.float32) - before.astype(np.float32))


def _near(values: _Floats, reach: int) -> _Floats:
    """The mean around each cell, by a summed-area table: its cost does not depend on `reach`."""
    side = 2 * reach + 1
    margin = (reach + 1, reach)
    sums = np.pad(values, (margin, margin), mode="edge").astype(np.float64)
    sums[0, :] = sums[:, 0] = 0
    sums = sums.cumsum(axis=0).cumsum(axis=1)
    around = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(around / side**2, np.float32)


def _onto(values: _Floats, shape: tuple[int, ...]) -> _Floats:
    """The values resampled to the size of another thumbnail, by nearest neighbour."""
    if values.shape == shape:
        return values
    rows, columns = (np.arange(n) * was // n for n, was in zip(shape, values.shape, strict=True))
    return values[np.ix_(rows, columns)]
