"""What a camera can give. The driver here speaks the kernel's own structures."""

from __future__ import annotations

import errno
import struct
from pathlib import Path

import pytest

from lib.camera.modes import Mode, best, camera_mode, modes_of
from lib.core.geometry import Size

WEBCAM = {
    "YUYV": {(640, 480): [30, 15], (1280, 720): [10]},
    "MJPG": {(1280, 720): [30], (1920, 1080): [60, 30]},
}


class Driver:
    """Answers as linux/videodev2.h has it."""

    def __init__(self, can: dict[str, dict[tuple[int, int], list[float]]]) -> None:
        self._can = can

    def __call__(self, descriptor: int, code: int, asked: bytearray) -> None:
        number, second = struct.unpack_from("=II", asked)
        form = asked[4:8].decode("latin-1")
        if code == 0xC0405602:
            names = list(self._can) if second == 1 else []
            struct.pack_into("=4s", asked, 44, self._nth(names, number).encode())
        elif code == 0xC02C564A:
            size = self._nth(list(self._can[form]), number)
            struct.pack_into("=III", asked, 8, 1, *size)
        else:
            width, height = struct.unpack_from("=II", asked, 8)
            fps = self._nth(self._can[form][width, height], number)
            struct.pack_into("=III", asked, 16, 1, 1000, int(1000 * fps))

    @staticmethod
    def _nth(items: list, number: int):  # type: ignore[no-untyped-def, type-arg]
        if number >= len(items):
            raise OSError(errno.EINVAL, "no more")
        return items[number]


def test_all_that_a_driver_lists_is_read() -> None:
    assert modes_of(Path("/dev/null"), Driver(WEBCAM)) == [
        Mode("YUYV", Size(640, 480), 30),
        Mode("YUYV", Size(1280, 720), 10),
        Mode("MJPG", Size(1280, 720), 30),
        Mode("MJPG", Size(1920, 1080), 60),
    ]


def test_the_one_is_taken_that_covers_the_picture_and_is_fast() -> None:
    modes = modes_of(Path("/dev/null"), Driver(WEBCAM))
    assert best(modes, Size(1280, 720)) == Mode("MJPG", Size(1920, 1080), 60)
    assert best(modes[:3], Size(1280, 720)) == Mode("MJPG", Size(1280, 720), 30)
    assert best(modes, Size(3840, 2160)) == Mode("MJPG", Size(1920, 1080), 60)  # the best there is
    assert best([], Size(64, 64)) is None


def test_a_range_of_sizes_is_given_as_its_largest() -> None:
    def driver(descriptor: int, code: int, asked: bytearray) -> None:
        if struct.unpack_from("=I", asked)[0]:
            raise OSError(errno.EINVAL, "no more")
        if code == 0xC0405602:
            if asked[4] != 1:
                raise OSError(errno.EINVAL, "none of this kind")
            struct.pack_into("=4s", asked, 44, b"NV12")
        elif code == 0xC02C564A:
            struct.pack_into("=7I", asked, 8, 3, 32, 2592, 2, 32, 1944, 2)
        else:
            raise OSError(errno.ENOTTY, "not known")

    assert modes_of(Path("/dev/null"), driver) == [Mode("NV12", Size(2592, 1944), 0, True)]


def test_what_is_no_camera_lists_nothing_and_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert modes_of(Path("/dev/null")) == []  # the kernel itself is asked
    with pytest.raises(OSError, match="No such"):
        modes_of(tmp_path / "video0")


def test_a_driver_whose_list_never_ends_is_left_in_time() -> None:
    def driver(descriptor: int, code: int, asked: bytearray) -> None:
        if code == 0xC0405602:
            struct.pack_into("=4s", asked, 44, b"MJPG")
        if code == 0xC034564B:
            raise OSError(errno.EINVAL, "none")

    assert 0 < len(modes_of(Path("/dev/null"), driver)) < 100_000


def test_what_a_camera_is_asked_for_covers_the_picture() -> None:
    assert camera_mode(Size(512, 512)) == Size(800, 600)
    assert camera_mode(Size(4096, 4096)) == Size(3840, 2160)
