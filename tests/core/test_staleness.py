from __future__ import annotations

import math

from lib.core.staleness import LAST, Staleness


def test_a_frame_is_stale_by_what_came_after_it() -> None:
    staleness = Staleness()
    assert not staleness.is_stale(7.0), "nothing has come"
    staleness.arrived(7.0)
    staleness.arrived(7.4)
    assert not staleness.is_stale(7.0)
    staleness.arrived(7.6)
    assert staleness.is_stale(7.0) and not staleness.is_stale(7.4)


def test_a_frame_that_is_late_on_the_way_makes_no_other_newer() -> None:
    staleness = Staleness()
    for timestamp in (7.0, 8.0, 7.1):
        staleness.arrived(timestamp)
    assert staleness.is_stale(7.1) and not staleness.is_stale(8.0)


def test_a_clock_that_was_put_back_costs_few_frames() -> None:
    staleness = Staleness()
    staleness.arrived(1e9)
    for number in range(LAST):
        assert staleness.is_stale(number / 30)
        staleness.arrived(number / 30)
    assert not staleness.is_stale(LAST / 30)


def test_stamps_that_are_no_times_make_nothing_stale_for_long() -> None:
    staleness = Staleness()
    for timestamp in (math.nan, math.inf, -math.inf, *map(float, range(LAST))):
        staleness.arrived(timestamp)
    assert not staleness.is_stale(float(LAST))
