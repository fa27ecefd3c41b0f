"""The ledger as its service has it: opened, or made, or set aside where it is damaged."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from lib.core.still import Still
from lib.stills.ledger import statements as sql
from lib.stills.ledger.book import Book, LedgerConnection, number
from lib.stills.ledger.errors import (
    DamagedLedgerError,
    LedgerUnavailableError,
)
from lib.stills.ledger.files import MemoryPictures, PictureFiles, PictureStore, SealedPictures
from lib.stills.ledger.history import StillHistory
from lib.stills.ledger.leases import Leases
from lib.stills.ledger.lock import FolderLock, LastEnd
from lib.stills.ledger.queue import StillQueue
from lib.stills.ledger.room import PRIVATE_RETENTION, Retention, Room
from lib.stills.ledger.scratch import remove_left
from lib.stills.ledger.sqlite import SqliteConnection

log = logging.getLogger(__name__)

LEDGER, PICTURES = "stills.sqlite", "pictures"
ENOUGH = 1 << 62  # bytes free, where no disk of this machine is filled
CONVERTED = f"{LEDGER}.converted"  # on its way to be encrypted, or no longer


class Ledger:
    """Jobs, their pictures and what happened, on any database and any store of pictures."""

    def __init__(  # noqa: PLR0913 # what a ledger is kept in, how long, and how
        self,
        connection: LedgerConnection,
        files: PictureStore,
        free_bytes: Callable[[], int],
        retention: Retention,
        *,
        private: bool = False,
        key: bytes | None = None,
    ) -> None:
        self.book = Book(connection, key=key)
        files = SealedPictures(files, self.book)
        self.room = room = Room(self.book, free_bytes, retention)
        self.queue = StillQueue(self.book, room, private=private)
        self.leases = Leases(self.book, self.queue, files, room)
        self.history = StillHistory(self.book, self.leases, files, room, private=private)
        self._files: dict[Path, os.stat_result] = {}
        self._lock: FolderLock | None = None
        self._held = ExitStack()
        self._held.callback(connection.close)

    @property
    def private(self) -> bool:
        return self.queue.private

    def secret_of(self, job: str) -> str:
        """What only the client is told that asked for this job."""
        key = self.book.secret
        return hashlib.blake2b(job.encode(), key=key, digest_size=16, person=b"a job").hexdigest()

    def is_secret(self, job: str, shown: str) -> bool:
        return hmac.compare_digest(self.secret_of(job).encode(), shown.encode())

    def is_empty(self) -> bool:
        return not self.book.run(sql.ANY)

    def has(self, job: str) -> bool:
        return bool(self.book.stills(sql.JOB, job))

    def still(self, job: str) -> Still:
        return self.book.still(job)

    def stills(self, before: int, most: int = 50) -> list[Still]:
        """The newest first, from the one before that number."""
        return self.book.stills(sql.JOBS, before, most)

    def pictured(self, before: int, most: int) -> list[Still]:
        """The same of those that are done and have a picture."""
        return self.book.stills(sql.PICTURED, before, most)

    def counts(self) -> list[tuple[str, int, int]]:
        """How many there are, by state and lane."""
        return [(str(state), number(lane), number(count))
                for state, lane, count in self.book.run(sql.COUNTS)]  # fmt: skip

    def oldest_s(self) -> float:
        """How long the oldest of those that wait has waited."""
        ((since_ns,),) = self.book.run(sql.OLDEST)
        return 0.0 if since_ns is None else max(0, self.book.now_ns() - number(since_ns)) / 1e9

    def open_stills(self, most: int) -> list[Still]:
        """What runs, then what waits, in its order."""
        return self.book.stills(sql.OPEN, most)

    def hold(self, lock: FolderLock, files: Iterable[Path]) -> None:
        """A lock to be let go of after the database; and what it is lost without."""
        self._held.pop_all()
        self._held.callback(lock.close)
        self._held.callback(self.book.connection.close)
        self._lock, self._files = lock, {path: path.stat() for path in files}

    def note_damage(self) -> None:
        """The next start looks at every row."""
        if self._lock:
            self._lock.note_damage()

    def lost(self) -> str:
        """Why nothing that is written from now on would be found again; empty if it would."""
        for path, opened in self._files.items():
            try:
                there = os.path.samestat(path.stat(), opened)
            except OSError:
                there = False
            if not there:
                return f"{path} of the stills is gone, or another one; it is opened anew"
        return ""

    def close(self, *, orderly: bool = True) -> None:
        """`orderly`: nobody is at work with it, and nothing was wrong with it."""
        lost = self.lost()
        self.book.connection.close()
        if self._lock and orderly and not lost:
            self._lock.note_orderly_end(next(iter(self._files)))
        self._lock = None
        self._held.close()


def private_ledger(
    clock: Callable[[], int] = time.monotonic_ns, retention: Retention = PRIVATE_RETENTION
) -> Ledger:
    """For jobs that nothing is kept of: in memory, gone with the process."""
    return Ledger(
        SqliteConnection(None, clock), MemoryPictures(), lambda: ENOUGH, retention, private=True
    )


def open_ledger(
    folder: Path,
    retention: Retention | None = None,
    clock: Callable[[], int] = time.monotonic_ns,
    free_bytes: Callable[[], int] | None = None,
    key: bytes | None = None,
) -> Ledger:
    """The ledger in this folder. LedgerInUseError, NewerLedgerError and LedgerKeyError say why
    there is none; a damaged one is set aside with its pictures, and a new one begins."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock(folder)
    try:
        (folder / CONVERTED).unlink(missing_ok=True)
        remove_left(folder)
        if not (folder / LEDGER).exists() or (folder / LEDGER).stat().st_size == 0:
            _set_aside(folder, "is gone")  # its pictures are nobody's any more
        if any(path.exists() and not path.is_file() for path in _files(folder)):
            _set_aside(folder, "is no file")  # opening a FIFO would wait for its other end
        last_end = lock.last_end(folder / LEDGER)
        opening = _Opening(folder, retention or Retention(), clock, free_bytes, key, last_end)
        ledger = opening.opened()
        lock.note_opened()
    except BaseException:
        lock.close()
        raise
    ledger.hold(lock, (folder / LEDGER, folder / PICTURES))
    return ledger


def open_shared_ledger(
    address: str, retention: Retention | None = None, key: bytes | None = None
) -> Ledger:
    """The ledger in a PostgreSQL, beside other services on the same one. LedgerUnavailableError,
    NewerLedgerError and LedgerKeyError say why there is none."""
    try:
        # An extra: who needs no PostgreSQL need not have its package.
        from lib.stills.ledger.postgres import (  # noqa: PLC0415
            DatabasePictures,
            PostgresConnection,
        )
    except ImportError as error:
        raise LedgerUnavailableError(
            "LEDGER names a PostgreSQL, whose package is not installed; "
            "automation/packages.sh requirements-postgres.txt installs it."
        ) from error
    connection = PostgresConnection(address)
    pictures = DatabasePictures(connection.run)
    return shared_ledger(connection, pictures, retention or Retention(), key=key)


def shared_ledger(
    connection: LedgerConnection,
    pictures: PictureStore,
    retention: Retention,
    free_bytes: Callable[[], int] = lambda: ENOUGH,
    key: bytes | None = None,
) -> Ledger:
    """Its disk is not this machine's: how much of it is free is not asked."""
    try:
        ledger = Ledger(connection, pictures, free_bytes, retention, key=key)
        with ledger.book.writing():
            ledger.book.run(sql.DROP_UNNAMED_BYTES)
    except BaseException:
        connection.close()
        raise
    return ledger


def set_aside_if_damaged(folder: Path) -> None:
    try:
        with closing(SqliteConnection(folder / LEDGER)) as connection:
            connection.check()
    except DamagedLedgerError as error:
        _set_aside(folder, f"is damaged ({error})")


@dataclass(frozen=True, slots=True)
class _Opening:
    folder: Path
    retention: Retention
    clock: Callable[[], int]
    free_bytes: Callable[[], int] | None
    key: bytes | None
    last_end: LastEnd

    def opened(self) -> Ledger:
        try:
            return self._checked(self.last_end)
        except DamagedLedgerError as error:
            _set_aside(self.folder, f"is damaged ({error})")
        return self._checked(LastEnd.UNKNOWN)

    def _checked(self, last_end: LastEnd) -> Ledger:
        connection = SqliteConnection(self.folder / LEDGER, self.clock)
        try:
            if last_end != LastEnd.ORDERLY:
                connection.check()
            files = PictureFiles(self.folder / PICTURES)
            free = self.free_bytes or (lambda: shutil.disk_usage(self.folder).free)
            ledger = Ledger(connection, files, free, self.retention, key=self.key)
            if last_end != LastEnd.ORDERLY:
                ledger.book.check_seals(every=last_end == LastEnd.DAMAGED)
            if files.owner() != ledger.book.incarnation:
                # Of a restored ledger, or of nobody that is known: what it does not know is not
                # rubbish.
                _set_strangers_aside(self.folder, ledger.history.unnamed(files))
                files.set_owner(ledger.book.incarnation)
            elif last_end != LastEnd.ORDERLY and (cleaned := ledger.history.clean(files)):
                log.info("removed %d picture files that no still has", cleaned)
        except BaseException:
            connection.close()
            raise
        return ledger


def _set_strangers_aside(folder: Path, names: set[str]) -> None:
    if not names:
        return
    aside = _new_aside(folder)
    (aside / PICTURES).mkdir(mode=0o700)
    for name in names:
        (folder / PICTURES / name).rename(aside / PICTURES / name)
    log.warning("%d pictures that this ledger of stills does not know are in %s", len(names), aside)


def _files(folder: Path) -> list[Path]:
    return [folder / (LEDGER + end) for end in ("", "-wal", "-shm")]


def _set_aside(folder: Path, why: str) -> None:
    """The ledger and its pictures, together, into a folder beside them."""
    there = [path for path in _files(folder) if path.exists()]
    there = [path for path in there if path.stat().st_size or not path.is_file()]
    pictures = folder / PICTURES
    if pictures.exists() and any(pictures.iterdir()):
        there.append(pictures)
    if not there:
        return
    aside = _new_aside(folder)
    for path in there:
        path.rename(aside / path.name)
    log.warning("the ledger of stills %s; what is left of it is in %s", why, aside)


def _new_aside(folder: Path) -> Path:
    aside = folder / f"aside-{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(2).hex()}"
    aside.mkdir(mode=0o700)
    return aside
