"""The pictures that every benchmark moves, the same in every run.

Plain ones are 512x512, about 50 kB. Numbered ones carry their own number, readable after any number
of JPEG generations: sixteen squares, black or white, ten bits of number and six that check them.
What cannot be read for certain has no number.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.pictures.codec import Codec, open_codec
from lib.pictures.header import JpegError, read_header

QUALITY = 85
COUNT, SIDE = 600, 256  # of numbered pictures
NUMBER_BITS, CHECK_BITS = 10, 6
BLACK, WHITE = 64, 192  # further from both than from the middle is no square of ours


def _grainy(seed: int, soft: int, width: int, height: int) -> Pixels:
    """Soft colours under a fine grain: compresses like a photograph."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(0, 255, (soft, soft, 3), dtype=np.uint8)
    grain = rng.integers(0, 18, (height, width, 3), dtype=np.uint8)
    wide = cv2.resize(colours, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.add(wide, grain), np.uint8)


def picture(number: int, width: int = 512, height: int = 512) -> bytes:
    return open_codec().encode(_grainy(number, 24, width, height), QUALITY)


def flat(side: int, shade: int = 99) -> bytes:
    """One grey, in a few hundred bytes."""
    return open_codec().encode(np.full((side, side, 3), shade, np.uint8), 90)


def claiming(jpg: bytes, width: int, height: int) -> bytes:
    """The same bytes, whose header speaks of another size."""
    start = re.search(rb"\xff[\xc0-\xc2]..\x08", jpg, re.S)  # the frame header: length, 8 bits
    assert start is not None
    at = start.end()
    return jpg[:at] + struct.pack(">HH", height, width) + jpg[at + 4 :]


def fill(directory: Path, count: int = 16) -> None:
    for number in range(count):
        (directory / f"{number:03}.jpg").write_bytes(picture(number))


class Read(NamedTuple):
    """What a JPEG turned out to be; without a size it does not decode."""

    size: Size | None
    number: int | None


@cache
def _ground() -> Pixels:
    return _grainy(5, 12, SIDE, SIDE)


@dataclass(frozen=True)
class Squares:
    """A number as black and white squares in the upper left corner of a picture."""

    bits: int
    across: int  # in a row
    side: int  # of each, in pixels of the picture as it was written

    def write(self, pixels: Pixels, code: int) -> None:
        for place in range(self.bits):
            row, column = (self.side * n for n in divmod(place, self.across))
            shade = 255 if code >> place & 1 else 0
            pixels[row : row + self.side, column : column + self.side] = shade

    def read(self, pixels: Pixels, scale_y: float, scale_x: float) -> int | None:
        """None where one of them is neither black nor white. The picture may have been scaled."""
        code = 0
        for place in range(self.bits):
            row, column = divmod(place, self.across)
            y, x = int((row + 0.5) * self.side * scale_y), int((column + 0.5) * self.side * scale_x)
            shade = int(pixels[y, x].mean())
            if BLACK < shade < WHITE:
                return None
            code |= (shade >= WHITE) << place
        return code


NUMBER = Squares(NUMBER_BITS + CHECK_BITS, across=4, side=32)


def numbered(number: int) -> bytes:
    pixels = _ground().copy()
    NUMBER.write(pixels, number << CHECK_BITS | _check(number))
    return open_codec().encode(pixels, QUALITY)


def fill_numbered(folder: Path, count: int = COUNT) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number:04}.jpg").write_bytes(numbered(number))


def number_of(jpg: bytes) -> int | None:
    return read(open_codec(), jpg).number


def read(codec: Codec, jpg: bytes) -> Read:
    """Decodes all of it: a picture that is cut off is none."""
    try:
        size = read_header(jpg).size
        pixels = codec.decode(jpg)
    except JpegError:
        return Read(None, None)
    return Read(size, _number(pixels))


def _number(pixels: Pixels) -> int | None:
    code = NUMBER.read(pixels, pixels.shape[0] / SIDE, pixels.shape[1] / SIDE)
    if code is None:
        return None
    number, check = divmod(code, 1 << CHECK_BITS)
    return number if check == _check(number) else None


def _check(number: int) -> int:
    return (number * 37 + 11) % (1 << CHECK_BITS)
