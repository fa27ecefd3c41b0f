"""What the playout is compared with. Each has the shape of `lib.core.playout.Playout`."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from lib.core.playout import LONGEST_NS, QUANTILE, Playout, Shown

T = TypeVar("T")

WINDOW = 10
POLICIES = (*QUANTILE, "at once", "window")


class Policy(Protocol[T]):
    """As much of the playout as the primary touches."""

    delay_ns: int
    interval_ns: int
    longest_ns: int

    @property
    def last_number(self) -> int: ...
    def push(self, number: int, tau_ns: int, tau_before_ns: int, item: T, now_ns: int) -> bool: ...
    def lose(self, number: int) -> None: ...
    def next_ns(self) -> int | None: ...
    def pop(self, now_ns: int) -> list[Shown[T]]: ...


class Window(Generic[T]):
    """In order; what is next leaves when it comes. A gap is given up when a frame has come that
    is this many numbers ahead. Knows no clock, so only arrivals move it.
    """

    def __init__(self, size: int) -> None:
        # A frame of a dead worker is sent to another one as long as somebody may wait for it.
        self.delay_ns = self.longest_ns = LONGEST_NS
        self.interval_ns = 0
        self.last_number = -1
        self._size = size
        self._waiting: dict[int, T] = {}

    def push(self, number: int, tau_ns: int, tau_before_ns: int, item: T, now_ns: int) -> bool:  # noqa: ARG002 - the playout's shape
        if number <= self.last_number or number in self._waiting:
            return False
        self._waiting[number] = item
        return True

    def lose(self, number: int) -> None:
        """It does not listen."""

    def next_ns(self) -> int | None:
        return None

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
