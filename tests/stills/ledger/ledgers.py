"""The databases that the contract is run on. Another one is another subclass in LEDGERS; without a
PostgreSQL on this machine that one is left out, and a test says so."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psycopg

from bench.postgres import TemporaryPostgres, missing
from lib.core.lanes import Lane
from lib.core.still import SECOND_NS, Keep, Still
from lib.core.still_workers import StillWorker
from lib.stills.ledger.leases import Offer
from lib.stills.ledger.ledger import (
    Ledger,
    open_ledger,
    open_shared_ledger,
    private_ledger,
    shared_ledger,
)
from lib.stills.ledger.postgres import DatabasePictures, PostgresConnection
from lib.stills.ledger.queue import Asker, StillRequest
from lib.stills.ledger.room import PRIVATE_RETENTION, Retention

FREE = 5_000_000_000


class LedgerUnderTest:
    """A ledger with a clock in the hand."""

    lasts = True  # through a restart
    joins = True
    keep = Keep.HISTORY
    limits: Retention

    def __init__(self) -> None:
        self.monotonic_ns, self.free_bytes = 1_000 * SECOND_NS, FREE
        self.claims = 0
        self.ledger = self.open()

    def open(self) -> Ledger:
        raise NotImplementedError

    def close(self) -> None:
        self.ledger.close()

    def restart(self, monotonic_ns: int | None = None) -> None:
        self.ledger.close()
        self.monotonic_ns = self.monotonic_ns if monotonic_ns is None else monotonic_ns
        self.ledger = self.open()

    def later(self, seconds: float) -> None:
        self.monotonic_ns += int(seconds * SECOND_NS)

    def submit(self, words: str, owner: str = "a", lane: Lane = Lane.INTERACTIVE,
               own_key: str = "", **request: object) -> Still:  # fmt: skip
        whole = StillRequest({"prompt": words}, **request)  # type: ignore[arg-type] # a test's dials
        return self.ledger.queue.submit(whole, Asker(owner, lane, self.keep, own_key))

    def offer(self, **change: object) -> Offer:
        self.claims += 1
        worker = StillWorker(**change)  # type: ignore[arg-type] # as above
        return Offer(f"claim-{self.claims:05}", worker)

    def claim(self, **change: object) -> Still | None:
        return self.ledger.leases.claim(self.offer(**change))

    def must_claim(self, **change: object) -> Still:
        still = self.claim(**change)
        assert still is not None
        return still

    def finish(self, still: Still, data: bytes = b"picture", sample: int = 0) -> Still:
        return self.ledger.leases.finish(still.id, still.token, sample, data, "png")


class FileLedger(LedgerUnderTest):
    key: bytes | None = None

    def __init__(self, retention: Retention | None = None) -> None:
        # Nobody pulls the plug in these tests, so nothing need wait for a disk.
        memory = Path("/dev/shm")
        self._folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.folder, self.limits = Path(self._folder.name), retention or Retention()
        super().__init__()

    def open(self) -> Ledger:
        return open_ledger(
            self.folder, self.limits, lambda: self.monotonic_ns, lambda: self.free_bytes, self.key
        )

    def close(self) -> None:
        super().close()
        self._folder.cleanup()


class SealedLedger(FileLedger):
    """Encrypted at rest."""

    key = bytes(range(32))


class MemoryLedger(LedgerUnderTest):
    lasts = False
    joins = False
    keep = Keep.NONE

    def __init__(self, retention: Retention = PRIVATE_RETENTION) -> None:
        self.limits = retention
        super().__init__()

    def open(self) -> Ledger:
        return private_ledger(lambda: self.monotonic_ns, self.limits)


class PostgresLedger(LedgerUnderTest):
    """One service's, in a PostgreSQL that all tests of a process share."""

    key: bytes | None = None

    def __init__(self, retention: Retention | None = None) -> None:
        self.limits, self.address = retention or Retention(), empty_database()
        super().__init__()

    def open(self) -> Ledger:
        connection = HandClocked(self.address, lambda: self.monotonic_ns)
        pictures = DatabasePictures(connection.run)
        return shared_ledger(
            connection, pictures, self.limits, lambda: self.free_bytes, key=self.key
        )


class HandClocked(PostgresConnection):
    """The server's clock is in the hand."""

    def __init__(self, address: str, clock: Callable[[], int]) -> None:
        self._clock = clock
        super().__init__(address)

    def _clock_ns(self, read_ns: int) -> int:
        assert read_ns > 1_700_000_000 * SECOND_NS  # what is not taken here is a time
        return self._clock()


@cache
def server() -> TemporaryPostgres:
    one = TemporaryPostgres().__enter__()
    atexit.register(one.__exit__)
    return one


@cache
def _database() -> tuple[str, psycopg.Connection]:
    """One for all ledgers of a process, which come one after the other."""
    address = server().new_database()
    open_shared_ledger(address).close()
    connection = psycopg.connect(address, autocommit=True)
    atexit.register(connection.close)
    return address, connection


def empty_database() -> str:
    """Its address. To delete the few rows takes a tenth of what another database takes."""
    address, connection = _database()
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    deletes = [f'DELETE FROM "{name}"' for (name,) in tables if name != "service"]
    connection.execute("; ".join(deletes))  # type: ignore[arg-type] # names of our own tables
    return address


LEDGERS: dict[str, type[LedgerUnderTest]] = {
    "file": FileLedger, "memory": MemoryLedger, "sealed": SealedLedger,
}  # fmt: skip
WITHOUT_POSTGRES = missing()
if not WITHOUT_POSTGRES:
    LEDGERS["postgres"] = PostgresLedger
