"""Takes out of picture files what is not their pixels: names, places, times, texts, other pictures.

The pixels stay as they are, byte for byte, unless the file says that they are to be turned.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import Any

from PIL import ImageOps

from lib.pictures.decoder import opened
from lib.pictures.examine import examine
from lib.pictures.files import kind_of

_PIXELS_OF_PNG = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_COLOURS_OF_PNG = frozenset({b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP"})
_PIXELS_OF_WEBP = frozenset({b"VP8 ", b"VP8L", b"ALPH"})  # without a head of extras
_PARTS_OF_WEBP = _PIXELS_OF_WEBP | {b"VP8X", b"ICCP"}
_HEAD_OF_WEBP, _ALPHA_AND_COLOURS, _ANIMATION = b"VP8X", 0x30, 0x02
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # behind the pixels of a JPEG's scan
_START_OF_SCAN, _END = 0xDA, 0xD9
_APPLICATIONS, _COMMENT = range(0xE0, 0xF0), 0xFE
# Of what applications write, the part that the colours depend on.
_COLOURS_OF_JPEG = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}


def bare(data: bytes) -> bytes:
    """A PNG or WebP that was examined, as its pixels alone."""
    if kind_of(data) == "png":
        return _png(data, _PIXELS_OF_PNG)
    return _riff(_webp_parts(data, _PIXELS_OF_WEBP))


def cleaned(data: bytes) -> bytes:
    """A PNG, JPEG or WebP that was examined, upright, and with its colours as they were meant."""
    facts = examine(data, whole=False)
    if not facts.upright or _is_moving(data):
        data = _redrawn(data, facts.kind)
    if facts.kind == "jpeg":
        return b"".join(_jpeg_parts(data))
    if facts.kind == "png":
        return _png(data, _PIXELS_OF_PNG | _COLOURS_OF_PNG)
    return _riff(_webp_parts(data, _PARTS_OF_WEBP))


def _is_moving(data: bytes) -> bool:
    return data[12:16] == _HEAD_OF_WEBP and bool(data[20] & _ANIMATION)


def _is_lossless(data: bytes, kind: str) -> bool:
    return kind == "webp" and any(name == b"VP8L" for name, _ in _webp_chunks(data))


def _redrawn(data: bytes, kind: str) -> bytes:
    """Turned upright; of an animation the first picture."""
    how: dict[str, dict[str, Any]] = {
        "jpeg": {"quality": 95, "subsampling": 0},
        "webp": {"quality": 95, "lossless": _is_lossless(data, kind)},
    }
    with opened(data) as image:
        profile = image.info.get("icc_profile")
        upright, out = ImageOps.exif_transpose(image), io.BytesIO()
        upright.save(out, kind.upper(), icc_profile=profile, **how.get(kind, {}))
        return out.getvalue()


def _png(data: bytes, names: frozenset[bytes]) -> bytes:
    return data[:8] + b"".join(one for name, one in _png_chunks(data) if name in names)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, name = 8, b""
    while name != b"IEND" and at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, data[at : at + 12 + length]
        at += 12 + length


def _webp_parts(data: bytes, names: frozenset[bytes]) -> Iterator[bytes]:
    for name, one in _webp_chunks(data):
        if name == _HEAD_OF_WEBP and name in names:
            yield one[:8] + bytes([one[8] & _ALPHA_AND_COLOURS]) + one[9:]
        elif name in names:
            yield one


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        yield name, data[at:end]
        at = end


def _riff(parts: Iterator[bytes]) -> bytes:
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at = 2
    while at + 4 <= len(data) and data[at + 1] != _END:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at] != 0xFF or marker == 0xFF:  # a fill byte, or rubbish between two segments
            at += 1
            continue
        end = at + 2 + max(2, length)
        if marker == _START_OF_SCAN:
            found = _NEXT_MARKER.search(data, end)
            end = found.start() if found else len(data)
        if _is_of_pixels(data, at):
            yield data[at:end]
        at = end
    yield b"\xff\xd9"  # and nothing behind it


def _is_of_pixels(data: bytes, at: int) -> bool:
    marker = data[at + 1]
    if marker in _APPLICATIONS:
        name = _COLOURS_OF_JPEG.get(marker)
        return name is not None and data.startswith(name, at + 4)
    return marker != _COMMENT
