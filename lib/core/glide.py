"""A value on its way from what it was to what it shall be.

Numbers move in a straight line. A mix (prompts or seeds, each with its weight) moves by its
weights: what was fades out while what comes fades in. A glide that is interrupted starts anew from
where it is. Times are nanoseconds of one clock and come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
Key = TypeVar("Key", str, int)

MOST_PARTS = 8  # of a mix: beyond that the faintest is left out


class Glide(Generic[T]):
    """One value; `between(start, end, share)` is the way of its kind."""

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
        """Set out for `target`. A glide that is already on its way there goes on as it was."""
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
        """Be there, whatever was on its way."""
        self.target = self._start = target
        self._from_ns = self.ends_ns = 0

    def busy(self, now_ns: int) -> bool:
        return now_ns < self.ends_ns

    def at(self, now_ns: int) -> T:
        """Where it is. Exactly at its start until it sets out, exactly at its target from its end
        on."""
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
    """Never beyond either, however the computer rounds."""
    low, high = min(start, end), max(start, end)
    return min(high, max(low, start + (end - start) * share))


def mix_between(
    start: tuple[tuple[Key, float], ...], end: tuple[tuple[Key, float], ...], share: float
) -> tuple[tuple[Key, float], ...]:
    """What comes stands first, each part once, and no part that is nothing."""
    was, comes = dict(start), dict(end)
    weights = (
        (key, number_between(was.get(key, 0.0), comes.get(key, 0.0), share)) for key in comes | was
    )
    return tuple((key, weight) for key, weight in weights if weight > 0)


def mix_for(
    start: tuple[tuple[Key, float], ...], end: tuple[tuple[Key, float], ...]
) -> tuple[tuple[Key, float], ...]:
    """`start` with so few parts that there is room for those of `end` beside them.

    Chosen once, when a glide sets out: chosen at each moment, parts would come and go on the way.
    """
    comes = dict(end)
    leaving = sorted((part for part in start if part[0] not in comes), key=_weight, reverse=True)
    kept = {key for key, _ in leaving[: max(0, MOST_PARTS - len(comes))]} | comes.keys()
    parts = tuple(part for part in start if part[0] in kept)
    if len(parts) == len(start):
        return start
    total = sum(weight for _, weight in parts)
    if total <= 0:  # nothing of it is left: there is no way from nowhere
        return end
    return tuple((key, min(1.0, weight / total)) for key, weight in parts)


def _weight(part: tuple[Key, float]) -> float:
    return part[1]
