"""A source of signals: a thread that opens what it needs, and puts numbers on the bus."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import ClassVar

from lib.observe import Tally
from lib.signals.parts import SignalParts
from lib.stage import Stage

log = logging.getLogger(__name__)


class SourceError(Exception):
    """Why a source cannot run now, in one sentence: a missing extra, device or file."""


class SignalSource(Stage):
    """`open` raises a SourceError where something is missing; it is tried again later, and nothing
    else waits for it. An output is one, too: its steps read where others put."""

    watched = False  # a driver that hangs harms nobody: no process ends for it
    name: ClassVar[str]  # as in the table; the first part of the names of its signals

    def __init__(self, parts: SignalParts) -> None:
        super().__init__()
        self.parts, self.bus, self.settings = parts, parts.bus, parts.settings
        self.tally = Tally()  # counts of what came and of what was wrong with it

    def put(self, rest: str, value: float, quality: float = 1.0, holds: bool = False) -> None:
        name = f"{self.name}.{rest}"
        self.bus.put(name, value, source=self.name, quality=quality, holds=holds)

    def launch(self, on_end: Callable[[], None]) -> None:
        """Start without waiting until it is open: a device may take its time."""
        self._on_end = on_end
        self._thread.start()

    def ask_to_end(self) -> None:
        self._quit.set()
        self.stir()

    @property
    def ready(self) -> bool:
        """Whether it has opened what it needs."""
        return self.stepped_ns > 0 and self.alive

    @property
    def ended(self) -> bool:
        return self._opened.is_set() and not self.alive

    def _run(self) -> None:
        """As every stage, but a sentence for people is no failure of ours, and has no stack."""
        try:
            with ExitStack() as resources:
                self.open(resources)
                self.stepped_ns = time.monotonic_ns()
                self._opened.set()
                while not self._quit.is_set():
                    self.step()
                    self.stepped_ns = time.monotonic_ns()
        except SourceError as trouble:
            log.info("%s: %s", self.name, trouble)
            self.failure = trouble
        except Exception as failure:
            log.exception("the source %s failed", self.name)
            self.failure = failure
        finally:
            self._opened.set()
            self._on_end()

    def describe(self) -> str:
        """A few words for the page: which device, how many channels."""
        return ""
