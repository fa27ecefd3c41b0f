from __future__ import annotations

from lib.core.canvas.allowance import OpAllowance


def test_two_hundred_a_second_are_read_at_once() -> None:
    allowed = OpAllowance(200, 400)
    assert not any(allowed.spend(20, at / 10) for at in range(600))


def test_what_is_too_much_is_read_at_the_rate_that_is_allowed() -> None:
    allowed, now_s, read = OpAllowance(200, 400), 0.0, 0
    while now_s < 10:
        read += 200
        now_s += allowed.spend(200, now_s)
    assert 2000 + 400 <= read <= 2000 + 400 + 200
