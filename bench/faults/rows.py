"""A soak's figures, a row a second: what each process held, what the viewer saw, what was lost."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from bench.faults.figures import latencies
from bench.faults.history import Line
from bench.faults.sample import Held
from bench.faults.watch import Look

DROPS = ("thinned", "no_worker", "lost", "late", "overrun")
REFUSED = ("foreign", "dup", "garbage", "bad", "stuck")
EACH = ("pid", "memory_mb", "descriptors", "threads")  # of a process


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

    def cells(self, names: Sequence[str]) -> list[str]:
        shown = [self.at_s, self.fps, self.p50_ms, self.p99_ms, self.delay_ms, self.silence_ms]
        processes: list[float | int | str] = []
        for name in names:
            held = self.held.get(name)
            if held is None:
                processes += [""] * len(EACH)
                continue
            processes += [self.pids[name], held.memory_mb, held.descriptors, held.threads]
        counts = [self.drops.get(name, 0) for name in DROPS]
        counts += [self.refused.get(name, 0) for name in REFUSED]
        words = [self.fault, "; ".join(self.warnings)]
        return [_text(cell) for cell in [*shown, *counts, *processes, *words]]


def head(names: Sequence[str]) -> list[str]:
    plain = ["at_s", "fps", "p50_ms", "p99_ms", "delay_ms", "silence_ms", *DROPS, *REFUSED]
    return [*plain, *(f"{name} {what}" for name in names for what in EACH), "fault", "warnings"]


def _text(cell: float | str | None) -> str:
    if cell is None:
        return ""
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)


class Table:
    """The CSV, written row by row: what was seen stays, however the soak ends."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="", buffering=1)
        self._names = names
        self._csv = csv.writer(self._file)
        self._csv.writerow(head(names))

    def add(self, row: Row) -> None:
        self._csv.writerow(row.cells(self._names))

    def close(self) -> None:
        self._file.close()


class Moment(NamedTuple):
    """All that is known at the end of a second."""

    now_s: float
    lines: Sequence[Line]  # that came in it
    look: Look
    pids: Mapping[str, int]
    held: Mapping[str, Held]
    fault: str


class Seconds:
    """Makes rows of moments: it remembers what a second needs of the one before."""

    def __init__(self, begun_s: float) -> None:
        self._begun_s = begun_s
        self._last_s = begun_s  # when the last picture came
        self._look: Look | None = None

    def row(self, moment: Moment) -> Row:
        lines, look = moment.lines, moment.look
        times = [self._last_s, *(line.came_s for line in lines)]
        self._last_s = times[-1]
        p50, p99, _ = latencies(lines) if lines else (None, None, None)
        before, self._look = self._look, look if look.counts else self._look
        return Row(
            at_s=moment.now_s - self._begun_s,
            fps=float(len(lines)),
            p50_ms=p50,
            p99_ms=p99,
            delay_ms=look.delay_ms,
            silence_ms=max(1000 * (b - a) for a, b in pairwise([*times, moment.now_s])),
            drops=_grown(look, before, "drops", DROPS),
            refused=_grown(look, before, "dispatch", REFUSED),
            fault=moment.fault,
            warnings=look.warnings,
            pids=moment.pids,
            held=moment.held,
        )


def _grown(look: Look, before: Look | None, stage: str, names: Sequence[str]) -> dict[str, int]:
    """By how much each count grew; a stream that was started anew counts from zero."""
    if before is None or not look.counts:
        return {}
    old = before.counts if look.uptime_s >= before.uptime_s else {}
    keys = {name: f"{stage}.{name}" for name in names}
    return {name: look.counts.get(key, 0) - old.get(key, 0) for name, key in keys.items()}
