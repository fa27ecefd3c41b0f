"""The first bytes that ZeroMQ programs say to each other: with keys or without?

10 bytes of signature, 2 of version, 20 that name the mechanism. libzmq itself tells its user only
that the other side hung up.
"""

from __future__ import annotations

import socket
import time

SIZE = 32
PLAIN, CURVE = "NULL", "CURVE"
NO_ZEROMQ = "does not speak ZeroMQ"
SIGNATURE = b"\xff\0\0\0\0\0\0\0\x01\x7f"
_MAJOR, _MECHANISM = 10, slice(12, 32)


def mechanism(greeting: bytes | bytearray) -> str:
    """What the first 32 bytes name; versions before the third know nothing but plain."""
    if greeting[_MAJOR] < 3:
        return PLAIN
    return bytes(greeting[_MECHANISM]).rstrip(b"\0").decode("ascii", "replace")


def ask_mechanism(host: str, port: int, own: str, wait_s: float = 0.5) -> str | None:
    """What listens there; None when nothing does or it says nothing.

    It is told what we are in the end, so that it can tell its own people who was there.
    """
    end = time.monotonic() + wait_s
    heard = b""
    try:
        with socket.create_connection((host, port), timeout=wait_s) as line:
            line.sendall(SIGNATURE + b"\3")  # it goes on when it knows our version
            while len(heard) < SIZE and (left_s := end - time.monotonic()) > 0:
                line.settimeout(left_s)
                more = line.recv(SIZE - len(heard))
                if not more:
                    return None
                heard += more
            line.sendall(b"\0" + own.encode().ljust(20, b"\0") + bytes(32))
    except (OSError, UnicodeError):
        return None
    return mechanism(heard) if len(heard) == SIZE else None
