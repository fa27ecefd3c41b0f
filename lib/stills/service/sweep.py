"""What time does: leases run out, batch jobs are promoted, old pictures go, places are told."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack

from lib.observe import OncePerSecond
from lib.stage import Stage
from lib.stills.ledger.errors import LedgerError
from lib.stills.ledger.ledger import Ledger
from lib.stills.service.parts import StillParts

log = logging.getLogger(__name__)

EVERY_S = 1.0
RETAIN_S, RETAIN_IDLE_S = 10.0, 3600.0  # after a picture has come, and anyway
RETAIN_PRIVATE_S = 1.0  # in memory, and by the minute


class Sweep(Stage):
    """Once a second, on a thread that may wait for the ledger."""

    def __init__(self, parts: StillParts) -> None:
        super().__init__()
        self._parts, self._ledgers = parts, parts.ledgers
        self._warn = OncePerSecond(log)
        self._private = 0  # jobs on their way, as the kept ledger has it
        self._retained: dict[Ledger, tuple[int, float]] = {}  # pictures by then, and when

    def open(self, resources: ExitStack) -> None:
        """Nothing to open: the ledgers are there before it."""

    def step(self) -> None:
        if self.pause(EVERY_S):
            return
        for ledger in self._ledgers.both:
            try:
                ledger.leases.sweep()
                self._retain(ledger)
                if ledger.private:
                    self._note_private()
            except LedgerError as error:
                self._ledgers.note(error)
                self._warn.warning("sweep", "the ledger cannot be swept: %s", error)
        self._parts.link.call(self._parts.beat)

    def _retain(self, ledger: Ledger) -> None:
        last, now_s = ledger.book.added, time.monotonic()
        before, then_s = self._retained.get(ledger, (-1, 0.0))
        wait_s = RETAIN_IDLE_S if last == before else RETAIN_S
        if ledger.private and not ledger.is_empty():
            wait_s = RETAIN_PRIVATE_S
        if now_s - then_s < wait_s:
            return
        dropped = ledger.history.retain()
        if dropped and not ledger.private:
            log.info("%d old pictures were let go of", dropped)
        self._retained[ledger] = (last, now_s)

    def _note_private(self) -> None:
        """How many jobs a kill would lose: the next service says so."""
        count = self._ledgers.private.queue.busy()
        if count != self._private:
            self._ledgers.kept.book.note_private(count)
            self._private = count
