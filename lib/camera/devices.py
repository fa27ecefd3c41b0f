"""Finds cameras by number, by path or by a part of their name."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lib.core.plain import plain
from lib.files import read_text

_QUERYCAP = 0x80685600  # VIDIOC_QUERYCAP, linux/videodev2.h
_CAPTURE = 0x1 | 0x1000  # V4L2_CAP_VIDEO_CAPTURE, also in its form of many planes
_DEVICE_CAPS = 0x80000000


class Device(NamedTuple):
    path: str  # of a device or a file, or an address
    words: str
    is_v4l2: bool
    is_file: bool


def words_for(named: str) -> str:
    """The camera as it may be shown: an address may hold a password."""
    if "://" in named:
        host = named.partition("://")[2].partition("/")[0].rpartition("@")[2]
        return f"camera at {plain(host)}"
    return f"camera {plain(named)}"


class Devices:
    """The cameras of this machine; a test brings a machine of its own."""

    def __init__(
        self,
        dev: Path = Path("/dev"),
        sysfs: Path = Path("/sys/class/video4linux"),
        takes_pictures: Callable[[Path], bool] | None = None,
    ) -> None:
        self._dev, self._sysfs = dev, sysfs
        self._takes_pictures = takes_pictures or _takes_pictures

    def any(self) -> bool:
        """Whether a camera is there. A Raspberry Pi's codecs are video devices too, but take no
        pictures."""
        return any(self._takes_pictures(path) for path in self._numbered())

    def find(self, named: str) -> tuple[Device | None, str]:
        """The camera, or None and why not."""
        if "://" in named:
            return Device(named, words_for(named), False, False), ""
        if named.isdecimal():
            return self._at(self._dev / f"video{int(named)}", words_for(named))
        if os.sep in named:
            return self._at(Path(named), words_for(named))
        return self._by_name(named)

    def _numbered(self) -> list[Path]:
        found = (
            (re.fullmatch(r"video(\d+)", path.name), path) for path in self._dev.glob("video*")
        )
        return [path for _, path in sorted((int(match[1]), path) for match, path in found if match)]

    def _by_name(self, part: str) -> tuple[Device | None, str]:
        seen = []
        for path in self._numbered():
            try:
                name = read_text(self._sysfs / path.name / "name", errors="replace").strip()
            except OSError:
                continue
            # A camera has a second device of the same name, for data about the pictures.
            if part.lower() in name.lower() and self._takes_pictures(path):
                return self._at(path, f"camera {plain(name)}")
            seen.append(plain(name))
        there = f" (there is {', '.join(dict.fromkeys(seen))})" if seen else ""
        return None, f"no camera with {plain(part)!r} in its name{there}"

    @staticmethod
    def _at(path: Path, words: str) -> tuple[Device | None, str]:
        try:
            real = path.resolve(strict=True)  # /dev/v4l/by-id/... are links
            mode = real.stat().st_mode
        except (OSError, RuntimeError):
            return None, f"no {words}"
        if stat.S_ISREG(mode):
            return Device(str(real), words, False, True), ""
        if not stat.S_ISCHR(mode):
            return None, f"{words} is no camera"
        if not os.access(real, os.R_OK | os.W_OK):
            return None, f"no permission for {words} (is this user in the group video?)"
        return Device(str(real), words, True, False), ""


def _takes_pictures(path: Path) -> bool:
    """Asks the driver. One that cannot be asked (no permission, busy) counts as a camera:
    the reason is said when it is opened."""
    try:
        if not stat.S_ISCHR(path.stat().st_mode):
            return False
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        answer = fcntl.ioctl(descriptor, _QUERYCAP, bytes(104))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    whole, own = struct.unpack_from("=II", answer, 84)
    return bool((own if whole & _DEVICE_CAPS else whole) & _CAPTURE)
