"""RFC 23, "Greeting": signature, version, mechanism, filler. 64 octets since version 3."""

from __future__ import annotations

SIGNATURE = b"\xff\0\0\0\0\0\0\0\x01\x7f"
MAJOR = b"\x03"
# Said before the rest: whether the peer is older is known once it has said as much.
OPENING = SIGNATURE + MAJOR
SIZE = 64
NULL, CURVE = b"NULL", b"CURVE"
MECHANISM_ENDS = 32  # where the mechanism's name ends

_MAJOR_AT, _MECHANISM_AT = 10, 12


def is_greeting(opening: bytes) -> bool:
    """Whether these first 11 octets are ZeroMQ's, of whatever version."""
    return opening[0] == SIGNATURE[0] and bool(opening[9] & 1)


def is_old(opening: bytes) -> bool:
    """Whether it is version 2 or older, which has no mechanisms."""
    return opening[_MAJOR_AT] < MAJOR[0]


def rest_of_greeting(mechanism: bytes, as_server: bool) -> bytes:
    """What follows OPENING."""
    return b"\x01" + mechanism.ljust(20, b"\0") + bytes((as_server,)) + bytes(31)


def mechanism_in(greeting: bytes | bytearray) -> bytes:
    """What the first 32 octets or more name; version 2 knows nothing but NULL."""
    if is_old(bytes(greeting[: _MAJOR_AT + 1])):
        return NULL
    return bytes(greeting[_MECHANISM_AT:MECHANISM_ENDS]).rstrip(b"\0")
