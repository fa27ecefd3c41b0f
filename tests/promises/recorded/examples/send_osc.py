"""Sends OSC to Afterimage with nothing but Python's own library.

    python send_osc.py /prompt "a forest of glass"
    python send_osc.py /strength 0.6
    python send_osc.py --host 192.168.1.10 /blend "a cat" "a whale" 0.3
    python send_osc.py --bundle /strength 0.4 , /seed 7      several messages, one change

A whole number is sent as i, one with a point as f, true and false as T and F, all else as a text.
"""

from __future__ import annotations

import argparse
import socket
import struct
from collections.abc import Sequence


def padded(raw: bytes) -> bytes:
    """With at least one NUL, and as many as make its length a multiple of four."""
    return raw + b"\0" * (4 - len(raw) % 4)


def message(address: str, arguments: Sequence[str | int | float | bool]) -> bytes:
    types, data = ",", b""
    for one in arguments:
        if isinstance(one, bool):
            types += "T" if one else "F"
        elif isinstance(one, int):
            wide = not -(2**31) <= one < 2**31
            types += "h" if wide else "i"
            data += struct.pack(">q" if wide else ">i", one)
        elif isinstance(one, float):
            types += "f"
            data += struct.pack(">f", one)
        else:
            types += "s"
            data += padded(one.encode())
    return padded(address.encode()) + padded(types.encode()) + data


def bundle(messages: Sequence[bytes], at: float | None = None) -> bytes:
    """Messages that take effect together, at once or at a time in Unix seconds."""
    tag = 1 if at is None else int((at + 2_208_988_800) * 2**32)
    parts = b"".join(struct.pack(">i", len(one)) + one for one in messages)
    return b"#bundle\0" + struct.pack(">Q", tag) + parts


def argument(word: str) -> str | int | float | bool:
    if word.lower() in ("true", "false"):
        return word.lower() == "true"
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--bundle", action="store_true", help="messages with a comma between them")
    parser.add_argument("words", nargs="+", help="an address and its arguments")
    options = parser.parse_args()
    packets: list[list[str]] = [[]]
    for word in options.words:
        if options.bundle and word == ",":
            packets.append([])
        else:
            packets[-1].append(word)
    messages = [message(one[0], [argument(word) for word in one[1:]]) for one in packets if one]
    data = bundle(messages) if options.bundle else messages[0]
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as out:
        out.sendto(data, (options.host, options.port))


if __name__ == "__main__":
    main()
