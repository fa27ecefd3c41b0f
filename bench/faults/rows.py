"""A soak's figures, a row a second: what each process held, what the viewer saw, what was lost."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.background import Background
from bench.faults.history import History, Line
from bench.faults.show import RecordedShow
from bench.processes import Held, sample
from bench.report import percentiles
from bench.show import steps
from bench.status import StatusSample
from lib.core.counters import Drop, Mishap

EVERY_S = 1.0
DROPS = tuple(drop.value for drop in Drop if drop is not Drop.RELIEF)
REFUSED = tuple(mishap.value for mishap in Mishap)
FIGURES = ("at_s", "fps", "p50_ms", "p99_ms", "delay_ms", "silence_ms")


@dataclass
class Row:
    """One second. None: there was nothing to measure."""

    at_s: float  # since the soak began
    fps: float
    p50_ms: float | None
    p99_ms: float | None
    delay_ms: float
    silence_ms: float  # the longest that reaches into this second
    drops: Mapping[str, int]  # in this second
    refused: Mapping[str, int]  # answers that were not taken, in this second
    fault: str
    warnings: Sequence[str]
    pids: Mapping[str, int]
    held: Mapping[str, Held]

    def cells(self) -> dict[str, str]:
        """By the names of `head`; what there was not has none."""
        cells: dict[str, object] = {name: getattr(self, name) for name in (*FIGURES, "fault")}
        cells |= dict.fromkeys((*DROPS, *REFUSED), 0) | dict(self.drops) | dict(self.refused)
        for name, held in self.held.items():
            cells |= zip(columns(name), (self.pids[name], *held), strict=True)
        cells["warnings"] = "; ".join(self.warnings)
        return {
            name: f"{cell:.1f}" if isinstance(cell, float) else str(cell)
            for name, cell in cells.items()
            if cell is not None
        }


def columns(process: str) -> list[str]:
    return [f"{process} {what}" for what in ("pid", *Held._fields)]


def head(names: Sequence[str]) -> list[str]:
    each = [column for name in names for column in columns(name)]
    return [*FIGURES, *DROPS, *REFUSED, *each, "fault", "warnings"]


class Table:
    """The CSV, written row by row: what was seen stays, however the soak ends."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="", buffering=1)
        self._csv = csv.DictWriter(self._file, head(names))
        self._csv.writeheader()
        self.close = self._file.close

    def add(self, row: Row) -> None:
        self._csv.writerow(row.cells())


class Moment(NamedTuple):
    """All that is known at the end of a second."""

    now_s: float
    lines: Sequence[Line]  # that came in it
    said: StatusSample
    pids: Mapping[str, int]
    held: Mapping[str, Held]
    fault: str


class Seconds:
    """Makes rows of moments: it remembers what a second needs of the one before."""

    def __init__(self, begun_s: float) -> None:
        self._begun_s = begun_s
        self._last_s = begun_s  # when the last picture came
        self._said: StatusSample | None = None

    def row(self, moment: Moment) -> Row:
        lines, said = moment.lines, moment.said
        times = [self._last_s, *(line.came_s for line in lines)]
        self._last_s = times[-1]
        ages = percentiles([line.latency_ms for line in lines]) if lines else {}
        before, self._said = self._said, said if said.counts else self._said
        return Row(
            at_s=moment.now_s - self._begun_s,
            fps=float(len(lines)),
            p50_ms=ages.get("p50"),
            p99_ms=ages.get("p99"),
            delay_ms=said.delay_ms,
            silence_ms=1000 * max(steps([*times, moment.now_s])),
            drops=_grown(said, before, "drops", DROPS),
            refused=_grown(said, before, "dispatch", REFUSED),
            fault=moment.fault,
            warnings=said.warnings,
            pids=moment.pids,
            held=moment.held,
        )


def _grown(
    said: StatusSample, before: StatusSample | None, stage: str, names: Sequence[str]
) -> dict[str, int]:
    """By how much each count grew; a stream that was started anew counts from zero."""
    if before is None or not said.counts:
        return {}
    old = before.counts if said.uptime_s >= before.uptime_s else {}
    keys = {name: f"{stage}.{name}" for name in names}
    return {name: said.counts.get(key, 0) - old.get(key, 0) for name, key in keys.items()}


class Recorder(Background):
    """Writes a row a second while a soak runs, on a thread of its own that reads the viewer's
    history for itself."""

    def __init__(self, show: RecordedShow, out: Path) -> None:
        super().__init__()
        self.names = ["app", "stream", "control", *show.crew]
        self.begun_s = time.monotonic()
        self.rows: list[Row] = []
        self._show, self._out = show, out

    def run(self) -> None:
        history = History(self._show.out / "history.csv")
        table = Table(self._out / "soak.csv", self.names)
        seconds, due_s = Seconds(self.begun_s), self.begun_s
        history.read()  # what came before is not of this while
        try:
            while not self.quit.wait(max(0.0, due_s + EVERY_S - time.monotonic())):
                due_s += EVERY_S
                history.lines.clear()
                pids = self._show.pids_by_name()
                held, lines, said = sample(pids).held, history.read().copy(), self._show.said
                row = seconds.row(
                    Moment(time.monotonic(), lines, said, pids, held, self._show.fault)
                )
                self.rows.append(row)
                table.add(row)
        finally:
            history.close()
            table.close()
