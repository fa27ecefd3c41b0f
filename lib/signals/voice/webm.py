"""Takes the packets of Opus out of WebM as it arrives, as a browser's MediaRecorder sends it.

Ours, since what reads WebM elsewhere brings every codec of the world along (ffmpeg: 79 Debian
packages), and of a format with hundreds of elements a recording of one voice uses seven. Elements
that hold others are entered, those that matter are taken whole, all others are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LONGEST = 64 * 1024  # bytes of one element that is taken; a packet of Opus has at most 1275 a frame
MAGIC = b"\x1a\x45\xdf\xa3"
SEGMENT, CLUSTER, TRACKS, TRACK, GROUP = 0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE, 0xA0
ENTERED = frozenset({SEGMENT, CLUSTER, TRACKS, TRACK, GROUP})
CODEC, BLOCK, SIMPLE_BLOCK = 0x86, 0xA1, 0xA3
TAKEN = frozenset({CODEC, BLOCK, SIMPLE_BLOCK})
LACED = 0x06  # flags of a block that holds several packets, which no browser makes


class AudioFormatError(Exception):
    """A sentence: why this is no sound that can be used."""


@dataclass
class WebmReader:
    _data: bytearray = field(default_factory=bytearray)
    _skip: int = 0  # bytes of the element that is passed over
    _begun: bool = False
    _is_opus: bool = False

    def push(self, data: bytes) -> list[bytes]:
        """The packets that are whole with this piece."""
        if self._skip:
            passed = min(self._skip, len(data))
            self._skip -= passed
            data = data[passed:]
        self._data += data
        if not self._begun:
            start = bytes(self._data[:4])
            if start != MAGIC[: len(start)]:
                raise AudioFormatError("this is no WebM from its beginning on")
            self._begun = len(start) == len(MAGIC)
        packets = []
        at = 0
        while head := _head(self._data, at):
            element, size, begin = head
            if element in ENTERED:
                at = begin
                continue
            if size is None or (element in TAKEN and size > LONGEST):
                raise AudioFormatError("this is no WebM that a browser records")
            if element not in TAKEN:
                here = len(self._data) - begin
                self._skip = max(0, size - here)
                at = begin + min(size, here)
                continue
            if len(self._data) < begin + size:
                break
            packet = self._take(element, bytes(self._data[begin : begin + size]))
            packets += [packet] if packet else []
            at = begin + size
        del self._data[:at]
        return packets

    def _take(self, element: int, content: bytes) -> bytes | None:
        if element == CODEC:
            if content != b"A_OPUS":
                raise AudioFormatError("the sound in this WebM is not Opus")
            self._is_opus = True
            return None
        if not self._is_opus:
            raise AudioFormatError("this WebM does not say that its sound is Opus")
        number = _size(content, 0)
        if number is None or len(content) < number[1] + 4 or content[number[1] + 2] & LACED:
            raise AudioFormatError("a block of this WebM cannot be read")
        return content[number[1] + 3 :]


def _head(data: bytearray, at: int) -> tuple[int, int | None, int] | None:
    """The element at this place, its size (None: unknown) and where it begins; None: more is to
    come."""
    if at >= len(data):
        return None
    length = 9 - data[at].bit_length()  # of the identifier, which keeps its marking bit
    if length > 4:
        raise AudioFormatError("this is no WebM")
    size = _size(data, at + length)
    if size is None:
        return None
    return int.from_bytes(data[at : at + length], "big"), *size


def _size(data: bytes | bytearray, at: int) -> tuple[int | None, int] | None:
    """A number of EBML's own form and where it ends; None for the number: all ones, unknown."""
    if at >= len(data):
        return None
    length = 9 - data[at].bit_length()
    if length > 8:
        raise AudioFormatError("this is no WebM")
    if at + length > len(data):
        return None
    value = int.from_bytes(data[at : at + length], "big") & ((1 << 7 * length) - 1)
    return (None if value == (1 << 7 * length) - 1 else value), at + length
