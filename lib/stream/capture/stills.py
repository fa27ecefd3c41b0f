"""Reads picture files that may be anything: what they claim is checked before they are decoded."""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.geometry import Size
from lib.pictures.codec import Pixels
from lib.pictures.exif import orientation_of, read_tags
from lib.pictures.fit import turn_upright

SUFFIXES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".webp",
        ".bmp",
        ".dib",
        ".tif",
        ".tiff",
        ".gif",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
    ]
)
MAX_BYTES = 256 * 1024 * 1024
MAX_PIXELS = 1 << 25  # 8K; a PNG that claims 60000x60000 is a few kB as a file and 11 GB as pixels
LARGEST_SIDE = 16384
_MOST_CHUNKS = 1 << 17

Decoded: TypeAlias = "NDArray[np.integer[Any] | np.floating[Any]]"

_STARTS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"RIFF", "webp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
)
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257


class StillError(ValueError):
    """Not a picture that can be shown; the text says why."""


def has_picture_name(name: str) -> bool:
    """Hidden files are none: other programs keep half-written and foreign things there."""
    return not name.startswith(".") and name[name.rfind(".") :].lower() in SUFFIXES


def read_regular(path: str) -> tuple[bytes, os.stat_result]:
    """A file's bytes. A FIFO, a socket or a device of a picture's name would block or never end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise StillError("not a file")
        if not 0 < status.st_size <= MAX_BYTES:
            raise StillError(f"{status.st_size} bytes" if status.st_size else "empty")
        data = file.read(status.st_size)
    return data or b"", status


def kind_of(data: bytes) -> str:
    """By the first bytes: names lie."""
    for start, kind in _STARTS:
        if data.startswith(start) and (kind != "webp" or data[8:12] == b"WEBP"):
            return kind
    if data[:1] == b"P" and data[1:2] in b"123456" and data[2:3].isspace():
        return "pnm"
    raise StillError("not a kind of picture known here")


def decode_still(data: bytes) -> Pixels:
    """BGR pixels of any kind but JPEG: alpha over black, 16 bits to 8, upright."""
    kind = kind_of(data)
    try:
        size = _SIZES[kind](data)
    except (struct.error, IndexError, ValueError) as error:
        raise StillError("broken: its size can not be read") from error
    if not all(0 < side <= LARGEST_SIDE for side in size) or size[0] * size[1] > MAX_PIXELS:
        raise StillError(f"{size} is too large")
    if kind == "png":
        _check_png(data)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise StillError("broken or cut off") from error
    if pixels is None:
        raise StillError("broken or cut off")
    return turn_upright(_to_bgr(pixels), _orientation(kind, data))


def _to_bgr(decoded: Decoded) -> Pixels:
    if decoded.dtype == np.uint16:
        decoded = cv2.convertScaleAbs(decoded, alpha=255 / 65535)
    elif decoded.dtype != np.uint8:
        raise StillError(f"{decoded.dtype} instead of 8 or 16 bits a colour")
    pixels = np.asarray(decoded, np.uint8)
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if channels == 1:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    if channels == 4:
        alpha = cv2.cvtColor(pixels[:, :, 3], cv2.COLOR_GRAY2BGR)
        return np.asarray(cv2.multiply(pixels[:, :, :3], alpha, scale=1 / 255), np.uint8)
    if channels != 3:
        raise StillError(f"{channels} channels")
    return pixels


def _orientation(kind: str, data: bytes) -> int:
    """OpenCV turns nothing when it is asked for the alpha too."""
    if kind == "tiff":
        return orientation_of(data)
    mark = {"png": b"eXIf", "webp": b"EXIF"}.get(kind)
    at = data.find(mark) if mark else -1
    if at < 0:
        return 1
    block = data[at + 4 : at + 4 + 65536] if kind == "png" else data[at + 8 : at + 8 + 65536]
    return orientation_of(block.removeprefix(b"Exif\0\0"))


def _png(data: bytes) -> Size:
    return Size(*struct.unpack_from(">II", data, 16))


def _check_png(data: bytes) -> None:
    """Each part must lie in the file: OpenCV first makes room for what a part says it holds, and
    a file of 200 bytes that spoke of 3.8 GB took 10 s."""
    at = 8
    for _ in range(_MOST_CHUNKS):
        if data[at + 4 : at + 8] == b"IEND":
            return
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        if at + 12 > len(data):
            break
    raise StillError("cut off or broken: its end is not where it should be")


def _gif(data: bytes) -> Size:
    return Size(*struct.unpack_from("<HH", data, 6))


def _bmp(data: bytes) -> Size:
    if struct.unpack_from("<I", data, 14)[0] == 12:
        return Size(*struct.unpack_from("<HH", data, 18))
    width, height = struct.unpack_from("<ii", data, 18)
    return Size(width, abs(height))  # a negative height means top row first


def _webp(data: bytes) -> Size:
    if data[12:16] == b"VP8X":
        return Size(
            1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        )
    if data[12:16] == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Size(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    width, height = struct.unpack_from("<HH", data, 26)
    return Size(width & 0x3FFF, height & 0x3FFF)


def _tiff(data: bytes) -> Size:
    tags = read_tags(data)
    return Size(tags.get(_TIFF_WIDTH, 0), tags.get(_TIFF_HEIGHT, 0))


def _pnm(data: bytes) -> Size:
    words = [
        word
        for line in data[2:4096].split(b"\n")[:64]
        for word in line.split(b"#")[0].split()  # comments may stand anywhere
    ]
    return Size(int(words[0]), int(words[1]))


_SIZES = {"png": _png, "gif": _gif, "bmp": _bmp, "webp": _webp, "tiff": _tiff, "pnm": _pnm}


def is_picture(path: Path) -> bool:
    """Whether a file of a picture's name begins like one; nothing is decoded."""
    try:
        if not has_picture_name(path.name) or not path.is_file():
            return False
        with path.open("rb") as file:
            kind_of(file.read(32))
    except (OSError, StillError):
        return False
    return True
