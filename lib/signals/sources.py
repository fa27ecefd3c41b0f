"""Starts each source while something needs it, stops it when nothing does, and starts it again
after a failure, each time after a longer wait. A source that fails is one sentence on the page."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

from lib.config.settings import PrimarySettings
from lib.core.waits import GrowingWait
from lib.signals.parts import SignalParts
from lib.signals.source import SignalSource, SourceError
from lib.signals.table import SOURCES, SourceRow
from lib.stage import REST_S, Stage

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
WELL_NS = 10_000_000_000  # one that has run for so long begins its waits anew
ENDS_S = 0.5  # for all of them together, when the process ends


class SourceStatus(NamedTuple):
    """One row as the page shows it."""

    name: str
    about: str
    needs: str
    state: str  # off, starting, running, waiting
    trouble: str
    describe: str
    counts: dict[str, int]
    reads: bool
    page: str
    settings: tuple[str, ...]
    switchable: bool


@dataclass
class _Running:
    row: SourceRow
    source: SignalSource | None = None
    trouble: str = ""
    began_ns: int = 0
    again_ns: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    wait: GrowingWait = field(default_factory=lambda: GrowingWait(FIRST_WAIT_S, LONGEST_WAIT_S))


class Sources(Stage):
    """One thread looks after all of them; each of them has its own."""

    def __init__(self, parts: SignalParts, rows: Sequence[SourceRow] = SOURCES) -> None:
        super().__init__()
        self._parts = parts
        self._all = [_Running(row) for row in rows]
        self._needed: frozenset[str] = frozenset()

    def open(self, resources: ExitStack) -> None:
        resources.callback(self._end_all)

    def need(self, names: Iterable[str]) -> None:
        """Armed rows take signals of these. Any thread may call this."""
        names = frozenset(names)
        if names != self._needed:
            self._needed = names
            self.stir()

    def step(self) -> None:
        now_ns = time.monotonic_ns()
        for one in self._all:
            self._tend(one, self._is_wanted(one.row), now_ns)
        self.pause(REST_S)

    def status(self) -> list[SourceStatus]:
        return [self._status(one) for one in self._all]

    def _is_wanted(self, row: SourceRow) -> bool:
        if not row.plug or row.name in self._parts.held:
            return False
        settings = self._parts.settings
        return (
            row.name in self._needed
            or row.name in self._parts.switched
            or row.name in named_sources(settings)
            or row.wanted(settings)
        )

    def _tend(self, one: _Running, wanted: bool, now_ns: int) -> None:
        source = one.source
        if source is not None and not source.alive and source.ended:
            self._note_end(one, source, now_ns)
        elif source is not None and not wanted:
            self._stop(one)
        elif source is None and wanted and now_ns >= one.again_ns:
            self._start(one, now_ns)
        elif source is None and not wanted:
            one.trouble, one.again_ns = "", 0
        elif source is not None and source.ready and now_ns - one.began_ns > WELL_NS:
            one.wait.reset()

    def _start(self, one: _Running, now_ns: int) -> None:
        one.began_ns = now_ns
        try:
            source = one.row.open_source(self._parts)
        except ImportError as error:
            package = (error.name or "a package").partition(".")[0]
            one.trouble = f"{package} is not installed: {one.row.needs or 'see docs/signals.md'}"
            one.again_ns = now_ns + int(one.wait.next_s() * 1e9)
            return
        one.source = source
        source.launch(self.stir)

    def _note_end(self, one: _Running, source: SignalSource, now_ns: int) -> None:
        """It ended by itself, which is a failure of some kind."""
        failure = source.failure
        if isinstance(failure, SourceError):
            one.trouble = str(failure)
        else:
            one.trouble = "it failed, and is started again; the log says why"
        self._let_go(one)
        one.again_ns = now_ns + int(one.wait.next_s() * 1e9)

    def _stop(self, one: _Running) -> None:
        """A driver that hangs is left behind, and its thread ends with the process."""
        if one.source:
            one.source.stop(0.2)
        self._let_go(one)
        one.trouble, one.again_ns = "", 0

    def _let_go(self, one: _Running) -> None:
        if one.source:
            for name, count in one.source.tally.counts.items():
                one.counts[name] = one.counts.get(name, 0) + count
        one.source = None
        self._parts.bus.lose(one.row.name)

    def _end_all(self) -> None:
        running = [one.source for one in self._all if one.source]
        for source in running:
            source.ask_to_end()
        until = time.monotonic() + ENDS_S
        for source in running:
            source.stop(max(0.0, until - time.monotonic()))

    def _status(self, one: _Running) -> SourceStatus:
        source, row = one.source, one.row
        counts = dict(one.counts)
        for name, count in list(source.tally.counts.items()) if source else ():
            counts[name] = counts.get(name, 0) + count
        for name, count in self._parts.counts.get(row.name, {}).items():
            counts[name] = counts.get(name, 0) + count
        ready = source is not None and source.ready
        state = (
            "running" if ready else "starting" if source else "waiting" if one.trouble else "off"
        )
        trouble = "" if ready else one.trouble
        describe = source.describe() if source is not None and ready else ""
        return SourceStatus(row.name, row.about, row.needs, state, trouble, describe, counts,
                            row.reads, row.page, row.settings, bool(row.plug))  # fmt: skip


def named_sources(settings: PrimarySettings) -> frozenset[str]:
    """Those that the settings start."""
    return frozenset(name.strip() for name in settings.signal_sources.split(",") if name.strip())
