"""What the playout is compared with. Each has the shape of `lib.core.release.Policy`."""

from __future__ import annotations

from typing import Generic, TypeVar

from lib.core.playout import LONGEST_NS, QUANTILE, Playout, PlayoutState, Shown
from lib.core.release import Policy

T = TypeVar("T")

WINDOW = 10
POLICIES = (*QUANTILE, "at once", "window")


class Window(Generic[T]):
    """In order; what is next leaves when it comes. A gap is given up when a frame has come that
    is this many numbers ahead. Knows no clock, so only arrivals move it.
    """

    def __init__(self, size: int) -> None:
        self.last_number = -1
        self._size = size
        self._waiting: dict[int, T] = {}

    @property
    def state(self) -> PlayoutState:
        # A frame of a dead worker is sent to another one as long as somebody may wait for it.
        return PlayoutState(LONGEST_NS, 0, self.last_number)

    def allow_for(self, service_ns: float) -> None:
        """It waits for numbers, not for a time."""

    def push(self, number: int, tau_ns: int, tau_before_ns: int, item: T, now_ns: int) -> bool:  # noqa: ARG002 - the playout's shape
        if number <= self.last_number or number in self._waiting:
            return False
        self._waiting[number] = item
        return True

    def lose(self, number: int) -> None:
        """It does not listen."""

    def next_ns(self) -> int | None:
        return None

    def drop_stale(self, now_ns: int, rested_ns: int) -> list[int]:  # noqa: ARG002 - the playout's shape
        return []

    def pop(self, now_ns: int) -> list[Shown[T]]:  # noqa: ARG002 - the playout's shape
        out: list[Shown[T]] = []
        while self._waiting:
            first = min(self._waiting)
            behind = max(self._waiting) - self.last_number
            if first > self.last_number + 1 and behind <= self._size:
                break
            out.append(Shown(first, self._waiting.pop(first)))
            self.last_number = first
        return out


def policy(name: str) -> Policy[int]:
    if name == "at once":
        return Window(0)  # whatever is newer than what was shown leaves when it comes
    if name == "window":
        return Window(WINDOW)
    for mode in QUANTILE:
        if name == mode:
            return Playout(mode)
    raise ValueError(f"no policy {name}: {', '.join(POLICIES)}")
