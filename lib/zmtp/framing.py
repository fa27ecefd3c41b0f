"""RFC 23, "Framing": an octet of flags, a size of one octet or eight, and a body."""

from __future__ import annotations

import mmap
from typing import TypeAlias

Message: TypeAlias = "bytes | bytearray | memoryview"

MORE, LONG, COMMAND = 0x01, 0x02, 0x04

SMALLEST_MAPPING = 256 * 1024


def room_for(size: int, own_mapping: bool) -> memoryview:
    """Memory for a body of this size, of which only part has come.

    A mapping of its own costs little where much is announced and little comes, since the kernel
    gives a page when something is written there, and takes all of it back in the end; the C library
    would keep it, in pieces. But its pages cost more than their octets: 1.3 ms for 1 MB.
    """
    own_mapping = own_mapping and size >= SMALLEST_MAPPING
    return memoryview(mmap.mmap(-1, size) if own_mapping else bytearray(size))


def frame_head(size: int, flags: int = 0) -> bytes:
    """What goes before a body of this size."""
    if size < 256:
        return bytes((flags, size))
    return bytes((flags | LONG,)) + size.to_bytes(8, "big")


def command_frame(body: bytes) -> bytes:
    return frame_head(len(body), COMMAND) + body
