"""A ledger and its pictures into one file and back, also while a service uses it."""

from __future__ import annotations

import secrets
import sqlite3
import tarfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO

from lib.files import create_fresh, open_regular, read_regular
from lib.stills.ledger.book import Book, number
from lib.stills.ledger.errors import InvalidStillError, LedgerInUseError, LedgerKeyError
from lib.stills.ledger.files import MOST_BYTES, PictureFiles
from lib.stills.ledger.key import opened
from lib.stills.ledger.ledger import LEDGER, PICTURES, set_aside_if_damaged
from lib.stills.ledger.lock import FolderLock
from lib.stills.ledger.scratch import scratch
from lib.stills.ledger.sqlite import SqliteConnection
from lib.stills.ledger.statements import (
    DROP_NAME,
    FORGET_JOB,
    JOBS_OF_NAME,
    KEYS,
    MIGRATIONS,
    NAMES,
    PICTURES_OF,
)

# A worker of before may hold any token up to the greatest of both; so may a page with an event.
_APART = 1_000_000


def backup(folder: Path, file: Path) -> int:
    """Write both into `file`, whole or not at all; how many pictures."""
    if not (folder / LEDGER).exists():
        raise InvalidStillError(f"There is no ledger of stills in {folder}.")
    partial = file.with_name(file.name + ".partial")
    with scratch(file.parent) as own:
        copy = own / LEDGER
        with closing(SqliteConnection(folder / LEDGER)) as connection:
            connection.copy_to(copy)
        try:
            with create_fresh(partial, 0o600) as whole:
                count = _pack(copy, folder / PICTURES, whole)
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
    return count


def _pack(copy: Path, pictures: Path, whole: BinaryIO) -> int:
    with tarfile.open(fileobj=whole, mode="w") as tar:
        with closing(sqlite3.connect(copy, isolation_level=None)) as database:
            database.execute("PRAGMA secure_delete=ON")
            count = 0
            for (name,) in database.execute(NAMES).fetchall():
                try:
                    tar.add(pictures / name, f"{PICTURES}/{name}")
                    count += 1
                except FileNotFoundError:
                    _forget(database, name)
        tar.add(copy, LEDGER)  # which has all that was changed only once it is closed
    return count


def _forget(database: sqlite3.Connection, name: str) -> None:
    """What was forgotten since the snapshot, with its words."""
    jobs = database.execute(JOBS_OF_NAME, (name,)).fetchall()
    database.execute(DROP_NAME, (name,))
    for (job,) in jobs:
        if not database.execute(PICTURES_OF, (job,)).fetchall():
            for statement in FORGET_JOB:
                database.execute(statement, (job,))


def restore(folder: Path, file: Path, key: bytes | None = None) -> int:
    """Take both from `file`; how many pictures. A service that runs goes on with them: what was
    running begins anew, and no worker of before can hand anything in. Both ledgers are encrypted
    with this key, or neither: what the service could not read, or what others could, is refused."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.callback(FolderLock(folder).close)
            set_aside_if_damaged(folder)
        except LedgerInUseError:  # by a service, which has checked it
            pass
        return _restored(folder, file, key)


def _restored(folder: Path, file: Path, key: bytes | None) -> int:
    files = PictureFiles(folder / PICTURES)
    with scratch(folder) as own:
        try:
            with open_regular(file) as whole, tarfile.open(fileobj=whole) as tar:
                tar.extractall(own, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise InvalidStillError(f"{file} is no backup of stills: {error}.") from error
        copy = own / LEDGER
        if not copy.exists():
            raise InvalidStillError(f"{file} is no backup of stills.")
        with closing(SqliteConnection(copy)) as checked:
            checked.check()
            try:
                Book(checked, key=key)  # a service that runs expects the schema that it knows
            except LedgerKeyError as error:
                raise LedgerKeyError(f"{file}: {error}") from error
        with closing(SqliteConnection(folder / LEDGER)) as connection:
            _check_key(connection, key)
        # From here on no start takes the pictures of either ledger for rubbish: the next one sets
        # aside what the ledger that it finds does not know.
        files.set_owner("restored")
        pictures = sorted(path for path in (own / PICTURES).glob("*") if path.is_file())
        for path in pictures:
            files.write(path.name, read_regular(path, MOST_BYTES))
        with closing(SqliteConnection(folder / LEDGER)) as connection:
            _set_apart(copy, connection)
            connection.replace_by(copy)
    return len(pictures)


def _check_key(live: SqliteConnection, key: bytes | None) -> None:
    if live.schema() == len(MIGRATIONS):
        ((kept, secret),) = live.run(KEYS)
        assert isinstance(secret, bytes)
        opened(key, str(kept), secret)
    elif live.schema() and key is not None:
        opened(key, "", b"")


def _set_apart(copy: Path, live: SqliteConnection) -> None:
    """Numbers above all that anybody may have seen of the ledger that is replaced."""
    token, event = 0, 0
    if live.schema():
        token = number(live.run("SELECT COALESCE(MAX(token), 0) FROM job")[0][0])
        event = number(live.run("SELECT event FROM ledger")[0][0])
    with closing(sqlite3.connect(copy)) as database:
        database.execute(
            "UPDATE job SET state = 'queued', lapse = 0, claim = '' WHERE state = 'running'"
        )
        database.execute("UPDATE job SET claim = '', token = token + ?", (token + _APART,))
        database.execute("DELETE FROM event")
        database.execute(
            "UPDATE ledger SET event = MAX(event, ?) + ?, incarnation = ?, private = 0",
            (event, _APART, secrets.token_hex(8)),
        )
        database.commit()
