"""A ledger that is not encrypted becomes one that is, and back; or it gets another LEDGER_KEY.

All of it is written anew beside what is there, and one rename puts it in place: killed before that,
the ledger is as it was, and after it as it shall be. What belongs to the other of the two goes at
the next opening. No row is ever changed in place, so none is left in a log or in a free page.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from lib.config.ledger_key import SIZE
from lib.files import create_fresh, open_regular
from lib.stills.ledger import statements as sql
from lib.stills.ledger.book import Book, check_schema
from lib.stills.ledger.cipher import Cipher, SealError, changed_row
from lib.stills.ledger.errors import (
    DamagedLedgerError,
    DiskFullError,
    InvalidStillError,
    LedgerKeyError,
    NoSuchStillError,
)
from lib.stills.ledger.files import PictureFiles, sync_folder
from lib.stills.ledger.key import opened, unwrapped, wrapped
from lib.stills.ledger.ledger import (
    CONVERTED,
    LEDGER,
    PICTURES,
    open_ledger,
)
from lib.stills.ledger.lock import FolderLock
from lib.stills.ledger.room import LEAST_FREE_BYTES
from lib.stills.ledger.sqlite import SqliteConnection

_NAMES = "SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL ORDER BY rowid"


def encrypt(folder: Path, key: bytes) -> int:
    """How many pictures. Another ledger key than any before, and pictures with other names."""
    if _is_encrypted(folder):
        raise LedgerKeyError("The ledger of stills is encrypted already.")
    return _convert(folder, None, key)


def decrypt(folder: Path, key: bytes) -> int:
    if not _is_encrypted(folder):
        raise LedgerKeyError("The ledger of stills is not encrypted.")
    return _convert(folder, key, None)


def change_key(folder: Path, before: bytes, after: bytes) -> None:
    """The ledger's own key stays, wrapped with another one."""
    if not _is_encrypted(folder):
        raise LedgerKeyError("The ledger of stills is not encrypted.")
    lock = FolderLock(folder)
    try:
        with closing(SqliteConnection(folder / LEDGER)) as connection:
            with connection.transaction():
                ((kept, _),) = connection.run(sql.KEYS)
                anew = wrapped(after, *unwrapped(before, str(kept)))
                connection.run("UPDATE ledger SET wrapped = ?", (anew,))
            connection.run("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        lock.close()


def readable_copies(folder: Path) -> list[Path]:
    """What lies beside the ledger with the words and pictures of it or of one before."""
    return sorted([*folder.glob("aside-*"), *folder.glob("disk_backups")])


def _is_encrypted(folder: Path) -> bool:
    if not (folder / LEDGER).is_file():
        raise InvalidStillError(f"There is no ledger of stills in {folder}.")
    try:
        with closing(SqliteConnection(folder / LEDGER)) as connection:
            connection.check()
            check_schema(connection.schema(), connection.least(), sql.MIGRATIONS)
            # One of an earlier version may be, too.
            columns = connection.run("SELECT name FROM pragma_table_info('ledger')")
            return ("wrapped",) in columns and bool(connection.run(sql.KEYS)[0][0])
    except DamagedLedgerError as error:
        raise InvalidStillError(
            f"The ledger of stills is damaged ({error}); the service sets it aside when it starts."
        ) from error


def _convert(folder: Path, before: bytes | None, after: bytes | None) -> int:
    with closing(open_ledger(folder, key=before)) as ledger:
        _check_room(folder)
        connection, book = ledger.book.connection, ledger.book
        connection.run("PRAGMA journal_mode=DELETE")  # all in one file, or "database is locked"
        with connection.transaction():  # nobody else writes, such as a restore
            secret, kept = book.secret, ""
            if after is not None:
                secret, kept = b"", wrapped(after, secrets.token_bytes(SIZE), book.secret)
            cipher, _ = opened(after, kept, secret)
            names = _pictures(folder, book, cipher)
            _copy(folder, book.cipher, cipher, names, (secret, kept))
            (folder / CONVERTED).replace(folder / LEDGER)
            sync_folder(folder)
    with closing(open_ledger(folder, key=after)) as ledger:  # which removes what was before
        return len(set(names.values()) & PictureFiles(folder / PICTURES).names())


def _check_room(folder: Path) -> None:
    there = [folder / LEDGER, *(folder / PICTURES).iterdir()]
    need = sum(path.stat().st_size for path in there) + LEAST_FREE_BYTES
    free = shutil.disk_usage(folder).free
    if free < need:
        raise DiskFullError(
            f"All stills are written anew beside what is there, which takes {need / 1e9:.1f} GB, "
            f"and {free / 1e9:.1f} GB of the disk are free."
        )


def _pictures(folder: Path, book: Book, cipher: Cipher) -> dict[str, str]:
    """Each picture once more, as the other ledger keeps it; by the name before the name there."""
    files, names = PictureFiles(folder / PICTURES), dict[str, str]()
    for (kept,) in book.run(sql.NAMES):
        name = str(kept)
        try:
            data = book.cipher.unseal_file(name, files.read(name))
        except (NoSuchStillError, SealError):  # gone, or damaged: no picture to go on with
            names[name] = cipher.picture_name(name.encode())
            continue
        names[name] = cipher.picture_name(data)
        files.write(names[name], cipher.seal_file(names[name], data))
    return names


def _copy(
    folder: Path, before: Cipher, after: Cipher, names: dict[str, str], keys: tuple[bytes, str]
) -> None:
    create_fresh(folder / CONVERTED, 0o600).close()
    with (
        closing(sqlite3.connect(folder / LEDGER)) as source,
        closing(sqlite3.connect(folder / CONVERTED, isolation_level=None)) as target,
    ):
        # Until it is in place nobody needs it, so a journal would only cost.
        target.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN")
        for table, statement in source.execute(_NAMES, ("table",)).fetchall():
            target.execute(statement)
            rows = source.execute(f"SELECT * FROM {table}")
            columns = [one[0] for one in rows.description]
            marks = ", ".join("?" * len(columns))
            for values in rows:
                row = dict(zip(columns, values, strict=True))
                row = changed_row(row, table, before, after)
                if table == "ledger":
                    row["secret"], row["wrapped"] = keys
                elif table == "picture":
                    row["name"] = names[str(row["name"])]
                target.execute(f"INSERT INTO {table} VALUES ({marks})", tuple(row.values()))
        for _, statement in source.execute(_NAMES, ("index",)).fetchall():
            target.execute(statement)
        target.execute(f"PRAGMA user_version = {len(sql.MIGRATIONS)}")
        target.execute("COMMIT")
    with open_regular(folder / CONVERTED) as file:
        os.fsync(file.fileno())
