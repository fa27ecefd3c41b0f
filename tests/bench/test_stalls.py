"""A machine that has no time is noticed, and told from one that has."""

from __future__ import annotations

import os
import time

from bench.faults.stalls import AFTER_S, BEFORE_S, Stalls
from tests.rig import until

CORES = os.cpu_count() or 1


def test_who_wakes_late_stood_still() -> None:
    stalls = Stalls()
    stalls.slept(10.0, 10.02)
    assert not stalls.near(0, 100)
    stalls.slept(20.0, 20.5)
    assert stalls.near(0, 100) and stalls.near(20.3, 20.3)
    assert stalls.near(20.5 + AFTER_S - 0.1, 100)
    assert not stalls.near(20.5 + AFTER_S + 0.1, 100)
    assert not stalls.near(0, 20 - BEFORE_S - 0.1)


def test_where_no_processor_is_idle_nothing_is_told() -> None:
    stalls = Stalls()
    stalls.idled(10.0, 10.5, 0.3 * 0.5 * CORES)
    assert not stalls.near(0, 100)
    stalls.idled(20.0, 20.5, 0.05 * 0.5 * CORES)
    assert stalls.near(20.2, 20.2) and not stalls.near(10.2, 10.2)


def test_a_thread_that_keeps_all_others_waiting_is_noticed() -> None:
    with Stalls() as stalls:
        start_s = time.monotonic()

        def stood_still() -> bool:
            sorted(range(1_500_000), key=(-1).__mul__)  # one call, which lets nobody else run
            return stalls.near(start_s, time.monotonic())

        assert until(stood_still, 20)
