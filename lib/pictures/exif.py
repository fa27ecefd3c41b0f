"""Reads which way up a picture is to be shown. Exif is a TIFF directory, so TIFF sizes too."""

from __future__ import annotations

import struct
from typing import NamedTuple

ORIENTATION = 0x0112
_MAX_ENTRIES = 512
_SHORT, _LONG = 3, 4


class _Order(NamedTuple):
    short: struct.Struct
    long: struct.Struct


_ORDERS = {
    b"II*\0": _Order(struct.Struct("<H"), struct.Struct("<I")),
    b"MM\0*": _Order(struct.Struct(">H"), struct.Struct(">I")),
}


def read_tags(block: bytes) -> dict[int, int]:
    """The single whole numbers of a TIFF block's first directory; what is broken is left out."""
    order = _ORDERS.get(block[:4])
    tags: dict[int, int] = {}
    if order is None or len(block) < 8:
        return tags
    (at,) = order.long.unpack_from(block, 4)
    if at + 2 > len(block):
        return tags
    (count,) = order.short.unpack_from(block, at)
    for entry in range(at + 2, at + 2 + 12 * min(count, _MAX_ENTRIES), 12):
        if entry + 12 > len(block):
            break
        tag, kind = (
            order.short.unpack_from(block, entry)[0],
            order.short.unpack_from(block, entry + 2)[0],
        )
        if order.long.unpack_from(block, entry + 4)[0] == 1 and kind in (_SHORT, _LONG):
            value = order.short if kind == _SHORT else order.long
            tags[tag] = value.unpack_from(block, entry + 8)[0]
    return tags


def orientation(jpeg: bytes) -> int:
    """1 (upright) to 8, as the Exif standard numbers them; 1 where nothing sensible is said."""
    at = 2
    while at + 10 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] == 0xE1 and jpeg[at + 4 : at + 10] == b"Exif\0\0":
            return orientation_of(jpeg[at + 10 : at + 2 + length])
        at += 2 + max(2, length)
    return 1


def orientation_of(block: bytes) -> int:
    turn = read_tags(block).get(ORIENTATION, 1)
    return turn if 1 <= turn <= 8 else 1
