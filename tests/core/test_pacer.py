from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.pacer import SECOND_NS, Pacer

RATES = [Fraction(25), Fraction("29.97"), Fraction(30000, 1001), Fraction(30), Fraction(60)]


@pytest.mark.parametrize("rate", RATES)
def test_an_hour_does_not_drift(rate: Fraction) -> None:
    pacer = Pacer(rate, start_ns=17)
    frames = int(rate * 3600)
    for _ in range(frames):
        assert pacer.advance(now_ns=pacer.due_ns + 3_000_000) == 1  # each is 3 ms late
    assert pacer.number == frames
    assert 0 <= 17 + frames * SECOND_NS / rate - pacer.due_ns < 1  # under a nanosecond


def test_a_little_late_is_still_shown() -> None:
    pacer = Pacer(Fraction(10), 0)
    assert pacer.advance(now_ns=190_000_000) == 1
    assert pacer.due_ns == 100_000_000


def test_what_was_missed_is_skipped_not_played_in_a_burst() -> None:
    pacer = Pacer(Fraction(10), 0)
    assert pacer.advance(now_ns=1_050_000_000) == 10
    assert pacer.due_ns == 1_000_000_000
    assert pacer.advance(now_ns=1_060_000_000) == 1
    assert pacer.due_ns == 1_100_000_000


@given(
    st.fractions(min_value=Fraction(1, 2), max_value=1000, max_denominator=1001),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=60),
)
def test_whatever_the_stalls_frames_rise_and_none_is_far_behind(
    rate: Fraction, stalls: list[int]
) -> None:
    pacer, now_ns = Pacer(rate, 0), 0
    interval_ns = SECOND_NS / rate
    for stall in stalls:
        before = pacer.due_ns
        now_ns = max(now_ns, before) + stall
        steps = pacer.advance(now_ns)
        assert steps >= 1 and pacer.due_ns > before
        assert now_ns - pacer.due_ns < interval_ns + 1  # late by less than an interval
        assert pacer.due_ns - now_ns <= interval_ns + 1  # and never more than the next


def test_no_rate_is_no_pacer() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Pacer(Fraction(0), 0)
