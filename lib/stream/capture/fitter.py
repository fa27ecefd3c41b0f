"""Turns what any source delivers into a JPEG of the wanted size that is sure to decode."""

from __future__ import annotations

import cv2
import numpy as np

from lib.core.bounds import Bounds
from lib.core.geometry import SMALLEST, Size
from lib.core.pixels import Pixels
from lib.pictures.codec import Codec, open_codec
from lib.pictures.exif import orientation, turn_upright
from lib.pictures.fit import decode_for, fit_jpeg, fit_pixels, verify
from lib.pictures.header import USUAL, Header, JpegError, read_header

__all__ = ["JpegError", "JpegFitter"]

# A photographer's file may be larger than what goes to workers: it is decoded at a reduced scale.
FILE = Bounds(64 * 1024 * 1024, 16384)
FILE_PIXELS = 1 << 26
_END = b"\xff\xd9"


class JpegFitter:
    """Belongs to one thread, as its codec does."""

    def __init__(
        self, wanted: Size, quality: int, bounds: Bounds = USUAL, codec: Codec | None = None
    ) -> None:
        self.wanted, self._quality, self._own_quality = wanted, quality, quality
        self._compresses = False
        self._bounds = bounds  # of what goes to the workers
        self._codec = codec or open_codec()
        self._tables = _huffman_tables(self._codec)

    def want(self, size: Size, quality: int | None) -> None:
        """Set the size and quality from now on. With a quality every picture is encoded again,
        since the point is fewer bytes."""
        self.wanted, self._compresses = size, quality is not None
        self._quality = self._own_quality if quality is None else quality

    def jpeg(self, data: bytes, verified: bool = False) -> bytes:
        """The same bytes if the size is right; `verified`: their body has been decoded before."""
        data = self._whole(data)
        header = read_header(data, FILE)
        if header.size.width * header.size.height > FILE_PIXELS:
            raise JpegError(f"{header.size} is too large")
        turn = orientation(data)
        if turn != 1 or len(data) > self._bounds.bytes or max(header.size) > self._bounds.side:
            return self._decoded(data, header, turn)
        if self._compresses:
            smaller = self._decoded(data, header, turn)
            return min(data, smaller, key=len) if header.size == self.wanted else smaller
        if header.size == self.wanted and not verified:
            verify(self._codec, data)
        fitted = fit_jpeg(self._codec, data, self.wanted, self._quality)
        if len(fitted) > self._bounds.bytes:
            return self._decoded(data, header, turn)
        return fitted

    def bgr(self, pixels: Pixels) -> bytes:
        """From pixels in OpenCV's colour order, swapped last, where there are fewest."""
        return self.rgb(
            np.asarray(cv2.cvtColor(fit_pixels(pixels, self.wanted), cv2.COLOR_BGR2RGB))
        )

    def rgb(self, pixels: Pixels) -> bytes:
        fitted = fit_pixels(pixels, self.wanted)
        for quality in range(self._quality, 0, -15):
            data = self._codec.encode(fitted, quality)
            if len(data) <= self._bounds.bytes:  # by default only sides of 4096 come near it
                return data
        raise JpegError("too large to be sent at any quality")

    def _decoded(self, data: bytes, header: Header, turn: int) -> bytes:
        turned = turn >= 5  # these four orientations swap the sides
        wanted = Size(self.wanted.height, self.wanted.width) if turned else self.wanted
        pixels = decode_for(self._codec, data, header.size, wanted)
        return self.rgb(turn_upright(pixels, turn))

    def _whole(self, data: bytes) -> bytes:
        """The JPEG without the bytes after its end (phones append a film, drivers pad), and with
        the Huffman tables that webcams leave out."""
        if data[-2:] != _END:
            end = data.rfind(_END)
            data = data[: end + 2] if end > 0 else data
        scan = data.find(b"\xff\xda")
        if data[:2] == b"\xff\xd8" and scan > 0 and b"\xff\xc4" not in data[:scan]:
            return data[:2] + self._tables + data[2:]
        return data


def _huffman_tables(codec: Codec) -> bytes:
    """The standard tables, taken from our own encoder, which writes them unless it optimises."""
    data = codec.encode(np.zeros((SMALLEST, SMALLEST, 3), np.uint8), 75)
    at, tables = 2, b""
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xC4:
            tables += data[at:end]
        at = end
    return tables
