"""Who does not get on is noticed, ended with its stacks in the log, and started again."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from lib.supervise import Child, Supervisor
from tests.supervise.runs import WORKS, Run, program, wait_until

HANGS = """
    import faulthandler, threading
    from lib.observe import quit_on_signals
    from lib.supervise import report_to_parent
    faulthandler.enable()
    report = report_to_parent()
    quit_on_signals()
    report.ready()
    def the_one_that_hangs():
        threading.Event().wait()
    the_one_that_hangs()
"""


def test_who_hangs_is_ended_with_its_stacks_and_started_again(
    start: Callable[..., Run], capfd: pytest.CaptureFixture[str]
) -> None:
    run = start(Child("a", program(HANGS), hang_s=0.3), Child("b", program(WORKS), hang_s=3))
    a, b = run.children
    wait_until(lambda: run.supervisor.all_ready)
    beside = b.pid
    wait_until(lambda: a.starts >= 2 and a.failures >= 1)
    assert (b.pid, b.starts) == (beside, 1)
    assert "the_one_that_hangs" in capfd.readouterr().err


def test_who_is_stopped_is_ended_and_started_again(start: Callable[..., Run]) -> None:
    run = start(Child("a", program(WORKS), hang_s=1.2))
    one = run.children[0]
    wait_until(lambda: run.supervisor.all_ready)
    assert one.pid
    os.kill(one.pid, signal.SIGSTOP)
    wait_until(lambda: run.supervisor.all_going(0.5) is False)
    wait_until(lambda: one.starts == 2 and one.ready)
    assert run.supervisor.all_going(0.5)


def test_who_never_becomes_ready_is_ended(start: Callable[..., Run]) -> None:
    run = start(Child("a", program("import time; time.sleep(60)"), start_s=0.2))
    wait_until(lambda: run.children[0].starts == 2)


def test_the_parents_own_sleep_is_nobodys_fault() -> None:
    supervisor = Supervisor([Child("a", program(HANGS), hang_s=2.2)])
    quit_event = threading.Event()
    looks = 0

    def tick() -> None:
        nonlocal looks
        looks += supervisor.all_ready
        if looks == 1:
            time.sleep(2.4)  # as a machine that slept: nobody could say anything meanwhile
        if looks == 3:
            quit_event.set()

    assert supervisor.run(quit_event, tick) == 0
    one = supervisor.children[0]
    assert (one.starts, one.aborted_ns) == (1, 0)
