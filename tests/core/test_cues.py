"""Cues in seconds and by the clock, lived through in no time."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.cues import (
    DAY_S,
    Clock,
    Cue,
    Next,
    Now,
    Sheet,
    Tape,
    clashes,
    latest,
    soonest,
    upcoming,
)

HOUR = 3600


def at(steady_s: float) -> Now:
    return Now(steady_s, 0)


def wall(day: int, hour: float) -> Now:
    return Now(0.0, day * DAY_S + int(hour * HOUR))


def tape(*after_s: float, loop: bool = False) -> Sheet:
    return Sheet(tuple(Cue(f"look {n}", after) for n, after in enumerate(after_s)), loop)


def clock(*times: float, days: Iterable[int] = range(7)) -> Sheet:
    return Sheet(tuple(Cue(f"{time}", at_s=int(time * HOUR), days=tuple(days)) for time in times))


# --- seconds


def test_a_tape_plays_each_cue_once_and_ends() -> None:
    run = Tape(tape(0, 10, 5), at(100))
    assert run.due(at(100)) == 0
    assert run.due(at(109.9)) is None
    assert run.coming(at(104)) == (1, 6)
    assert run.due(at(110.2)) == 1
    assert run.due(at(110.2)) is None
    assert run.due(at(115)) == 2, "a look that came a little late does not put off the next"
    assert run.coming(at(115)) is None
    assert run.due(at(1e9)) is None


def test_a_tape_that_loops_begins_again_and_never_catches_up() -> None:
    run = Tape(tape(2, 3, loop=True), at(0))
    assert [run.due(at(second)) for second in range(8)] == [None, None, 0, None, None, 1, None, 0]
    assert run.due(at(5000)) == 1, "after a long sleep the next one comes"
    assert run.due(at(5000)) is None, "and only that one"
    assert run.coming(at(5000)) == (0, 2)


def test_a_tape_is_stepped_by_hand() -> None:
    run = Tape(tape(5, 5, 5), at(0))
    assert run.back(at(1)) is None
    assert run.go(at(1)) == 0
    assert run.coming(at(1)) == (1, 5), "and the time counts from there"
    assert run.go(at(2)) == 1
    assert run.back(at(3)) == 0
    assert run.due(at(8)) == 1
    assert run.go(at(8)) == 2
    assert run.go(at(9)) is None


def test_a_paused_tape_stands_still_but_can_be_stepped() -> None:
    run = Tape(tape(5, 5), at(0))
    run.pause(at(3))
    run.pause(at(4))
    assert run.paused
    assert run.due(at(100)) is None
    assert run.coming(at(100)) == (0, 2)
    run.resume(at(100))
    assert run.due(at(101.5)) is None
    assert run.due(at(102)) == 0
    run.pause(at(102))
    assert run.go(at(103)) == 1
    assert run.due(at(200)) is None


def test_a_tape_goes_on_where_it_was() -> None:
    first = Tape(tape(5, 60, 5), at(0))
    first.due(at(5))
    kept = first.kept(at(15))
    second = Tape(first.sheet, at(1000))
    second.restore(kept, away_s=20, now=at(1000))
    assert second.coming(at(1000)) == (1, 30)
    late = Tape(first.sheet, at(1000))
    late.restore(kept, away_s=9999, now=at(1000))
    assert late.due(at(1000)) == 1, "its time went by while it was away"
    assert late.due(at(1000)) is None
    late = Tape(first.sheet, at(1000))
    late.restore(kept, away_s=-9999, now=at(1000))
    assert late.coming(at(1000)) == (1, 50), "a clock that was set back does not put it off"


# --- the clock


def test_the_clock_begins_with_what_should_stand_now() -> None:
    run = Clock(clock(9, 18, 23), wall(3, 19))
    assert run.due(wall(3, 19)) == 1
    assert run.due(wall(3, 19.1)) is None
    assert run.coming(wall(3, 19)) == (2, 4 * HOUR)
    assert run.due(wall(3, 23)) == 2
    assert run.coming(wall(3, 23)) == (0, 10 * HOUR)
    assert run.due(wall(4, 8.9)) is None
    assert run.due(wall(4, 9)) == 0


def test_before_the_first_of_today_yesterdays_last_stands() -> None:
    run = Clock(clock(9, 23), wall(5, 3))
    assert run.due(wall(5, 3)) == 1


def test_weekdays_count() -> None:
    sheet = Sheet(
        (Cue("week", at_s=9 * HOUR, days=(0, 1, 2, 3, 4)), Cue("sunday", at_s=0, days=(6,)))
    )
    run = Clock(sheet, wall(5, 12))  # a Saturday
    assert run.due(wall(5, 12)) == 0, "Friday's still"
    assert run.coming(wall(5, 12)) == (1, 12 * HOUR)
    assert run.due(wall(6, 0)) == 1
    assert run.due(wall(7, 8)) is None
    assert run.due(wall(7, 9)) == 0


def test_once_a_week_is_found_from_everywhere() -> None:
    sheet = clock(12, days=[2])
    assert soonest(sheet, 2 * DAY_S + 12 * HOUR) == (0, 9 * DAY_S + 12 * HOUR)
    run = Clock(sheet, wall(9, 11.99))
    assert run.due(wall(9, 11.99)) == 0, "that of a week ago"


def test_of_two_at_the_same_time_the_later_in_the_sheet_stands() -> None:
    sheet = clock(9, 9)
    assert Clock(sheet, wall(1, 10)).due(wall(1, 10)) == 1
    assert soonest(sheet, DAY_S) == (1, DAY_S + 9 * HOUR)


def test_what_is_missed_in_a_pause_comes_at_its_end_and_only_the_last_of_it() -> None:
    run = Clock(clock(9, 12, 15), wall(0, 9))
    run.due(wall(0, 9))
    run.pause(wall(0, 10))
    assert run.due(wall(0, 16)) is None
    run.resume(wall(0, 16))
    assert run.due(wall(0, 16)) == 2
    assert run.due(wall(0, 16)) is None


def test_the_clock_is_stepped_by_hand_and_goes_on_as_it_was() -> None:
    run = Clock(clock(9, 12, 15), wall(0, 9))
    run.due(wall(0, 9))
    assert run.go(wall(0, 11)) == 1
    assert run.due(wall(0, 12)) is None, "it was played before its time"
    assert run.coming(wall(0, 12)) == (2, 3 * HOUR)
    assert run.back(wall(0, 13)) == 0
    assert run.back(wall(0, 13)) == 2, "yesterday's"
    assert run.due(wall(0, 14.9)) is None
    assert run.due(wall(0, 15)) == 2


def test_in_spring_what_lies_in_the_lost_hour_comes_at_its_end() -> None:
    run = Clock(clock(1, 2.5, 4), wall(6, 1))
    assert run.due(wall(6, 1)) == 0
    assert run.due(wall(6, 1.999)) is None
    assert run.due(wall(6, 3)) == 1
    assert run.due(wall(6, 4)) == 2


def test_in_autumn_nothing_comes_twice() -> None:
    run = Clock(clock(1, 2.5, 4), wall(6, 1))
    run.due(wall(6, 1))
    assert run.due(wall(6, 2.5)) == 1
    assert run.due(wall(6, 2.999)) is None
    for hour in (2, 2.4, 2.5, 2.6, 2.999, 3.5):
        assert run.due(wall(6, hour)) is None
    assert run.due(wall(6, 4)) == 2


def test_a_clock_that_is_set_forward_skips_to_what_should_stand() -> None:
    run = Clock(clock(9, 12, 15), wall(0, 9))
    run.due(wall(0, 9))
    assert run.due(wall(900, 13)) == 1
    assert run.due(wall(900, 14)) is None


def test_a_clock_that_is_set_back_far_shows_what_should_stand() -> None:
    run = Clock(clock(9, 12, 15), wall(900, 13))
    assert run.due(wall(900, 13)) == 1
    assert run.due(wall(3, 10)) == 0
    assert run.due(wall(3, 10.1)) is None
    assert run.due(wall(1, 10)) is None, "the same cue stands already"
    assert run.due(wall(1, 12)) == 1


def test_after_a_restart_only_what_came_meanwhile_is_played() -> None:
    first = Clock(clock(9, 12, 15), wall(0, 9))
    first.due(wall(0, 9))
    kept = first.kept(wall(0, 9))
    again = Clock(first.sheet, wall(0, 10))
    again.restore(kept, 0, wall(0, 10))
    assert again.due(wall(0, 10)) is None, "what people changed since stays"
    missed = Clock(first.sheet, wall(2, 13))
    missed.restore(kept, 0, wall(2, 13))
    assert missed.due(wall(2, 13)) == 1
    ahead = Clock(first.sheet, wall(-300, 13))
    ahead.restore(kept, 0, wall(-300, 13))
    assert ahead.due(wall(-300, 13)) == 1, "the clock was wrong before"


@pytest.mark.parametrize("name", ["stands_s", "done_s", "seen_s"])
@pytest.mark.parametrize("odd", [10**15, 2**70, -(2**70)])
def test_what_no_clock_says_is_not_believed_after_a_restart(name: str, odd: int) -> None:
    """The cues' thread ended with an OverflowError, in each new process again."""
    first = Clock(clock(9, 12, 15), wall(0, 10))
    first.due(wall(0, 10))
    again = Clock(first.sheet, wall(0, 11))
    again.restore({**first.kept(wall(0, 10)), name: odd}, 0, wall(0, 11))
    assert again.coming(wall(0, 11)) == (1, 3600)
    assert again.due(wall(0, 12)) == 1
    for act in (again.back, again.go):
        act(wall(0, 12))


sheets = st.lists(
    st.builds(
        Cue,
        preset=st.just("a"),
        at_s=st.integers(0, DAY_S - 1),
        days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    ),
    min_size=1,
    max_size=6,
).map(lambda cues: Sheet(tuple(cues)))


@given(sheets, st.integers(0, 30 * DAY_S))
def test_what_comes_and_what_stands_are_neighbours(sheet: Sheet, now_s: int) -> None:
    coming = soonest(sheet, now_s)
    stands = latest(sheet, now_s - 8 * DAY_S, now_s)
    assert coming
    assert stands
    assert stands[1] <= now_s < coming[1] <= now_s + 7 * DAY_S
    assert latest(sheet, now_s, coming[1] - 1) is None
    assert latest(sheet, now_s, coming[1]) == coming


@given(sheets, st.lists(st.integers(1, 3 * DAY_S), min_size=1, max_size=20))
def test_however_seldom_it_looks_the_right_one_stands(sheet: Sheet, steps: list[int]) -> None:
    now_s = 100 * DAY_S
    run = Clock(sheet, Now(0, now_s))
    run.due(Now(0, now_s))
    for step in steps:
        now_s += step
        run.due(Now(0, now_s))
        found = latest(sheet, now_s - 8 * DAY_S, now_s)
        assert found
        assert run.position == found[0]


def test_what_comes_within_a_day_and_what_comes_at_the_same_time() -> None:
    cues = (
        Cue("a", at_s=3600),
        Cue("b", at_s=7200, days=(0, 2)),
        Cue("c", at_s=3600, days=(2,)),
        Cue("d", at_s=7200, days=(1,)),
    )
    sheet = Sheet(cues)
    monday = 0
    assert upcoming(sheet, monday + 3600, monday + DAY_S + 7200) == [
        Next(1, 3600),
        Next(0, DAY_S),
        Next(3, DAY_S + 3600),
    ]
    assert clashes(sheet) == [(0, 2)]
    assert upcoming(Sheet((Cue("a", after_s=1),)), 0, DAY_S) == clashes(Sheet((Cue("a"),))) == []
