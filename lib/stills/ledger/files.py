"""Where the bytes of pictures are: files under a keyed hash of what they hold, or memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from lib.files import create_fresh, read_regular, read_text
from lib.stills.ledger.book import Book
from lib.stills.ledger.cipher import SealError
from lib.stills.ledger.errors import LedgerUnavailableError, NoSuchStillError

OWNER = "ledger"  # the file beside the pictures that says whose they are
PARTIAL = ".partial"
MOST_BYTES = 256_000_000  # of one picture, far above what the service takes


class PictureStore(Protocol):
    def write(self, name: str, data: bytes) -> None: ...
    def read(self, name: str) -> bytes: ...
    def remove(self, name: str) -> None: ...
    def names(self) -> set[str]: ...


class MemoryPictures:
    """Of jobs that nothing may be kept of."""

    def __init__(self) -> None:
        self._pictures: dict[str, bytes] = {}

    def write(self, name: str, data: bytes) -> None:
        self._pictures[name] = data

    def read(self, name: str) -> bytes:
        try:
            return self._pictures[name]
        except KeyError:
            raise NoSuchStillError("The picture is no longer kept.") from None

    def remove(self, name: str) -> None:
        self._pictures.pop(name, None)

    def names(self) -> set[str]:
        return set(self._pictures)


class SealedPictures:
    """As the ledger's cipher makes them, which another ledger in its place may change."""

    def __init__(self, store: PictureStore, book: Book) -> None:
        self._store, self._book = store, book
        self.remove, self.names = store.remove, store.names

    def write(self, name: str, data: bytes) -> None:
        self._store.write(name, self._book.cipher.seal_file(name, data))

    def read(self, name: str) -> bytes:
        try:
            return self._book.cipher.unseal_file(name, self._store.read(name))
        except SealError:
            raise LedgerUnavailableError(
                f"The picture cannot be read: its file {name} is damaged."
            ) from None


class PictureFiles:
    """Files in one folder, whole and on the disk before their name is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        if path.exists():  # the same bytes, or their name would differ
            return
        partial = path.with_suffix(f".{os.urandom(4).hex()}{PARTIAL}")
        try:
            with create_fresh(partial, 0o600) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            sync_folder(self.folder)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise LedgerUnavailableError(
                f"The picture cannot be written: {error.strerror}."
            ) from error

    def read(self, name: str) -> bytes:
        try:
            return read_regular(self.folder / name, MOST_BYTES)
        except FileNotFoundError:
            raise NoSuchStillError("The picture is no longer kept.") from None
        except OSError as error:
            raise LedgerUnavailableError(
                f"The picture cannot be read: {error.strerror}."
            ) from error

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir() if path.name != OWNER}

    def owner(self) -> str:
        """The ledger whose pictures these are, "" for nobody."""
        try:
            return read_text(self.folder / OWNER, errors="replace").strip()
        except FileNotFoundError:
            return ""

    def set_owner(self, incarnation: str) -> None:
        partial = self.folder / (OWNER + PARTIAL)
        with create_fresh(partial, 0o600) as file:
            file.write(incarnation.encode())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.folder / OWNER)
        sync_folder(self.folder)


def sync_folder(folder: Path) -> None:
    """So that the names in it are on the disk."""
    there = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(there)
    finally:
        os.close(there)
