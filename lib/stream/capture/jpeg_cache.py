"""Caches the pictures of files, so that the next round need not make them again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

# Time of change, size and inode: they identify a file's contents.
FileMark: TypeAlias = "tuple[int, int, int]"

CACHE_BYTES = 64 * 1024 * 1024
MOST_PROOFS = 1 << 17


class JpegCache:
    """Holds finished pictures up to a total size, and beyond it which files proved to be whole.

    A full cache drops nothing: a looping sequence longer than the cache would otherwise lose each
    picture just before it is wanted again.
    """

    def __init__(self, most_bytes: int = CACHE_BYTES, most_proofs: int = MOST_PROOFS) -> None:
        self._most_bytes, self._most_proofs = most_bytes, most_proofs
        self._pictures: dict[str, tuple[FileMark, bytes]] = {}
        self._proofs: set[int] = set()  # hashes: names and marks would take ten times the memory
        self.bytes = 0

    def get(self, name: str, mark: FileMark) -> bytes | None:
        kept = self._pictures.get(name)
        return kept[1] if kept and kept[0] == mark else None

    def is_proved(self, name: str, mark: FileMark) -> bool:
        return hash((name, mark)) in self._proofs

    def put(self, name: str, mark: FileMark, jpg: bytes, proved: bool) -> None:
        self.forget((name,))
        if self.bytes + len(jpg) <= self._most_bytes:
            self._pictures[name] = (mark, jpg)
            self.bytes += len(jpg)
        elif proved:
            if len(self._proofs) >= self._most_proofs:
                self._proofs.clear()
            self._proofs.add(hash((name, mark)))

    def forget(self, names: Iterable[str]) -> None:
        for name in names:
            kept = self._pictures.pop(name, None)
            if kept:
                self.bytes -= len(kept[1])
