"""Decodes and encodes JPEG: libjpeg-turbo from the system, else the one inside simplejpeg.

Pictures have passed `read_header` before they come here. A decoder's warning is treated as an
error, since a truncated picture would come out half grey.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import simplejpeg
import turbojpeg

from lib.core.geometry import Box, Size
from lib.core.pixels import Pixels
from lib.pictures.header import Buffer, JpegError

_MCU = {"gray": (8, 8), "444": (8, 8), "422": (16, 8), "420": (16, 16), "440": (8, 16)}
_EIGHTHS = (1, 2, 3, 4, 5, 6, 7, 8)  # of the size, the scales at which it can decode directly


_DAMAGED = "its data are damaged"  # the codec's own words are no help to anybody


class Codec(ABC):
    """Pixels are height x width x 3, RGB."""

    name: str

    @abstractmethod
    def decode(self, data: Buffer) -> Pixels: ...

    @abstractmethod
    def decode_scaled(self, data: Buffer, size: Size, at_least: Size) -> Pixels:
        """The smallest picture that the decoder can make at no less than `at_least`."""

    @abstractmethod
    def decode_grey(self, data: Buffer, size: Size, at_least: Size) -> Pixels:
        """The same in grey, height x width: two thirds of the planes need not be computed."""

    @abstractmethod
    def encode(self, pixels: Pixels, quality: int) -> bytes: ...

    def planes(self, data: Buffer) -> tuple[Pixels, Pixels, Pixels] | None:
        """Y, U and V as they are stored, or None if this codec cannot give them."""
        del data
        return None

    def crop(self, data: Buffer, box: Box, sampling: str) -> bytes | None:
        """Crop without decoding, or None if the box does not lie on the codec's blocks."""
        del data, box, sampling
        return None


class _Strict(turbojpeg.TurboJPEG):  # type: ignore[misc]  # the package ships no types
    def _TurboJPEG__report_error(self, handle: object) -> None:  # noqa: N802 - the name to override
        raise OSError(self._TurboJPEG__get_error_string(handle))


class TurboCodec(Codec):
    """The system's libjpeg-turbo."""

    def __init__(self) -> None:
        # Loaded by name, since the package's own search runs ldconfig and gcc, which takes longer.
        self._turbo = _Strict("libturbojpeg.so.0")
        self.name = "libjpeg-turbo"

    def decode(self, data: Buffer) -> Pixels:
        try:
            pixels: Pixels = self._turbo.decode(data, turbojpeg.TJPF_RGB)
        except OSError as error:
            raise JpegError(_DAMAGED) from error
        return pixels

    def decode_scaled(self, data: Buffer, size: Size, at_least: Size) -> Pixels:
        return self._scaled(data, size, at_least, turbojpeg.TJPF_RGB)

    def decode_grey(self, data: Buffer, size: Size, at_least: Size) -> Pixels:
        return self._scaled(data, size, at_least, turbojpeg.TJPF_GRAY)[:, :, 0]

    def _scaled(self, data: Buffer, size: Size, at_least: Size, kind: int) -> Pixels:
        factor = next((n, 8) for n in _EIGHTHS if n == 8 or _covers(size, n, at_least))
        try:
            pixels: Pixels = self._turbo.decode(data, kind, _reduced(factor))
        except OSError as error:
            raise JpegError(_DAMAGED) from error
        return pixels

    def encode(self, pixels: Pixels, quality: int) -> bytes:
        data: bytes = self._turbo.encode(pixels, quality, turbojpeg.TJPF_RGB, turbojpeg.TJSAMP_420)
        return data

    def planes(self, data: Buffer) -> tuple[Pixels, Pixels, Pixels] | None:
        try:
            planes = self._turbo.decode_to_yuv_planes(data)
        except OSError as error:
            raise JpegError(_DAMAGED) from error
        return (planes[0], planes[1], planes[2]) if len(planes) == 3 else None

    def crop(self, data: Buffer, box: Box, sampling: str) -> bytes | None:
        block = _MCU.get(sampling)
        if block is None or box.x % block[0] or box.y % block[1]:
            return None
        if box.width % block[0] or box.height % block[1]:
            return None
        try:
            cut: bytes = self._turbo.crop(data, box.x, box.y, box.width, box.height)
        except OSError as error:
            raise JpegError(_DAMAGED) from error
        return cut


class SimpleCodec(Codec):
    """The library inside the simplejpeg wheel, for systems without one."""

    name = "simplejpeg"

    def decode(self, data: Buffer) -> Pixels:
        return self.decode_scaled(data, Size(0, 0), Size(0, 0))

    def decode_scaled(self, data: Buffer, size: Size, at_least: Size) -> Pixels:
        del size
        return self._scaled(data, at_least, "RGB")

    def decode_grey(self, data: Buffer, size: Size, at_least: Size) -> Pixels:
        del size
        return self._scaled(data, at_least, "GRAY")[:, :, 0]

    def _scaled(self, data: Buffer, at_least: Size, kind: str) -> Pixels:
        try:
            pixels: Pixels = simplejpeg.decode_jpeg(
                data, kind, min_height=at_least.height, min_width=at_least.width
            )
        except ValueError as error:
            raise JpegError(_DAMAGED) from error
        return pixels

    def encode(self, pixels: Pixels, quality: int) -> bytes:
        data: bytes = simplejpeg.encode_jpeg(
            np.ascontiguousarray(pixels), quality, "RGB", colorsubsampling="420"
        )
        return data


def open_codec() -> Codec:
    """The best codec of this machine. Give each thread its own."""
    try:
        return TurboCodec()
    except OSError:
        return SimpleCodec()


def _covers(size: Size, eighths: int, at_least: Size) -> bool:
    return all(-(-side * eighths // 8) >= least for side, least in zip(size, at_least, strict=True))


def _reduced(factor: tuple[int, int]) -> tuple[int, int]:
    numerator, denominator = factor
    while numerator % 2 == 0 and denominator % 2 == 0:
        numerator, denominator = numerator // 2, denominator // 2
    return numerator, denominator
