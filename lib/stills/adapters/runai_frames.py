"""Framing of the protocol runai, without I/O.

A message is JSON in chunks of one size, the last filled up with zero bytes, and one chunk of zero
bytes as its end. Zero bytes at both ends of a chunk are no part of the message. A whole chunk of
the letter c cancels what runs, one of x asks the server to quit; inside a message they are data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum

CHUNK = 1024


class ChunkSign(Enum):
    CANCEL = "c"
    QUIT = "x"
    TOO_LONG = "too long"  # a message beyond the bound, all of which was passed over


class ChunkReader:
    """Takes bytes as they come, in any portions."""

    def __init__(self, longest: int, chunk: int = CHUNK) -> None:
        self._longest, self._chunk = longest, chunk
        self._part = bytearray()  # of a chunk
        self._message = bytearray()
        self._begun = self._skips = False
        self._controls = {
            one.value.encode() * chunk: one for one in (ChunkSign.CANCEL, ChunkSign.QUIT)
        }

    @property
    def part(self) -> int:
        """Bytes of what has not come whole."""
        return len(self._message) + len(self._part)

    def feed(self, data: bytes) -> Iterator[bytes | ChunkSign]:
        """Whole messages and controls, in their order."""
        self._part += data
        start = 0
        while len(self._part) - start >= self._chunk:
            chunk = bytes(self._part[start : start + self._chunk])
            start += self._chunk
            found = self._take(chunk)
            if found is not None:
                yield found
        del self._part[:start]

    def _take(self, chunk: bytes) -> bytes | ChunkSign | None:
        if not self._begun and chunk in self._controls:
            return self._controls[chunk]
        text = chunk.strip(b"\0")
        if text:
            self._begun = True
            if len(self._message) + len(text) > self._longest:
                self._skips = True
                self._message.clear()
            if not self._skips:
                self._message += text
            return None
        if not self._begun:
            return None  # the end of nothing
        message, skipped = bytes(self._message), self._skips
        self._message.clear()
        self._begun = self._skips = False
        return ChunkSign.TOO_LONG if skipped else message


def framed(facts: Mapping[str, object], chunk: int = CHUNK) -> bytes:
    """One message with its end."""
    text = json.dumps(facts).encode()
    return text + bytes(-len(text) % chunk) + bytes(chunk)
