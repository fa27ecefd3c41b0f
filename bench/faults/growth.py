"""How fast something grows and how sure that is, and whether the processes of a soak grew. Pure.

The slope is the median of the slopes between all pairs of moments (Theil-Sen), which a few odd
values do not move. Memory wanders for seconds at a time, so its noise is found by putting whole
pieces of what remains beside the line in another order, again and again (block bootstrap).

A process that is started anew begins a new life, and only the last one counts, less what it takes
to warm up: buffers, caches and the allocator find their size in the first minutes, with the first
fault of each kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.faults.rows import Row

Values = np.ndarray[Any, np.dtype[np.float64]]

BUCKET_S = 5.0  # one median of each such piece of time
BLOCK = 6  # buckets that stay together
DRAWS = 200
LEAST_BUCKETS = 12

WARM_S = 600.0
START_S = 30.0  # of a life, in which a process is still loading what it needs
LEAST_S = 240.0  # of a life, beyond that, to be judged by its slope
SMALL_MB = 1.0  # an hour: less is no growth, however sure it is
HOUR_S = 3600.0
LASTING = ("app", "stream", "control")  # which no fault ends in the greater part of a soak


@dataclass(frozen=True)
class Slope:
    """A second; from `low` to `high` lie 95 of 100 that the noise alone would give around it."""

    a_second: float
    low: float
    high: float

    def within_noise(self, small: float = 0.0) -> bool:
        """Zero is among what it may be, or it is less than `small` in any case."""
        return self.low <= 0 <= self.high or max(abs(self.low), abs(self.high)) <= small


def slope(times_s: Sequence[float], values: Sequence[float], seed: int = 0) -> Slope | None:
    """None where there is too little to judge by."""
    times, middles = _buckets(np.asarray(times_s, float), np.asarray(values, float))
    if len(times) < LEAST_BUCKETS:
        return None
    found = _theil_sen(times, middles)
    rest = middles - found * times
    rest -= np.median(rest)
    dice = np.random.default_rng(seed)
    noise = [_theil_sen(times, _shuffled(rest, dice)) for _ in range(DRAWS)]
    low, high = np.quantile(noise, [0.025, 0.975])
    return Slope(found, found + float(low), found + float(high))


def _buckets(times: Values, values: Values) -> tuple[Values, Values]:
    if not len(times):
        return times, values
    places = ((times - times[0]) // BUCKET_S).astype(int)
    kept = np.unique(places)
    middles = [np.median(values[places == place]) for place in kept]
    return np.array([times[places == place].mean() for place in kept]), np.array(middles)


def _theil_sen(times: Values, values: Values) -> float:
    first, second = np.triu_indices(len(times), 1)
    return float(np.median((values[second] - values[first]) / (times[second] - times[first])))


def _shuffled(values: Values, dice: np.random.Generator) -> Values:
    """As long as before, made of pieces that begin anywhere."""
    starts = dice.integers(0, max(1, len(values) - BLOCK + 1), -(-len(values) // BLOCK))
    return np.concatenate([values[start : start + BLOCK] for start in starts])[: len(values)]


@dataclass(frozen=True)
class Growth:
    """Of one process in its last life, megabytes."""

    name: str
    lived_s: float
    first_mb: float
    last_mb: float
    slope: Slope | None  # a second; None: it lived too short

    @property
    def grows(self) -> bool:
        return (
            self.slope is not None
            and self.slope.a_second > 0
            and not self.slope.within_noise(SMALL_MB / HOUR_S)
        )

    def words(self) -> str:
        lived = f"{self.name}: {self.first_mb:.1f} to {self.last_mb:.1f} MB in {self.lived_s:.0f} s"
        if not self.slope:
            return f"{lived}, too short to judge its slope"
        middle, low, high = (
            HOUR_S * one for one in (self.slope.a_second, self.slope.low, self.slope.high)
        )
        return f"{lived}, {middle:+.2f} MB an hour ({low:+.2f} to {high:+.2f})"


def growth(rows: Sequence[Row], name: str) -> Growth | None:
    """None if it was never seen."""
    lives = [row for row in rows if name in row.held]
    if not lives:
        return None
    life = [row for row in lives if row.pids[name] == lives[-1].pids[name]]
    started = [row for row in life if row.at_s - life[0].at_s >= START_S] or life
    warm = [row for row in life if row.at_s - life[0].at_s >= WARM_S]
    enough = bool(warm) and warm[-1].at_s - warm[0].at_s >= LEAST_S
    times, memory = [r.at_s for r in warm], [r.held[name].memory_mb for r in warm]
    return Growth(
        name,
        life[-1].at_s - life[0].at_s,
        started[0].held[name].memory_mb,
        life[-1].held[name].memory_mb,
        slope(times, memory) if enough else None,
    )
