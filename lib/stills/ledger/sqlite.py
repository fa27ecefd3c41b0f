"""A ledger in one file, or in memory, by the standard library."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from lib.stills.ledger.errors import DamagedLedgerError, InvalidStillError, LedgerUnavailableError

Row = tuple[object, ...]
Value = str | int | bytes


class SqliteConnection:
    """One connection for all threads, a transaction at a time: SQLite has one writer anyway."""

    shared = False
    locking = ""  # a transaction that writes has the whole file from its start

    def __init__(self, path: Path | None, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self.resumed = False
        self._clock, self._shift_ns, self._now_ns = clock, 0, 0
        self._lock = threading.RLock()
        with self._errors():
            self._database = sqlite3.connect(
                path or ":memory:", timeout=5, isolation_level=None, check_same_thread=False
            )
            try:
                if path:
                    self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=FULL")
                self._database.execute("PRAGMA secure_delete=ON")  # what is forgotten is gone
            except sqlite3.Error:
                self._database.close()
                raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; on the disk when it ends."""
        with self._lock, self._errors():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def snapshot(self) -> AbstractContextManager[None]:
        """To read what belongs together."""
        return self.transaction()

    def now_ns(self) -> int:
        """The ledger's time, which never goes back."""
        self._now_ns = max(self._now_ns, self._clock() + self._shift_ns)
        return self._now_ns

    def resume(self, now_ns: int) -> bool:
        """Let the ledger's time go on from here."""
        self.resumed = True
        self._now_ns, self._shift_ns = now_ns, now_ns - self._clock()
        return True

    def run(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        with self._lock, self._errors():
            return self._database.execute(statement, values).fetchall()

    def schema(self) -> int:
        return int(str(self.run("PRAGMA user_version")[0][0]))

    def least(self) -> int:
        """The schema that a program must know at least: nobody else uses the file beside it."""
        return self.schema()

    def set_schema(self, number: int) -> None:
        self.run(f"PRAGMA user_version = {number}")

    def check(self) -> None:
        """Raises DamagedLedgerError where the file is not what was written."""
        said = self.run("PRAGMA quick_check(1)")[0][0]
        if said != "ok":
            raise DamagedLedgerError(str(said))

    def copy_to(self, path: Path) -> None:
        """A snapshot, while others write."""
        with self._errors():
            target = sqlite3.connect(path)
            try:
                self._database.backup(target)
            finally:
                target.close()

    def replace_by(self, path: Path) -> None:
        """Take everything from another file, in one step for whoever else has this one open."""
        with self._lock, self._errors():
            source = sqlite3.connect(path)
            try:
                source.backup(self._database)
            finally:
                source.close()

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.ProgrammingError) as error:
            raise LedgerUnavailableError(
                f"The ledger cannot be used at the moment: {error}."
            ) from error
        except (OverflowError, UnicodeEncodeError) as error:  # what no column can hold
            raise InvalidStillError("A number or a text is not one that can be kept.") from error
        except sqlite3.DatabaseError as error:
            raise DamagedLedgerError(str(error)) from error
