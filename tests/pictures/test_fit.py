from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.geometry import Size, centre_crop
from lib.pictures.codec import Codec, SimpleCodec, TurboCodec, open_codec
from lib.pictures.fit import fit_jpeg, fit_pixels, verify
from lib.pictures.header import JpegError, read_header
from tests.pictures.samples import busy, difference, encoded, picture

CODEC = open_codec()


class Counting(TurboCodec):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def decode_scaled(self, data: bytes, size: Size, at_least: Size) -> np.ndarray:
        self.calls.append("decode")
        return super().decode_scaled(data, size, at_least)

    def encode(self, pixels: np.ndarray, quality: int) -> bytes:
        self.calls.append("encode")
        return super().encode(pixels, quality)


def test_the_right_size_is_handed_back_untouched() -> None:
    data = encoded(picture(Size(128, 64)))
    assert fit_jpeg(CODEC, data, Size(128, 64), 85) is data


def test_a_cut_that_lies_on_the_blocks_costs_no_decoding() -> None:
    try:
        codec = Counting()
    except OSError:
        pytest.skip("the system has no libturbojpeg")
    data = codec.encode(busy(Size(160, 64)), 85)
    codec.calls.clear()
    fitted = fit_jpeg(codec, data, Size(64, 64), 85)
    assert read_header(fitted).size == Size(64, 64) and codec.calls == []
    fit_jpeg(codec, data, Size(80, 64), 85)  # starts at 40, between two blocks
    assert codec.calls == ["decode", "encode"]


@pytest.mark.parametrize("codec", [CODEC, SimpleCodec()])
@given(
    st.integers(16, 400),
    st.integers(16, 400),
    st.sampled_from([64, 72, 128, 256]),
    st.sampled_from([64, 104, 128]),
)
@settings(max_examples=60)
def test_whatever_comes_in_the_middle_comes_out_in_the_wanted_size(
    codec: Codec, width: int, height: int, to_width: int, to_height: int
) -> None:
    have, wanted = Size(width, height), Size(to_width, to_height)
    pixels = picture(have)
    fitted = codec.decode(fit_jpeg(codec, encoded(pixels), wanted, 95))
    assert fitted.shape == (to_height, to_width, 3)
    box = centre_crop(have, wanted)
    expected = pixels[box.y : box.y + box.height, box.x : box.x + box.width].mean((0, 1))
    assert np.abs(fitted.mean((0, 1)) - expected).max() < 8


def test_pixels_are_cut_in_the_middle_then_scaled() -> None:
    pixels = picture(Size(400, 100))
    fitted = fit_pixels(pixels, Size(64, 64))
    assert difference(fitted, fit_pixels(pixels[:, 150:250], Size(64, 64))) == 0
    assert fit_pixels(pixels, Size(400, 100)) is pixels


def test_verify_looks_into_the_body() -> None:
    data = encoded(busy(Size(128, 128)))
    assert verify(CODEC, data).size == Size(128, 128)
    with pytest.raises(JpegError):
        verify(CODEC, data[: len(data) // 2] + b"\xff\xd9")
