"""Writes into a picture how it came to be: IPTC's digital source type, as XMP.

Programs that show pictures, and the law of some countries, ask for such a mark on what a model has
made. The pixels stay as they are: a segment, chunk or box is put between those of the file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from enum import StrEnum
from functools import cache

from lib.pictures.files import PictureError, kind_of
from lib.pictures.header import Buffer

_JPEG_NAME = b"http://ns.adobe.com/xap/1.0/\0"
_PNG_START, _PNG_NAME = b"\x89PNG\r\n\x1a\n", b"XML:com.adobe.xmp\0"
_WEBP_XMP, _WEBP_ALPHA = 0x04, 0x10  # flags of VP8X


class SourceType(StrEnum):
    """How a picture came to be: terms of http://cv.iptc.org/newscodes/digitalsourcetype/."""

    FROM_WORDS = "trainedAlgorithmicMedia"
    FROM_PICTURE = "compositeWithTrainedAlgorithmicMedia"


@cache
def packet(source: SourceType) -> bytes:
    """The XMP that says so; its wrapper lets a program find it that knows no kinds of files."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        "Iptc4xmpExt:DigitalSourceType="
        f'"http://cv.iptc.org/newscodes/digitalsourcetype/{source}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


@cache
def jpeg_segment(source: SourceType) -> bytes:
    """What stands in a JPEG, at `jpeg_place`."""
    body = _JPEG_NAME + packet(source)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def jpeg_place(jpeg: Buffer) -> int:
    """Where the segment goes: JFIF's own has to be the first."""
    if len(jpeg) > 6 and jpeg[2] == 0xFF and jpeg[3] == 0xE0:
        return min(len(jpeg), 4 + int.from_bytes(jpeg[4:6], "big"))
    return 2


def marked(data: bytes, source: SourceType) -> bytes:
    """The same picture with this mark, and no other XMP: a JPEG, PNG or WebP."""
    kind = kind_of(data)
    if kind not in _WRITERS:
        raise PictureError(f"a {kind}: only a JPEG, PNG or WebP can be marked")
    try:
        return _WRITERS[kind](data, source)
    except (struct.error, IndexError, OverflowError) as error:
        raise PictureError("damaged, or cut off") from error


def _jpeg(data: bytes, source: SourceType) -> bytes:
    kept, at = [data[:2]], 2
    while data[at] == 0xFF and data[at + 1] not in (0xD9, 0xDA):
        if data[at + 1] == 0xFF:  # fill byte
            at += 1
            continue
        end = at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
        if not (data[at + 1] == 0xE1 and data.startswith(_JPEG_NAME, at + 4)):
            kept.append(data[at:end])
        at = end
    place = 2 if kept[1:] and kept[1][:2] == b"\xff\xe0" else 1
    return b"".join((*kept[:place], jpeg_segment(source), *kept[place:], data[at:]))


def _png(data: bytes, source: SourceType) -> bytes:
    chunks = list(_png_chunks(data))
    body = b"iTXt" + _PNG_NAME + b"\0\0\0\0" + packet(source)
    mark = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    kept = [one for one in chunks[1:] if not one.startswith(b"iTXt" + _PNG_NAME, 4)]
    return b"".join((_PNG_START, chunks[0], mark, *kept))


def _png_chunks(data: bytes) -> Iterator[bytes]:
    at = len(_PNG_START)
    while data[at + 4 : at + 8] != b"IEND":
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at : at + 12 + length]
        at += 12 + length
    yield data[at:]


def _webp(data: bytes, source: SourceType) -> bytes:
    chunks = dict(_webp_chunks(data))
    extended = chunks.pop(b"VP8X", None)
    head = bytearray(extended[8:18] if extended else _webp_head(chunks))
    head[0] |= _WEBP_XMP
    kept = (one for name, one in chunks.items() if name != b"XMP ")
    body = b"".join(
        (b"WEBP", _webp_chunk(b"VP8X", head), *kept, _webp_chunk(b"XMP ", packet(source)))
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Those of a still picture, by name; the frames of an animation have one name."""
    at, seen = 12, set()
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        if name in seen:
            raise PictureError("an animation: only a still picture can be marked")
        seen.add(name)
        yield name, data[at:end]
        at = end


def _webp_head(chunks: dict[bytes, bytes]) -> bytes:
    """The body of the chunk that a plain file lacks: size, and whether it is transparent."""
    if (plain := chunks.get(b"VP8 ")) is not None:
        sides = struct.unpack_from("<HH", plain, 14)
        width, height, flags = sides[0] & 0x3FFF, sides[1] & 0x3FFF, 0
    elif (lossless := chunks.get(b"VP8L")) is not None:
        (bits,) = struct.unpack_from("<I", lossless, 9)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        flags = _WEBP_ALPHA if bits >> 28 & 1 else 0
    else:
        raise PictureError("a WebP without a picture")
    sides = (width - 1, height - 1)
    return bytes((flags, 0, 0, 0)) + b"".join(side.to_bytes(3, "little") for side in sides)


def _webp_chunk(name: bytes, body: bytes | bytearray) -> bytes:
    return name + struct.pack("<I", len(body)) + bytes(body) + b"\0" * (len(body) % 2)


_WRITERS = {"jpeg": _jpeg, "png": _png, "webp": _webp}
