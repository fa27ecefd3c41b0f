"""Chooses the painter's inner size, so that the wanted rate holds.

Pure: the time that a frame took, and the moment, come in as arguments. A change of size visibly
changes the brush strokes, so it comes late, and each try to grow again waits longer than the last.
"""

from __future__ import annotations

from collections import deque
from statistics import median

SMALLEST, LARGEST, STEP = 256, 384, 32
SIDES = tuple(range(SMALLEST, LARGEST + 1, STEP))
_GRID = 8  # inner sides are multiples of this; the network needs 4
_SHORTEST = 32
_SMALLEST_FIXED = 64  # below this the network sees too little to paint anything

# Share of a frame's time that painting may take at the start: decode, encode and the primary
# host's own processes often live on the same cores.
HEADROOM = 0.75
_UP_SHARE = 0.6  # a larger size must take at most this share of it before the painter grows
_WINDOW = 90  # frames that are judged together
_FIRST_WAIT_S, _LONGEST_WAIT_S = 600.0, 86400.0


def fixed_side(painter_size: int) -> int:
    """The side that the setting asks for, 0 if it leaves the choice to the painter."""
    return max(painter_size, _SMALLEST_FIXED) if painter_size else 0


def inner_shape(side: int, height: int, width: int) -> tuple[int, int]:
    """Height and width with the area of a square of `side` and the aspect of the frame.

    The area, because it decides the cost: a wide picture then costs as much as a square one.
    """
    stretch = (height / width) ** 0.5
    return _rounded(side * stretch), _rounded(side / stretch)


def _rounded(length: float) -> int:
    return max(_SHORTEST, round(length / _GRID) * _GRID)


def largest_that_holds(side: int, took_ms: float, budget_ms: float) -> int:
    """The largest side that fits the budget, when `side` took so long; else the smallest."""
    held = [one for one in SIDES if took_ms * (one / side) ** 2 <= budget_ms]
    return max(held, default=SMALLEST)


class InnerSizeController:
    """Measures the time that frames take, and changes the size now and then."""

    def __init__(self, side: int, interval_ms: float) -> None:
        self.side = side
        self._interval_ms = interval_ms
        self._took_ms: deque[float] = deque(maxlen=_WINDOW)
        self._wait_s = _FIRST_WAIT_S
        self._since_ns: int | None = None
        self._grown = False
        self.too_slow = False  # the smallest size did not keep up in the last window

    def saw(self, took_ms: float, now_ns: int) -> int | None:
        """Count a frame; return another side to paint at from the next frame on, or None."""
        if self._since_ns is None:
            self._since_ns = now_ns
        self._took_ms.append(took_ms)
        if len(self._took_ms) < _WINDOW:
            return None
        usual = median(self._took_ms)
        self._took_ms.clear()
        self.too_slow = usual > self._interval_ms and self.side == SMALLEST
        if usual > self._interval_ms and self.side > SMALLEST:
            if self._grown:  # growing was a mistake, so the next try comes later
                self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
            self._grown = False
            fits = largest_that_holds(self.side, usual, HEADROOM * self._interval_ms)
            return self._change(min(fits, self.side - STEP), now_ns)
        if now_ns - self._since_ns < self._wait_s * 1e9 or self.side + STEP > LARGEST:
            return None
        if usual * ((self.side + STEP) / self.side) ** 2 <= _UP_SHARE * self._interval_ms:
            self._grown = True
            return self._change(self.side + STEP, now_ns)
        return None

    def _change(self, side: int, now_ns: int) -> int:
        self.side, self._since_ns = side, now_ns
        return side
