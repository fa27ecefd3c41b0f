"""The end of a supervisor and of its children, in every state that they may be in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable

import psutil
import pytest

from lib.config.settings import ROOT
from lib.supervise import Child
from tests.programs import in_time
from tests.supervise.runs import DEAF, WORKS, Run, program, wait_until

IMPORTS_FOR_LONG = """
    import time
    time.sleep(0.6)
    from lib.observe import quit_on_signals
    quit_event = quit_on_signals()
    quit_event.wait(60)
"""


@pytest.mark.parametrize("text", [WORKS, IMPORTS_FOR_LONG, DEAF, "import time; time.sleep(60)"])
@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_it_ends_in_time_in_every_state(
    start: Callable[..., Run], text: str, after_s: float
) -> None:
    run = start(Child("a", program(text)), Child("b", program(text)))
    wait_until(lambda: all(one.pid for one in run.children))
    time.sleep(after_s)
    pids = [one.pid for one in run.children]
    assert in_time(run.end(), 1.5)
    assert run.code == 0
    assert not any(pid and psutil.pid_exists(pid) for pid in pids)


def test_a_stopped_child_is_ended_too(start: Callable[..., Run]) -> None:
    run = start(Child("a", program(WORKS)))
    wait_until(lambda: run.supervisor.all_ready)
    pid = run.children[0].pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    assert in_time(run.end(), 1.5)
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
            print(*[one.pid for one in supervisor.children], flush=True)
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
        assert parent.wait(20) == (-how if how == signal.SIGKILL else 0)
        wait_until(lambda: not any(running(pid) for pid in pids), within_s=20)


def running(pid: int) -> bool:
    """A zombie that nobody has collected yet does no more harm."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
