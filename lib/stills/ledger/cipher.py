"""Encryption at rest: what of a ledger nobody reads without LEDGER_KEY.

The texts that people wrote are sealed one by one, and so is each picture, before the database or
the disk sees them: log, free pages, temporary files and copies have nothing else to show.
SQLCipher, which was tried beside it, seals whole pages, times and counts included, but it brings a
SQLite of its own, does nothing for PostgreSQL or for pictures, says "file is not a database" of a
wrong key and of damage alike, and took no less time (docs/benchmarks.md has both in one run).
PyNaCl, which is here as well, took five times as long for each of these texts.

A sealed text names its row as associated data: put into another row it does not open. Texts that
statements compare (SIV: the same text looks the same) name their column only. Without the key one
still sees how many jobs, maps and pictures there are, when and of what size, shape and length of
text, by which engine, and which of them have the same owner or model.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from lib.stills.ledger.errors import InvalidStillError

_NONCE = 12
_AT_ONCE = 1000  # rows
_ALIKE = 10_000
# What rows of the tables with sealed columns are told apart by.
_KEYS = {
    "job": ("id",), "waiter": ("job", "owner"), "own_key": ("owner", "name"), "map": ("id",),
    "map_field": ("map", "kind", "item", "field"), "map_person": ("map", "person"),
}  # fmt: skip


class SealedColumn(NamedTuple):
    table: str
    name: str
    row: tuple[str, ...] = ()  # columns that name its row; none: statements compare the text
    headed: bool = False  # what is before the first space stays, since statements look for it
    unless: tuple[str, frozenset[str]] = ("", frozenset())  # a column, and whose rows stay plain


# What statements ask of a field of a map, and nobody typed.
PLAIN_FIELDS = frozenset({"type", "picture", "state", "deleted", "deleted_s"})

REQUEST = SealedColumn("job", "request", ("id",))
ERROR = SealedColumn("job", "error", ("id",))
MODEL = SealedColumn("job", "model")
FLIGHT = SealedColumn("job", "flight")
OWNER = SealedColumn("waiter", "owner", headed=True)
KEY_OWNER = SealedColumn("own_key", "owner", headed=True)
KEY_NAME = SealedColumn("own_key", "name")
KEY_FLIGHT = SealedColumn("own_key", "flight")
MAP_NAME = SealedColumn("map", "name")
PASSWORD = SealedColumn("map", "password", ("id",))
FIELD = SealedColumn(
    "map_field", "value", ("map", "kind", "item", "field"), unless=("field", PLAIN_FIELDS)
)
PERSON_NAME = SealedColumn("map_person", "name", ("map", "person"))
SEALED = (REQUEST, ERROR, MODEL, FLIGHT, OWNER, KEY_OWNER, KEY_NAME, KEY_FLIGHT, MAP_NAME, PASSWORD,
          FIELD, PERSON_NAME)  # fmt: skip


class SealError(Exception):
    """It was not sealed with this key, or not for this place, or is damaged."""


class Cipher(Protocol):
    def seal(self, column: SealedColumn, text: str, *row: str) -> str: ...
    def unseal(self, column: SealedColumn, kept: str, *row: str) -> str: ...
    def seal_file(self, name: str, data: bytes) -> bytes: ...
    def unseal_file(self, name: str, kept: bytes) -> bytes: ...
    def picture_name(self, data: bytes) -> str:
        """Whoever can only see the folder cannot tell whether a known picture is in it."""


class NoCipher:
    """Of a ledger that is not encrypted."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, _column: SealedColumn, text: str, *_row: str) -> str:
        return text

    def unseal(self, _column: SealedColumn, kept: str, *_row: str) -> str:
        return kept

    def seal_file(self, _name: str, data: bytes) -> bytes:
        return data

    def unseal_file(self, _name: str, kept: bytes) -> bytes:
        return kept

    def picture_name(self, data: bytes) -> str:
        return hashlib.blake2b(data, key=self._secret, digest_size=20).hexdigest()


class LedgerCipher:
    def __init__(self, data_key: bytes) -> None:
        self._texts = AESGCM(_derived(data_key, b"texts"))
        self._compared = AESSIV(_derived(data_key, b"compared", 64))
        self._files = AESGCM(_derived(data_key, b"files"))
        self._names = _derived(data_key, b"names")
        # Each claim compares with every model that any worker has.
        self._sealed_alike = lru_cache(_ALIKE)(self._seal_alike)

    def seal(self, column: SealedColumn, text: str, *row: str) -> str:
        """Nothing stays nothing: statements ask for it."""
        head, rest = _parted(column, text)
        if not rest:
            return text
        try:
            if not column.row:
                return head + self._sealed_alike(column.table, column.name, rest)
            nonce = os.urandom(_NONCE)
            sealed = self._texts.encrypt(nonce, rest.encode(), _place(column, row))
        except UnicodeEncodeError as error:
            raise InvalidStillError("A text is not one that can be kept.") from error
        return head + b64encode(nonce + sealed).decode()

    def _seal_alike(self, table: str, name: str, text: str) -> str:
        place = f"{table}\0{name}".encode()
        return b64encode(self._compared.encrypt(text.encode(), [place])).decode()

    def unseal(self, column: SealedColumn, kept: str, *row: str) -> str:
        head, rest = _parted(column, kept)
        if not rest:
            return kept
        try:
            sealed, place = b64decode(rest, validate=True), _place(column, row)
            if column.row:
                data = self._texts.decrypt(sealed[:_NONCE], sealed[_NONCE:], place)
            else:
                data = self._compared.decrypt(sealed, [place])
        except (InvalidTag, ValueError) as error:
            raise SealError(f"{column.table}.{column.name} cannot be unsealed") from error
        return head + data.decode()

    def seal_file(self, name: str, data: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._files.encrypt(nonce, data, name.encode())

    def unseal_file(self, name: str, kept: bytes) -> bytes:
        try:
            return self._files.decrypt(kept[:_NONCE], kept[_NONCE:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise SealError(f"{name} cannot be unsealed") from error

    def picture_name(self, data: bytes) -> str:
        return hashlib.blake2b(data, key=self._names, digest_size=20).hexdigest()


def changed_row(
    row: Mapping[str, object], table: str, before: Cipher, after: Cipher
) -> dict[str, object]:
    """The same row as another cipher has it."""
    changed = dict(row)
    for column in SEALED:
        unless, plain = column.unless
        if column.table == table and row.get(unless) not in plain:
            place = [str(row[one]) for one in column.row]
            text = before.unseal(column, str(row[column.name]), *place)
            changed[column.name] = after.seal(column, text, *place)
    return changed


def check_seals(
    run: Callable[[str, tuple[Any, ...]], list[Any]], cipher: Cipher, *, every: bool
) -> None:
    """SealError where a text does not open, which no database sees. Their numbers are random, so
    the first rows of a table are any of its rows."""
    if isinstance(cipher, NoCipher):
        return
    for table, key in _KEYS.items():
        names = [*key]
        for column in SEALED:
            if column.table == table:
                names += [one for one in (column.name, *column.row) if one not in names]
        start, marks = ", ".join(key), ", ".join("?" * len(key))
        where, last = "", ()
        while rows := run(
            f"SELECT {', '.join(names)} FROM {table} {where} ORDER BY {start} LIMIT {_AT_ONCE}",
            last,
        ):
            for row in rows:
                changed_row(dict(zip(names, row, strict=True)), table, cipher, NoCipher(b""))
            if not every:
                break
            where, last = f"WHERE ({start}) > ({marks})", tuple(rows[-1][: len(key)])


def _parted(column: SealedColumn, text: str) -> tuple[str, str]:
    if not column.headed:
        return "", text
    head, space, rest = text.partition(" ")
    return head + space, rest


def _place(column: SealedColumn, row: tuple[str, ...]) -> bytes:
    assert len(row) == len(column.row)
    return "\0".join((column.table, column.name, *row)).encode()


def _derived(data_key: bytes, use: bytes, size: int = 32) -> bytes:
    return hashlib.blake2b(key=data_key, person=use, digest_size=size).digest()
