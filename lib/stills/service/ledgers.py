"""The ledger on the disk and the one in memory, and the threads that wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from lib.core.still import Keep, Still
from lib.stills.ledger.errors import (
    DamagedLedgerError,
    LedgerError,
    NewerLedgerError,
    NoSuchStillError,
)
from lib.stills.ledger.history import PictureAndBytes
from lib.stills.ledger.ledger import Ledger

T = TypeVar("T")
# SQLite has one writer; the others wait while pictures are synced.
THREADS = 4


class Ledgers:
    """A job is in one of them: what nothing is kept of never reaches the disk. All methods but
    `run` wait for the ledger and are called on its threads."""

    def __init__(self, kept: Ledger, private: Ledger) -> None:
        self.kept, self.private = kept, private
        self._lost = ""  # why it cannot be used any more, found while it was in use
        self._working: set[object] = set()
        self._threads = ThreadPoolExecutor(THREADS, "ledger")

    async def run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._at_work, work
            )
        except LedgerError as error:
            self.note(error)
            raise

    def _at_work(self, work: Callable[[], T]) -> T:
        one = object()
        self._working.add(one)
        try:
            return work()
        finally:
            self._working.discard(one)

    def note(self, error: LedgerError) -> None:
        if isinstance(error, DamagedLedgerError):
            self.kept.note_damage()
            self._lost = f"the ledger of stills is damaged ({error}); it is opened anew"
        elif isinstance(error, NewerLedgerError):  # another service has brought it forward
            self._lost = str(error)

    def lost(self) -> str:
        """Why nothing that is written from now on would be found again; empty if it would."""
        return self._lost or self.kept.lost()

    @property
    def both(self) -> tuple[Ledger, Ledger]:
        return self.kept, self.private

    def keeping(self, keep: Keep) -> Ledger:
        return self.private if keep == Keep.NONE else self.kept

    def of(self, job: str) -> Ledger:
        return self.private if self.private.has(job) else self.kept

    def still(self, job: str) -> tuple[Ledger, Still]:
        ledger = self.of(job)
        return ledger, ledger.still(job)

    def picture(self, picture: str) -> tuple[Ledger, PictureAndBytes]:
        try:
            return self.private, self.private.history.picture(picture)
        except NoSuchStillError:
            return self.kept, self.kept.history.picture(picture)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        # A picture may be on the disk whose row is not yet: then the next start looks for it.
        orderly = not self._lost and not self._working
        for ledger in self.both:
            ledger.close(orderly=orderly)
