"""What a viewer saw of a run, in a few figures."""

from __future__ import annotations

import statistics
from itertools import pairwise
from typing import NamedTuple

from bench.simulated.primary import MS, SECOND, Made

WARM_S = 5.0  # until then workers are tried out and the delay is found


class Score(NamedTuple):
    """Times in milliseconds. `held` is what the playout adds: from coming back to the feed."""

    fps: float
    freeze: float
    held_p50: float
    held_p99: float
    age_p99: float  # from capture to the feed
    skipped: float  # of what got a number, in per cent
    jitter: float  # standard deviation of the interval between two pictures


def score(made: Made, seconds: float) -> Score:
    """Of what was captured after the warm-up; nothing is judged after the source has ended."""
    first_ns, end_ns = int(WARM_S * SECOND), int(seconds * SECOND)
    taken = {number for number, captured_ns in made.taken.items() if captured_ns >= first_ns}
    shown = [one for one in made.shown if one[0] in taken]
    left = [left_ns for _, _, left_ns in shown if left_ns <= end_ns]
    if len(left) < 2:
        raise ValueError("fewer than two frames were shown: the run is too short")
    intervals = [(after - before) / MS for before, after in pairwise(left)]
    held = [(left_ns - came_ns) / MS for _, came_ns, left_ns in shown]
    age = [(left_ns - made.taken[number]) / MS for number, _, left_ns in shown]
    return Score(
        fps=1000 / statistics.fmean(intervals),
        freeze=max(*intervals, (end_ns - left[-1]) / MS),
        held_p50=quantile(held, 0.5),
        held_p99=quantile(held, 0.99),
        age_p99=quantile(age, 0.99),
        skipped=100 * (1 - len(shown) / len(taken)),
        jitter=statistics.pstdev(intervals),
    )


def quantile(values: list[float], share: float) -> float:
    """As the table in docs/benchmarks.md was made: the same command prints the same figures."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
