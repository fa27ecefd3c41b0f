from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from lib.core.geometry import Size
from lib.pictures.codec import open_codec
from lib.pictures.header import USUAL, JpegError, read_header
from lib.stream.capture.fitter import JpegFitter
from tests.pictures.samples import busy, difference, encoded, picture, with_orientation

SIZE = Size(128, 64)
CODEC = open_codec()


@pytest.fixture
def fitter() -> JpegFitter:
    return JpegFitter(SIZE, 90)


def test_the_right_size_passes_untouched_if_its_body_decodes(fitter: JpegFitter) -> None:
    data = encoded(busy(SIZE))
    assert fitter.jpeg(data) is data
    broken = data[: len(data) // 2] + b"\xff\xd9"
    with pytest.raises(JpegError):
        fitter.jpeg(broken)
    assert fitter.jpeg(broken, verified=True) is broken  # proved before, so not looked at again


def test_other_sizes_and_colours_in_any_order_come_out_right(fitter: JpegFitter) -> None:
    pixels = picture(Size(256, 128))
    for made in (
        fitter.jpeg(encoded(pixels)),
        fitter.rgb(pixels),
        fitter.bgr(np.ascontiguousarray(pixels[:, :, ::-1])),
    ):
        assert read_header(made).size == SIZE
        assert difference(CODEC.decode(made), picture(SIZE)) < 3


@pytest.mark.parametrize("turn", range(2, 9))
def test_a_turned_photo_is_turned_and_says_so_no_more(fitter: JpegFitter, turn: int) -> None:
    have = Size(64, 128) if turn >= 5 else SIZE
    data = with_orientation(encoded(picture(have), ".jpg", cv2.IMWRITE_JPEG_QUALITY, 95), turn)
    made = fitter.jpeg(data)
    assert read_header(made).size == SIZE and b"Exif" not in made
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert difference(CODEC.decode(made), np.asarray(shown, np.uint8)) < 3


def test_a_photographers_large_file_is_shrunk(fitter: JpegFitter) -> None:
    large = cv2.resize(picture(Size(600, 300)), (6000, 3000), interpolation=cv2.INTER_NEAREST)
    data = encoded(np.asarray(large, np.uint8))
    made = fitter.jpeg(data)
    assert difference(CODEC.decode(made), picture(SIZE)) < 3


def test_more_than_a_file_may_be_is_refused(fitter: JpegFitter) -> None:
    data = encoded(picture(Size(64, 64)))
    at = data.index(b"\xff\xc0") + 5
    for sides, words in (((16000, 16000), "too large"), ((65500, 65500), "sides may be")):
        with pytest.raises(JpegError, match=words):
            fitter.jpeg(data[:at] + struct.pack(">HH", *sides) + data[at + 4 :])


def test_what_phones_and_drivers_write_after_the_end_is_cut_away(fitter: JpegFitter) -> None:
    data = encoded(busy(SIZE))
    assert fitter.jpeg(data + b"MotionPhoto" * 50) == data
    assert fitter.jpeg(data + bytes(300)) == data


def test_a_cut_off_photo_with_a_whole_thumbnail_is_refused(fitter: JpegFitter) -> None:
    data = encoded(busy(SIZE))
    thumbnail = encoded(picture(Size(32, 16)))
    segment = b"\xff\xe2" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    whole = data[:2] + segment + data[2:]
    assert fitter.jpeg(whole) == whole
    with pytest.raises(JpegError):
        fitter.jpeg(whole[: len(whole) // 2])


def test_the_tables_that_webcams_leave_out_are_put_back(fitter: JpegFitter) -> None:
    data = CODEC.encode(busy(SIZE), 80)
    bare, at = data[:2], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        bare += b"" if data[at + 1] == 0xC4 else data[at:end]
        at = end
    bare += data[at:]
    assert b"\xff\xc4" not in bare
    made = fitter.jpeg(bare)
    theirs = cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert difference(np.asarray(theirs, np.uint8), CODEC.decode(data)) < 1


def test_what_would_be_too_large_to_travel_is_encoded_with_less_quality() -> None:
    fitter = JpegFitter(Size(2048, 2048), 100)
    dice = np.random.default_rng(1)
    made = fitter.rgb(dice.integers(0, 256, (2048, 2048, 3), np.uint8))
    assert len(made) <= USUAL.bytes and read_header(made).size == Size(2048, 2048)
