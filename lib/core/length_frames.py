"""A framing that two protocols share, web_sd and the broker of signals: the length as an unsigned
32-bit number, the lowest byte first, then JSON and a zero byte, which the length counts."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence

_length = struct.Struct("<I")


class LengthError(ValueError):
    """A length beyond the bound, or none: where the next message begins cannot be known."""


class LengthReader:
    """Takes bytes as they come, in any portions."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._part = bytearray()

    @property
    def part(self) -> int:
        """Bytes of what has not come whole."""
        return len(self._part)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Whole messages without their zero byte, in their order. LengthError: it cannot go on."""
        self._part += data
        while len(self._part) >= _length.size:
            (length,) = _length.unpack_from(self._part)
            if not 1 <= length <= self._longest:
                raise LengthError(f"a message of {length} bytes")
            end = _length.size + length
            if len(self._part) < end:
                return
            message = bytes(self._part[_length.size : end])
            del self._part[:end]
            yield message.removesuffix(b"\0")


def framed(facts: Mapping[str, object] | Sequence[object]) -> bytes:
    text = json.dumps(facts).encode() + b"\0"
    return _length.pack(len(text)) + text
