"""Picture files by name, first bytes and size, before anything is decoded."""

from __future__ import annotations

import os
from pathlib import Path

from lib.files import open_regular

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


class PictureError(ValueError):
    """Not a picture that can be shown; the text says why."""


class PictureSizeError(PictureError):
    """A picture of more pixels than may be decoded."""


def has_picture_name(name: str) -> bool:
    """Whether a name is a picture's. Hidden files are excluded: other programs keep half-written
    and foreign files under such names."""
    return not name.startswith(".") and name[name.rfind(".") :].lower() in SUFFIXES


def read_picture(path: str) -> tuple[bytes, os.stat_result]:
    """A picture file's bytes, undecoded."""
    with open_regular(path) as file:
        status = os.fstat(file.fileno())
        if not 0 < status.st_size <= MAX_BYTES:
            raise PictureError(f"{status.st_size} bytes" if status.st_size else "empty")
        data = file.read(status.st_size)
    return data, status


def is_picture(path: Path) -> bool:
    """Whether a file has a picture's name and begins like one; nothing is decoded."""
    try:
        if not has_picture_name(path.name) or not path.is_file():
            return False
        with open_regular(path) as file:
            kind_of(file.read(32))
    except (OSError, PictureError):
        return False
    return True


def kind_of(data: bytes) -> str:
    """The format by the first bytes, since names may be wrong."""
    for start, kind in _STARTS:
        if data.startswith(start) and (kind != "webp" or data[8:12] == b"WEBP"):
            return kind
    if data[:1] == b"P" and data[1:2] in b"123456" and data[2:3].isspace():
        return "pnm"
    raise PictureError("not a kind of picture known here")
