"""Waves and the beat: as exact after an hour as at once."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.beat import CLOCKS, Beat
from lib.core.waves import GOLDEN, look_ahead, phase, ramp, sine, square, triangle, walk

S = 1_000_000_000
HOUR = 3600 * S


@settings(max_examples=60)
@given(st.sampled_from([1.0, 1 / GOLDEN, GOLDEN**-2, 0.05, 15.0]), st.integers(0, 1000 * HOUR))
def test_the_phase_is_exact_after_any_time(hertz: float, at_ns: int) -> None:
    exact = float(Fraction(hertz) * Fraction(at_ns, S) % 1)
    apart = abs(phase(hertz, at_ns) - exact)
    assert min(apart, 1 - apart) < 1e-7 * max(1, at_ns / HOUR)
    assert 0 <= phase(hertz, at_ns) < 1


def test_an_hour_of_thirty_a_second_ends_where_it_should() -> None:
    """The schedule of an hour, moment by moment, beside the closed form."""
    worst = max(
        abs(sine(phase(1.0, HOUR + tick * S // 30)) - sine(phase(1.0, tick * S // 30)))
        for tick in range(300)
    )
    assert worst < 1e-9


def test_ten_samples_look_a_second_ahead() -> None:
    lists = look_ahead(3, 5 * S)
    assert [len(one) for one in lists] == [10, 10, 10]
    for number, one in enumerate(lists):
        later = look_ahead(3, 5 * S + S // 9)[number]
        assert one[1:] == pytest.approx(later[:-1], abs=1e-6)
        assert one[0] == pytest.approx(sine(phase(GOLDEN**-number, 5 * S)))
    assert all(0 <= value <= 1 for one in lists for value in one)


def test_shapes_are_what_they_are_called() -> None:
    assert [ramp(0.25), triangle(0.25), triangle(0.75), square(0.2), square(0.7)] == [
        0.25, 0.5, 0.5, 1.0, 0.0,
    ]  # fmt: skip
    steps = [walk(1.0, tick * S // 30, 3) for tick in range(900)]
    assert all(0 <= one <= 1 for one in steps) and max(steps) - min(steps) > 0.5
    assert max(abs(a - b) for a, b in itertools.pairwise(steps)) < 0.06, "no jumps"
    assert steps == [walk(1.0, tick * S // 30, 3) for tick in range(900)]


def test_taps_make_a_beat_that_goes_on() -> None:
    beat = Beat()
    assert beat.position(0) is None and beat.bpm == 0
    for tap in range(4):
        beat.tap(tap * S // 2)
    assert beat.bpm == pytest.approx(120)
    here = beat.position(10 * S)
    assert here is not None and here % 1 == pytest.approx(0, abs=1e-9)
    assert (beat.position(10 * S + S // 8) or 0) % 1 == pytest.approx(0.25)
    beat.tap(20 * S)
    assert beat.bpm == pytest.approx(120), "a single tap later only says where the beat is"
    assert round((beat.position(20 * S) or 0) % 1, 6) in (0, 1)


def test_midis_clock_is_followed_and_its_start_begins_a_bar() -> None:
    beat = Beat()
    beat.start(0)
    step = 60 * S // 100 // CLOCKS
    for clock in range(CLOCKS * 9):
        beat.clock(clock * step)
    assert beat.bpm == pytest.approx(100, rel=1e-6)
    here = beat.position((CLOCKS * 9 - 1) * step)
    assert here == pytest.approx(9 - 1 / CLOCKS, abs=1e-3)
    beat.stop()
    assert beat.position(100 * S) is None


@given(st.lists(st.integers(0, 20 * S), max_size=40))
def test_no_taps_and_clocks_break_it(moments: list[int]) -> None:
    beat = Beat()
    for number, now_ns in enumerate(moments):
        (beat.tap if number % 3 else beat.clock)(now_ns)
        if beat.bpm:
            assert 29.9 <= beat.bpm <= 300.1
            assert beat.position(now_ns) is not None
