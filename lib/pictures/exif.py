"""Reads a picture's orientation from Exif data, which is a TIFF directory, and undoes it."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from lib.core.pixels import Pixels

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


def orientation(jpeg: bytes) -> int:
    """1 (upright) to 8, as the Exif standard numbers them; 1 without a valid value."""
    at = 2
    while at + 10 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] == 0xE1 and jpeg[at + 4 : at + 10] == b"Exif\0\0":
            return orientation_of(jpeg[at + 10 : at + 2 + length])
        at += 2 + max(2, length)
    return 1


def orientation_of(block: bytes) -> int:
    """The same from the first directory of a TIFF block; 1 if the block is broken."""
    order = _ORDERS.get(block[:4])
    if order is None or len(block) < 8:
        return 1
    (at,) = order.long.unpack_from(block, 4)
    if at + 2 > len(block):
        return 1
    (count,) = order.short.unpack_from(block, at)
    for entry in range(at + 2, at + 2 + 12 * min(count, _MAX_ENTRIES), 12):
        if entry + 12 > len(block):
            break
        tag, kind = (order.short.unpack_from(block, entry + n)[0] for n in (0, 2))
        if tag == ORIENTATION and kind in (_SHORT, _LONG):
            number = order.short if kind == _SHORT else order.long
            (turn,) = number.unpack_from(block, entry + 8)
            return turn if 1 <= turn <= 8 else 1
    return 1


def turn_upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo an Exif orientation (1 to 8)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
