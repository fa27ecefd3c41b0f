"""The pictures that every benchmark moves, the same in every run.

Plain ones are 512x512, about 50 kB. Numbered ones carry their own number, readable after any number
of JPEG generations: sixteen squares, black or white, ten bits of number and six that check them.
What cannot be read for certain has no number.
"""

from __future__ import annotations

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
ACROSS, SQUARE = 4, 32  # squares in a row, pixels of a side
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


def numbered(number: int) -> bytes:
    pixels = _ground().copy()
    code = number << CHECK_BITS | _check(number)
    for place in range(NUMBER_BITS + CHECK_BITS):
        row, column = (SQUARE * n for n in divmod(place, ACROSS))
        shade = 255 if code >> place & 1 else 0
        pixels[row : row + SQUARE, column : column + SQUARE] = shade
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
    height, width = pixels.shape[:2]
    code = 0
    for place in range(NUMBER_BITS + CHECK_BITS):
        row, column = divmod(place, ACROSS)
        y = (2 * row + 1) * SQUARE * height // (2 * SIDE)
        x = (2 * column + 1) * SQUARE * width // (2 * SIDE)
        shade = int(pixels[y, x].mean())
        if BLACK < shade < WHITE:
            return None
        code |= (shade >= WHITE) << place
    number, check = code >> CHECK_BITS, code & (1 << CHECK_BITS) - 1
    return number if check == _check(number) else None


def _check(number: int) -> int:
    return (number * 37 + 11) % (1 << CHECK_BITS)
