"""Still or stuck."""

from __future__ import annotations

from lib.core.pulse import Pulse


def test_nothing_comes_so_nothing_is_meant_to_go() -> None:
    pulse = Pulse(patience_s=3)
    assert all(pulse.beats(0, 0, now_s) for now_s in range(1000))
    assert pulse.beats(5, 4, 1000)
    assert all(pulse.beats(5, 4, now_s) for now_s in range(1001, 1004)), "within its patience"


def test_what_comes_and_does_not_go_on_is_stuck() -> None:
    pulse = Pulse(patience_s=3)
    beats = [pulse.beats(came=now_s, went=10, now_s=now_s) for now_s in range(10, 17)]
    assert beats == [True, True, True, True, True, False, False]
    assert pulse.beats(17, 11, 17), "one picture, and all is well"


def test_frames_that_are_lost_on_the_way_are_no_reason() -> None:
    """Most come late, but some do not."""
    pulse = Pulse(patience_s=3)
    assert all(pulse.beats(30 * now_s, now_s // 2, now_s) for now_s in range(1000))


def test_what_is_kept_on_purpose_may_take_longer() -> None:
    pulse = Pulse(patience_s=3)
    assert all(pulse.beats(1, 0, now_s, delay_s=60) for now_s in range(64))
    assert not pulse.beats(1, 0, 64, delay_s=60)
