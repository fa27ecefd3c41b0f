from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.admission import Admission

S = 1_000_000_000


def times(rate: float, seconds: float, jitter: float = 0.0, seed: int = 0) -> list[int]:
    dice, step = random.Random(seed), S / Fraction(rate)
    return [int(n * step + dice.uniform(0, jitter) * step) for n in range(int(seconds * rate))]


@pytest.mark.parametrize("rate", [15, 25, 29.97, 30, 60, 120])
@pytest.mark.parametrize("jitter", [0, 0.3])
def test_everything_enters_at_its_own_time_while_the_workers_manage(
    rate: float, jitter: float
) -> None:
    admission = Admission()
    for now in times(rate, 20, jitter):
        assert admission.offer(now, capacity=3 * rate) == now
        admission.found_room(True)


def test_everything_enters_while_nothing_is_known_of_the_workers() -> None:
    admission = Admission()
    assert all(admission.offer(now, capacity=0) == now for now in times(60, 5))


@pytest.mark.parametrize(("source", "capacity"), [(60, 50), (60, 31), (120, 87), (30, 7)])
def test_overload_is_thinned_evenly(source: float, capacity: float) -> None:
    """A model of workers that take `capacity` frames a second with one in waiting."""
    admission, taus, free_at = Admission(), [], 0.0
    for now in times(source, 60):
        tau = admission.offer(now, capacity)
        if tau is None:
            continue
        room = free_at - now < 2 * S / capacity
        admission.found_room(room)
        if room:
            free_at = max(free_at, now) + S / capacity
            taus.append(tau)
    steady = taus[len(taus) // 2 :]
    gaps = [later - earlier for earlier, later in pairwise(steady)]
    rate = S * len(gaps) / sum(gaps)
    assert 0.85 * capacity <= rate <= 1.02 * capacity
    uneven = [gap for gap in gaps if abs(gap - S / rate) > 0.2 * S / rate]
    assert len(uneven) < 0.08 * len(gaps)


def test_a_wrong_estimate_of_the_workers_is_overcome() -> None:
    """A lone frame takes 25 ms through a worker that could make one every 18 ms."""
    admission, entered = Admission(), []
    for now in times(50, 120):
        if admission.offer(now, capacity=40) is not None:
            admission.found_room(True)
            entered.append(now)
    last = [now for now in entered if now >= 110 * S]
    assert len(last) == 500


def test_the_rate_comes_back_after_an_overload() -> None:
    admission = Admission()
    for now in times(60, 10):
        if admission.offer(now, capacity=20) is not None:
            admission.found_room(False)
    assert admission.rate < 20
    late = [now + 10 * S for now in times(60, 10)]
    entered = [now for now in late if admission.offer(now, capacity=300) is not None]
    assert len(entered) > 500


def test_after_a_pause_no_burst_makes_up_for_it() -> None:
    admission = Admission()
    for now in times(60, 5):
        admission.offer(now, capacity=20)
    after = [now + 3600 * S for now in times(60, 1)]
    entered = [now for now in after if admission.offer(now, capacity=20) is not None]
    assert len(entered) <= 22


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.floats(0, 200))
def test_tau_only_grows(seed: int, capacity: float) -> None:
    dice, admission, now, last = random.Random(seed), Admission(), 0, -1
    for _ in range(300):
        now += dice.choice([0, 1000, 8_000_000, 16_000_000, 2 * S])
        tau = admission.offer(now, capacity)
        if tau is not None:
            assert last < tau
            last = tau
            admission.found_room(dice.random() < 0.7)
