"""RFC 23, "Framing": an octet of flags, a size of one octet or eight, and a body."""

from __future__ import annotations

from typing import TypeAlias

Message: TypeAlias = "bytes | bytearray | memoryview"

MORE, LONG, COMMAND = 0x01, 0x02, 0x04


def frame_head(size: int, flags: int = 0) -> bytes:
    """What goes before a body of this size."""
    if size < 256:
        return bytes((flags, size))
    return bytes((flags | LONG,)) + size.to_bytes(8, "big")


def command_frame(body: bytes) -> bytes:
    return frame_head(len(body), COMMAND) + body
