"""What signals make of a control: who wins, what never flashes, and that all of it lets go."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.mapping import STALE_NS, TARGETS, Row
from lib.core.modulation import (
    A_TENTH,
    BETWEEN_NS,
    LETS_GO_NS,
    MOST_CHANGES,
    FlashGuard,
    Modulation,
    Moved,
    Pull,
    moved_mix,
    moved_value,
)
from lib.core.waves import phase, square

S = 1_000_000_000
TICK = S // 30
PLAYED = {"strength": 0.5, "opacity": 1.0, "guidance_scale": 2.0}

Value = Callable[[int], float | None]


class Run:
    """A mapping, and the value that is played at each sixtieth of a second."""

    def __init__(self, *rows: Row, hand_s: float = 10) -> None:
        self.modulation, self.moved = Modulation(hand_s), Moved()
        self.modulation.map(rows)
        self.now_ns, self.played = 100 * S, dict(PLAYED)

    def go(self, seconds: float, signal: Value, field: str = "strength") -> list[float]:
        seen = []
        end_ns = self.now_ns + int(seconds * S)
        while self.now_ns < end_ns:
            pulls = self.modulation.moves(lambda _: signal(self.now_ns), self.played, self.now_ns)
            self.moved.take(pulls, self.now_ns)
            moments = (self.now_ns, self.now_ns + TICK // 2)
            seen += [self.moved.value(field, self.played[field], one) for one in moments]
            self.now_ns += TICK
        return seen


def changes(values: list[float], width: float = 1.0, merged: bool = True) -> list[int]:
    """Where a value has turned by more than a tenth, or jumped by as much. `merged`: a jump that
    is drawn in several pictures, one after the other, is one."""
    found, low, high, trend = [], values[0], values[0], 0
    jumped = (-9, 0.0)
    for number, (before, value) in enumerate(itertools.pairwise(values)):
        low, high = min(low, value), max(high, value)
        step = value - before
        jumps = abs(step) > A_TENTH * width + 1e-6
        goes_on = merged and number - jumped[0] <= 3 and jumped[1] * step > 0
        falls = trend >= 0 and high - value > A_TENTH * width + 1e-6
        rises = trend <= 0 and value - low > A_TENTH * width + 1e-6
        if falls or rises or (jumps and not goes_on):
            found.append(number)
        if jumps or falls or rises:
            jumped = (number, step)
        if falls or rises:
            trend, low, high = (-1, value, value) if falls else (1, value, value)
    return found


def most_in_a_second(where: list[int], rate: int = 60) -> int:
    return max((sum(0 <= other - one < rate for other in where) for one in where), default=0)


def test_a_relative_row_adds_at_most_its_depth_and_an_absolute_one_says_where() -> None:
    near = Run(Row("a.b", "strength", depth=0.2, limit=0, smooth_s=0, armed=True))
    assert near.go(2, lambda _: 1.0)[-1] == pytest.approx(0.7)
    assert near.go(2, lambda _: 0.5)[-1] == pytest.approx(0.6)
    there = Run(Row("a.b", "strength", "absolute", low=0.9, high=0.1, limit=0, armed=True))
    assert there.go(2, lambda _: 0.25)[-1] == pytest.approx(0.7)
    rest = Run(Row("a.b", "strength", armed=False))
    assert set(rest.go(1, lambda _: 1.0)) == {0.5} and not rest.modulation.busy


def test_rows_add_up_and_each_keeps_its_range() -> None:
    row = Row("a.b", "strength", depth=0.4, limit=0, smooth_s=0, armed=True)
    assert Run(row, replace(row, signal="a.c")).go(3, lambda _: 1.0)[-1] == 1.0
    down = replace(row, depth=-0.4)
    assert Run(row, replace(down, signal="a.c")).go(3, lambda _: 1.0)[-1] == pytest.approx(0.5)


def test_a_curve_a_limit_and_smoothing_do_what_they_say() -> None:
    slow = Run(Row("a.b", "strength", "absolute", smooth_s=0, limit=0.1, armed=True))
    slow.go(3, lambda _: 0.0)
    after = slow.go(2, lambda _: 1.0)[-1]
    assert after == pytest.approx(0.2, abs=0.02)
    gentle = Run(Row("a.b", "strength", "absolute", curve="gentle", limit=0, armed=True))
    assert gentle.go(3, lambda _: 0.5)[-1] == pytest.approx(0.25, abs=0.001)
    smooth = Run(Row("a.b", "strength", "absolute", smooth_s=1, limit=0, armed=True))
    smooth.go(9, lambda _: 0.0)
    assert smooth.go(1, lambda _: 1.0)[-1] == pytest.approx(0.632, abs=0.05)


def test_a_hand_wins_and_the_rows_come_back_slowly() -> None:
    run = Run(Row("a.b", "strength", "absolute", low=1, high=1, limit=0, armed=True))
    assert run.go(2, lambda _: 1.0)[-1] == 1.0
    run.played["strength"] = 0.2
    run.modulation.hand(["strength", "prompt"], run.now_ns)
    assert run.modulation.hands(run.now_ns) == {"strength": 10.0}
    quiet = run.go(10, lambda _: 1.0)
    assert quiet[30:] == pytest.approx([0.2] * len(quiet[30:])), "a quarter of a second later"
    back = run.go(2.1, lambda _: 1.0)
    assert back[60] == pytest.approx(0.6, abs=0.05) and back[-1] == pytest.approx(1.0)
    assert run.modulation.hands(run.now_ns) == {}


def test_a_lost_signal_lets_go_over_two_seconds() -> None:
    run = Run(Row("a.b", "strength", "absolute", low=1, high=1, limit=0, armed=True))
    run.go(2, lambda _: 1.0)
    seen = run.go(2.1, lambda _: None)
    assert seen[60] == pytest.approx(0.75, abs=0.03) and seen[-1] == pytest.approx(0.5, abs=0.002)
    assert run.go(0.5, lambda _: 1.0)[-1] == pytest.approx(1.0), "and is back sooner"


def test_a_state_that_comes_no_more_glides_to_nothing() -> None:
    moved = Moved()
    moved.take({"strength": Pull(0.4)}, 0)
    assert moved.value("strength", 0.5, BETWEEN_NS) == pytest.approx(0.9)
    assert moved.value("strength", 0.5, STALE_NS) == pytest.approx(0.9)
    assert moved.value("strength", 0.5, STALE_NS + LETS_GO_NS // 2) == pytest.approx(0.7)
    assert moved.value("strength", 0.5, STALE_NS + LETS_GO_NS) == 0.5
    assert not moved.busy(STALE_NS + LETS_GO_NS)
    later = STALE_NS + 2 * LETS_GO_NS
    moved.take({"strength": Pull(0.4)}, later)
    assert moved.value("strength", 0.5, later) == 0.5, "it does not jump when one comes again"
    assert moved.value("strength", 0.5, later + S) == pytest.approx(0.9)


def test_black_and_its_kin_silence_all_until_they_are_released() -> None:
    moved = Moved()
    for tick in range(200):
        now_ns = tick * TICK
        moved.take({"opacity": Pull(-0.5), "strength": Pull(0.3)}, now_ns)
        if tick == 50:
            moved.silence(True, now_ns)
        if tick == 100:
            moved.silence(False, now_ns)
        values = [moved.value("opacity", 1.0, now_ns), moved.value("strength", 0.5, now_ns)]
        if 60 <= tick <= 100:
            assert values == [1.0, 0.5]
        if tick in (49, 199):
            assert values == pytest.approx([0.5, 0.8])
    assert moved.busy(now_ns)


def test_what_is_disarmed_or_taken_away_lets_go_and_then_nothing_is_sent() -> None:
    row = Row("a.b", "strength", depth=0.4, limit=0, armed=True)
    for after in ((replace(row, armed=False),), ()):
        run = Run(row)
        assert run.go(1, lambda _: 1.0)[-1] == pytest.approx(0.9)
        run.modulation.map(after)
        assert run.go(0.5, lambda _: 1.0)[-1] == pytest.approx(0.5)
        assert not run.modulation.busy and run.modulation.armed == 0


@pytest.mark.parametrize("hertz", [1.7, 5.0, 7.5, 15.0])
@pytest.mark.parametrize("field", ["opacity", "strength", "guidance_scale"])
def test_a_square_wave_does_not_flash(field: str, hertz: float) -> None:
    span = TARGETS[field]
    row = Row("a.b", field, "absolute", low=0, high=span.high, smooth_s=0, limit=0, armed=True)
    seen = Run(row).go(20, lambda now_ns: square(phase(hertz, now_ns)), field)
    assert max(seen) - min(seen) > 0.5 * span.width, "it still moves"
    assert most_in_a_second(changes(seen, span.width)) <= MOST_CHANGES


def test_what_all_controls_are_told_at_once_is_what_each_is_told() -> None:
    run = Run(Row("a.b", "strength", armed=True), Row("a.b", "opacity", depth=-0.5, armed=True))
    run.go(0.5, lambda at_ns: phase(1.0, at_ns))
    for at_ns in range(run.now_ns, run.now_ns + 4 * S, S // 20):  # to the end of letting go
        pulls = run.moved.pulls(at_ns)
        assert bool(pulls) == run.moved.busy(at_ns)
        for field, base in PLAYED.items():
            told = moved_value(field, base, pulls[field]) if field in pulls else base
            assert told == run.moved.value(field, base, at_ns)
    assert not pulls


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=10, max_size=200),
    st.integers(1, 6),
    st.sampled_from(["relative", "absolute"]),
    st.floats(0.0, 1.0),
)
def test_whatever_comes_nothing_flashes_or_leaves_its_range(
    values: list[float | None], hold: int, mode: str, played: float
) -> None:
    rows = [
        Row("a.b", "opacity", mode, depth=-1, low=1, high=0, smooth_s=0, limit=0, armed=True),
        Row("a.b", "opacity", depth=0.9, smooth_s=0, limit=0, armed=True),
    ]
    run = Run(*rows)
    run.played["opacity"] = played
    start_ns = run.now_ns

    def signal(now_ns: int) -> float | None:
        return values[min(len(values) - 1, (now_ns - start_ns) // (hold * TICK))]

    seen = run.go(len(values) * hold / 30, signal, "opacity")
    assert all(0 <= value <= played + 1e-9 for value in seen), "no brighter than it was set"
    assert most_in_a_second(changes(seen)) <= MOST_CHANGES


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.integers(8, 60))
def test_the_guard_lets_nothing_flash_whatever_its_rate(wanted: list[float], rate: int) -> None:
    guard = FlashGuard(0.0)
    seen = [0.0, *(guard.passed(one, number * S // rate) for number, one in enumerate(wanted))]
    assert most_in_a_second(changes(seen, merged=False), rate) <= MOST_CHANGES


@given(st.floats(0, 1), st.floats(-5, 5), st.floats(0, 1))
def test_no_pull_leaves_the_range_or_lights_a_dark_wall(
    base: float, comes: float, goes: float
) -> None:
    pull = Pull(comes, goes)
    assert 0 <= moved_value("opacity", base, pull) <= base
    assert moved_value("opacity", 0.0, pull) == 0
    assert 0 <= moved_value("strength", base, pull) <= 1
    assert moved_value("strength", base, Pull()) == base


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=8), st.floats(-2, 2), st.integers(0, 9))
def test_a_mix_keeps_its_sum_and_its_size(weights: list[float], more: float, second: int) -> None:
    total = sum(weights)
    mix = tuple((number, one / total) for number, one in enumerate(weights))
    moved = moved_mix(mix, 0, second, more)
    assert sum(weight for _, weight in moved) == pytest.approx(1)
    assert len(moved) <= 8 and all(0 < weight <= 1 + 1e-9 for _, weight in moved)
