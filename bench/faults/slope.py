"""How fast something grows, and how sure that is. Pure: seconds and values come in.

The slope is the median of the slopes between all pairs of moments (Theil-Sen), which a few odd
values do not move. Memory wanders for seconds at a time, so its noise is found by putting whole
pieces of what remains beside the line in another order, again and again (block bootstrap).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Values = np.ndarray[Any, np.dtype[np.float64]]

BUCKET_S = 5.0  # one median of each such piece of time
BLOCK = 6  # buckets that stay together
DRAWS = 200
LEAST_BUCKETS = 12


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
