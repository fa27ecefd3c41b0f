from __future__ import annotations

import struct

import cv2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.bounds import Bounds
from lib.core.geometry import Size
from lib.pictures.header import USUAL, JpegError, read_header
from tests.pictures.samples import busy, encoded, picture, with_orientation

_SAMPLINGS = {
    "444": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "422": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "420": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    "440": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440,
    "411": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411,
}
SMALL = encoded(picture(Size(40, 24)))


@pytest.mark.parametrize("sampling", _SAMPLINGS)
@pytest.mark.parametrize("progressive", [0, 1])
def test_size_and_sampling_are_read(sampling: str, progressive: int) -> None:
    data = encoded(
        picture(Size(120, 72)),
        ".jpg",
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        _SAMPLINGS[sampling],
        cv2.IMWRITE_JPEG_PROGRESSIVE,
        progressive,
    )
    assert read_header(data) == (Size(120, 72), sampling)


def test_gray_is_known_and_metadata_is_stepped_over() -> None:
    gray = encoded(picture(Size(40, 24))[:, :, 0])
    assert read_header(gray) == (Size(40, 24), "gray")
    assert read_header(with_orientation(SMALL, 6)).size == Size(40, 24)
    assert read_header(SMALL + bytes(7)).size == Size(40, 24)  # a driver's padding


def test_a_small_file_that_claims_to_be_huge_is_refused() -> None:
    at = SMALL.index(b"\xff\xc0") + 5
    bomb = SMALL[:at] + struct.pack(">HH", 65500, 65500) + SMALL[at + 4 :]
    with pytest.raises(JpegError, match="65500x65500, sides may be 16 to 4096"):
        read_header(bomb)
    with pytest.raises(JpegError, match="sides may be"):
        read_header(encoded(picture(Size(8, 8))))
    assert read_header(encoded(picture(Size(5000, 16))), Bounds(side=8192)).size.width == 5000


def test_too_many_bytes_and_too_many_scans_are_refused() -> None:
    with pytest.raises(JpegError, match="bytes, more than"):
        read_header(SMALL[:-2] + bytes(USUAL.bytes) + SMALL[-2:])
    progressive = encoded(picture(Size(64, 64)), ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    at = progressive.rindex(b"\xff\xda")
    scan = progressive[at:-2]
    with pytest.raises(JpegError, match="more than 32 scans"):
        read_header(progressive[:-2] + scan * 33 + progressive[-2:])


def test_other_kinds_of_jpeg_are_refused_by_name() -> None:
    at = SMALL.index(b"\xff\xc0")
    with pytest.raises(JpegError, match="not supported"):
        read_header(SMALL[:at] + b"\xff\xc9" + SMALL[at + 2 :])  # arithmetic coding
    with pytest.raises(JpegError, match="12 bits a colour"):
        read_header(SMALL[: at + 4] + b"\x0c" + SMALL[at + 5 :])
    with pytest.raises(JpegError, match="a CMYK JPEG"):
        read_header(SMALL[: at + 9] + b"\x04" + SMALL[at + 10 :])
    frame = SMALL[at : at + 19]
    with pytest.raises(JpegError, match="two frame headers"):
        read_header(SMALL[:at] + frame + SMALL[at:])


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\xff\xd8", b"GIF89a" + bytes(40), b"\xff\xd8\xff\xd9", bytes(999)]
)
def test_what_is_no_jpeg_is_refused(data: bytes) -> None:
    with pytest.raises(JpegError):
        read_header(data)


@given(st.integers(0, len(SMALL) - 1))
def test_every_truncation_is_refused(keep: int) -> None:
    with pytest.raises(JpegError):
        read_header(SMALL[:keep])


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=300)
def test_a_damaged_header_gives_a_header_or_a_jpeg_error(damage: list[tuple[int, int]]) -> None:
    data = bytearray(encoded(busy(Size(64, 64))))
    for at, value in damage:
        data[at] = value
    try:
        size = read_header(bytes(data)).size
    except JpegError:
        return
    assert all(16 <= side <= 4096 for side in size)
