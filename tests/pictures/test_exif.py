from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.geometry import Size
from lib.pictures.codec import open_codec
from lib.pictures.exif import orientation, orientation_of, turn_upright
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


def test_it_is_found_behind_other_tags_and_as_a_long_number_too() -> None:
    tags = struct.pack("<HHII", 256, 4, 1, 70000) + struct.pack("<HHII", 0x0112, 4, 1, 6)
    assert orientation_of(b"II*\0" + struct.pack("<IH", 8, 2) + tags) == 6


@given(st.binary(max_size=200))
def test_any_bytes_after_the_mark_are_survived(noise: bytes) -> None:
    for start in (b"II*\0", b"MM\0*"):
        assert 1 <= orientation_of(start + noise) <= 8
    assert 1 <= orientation(JPEG[:2] + b"\xff\xe1\x00\x40Exif\0\0II*\0" + noise + JPEG[2:]) <= 8
