"""Real small processes that are killed, crash or end: what follows, and after what wait."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from lib.supervise import Child, ExitAction, RestartPolicy
from tests.programs import in_time
from tests.supervise.runs import WORKS, Run, program, wait_until


def test_a_killed_child_is_back_at_once(start: Callable[..., Run]) -> None:
    run = start(Child("a", program(WORKS)), Child("b", program(WORKS)))
    wait_until(lambda: run.supervisor.all_ready)
    a, b = run.children
    first, beside = a.pid, b.pid
    assert first
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: a.pid not in (None, first) and a.ready, within_s=20)
    assert (a.starts, b.starts) == (2, 1)
    assert b.pid == beside


def test_waits_between_crashes_grow(start: Callable[..., Run]) -> None:
    run = start(
        Child("a", program("raise SystemExit(1)")),
        restarts=RestartPolicy(waits_s=(0, 0.1, 0.4, 30)),
    )
    wait_until(lambda: run.children[0].starts == 4)
    wait_until(lambda: run.children[0].failures == 4)
    time.sleep(0.3)
    assert run.children[0].starts == 4, "the fourth wait is 30 s"


@pytest.mark.parametrize(
    ("failures", "code", "wait_s"),
    [(0, -9, 0), (0, 1, 0), (1, 1, 2), (2, 1, 5), (9, 1, 5), (0, 0, 1)],
)
def test_how_long_to_wait(failures: int, code: int, wait_s: float) -> None:
    restarts = RestartPolicy(waits_s=(0, 2, 5), asked_s=1)
    assert restarts.wait_s(failures, code) == wait_s


def test_a_long_healthy_run_makes_a_crash_a_first_one(start: Callable[..., Run]) -> None:
    run = start(Child("a", program(WORKS)), restarts=RestartPolicy(waits_s=(0, 30), healthy_s=0.1))
    one = run.children[0]
    for starts in (1, 2, 3):
        wait_until(lambda starts=starts: one.ready and one.starts == starts)
        time.sleep(0.15)
        assert one.pid
        os.kill(one.pid, signal.SIGKILL)
    wait_until(lambda: one.starts == 4)


@pytest.mark.parametrize(
    ("code", "ending", "whole"), [(64, "quit", 0), (2, "fail", 2), (3, "fail", 3)]
)
def test_an_exit_code_can_end_the_whole(
    start: Callable[..., Run], code: int, ending: ExitAction, whole: int
) -> None:
    run = start(
        Child("a", program(WORKS)),
        Child("b", program(f"raise SystemExit({code})"), on_exit={code: ending}),
    )
    assert run.join() == whole


def test_a_child_may_rest(start: Callable[..., Run]) -> None:
    run = start(Child("a", program("raise SystemExit(65)"), on_exit={65: "rest"}))
    wait_until(lambda: run.children[0].resting)
    assert run.supervisor.all_ready
    time.sleep(0.2)
    assert run.children[0].starts == 1


def test_what_can_not_be_started_is_tried_again(start: Callable[..., Run]) -> None:
    run = start(Child("a", ["/nowhere/at/all"]), restarts=RestartPolicy(waits_s=(0, 0.05, 30)))
    wait_until(lambda: run.children[0].starts == 3)
    assert in_time(run.end(), 0.5)
