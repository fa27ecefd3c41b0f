"""Writes a row a second while a soak runs, beside whatever the soak does."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from bench.faults.history import History
from bench.faults.rows import Moment, Row, Seconds, Table
from bench.faults.sample import sample
from bench.faults.stage import Stage

EVERY_S = 1.0


class Recorder:
    """A thread of its own, that reads the viewer's history for itself."""

    def __init__(self, stage: Stage, out: Path) -> None:
        self.names = ["app", "stream", "control", *stage.crew]
        self.begun_s = time.monotonic()
        self.rows: list[Row] = []
        self.fault = ""  # the one that is at work
        self._stage, self._out = stage, out
        self._quit = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder")

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._quit.set()
        self._thread.join()

    def _run(self) -> None:
        history = History(self._stage.out / "history.csv")
        table = Table(self._out / "soak.csv", self.names)
        seconds = Seconds(self.begun_s)
        history.read()  # what came before is not of this while
        due_s = self.begun_s
        try:
            while not self._quit.wait(max(0.0, due_s + EVERY_S - time.monotonic())):
                due_s += EVERY_S
                history.lines.clear()
                pids = self._stage.pids_by_name()
                held = sample(pids).held
                lines = history.read().copy()
                look = self._stage.look
                now_s = time.monotonic()
                row = seconds.row(Moment(now_s, lines, look, pids, held, self.fault))
                self.rows.append(row)
                table.add(row)
        finally:
            history.close()
            table.close()
