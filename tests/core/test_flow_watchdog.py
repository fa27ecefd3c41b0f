"""Still or stuck."""

from __future__ import annotations

from lib.core.flow_watchdog import FlowWatchdog


def test_nothing_comes_so_nothing_is_meant_to_go() -> None:
    watchdog = FlowWatchdog(patience_s=3)
    assert all(watchdog.flows(0, 0, now_s) for now_s in range(1000))


def test_what_comes_and_does_not_go_on_is_stuck() -> None:
    watchdog = FlowWatchdog(patience_s=4)
    beats = [watchdog.flows(came=now_s, went=10, now_s=now_s) for now_s in range(10, 18)]
    assert beats == [True] * 6 + [False] * 2
    assert not watchdog.flows(17, 10, 99), "also when nothing comes any more"
    assert watchdog.flows(18, 11, 100), "one picture, and all is well"


def test_what_came_last_and_was_dropped_or_counted_late_is_no_reason() -> None:
    watchdog = FlowWatchdog(patience_s=4)
    assert watchdog.flows(5, 4, 0)
    assert watchdog.flows(6, 4, 0.4)
    assert all(watchdog.flows(7, 4, now_s) for now_s in range(1, 1000))


def test_a_slow_source_is_noticed_too_and_one_that_gets_through_is_not() -> None:
    watchdog, stuck = FlowWatchdog(patience_s=4), FlowWatchdog(patience_s=4)
    for second in range(0, 100, 10):
        assert watchdog.flows(second + 1, second, second), "it comes,"
        assert watchdog.flows(second + 1, second + 1, second + 1), "is there a second later,"
        assert watchdog.flows(second + 2, second + 1, second + 1.4), "and is counted elsewhere"
        came = stuck.flows(second + 1, 0, second), stuck.flows(second + 1, 0, second + 3)
        assert came == ((True, True) if second == 0 else (second == 10, False))


def test_frames_that_are_lost_on_the_way_are_no_reason() -> None:
    """Most come late, but some do not."""
    watchdog = FlowWatchdog(patience_s=3)
    assert all(watchdog.flows(30 * now_s, now_s // 2, now_s) for now_s in range(1000))


def test_what_is_kept_on_purpose_may_take_longer() -> None:
    watchdog = FlowWatchdog(patience_s=4)
    assert all(watchdog.flows(now_s, 0, now_s, delay_s=60) for now_s in range(1, 66))
    assert not watchdog.flows(66, 0, 66, delay_s=60)
