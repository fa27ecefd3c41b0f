"""Playout on a virtual clock; the cases are those that jitter buffers are usually tested with."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.playout import MARGIN_NS, Delays, Mode, Playout

MS = 1_000_000
STEP = 20 * MS  # 50 frames a second


def settled(mode: Mode = "smooth", delay: int = 30 * MS) -> tuple[Playout[int], int]:
    """A playout that has seen a hundred frames arrive with an even delay, and the next number."""
    playout = Playout[int](mode)
    for number in range(100):
        arrive(playout, number, number * STEP + delay)
        playout.pop(number * STEP + 10 * STEP)
    assert playout.shown == 100
    return playout, 100


def arrive(playout: Playout[int], number: int, now: int) -> bool:
    return playout.push(number, number * STEP, (number - 1) * STEP, number, now)


def shown(playout: Playout[int], now: int) -> list[int]:
    return [shown.number for shown in playout.pop(now)]


def slot(playout: Playout[int], number: int) -> int:
    return number * STEP + playout.delay_ns


def test_a_frame_leaves_at_its_slot_and_not_before() -> None:
    playout, n = settled()
    arrive(playout, n, n * STEP + 30 * MS)
    due = playout.next_ns()
    assert due == slot(playout, n)
    assert shown(playout, due - 1) == []
    assert shown(playout, due) == [n]


def test_the_delay_covers_what_the_workers_need_and_a_margin() -> None:
    playout, _ = settled(delay=31 * MS)
    assert 31 * MS < playout.delay_ns <= 35 * MS + MARGIN_NS


def test_unordered_frames_leave_in_order() -> None:
    playout, n = settled()
    now = n * STEP + 29 * MS
    for number in (n + 2, n, n + 1):
        assert arrive(playout, number, now)
    assert shown(playout, slot(playout, n + 2)) == [n, n + 1, n + 2]


@pytest.mark.parametrize("missing", [1, 3, 25])
def test_a_gap_is_skipped_at_its_slot_and_stalls_nothing(missing: int) -> None:
    playout, n = settled()
    after = n + missing
    arrive(playout, after, after * STEP + 29 * MS)
    assert shown(playout, slot(playout, after) - 1) == []
    assert shown(playout, slot(playout, after)) == [after]


def test_a_late_frame_is_counted_and_dropped() -> None:
    playout, n = settled()
    arrive(playout, n + 1, (n + 1) * STEP + 29 * MS)
    assert shown(playout, slot(playout, n + 1)) == [n + 1]
    assert not arrive(playout, n, slot(playout, n + 1) + MS)
    assert playout.late == 1
    assert shown(playout, slot(playout, n + 9)) == []


def test_a_duplicate_is_refused_before_and_after_it_was_shown() -> None:
    playout, n = settled()
    now = n * STEP + 29 * MS
    assert arrive(playout, n, now)
    assert not arrive(playout, n, now)
    assert playout.dup == 1
    assert shown(playout, slot(playout, n)) == [n]
    assert not arrive(playout, n, slot(playout, n) + 1)


def test_late_frames_are_shown_when_the_wall_would_freeze_otherwise() -> None:
    playout, n = settled()
    late_by = 400 * MS  # nothing was shown for longer than the patience
    now = n * STEP + late_by
    assert arrive(playout, n, now)
    assert shown(playout, now) == [n]
    assert playout.late == 1


def test_after_a_silence_of_a_minute_the_next_frame_is_shown_in_time() -> None:
    playout, n = settled()
    later = n + 3000
    arrive(playout, later, later * STEP + 29 * MS)
    assert shown(playout, slot(playout, later)) == [later]


def test_workers_that_become_slower_raise_the_delay_at_once_and_nothing_stays_dark() -> None:
    playout, n = settled(delay=30 * MS)
    first, now = None, 0
    for number in range(n, n + 100):
        now = number * STEP + 180 * MS
        arrive(playout, number, now)
        if shown(playout, now + 19 * MS) and first is None:
            first = number
    assert first is not None
    assert (first - n) * STEP <= 300 * MS
    assert 180 * MS < playout.delay_ns <= 190 * MS
    assert playout.shown > 180


def test_workers_that_become_faster_lower_the_delay_slowly() -> None:
    playout, n = settled(delay=180 * MS)
    before = playout.delay_ns
    for number in range(n, n + 2000):
        arrive(playout, number, number * STEP + 20 * MS)
        shown(playout, number * STEP + before)
    assert playout.delay_ns < before - 100 * MS
    assert playout.shown == 2100


def test_the_delay_never_exceeds_its_limit() -> None:
    playout = Playout[int]("smooth")
    for number in range(300):
        arrive(playout, number, number * STEP + 9_000 * MS)
        playout.pop(number * STEP + 9_000 * MS)
    assert playout.delay_ns <= playout.longest_ns
    assert playout.shown > 0  # and late frames are still shown: nothing newer exists


def test_fast_lets_the_next_in_order_leave_at_once() -> None:
    playout, n = settled("fast")
    now = n * STEP + MS
    arrive(playout, n, now)
    assert shown(playout, now) == [n]


def test_fast_waits_behind_a_gap_until_the_gaps_own_deadline() -> None:
    playout, n = settled("fast")
    now = (n + 1) * STEP + MS
    arrive(playout, n + 1, now)
    assert shown(playout, now) == []
    deadline = n * STEP + playout.delay_ns
    assert playout.next_ns() == deadline
    assert shown(playout, deadline) == [n + 1]


def test_fast_does_not_wait_for_a_frame_that_is_known_to_be_lost() -> None:
    playout, n = settled("fast")
    playout.lose(n)
    playout.lose(n + 1)
    now = (n + 2) * STEP + MS
    arrive(playout, n + 2, now)
    assert shown(playout, now) == [n + 2]


def test_fast_closes_a_gap_as_soon_as_it_is_filled() -> None:
    playout, n = settled("fast")
    now = (n + 1) * STEP + MS
    arrive(playout, n + 1, now)
    arrive(playout, n, now + MS)
    assert shown(playout, now + MS) == [n, n + 1]


@pytest.mark.parametrize("mode", ["smooth", "fast", "tight", "glass"])
@given(seed=st.integers(0, 2**32), share_lost=st.floats(0, 0.5), spread=st.integers(0, 40))
def test_never_a_step_back_never_a_repeat_and_every_frame_is_accounted_for(
    mode: Mode, seed: int, share_lost: float, spread: int
) -> None:
    dice = random.Random(seed)
    arrivals = []
    for number in range(150):
        if dice.random() < share_lost:
            continue
        for _ in range(1 + (dice.random() < 0.1)):  # some come twice
            delay = dice.randrange(1, 60 * MS) + dice.randrange(0, 1 + spread) * STEP // 4
            arrivals.append((number * STEP + delay, number))
    playout, out, accepted = Playout[int](mode), [], 0
    for now, number in sorted(arrivals):
        out += shown(playout, now)
        accepted += arrive(playout, number, now)
        out += shown(playout, now)
    out += shown(playout, 10**15)
    assert out == sorted(set(out))
    assert len(out) == playout.shown == accepted
    assert playout.next_ns() is None


@given(st.lists(st.integers(0, 9_000 * MS), min_size=1, max_size=200), st.floats(0.5, 0.999))
def test_the_quantile_lies_where_the_recent_arrivals_lie(delays: list[int], share: float) -> None:
    recent = Delays()
    for delay in delays:
        recent.add(delay)
    quantile = recent.quantile(share)
    assert min(delays) <= quantile <= max(delays) + 5 * MS


def test_the_quantile_forgets() -> None:
    recent = Delays()
    for _ in range(500):
        recent.add(500 * MS)
    for _ in range(20_000):
        recent.add(20 * MS)
    assert recent.quantile(0.99) == 25 * MS


def asked(playout: Playout[int], since: int, until: int) -> None:
    """As the publishing stage asks."""
    for now in range(since, until, 10 * MS):
        assert playout.drop_stale(now) == []
        playout.pop(now)


@pytest.mark.parametrize("mode", ["smooth", "fast"])
def test_what_a_process_that_stood_still_had_left_over_is_not_shown(mode: Mode) -> None:
    playout, n = settled(mode)
    asked(playout, (n - 10) * STEP, n * STEP)
    for number in (n, n + 1):
        arrive(playout, number, number * STEP + 30 * MS)
    delay, after = playout.delay_ns, n * STEP + 3_000 * MS
    assert playout.drop_stale(after) == [n, n + 1]
    assert not arrive(playout, n + 2, after), "it lay in a socket meanwhile"
    fresh = n + 150
    assert arrive(playout, fresh, after + 30 * MS)
    asked(playout, after + 10 * MS, after + 500 * MS)
    assert playout.last_number == fresh
    assert playout.delay_ns <= delay + 5 * MS, "the stop was taken for a delay of the workers"
    assert not arrive(playout, n + 1, after + 600 * MS), "a step back"


def test_who_rests_on_purpose_has_not_stood_still() -> None:
    """A slow worker's late picture ends a freeze, however long nobody had a reason to ask."""
    playout, n = settled()
    asked(playout, (n - 10) * STEP, n * STEP)
    for later in (n * STEP + 500 * MS, n * STEP + 1000 * MS):
        assert playout.drop_stale(later, rested_ns=400 * MS) == []
    assert arrive(playout, n + 2, later + 10 * MS)
    assert shown(playout, later + 20 * MS) == [n + 2]


def test_a_short_stall_costs_nothing() -> None:
    playout, n = settled()
    asked(playout, (n - 10) * STEP, n * STEP)
    for number in range(n, n + 10):
        arrive(playout, number, number * STEP + 30 * MS)
    late = slot(playout, n) + 200 * MS
    assert playout.drop_stale(late) == []
    assert shown(playout, late) == list(range(n, n + 10))
