"""Small programs to watch, and a supervisor that watches them on a thread of the test."""

from __future__ import annotations

import sys
import textwrap
import threading
import time
from collections.abc import Callable

from lib.supervise import Child, RestartPolicy, Supervisor

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


def program(text: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(text)]


class Run:
    """A supervisor at work on a thread of the test, ended with it."""

    def __init__(self, *children: Child, restarts: RestartPolicy | None = None) -> None:
        self.supervisor = Supervisor(children, restarts, grace_s=0.8)
        self.children = self.supervisor.children
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
        self._thread.join(30)
        assert not self._thread.is_alive()
        return time.monotonic() - before

    def join(self) -> int | None:
        self._thread.join(5)
        return self.code


def wait_until(holds: Callable[[], bool], within_s: float = 15) -> float:
    before = time.monotonic()
    while not holds():
        assert time.monotonic() - before < within_s
        time.sleep(0.005)
    return time.monotonic() - before
