"""A glide: a value that moves from its old setting to a new one over time.

Numbers move linearly. A mix (prompts or seeds, each with its weight) is cross-faded: the weights of
the old parts fall while those of the new ones rise. A glide that is interrupted starts again from
its current value. Times are nanoseconds of one clock and come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
Key = TypeVar("Key", str, int)

MOST_PARTS = 8  # of a mix: beyond that the parts of least weight are left out


class Glide(Generic[T]):
    """One value; `between(start, end, share)` interpolates its type."""

    def __init__(
        self,
        value: T,
        between: Callable[[T, T, float], T],
        starting: Callable[[T, T], T] = lambda start, end: start,  # noqa: ARG005 - end matters to mixes
    ) -> None:
        self.target = self._start = value
        self._between, self._starting = between, starting
        self._from_ns = self.ends_ns = 0

    def to(self, target: T, over_ns: int, now_ns: int) -> None:
        """Start towards `target`. A glide that already goes there continues unchanged."""
        if target == self.target:
            return
        here = self.at(now_ns)
        self.target = target
        if over_ns > 0:
            self._start = self._starting(here, target)
            self._from_ns, self.ends_ns = now_ns, now_ns + over_ns
        else:
            self.ends_ns = now_ns

    def cut(self, target: T) -> None:
        """Jump to `target`; any glide ends."""
        self.target = self._start = target
        self._from_ns = self.ends_ns = 0

    def busy(self, now_ns: int) -> bool:
        return now_ns < self.ends_ns

    def at(self, now_ns: int) -> T:
        """The value at that time: exactly the start until the glide begins, exactly the target
        once it has ended."""
        if now_ns >= self.ends_ns:
            return self.target
        if now_ns <= self._from_ns:
            return self._start
        share = (now_ns - self._from_ns) / (self.ends_ns - self._from_ns)
        return self._between(self._start, self.target, share)


def number_glide(value: float) -> Glide[float]:
    return Glide(value, number_between)


def mix_glide(mix: tuple[tuple[Key, float], ...]) -> Glide[tuple[tuple[Key, float], ...]]:
    return Glide(mix, mix_between, mix_for)


def number_between(start: float, end: float, share: float) -> float:
    """Linear, and never outside `start` and `end`, even by rounding."""
    value = start + (end - start) * share
    low, high = (start, end) if start <= end else (end, start)
    return low if value < low else high if value > high else value


def mix_between(
    start: tuple[tuple[Key, float], ...], end: tuple[tuple[Key, float], ...], share: float
) -> tuple[tuple[Key, float], ...]:
    """The parts of `end` stand first, each part once, and none has a weight of zero."""
    was, comes = dict(start), dict(end)
    weights = (
        (key, number_between(was.get(key, 0.0), comes.get(key, 0.0), share)) for key in comes | was
    )
    return tuple((key, weight) for key, weight in weights if weight > 0)


def mix_for(
    start: tuple[tuple[Key, float], ...], end: tuple[tuple[Key, float], ...]
) -> tuple[tuple[Key, float], ...]:
    """`start`, cut to as many parts as fit beside those of `end`.

    Chosen once, when a glide begins: chosen at each moment, parts would come and go on the way.
    """
    comes = dict(end)
    leaving = sorted((part for part in start if part[0] not in comes), key=_weight, reverse=True)
    kept = {key for key, _ in leaving[: max(0, MOST_PARTS - len(comes))]} | comes.keys()
    parts = tuple(part for part in start if part[0] in kept)
    if len(parts) == len(start):
        return start
    total = sum(weight for _, weight in parts)
    if total <= 0:  # no part of `start` is left, so there is nothing to fade from
        return end
    return tuple((key, min(1.0, weight / total)) for key, weight in parts)


def _weight(part: tuple[Key, float]) -> float:
    return part[1]
