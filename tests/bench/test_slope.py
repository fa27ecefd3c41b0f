"""Growth is found under noise, noise alone is no growth, and too little is not judged."""

from __future__ import annotations

import numpy as np
import pytest

from bench.faults.growth import slope

TIMES = np.arange(0.0, 900.0)


def wandering(seed: int) -> np.ndarray:
    """Memory as it is: it wanders for seconds at a time, with a peak now and then."""
    dice = np.random.default_rng(seed)
    steps = np.convolve(dice.normal(0, 0.3, len(TIMES) + 20), np.ones(21) / 4, "valid")
    peaks = 25 * (dice.random(len(TIMES)) < 0.01)
    return 90 + steps + peaks


def test_noise_alone_is_seldom_taken_for_growth() -> None:
    found = [slope(TIMES, wandering(seed)) for seed in range(10)]
    assert sum(one is not None and one.within_noise() for one in found) >= 8


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("mb_an_hour", [-20.0, 10.0, 60.0])
def test_growth_is_found_beside_its_interval(seed: int, mb_an_hour: float) -> None:
    found = slope(TIMES, wandering(seed) + mb_an_hour / 3600 * TIMES)
    assert found is not None
    assert found.low < found.a_second < found.high
    assert not found.within_noise()
    assert abs(found.a_second * 3600 - mb_an_hour) < 5


def test_a_growth_that_matters_to_nobody_may_be_sure() -> None:
    found = slope(TIMES, 90 + 0.5 / 3600 * TIMES)
    assert found is not None and not found.within_noise()
    assert found.within_noise(small=1 / 3600)


def test_what_stays_the_same_has_no_slope() -> None:
    found = slope(TIMES, np.full(len(TIMES), 4.0))
    assert found is not None and found.within_noise() and found.a_second == 0


def test_too_little_is_not_judged() -> None:
    assert slope([], []) is None
    assert slope(TIMES[:50], TIMES[:50]) is None
