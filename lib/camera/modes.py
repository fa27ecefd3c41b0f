"""What a camera can give: formats, sizes and rates, as its driver lists them."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from lib.core.geometry import Size

# linux/videodev2.h
_ENUM_FMT = 0xC0405602
_ENUM_FRAMESIZES = 0xC02C564A
_ENUM_FRAMEINTERVALS = 0xC034564B
_CAPTURE_TYPES = (1, 9)  # V4L2_BUF_TYPE_VIDEO_CAPTURE, and its form of many planes
_DISCRETE = 1  # otherwise a range, from the smallest to the largest
_MOST = 128  # of a list: a driver that never ends one is believed no longer

_USUAL = tuple(
    Size(*sides)
    for sides in ((640, 480), (800, 600), (1024, 576), (1280, 720), (1920, 1080), (3840, 2160))
)

Ask = Callable[[int, int, bytearray], object]


class Mode(NamedTuple):
    """One size in one format. A camera that knows a range of sizes is given as its largest."""

    form: str  # MJPG, YUYV and so on
    size: Size
    fps: float  # the highest; 0: it does not say
    is_range: bool = False


def camera_mode(wanted: Size) -> Size:
    """The smallest usual size that covers the wanted one: cameras know no others."""
    return next((mode for mode in _USUAL if covers(mode, wanted)), _USUAL[-1])


def covers(mode: Size, wanted: Size) -> bool:
    return mode.width >= wanted.width and mode.height >= wanted.height


def modes_of(path: Path, ask: Ask = fcntl.ioctl) -> list[Mode]:
    """OSError where the camera cannot be opened. One that is in use can still be asked."""
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return [
            Mode(form, size, _fastest(ask, descriptor, form, size), is_range)
            for kind in _CAPTURE_TYPES
            for form in _formats(ask, descriptor, kind)
            for size, is_range in _sizes(ask, descriptor, form)
        ]
    finally:
        os.close(descriptor)


def best(modes: list[Mode], wanted: Size) -> Mode | None:
    """What comes nearest to what a show asks for: it covers the size, is fast, comes as JPEG."""
    fits = [one for one in modes if covers(one.size, wanted)] or modes
    return max(fits, key=lambda one: (one.fps, one.form in ("MJPG", "JPEG")), default=None)


def _formats(ask: Ask, descriptor: int, kind: int) -> Iterator[str]:
    for answer in _list(ask, descriptor, _ENUM_FMT, 64, struct.pack("=I", kind)):
        yield answer[44:48].decode("latin-1").strip("\0 ")


def _sizes(ask: Ask, descriptor: int, form: str) -> Iterator[tuple[Size, bool]]:
    for answer in _list(ask, descriptor, _ENUM_FRAMESIZES, 44, _code(form)):
        kind, width, second, _, _, largest_height = struct.unpack_from("=6I", answer, 8)
        if kind != _DISCRETE:
            yield Size(second, largest_height), True
            return
        yield Size(width, second), False


def _fastest(ask: Ask, descriptor: int, form: str, size: Size) -> float:
    wanted = _code(form) + struct.pack("=II", *size)
    rates = []
    for answer in _list(ask, descriptor, _ENUM_FRAMEINTERVALS, 52, wanted):
        # Of a range the first is the shortest interval.
        numerator, denominator = struct.unpack_from("=II", answer, 20)
        if numerator:
            rates.append(denominator / numerator)
    return round(max(rates, default=0.0), 2)


def _code(form: str) -> bytes:
    return form.encode("latin-1").ljust(4)[:4]


def _list(ask: Ask, descriptor: int, code: int, size: int, wanted: bytes) -> Iterator[bytes]:
    """Each entry, until the driver says that there are no more."""
    for number in range(_MOST):
        asked = bytearray(struct.pack("=I", number) + wanted).ljust(size, b"\0")
        try:
            ask(descriptor, code, asked)
        except OSError:
            return
        yield bytes(asked)
