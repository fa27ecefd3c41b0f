"""A machine that stands still is noticed, and told from one that does not."""

from __future__ import annotations

import time

from bench.trust.stalls import AFTER_S, BEFORE_S, Stalls
from tests.rig import until


def test_what_is_near_a_stall_and_what_is_not() -> None:
    stalls = Stalls()
    stalls.note(10.0, 10.02)
    assert stalls.longest(0, 100) == 0
    stalls.note(20.0, 20.5)
    stalls.note(20.5, 20.6)
    assert stalls.longest(0, 100) == 0.5
    assert stalls.longest(20.6 + AFTER_S + 0.1, 100) == 0
    assert stalls.longest(0, 20 - BEFORE_S - 0.1) == 0
    assert stalls.longest(20.3, 20.3) == 0.5


def test_a_thread_that_keeps_all_others_waiting_is_a_stall() -> None:
    with Stalls() as stalls:
        start_s = time.monotonic()

        def stood_still() -> bool:
            sorted(range(1_500_000), key=(-1).__mul__)  # one call, which lets nobody else run
            return stalls.longest(start_s, time.monotonic()) > 0.05

        assert until(stood_still, 10)
