"""Starts and watches a primary host and one worker: all of run.sh that is not installing."""

from __future__ import annotations

from lib.supervise import Child, Supervisor, hold_signals

hold_signals()  # the imports take a while, and Ctrl+C during them must not print a traceback

import os
import sys

from lib.config.settings import ROOT
from lib.observe import LOG_LEVEL_VARIABLE, log_to_stderr, quit_on_signals
from lib.ops.launch import examine
from lib.ops.launch.flags import Programs, read_flags
from lib.wire.ports import local_name

# app.py kills its own children after 1.2 s; this kills app.py a little later.
GRACE_S = 1.7
LATER_S = 10.0  # later than both programs' own checks for what hangs inside them


def main() -> int:
    if "--check" in sys.argv[1:]:
        return examine.main(sys.argv[1:])
    programs = read_flags(sys.argv[1:])
    if not programs.primary.debug:
        os.environ[LOG_LEVEL_VARIABLE] = "WARNING"  # three lines are enough on a terminal
    log_to_stderr(programs.primary.debug)
    quit_event = quit_on_signals()
    supervisor = Supervisor(children(programs), grace_s=GRACE_S)
    return supervisor.run(quit_event, StartLines(programs, supervisor).tell)


def children(programs: Programs) -> list[Child]:
    python = sys.executable
    return [
        Child(
            "app.py",
            [python, str(ROOT / "app.py"), *programs.primary_flags],
            on_exit={0: "quit", 2: "fail"},
            hang_s=programs.primary.hang_s + LATER_S,
        ),
        Child(
            "transform.py",
            [python, str(ROOT / "transform.py"), *programs.worker_flags],
            on_exit={2: "fail"},
            hang_s=programs.worker.worker_hang_s + LATER_S,
        ),
    ]


class StartLines:
    """Three lines: where the page is, where the feed is, which engine and why."""

    def __init__(self, programs: Programs, supervisor: Supervisor) -> None:
        self._primary = programs.primary
        self._app, self._worker = supervisor.children
        self._told_places = self._told_engine = False

    def tell(self) -> None:
        if self._app.ready and not self._told_places:
            self._told_places = True
            host = local_name(self._primary.bind)
            host = {"127.0.0.1": "localhost", "::1": "localhost"}.get(host, host)
            print(f"page    http://{host}:{self._primary.settings_port}", flush=True)
            for port, name in (
                (self._primary.stills_port, "stills"),
                (self._primary.stills_port, "canvas"),
                (self._primary.signals_port, "signals"),
            ):
                if port:
                    print(f"{name:<8}http://{host}:{port}/{name}", flush=True)
            print(f"feed    tcp://{host}:{self._primary.output_port}", flush=True)
        if self._told_places and self._worker.ready and not self._told_engine:
            self._told_engine = True
            print(f"engine  {self._worker.about}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
