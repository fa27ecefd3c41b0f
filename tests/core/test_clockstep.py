from __future__ import annotations

from lib.core.clockstep import ClockStep


def test_a_clock_that_is_set_is_noticed_once_and_one_that_drifts_never() -> None:
    clock = ClockStep()
    assert [clock.step_s(second, 5000 + 1.01 * second) for second in range(10)] == [0] * 10
    assert round(clock.step_s(10, 5010.1 + 3600)) == 3600
    assert clock.step_s(11, 5011.1 + 3600) == 0
    assert round(clock.step_s(12, 5012.1 - 3600)) == -7200
    assert clock.step_s(13, 5013.1 - 3600) == 0
