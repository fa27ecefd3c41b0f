from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.geometry import Size
from lib.pictures.codec import open_codec
from lib.pictures.exif import orientation, orientation_of, read_tags
from lib.pictures.fit import turn_upright
from tests.pictures.samples import difference, encoded, picture, with_orientation

JPEG = encoded(picture(Size(64, 32)), ".jpg", cv2.IMWRITE_JPEG_QUALITY, 95)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("big_endian", [False, True])
def test_a_turned_picture_is_shown_as_other_viewers_show_it(turn: int, big_endian: bool) -> None:
    data = with_orientation(JPEG, turn, big_endian)
    assert orientation(data) == turn
    ours = turn_upright(open_codec().decode(data), turn)
    theirs = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert difference(ours, np.asarray(theirs, np.uint8)) < 1


def test_without_a_sensible_word_a_picture_is_upright() -> None:
    assert orientation(JPEG) == 1
    assert orientation(with_orientation(JPEG, 9)) == 1
    assert orientation(b"") == 1
    assert orientation_of(b"II*\0") == 1


def test_a_tiff_directory_of_long_numbers_is_read_too() -> None:
    block = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHII", 256, 4, 1, 70000)
    assert read_tags(block) == {256: 70000}


@given(st.binary(max_size=200))
def test_any_bytes_after_the_mark_are_survived(noise: bytes) -> None:
    for start in (b"II*\0", b"MM\0*"):
        assert all(isinstance(value, int) for value in read_tags(start + noise).values())
    assert 1 <= orientation(JPEG[:2] + b"\xff\xe1\x00\x40Exif\0\0II*\0" + noise + JPEG[2:]) <= 8
