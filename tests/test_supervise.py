"""Real small processes: killed, crashing, deaf, and without a parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lib.config.settings import ROOT
from lib.supervise import Child, Ending, Restarts, Supervisor

WORKS = """
    import time
    from lib.observe import quit_on_signals
    from lib.supervise import report_to_parent
    report = report_to_parent()
    quit_event = quit_on_signals()
    report.ready()
    while not quit_event.wait(0.02):
        report.progress()
"""
DEAF = """
    import signal, time
    from lib.supervise import report_to_parent
    report_to_parent().ready()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    time.sleep(60)
"""
IMPORTS_FOR_LONG = """
    import time
    time.sleep(0.6)
    from lib.observe import quit_on_signals
    quit_event = quit_on_signals()
    quit_event.wait(60)
"""


def program(text: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(text)]


class Run:
    """A supervisor at work on a thread of the test, ended with it."""

    def __init__(self, *children: Child, restarts: Restarts | None = None) -> None:
        self.supervisor = Supervisor(children, restarts, grace_s=0.8)
        self.watched = self.supervisor.watched
        self.quit = threading.Event()
        self.code: int | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.code = self.supervisor.run(self.quit)

    def end(self) -> float:
        """Seconds that the end took."""
        before = time.monotonic()
        self.quit.set()
        self._thread.join(5)
        assert not self._thread.is_alive()
        return time.monotonic() - before

    def join(self) -> int | None:
        self._thread.join(5)
        return self.code


def wait_until(holds: Callable[[], bool], within_s: float = 5) -> float:
    before = time.monotonic()
    while not holds():
        assert time.monotonic() - before < within_s
        time.sleep(0.005)
    return time.monotonic() - before


@pytest.fixture
def start() -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def started(*children: Child, restarts: Restarts | None = None) -> Run:
        runs.append(Run(*children, restarts=restarts))
        return runs[-1]

    yield started
    for run in runs:
        run.end()
        assert all(one.pid is None for one in run.watched)


def test_a_killed_child_is_back_at_once(start: Callable[..., Run]) -> None:
    run = start(Child("a", program(WORKS)), Child("b", program(WORKS)))
    wait_until(lambda: run.supervisor.all_ready)
    a, b = run.watched
    first, beside = a.pid, b.pid
    assert first
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: a.pid not in (None, first) and a.ready, within_s=2)
    assert (a.starts, b.starts) == (2, 1)
    assert b.pid == beside


def test_progress_can_be_read(start: Callable[..., Run]) -> None:
    run = start(Child("a", program(WORKS)))
    wait_until(lambda: run.supervisor.all_ready)
    before = run.watched[0].progress_ns
    wait_until(lambda: run.watched[0].progress_ns > before + 300_000_000)


def test_waits_between_crashes_grow(start: Callable[..., Run]) -> None:
    run = start(
        Child("a", program("raise SystemExit(1)")), restarts=Restarts(waits_s=(0, 0.1, 0.4, 30))
    )
    wait_until(lambda: run.watched[0].starts == 4)
    wait_until(lambda: run.watched[0].failures == 4)
    time.sleep(0.3)
    assert run.watched[0].starts == 4, "the fourth wait is 30 s"


@pytest.mark.parametrize(
    ("failures", "code", "wait_s"),
    [(0, -9, 0), (0, 1, 0), (1, 1, 2), (2, 1, 5), (9, 1, 5), (0, 0, 1)],
)
def test_how_long_to_wait(failures: int, code: int, wait_s: float) -> None:
    restarts = Restarts(waits_s=(0, 2, 5), asked_s=1)
    assert restarts.wait_s(failures, code) == wait_s


def test_a_long_healthy_run_makes_a_crash_a_first_one(start: Callable[..., Run]) -> None:
    run = start(Child("a", program(WORKS)), restarts=Restarts(waits_s=(0, 30), healthy_s=0.1))
    one = run.watched[0]
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
    start: Callable[..., Run], code: int, ending: Ending, whole: int
) -> None:
    run = start(
        Child("a", program(WORKS)),
        Child("b", program(f"raise SystemExit({code})"), on_exit={code: ending}),
    )
    assert run.join() == whole


def test_a_child_may_rest(start: Callable[..., Run]) -> None:
    run = start(Child("a", program("raise SystemExit(65)"), on_exit={65: "rest"}))
    wait_until(lambda: run.watched[0].resting)
    assert run.supervisor.all_ready
    time.sleep(0.2)
    assert run.watched[0].starts == 1


def test_what_can_not_be_started_is_tried_again(start: Callable[..., Run]) -> None:
    run = start(Child("a", ["/nowhere/at/all"]), restarts=Restarts(waits_s=(0, 0.05, 30)))
    wait_until(lambda: run.watched[0].starts == 3)
    assert run.end() < 0.5


@pytest.mark.parametrize("text", [WORKS, IMPORTS_FOR_LONG, DEAF, "import time; time.sleep(60)"])
@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_it_ends_in_time_in_every_state(
    start: Callable[..., Run], text: str, after_s: float
) -> None:
    run = start(Child("a", program(text)), Child("b", program(text)))
    wait_until(lambda: all(one.pid for one in run.watched))
    time.sleep(after_s)
    pids = [one.pid for one in run.watched]
    assert run.end() < 1.5
    assert run.code == 0
    assert not any(pid and psutil.pid_exists(pid) for pid in pids)


def test_a_stopped_child_is_ended_too(start: Callable[..., Run]) -> None:
    run = start(Child("a", program(WORKS)))
    wait_until(lambda: run.supervisor.all_ready)
    pid = run.watched[0].pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    assert run.end() < 1.5
    assert not psutil.pid_exists(pid)


PARENT = """
    import json, sys, threading
    from lib.supervise import Child, Supervisor, hold_signals, report_to_parent
    hold_signals()
    from lib.observe import quit_on_signals
    report_to_parent()
    quit_event = quit_on_signals()
    supervisor = Supervisor([Child(str(n), json.loads(sys.argv[1])) for n in range(2)])
    def tell():
        if supervisor.all_ready:
            print(*[one.pid for one in supervisor.watched], flush=True)
    raise SystemExit(supervisor.run(quit_event, tell))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("text", [WORKS, DEAF])
def test_no_orphan_however_the_supervisor_ends(how: signal.Signals, text: str) -> None:
    with subprocess.Popen(
        [*program(PARENT), json.dumps(program(text))],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as parent:
        assert parent.stdout
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.send_signal(how)
        assert parent.wait(2) == (-how if how == signal.SIGKILL else 0)
        wait_until(lambda: not any(running(pid) for pid in pids), within_s=1)


def running(pid: int) -> bool:
    """A zombie that nobody has collected yet does no more harm."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_alone_a_report_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from lib.supervise import REPORT_VARIABLE, report_to_parent

    for said in ("", "nonsense", "99,1", "1"):
        monkeypatch.setenv(REPORT_VARIABLE, said)
        report = report_to_parent()
        report.ready()
        report.progress()
        assert REPORT_VARIABLE not in os.environ


def test_a_child_says_one_line_about_itself(start: Callable[..., Run]) -> None:
    text = WORKS.replace("report.ready()", "report.ready('painter at 256:\\nno GPU found')")
    run = start(Child("a", program(text)))
    wait_until(lambda: run.supervisor.all_ready)
    assert run.watched[0].about == "painter at 256: no GPU found"


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
    a, b = run.watched
    wait_until(lambda: run.supervisor.all_ready)
    beside = b.pid
    wait_until(lambda: a.starts >= 2 and a.failures >= 1)
    assert (b.pid, b.starts) == (beside, 1)
    assert "the_one_that_hangs" in capfd.readouterr().err


def test_who_is_stopped_is_ended_and_started_again(start: Callable[..., Run]) -> None:
    run = start(Child("a", program(WORKS), hang_s=1.2))
    one = run.watched[0]
    wait_until(lambda: run.supervisor.all_ready)
    assert one.pid
    os.kill(one.pid, signal.SIGSTOP)
    wait_until(lambda: run.supervisor.all_going(0.5) is False)
    wait_until(lambda: one.starts == 2 and one.ready)
    assert run.supervisor.all_going(0.5)


def test_who_never_becomes_ready_is_ended(start: Callable[..., Run]) -> None:
    run = start(Child("a", program("import time; time.sleep(60)"), start_s=0.2))
    wait_until(lambda: run.watched[0].starts == 2)


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
    one = supervisor.watched[0]
    assert (one.starts, one.aborted_ns) == (1, 0)


def test_a_child_says_how_it_does(start: Callable[..., Run]) -> None:
    text = WORKS.replace("report.ready()", "report.ready(); report.news('30.0 fps,\\n40 ms')")
    run = start(Child("a", program(text)))
    wait_until(lambda: run.watched[0].news == "30.0 fps, 40 ms")
