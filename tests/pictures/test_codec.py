from __future__ import annotations

import pytest

from lib.core.geometry import Box, Size
from lib.pictures.codec import Codec, SimpleCodec, TurboCodec, open_codec
from lib.pictures.header import JpegError, read_header
from tests.pictures.samples import busy, difference, encoded, picture

SIZE = Size(96, 64)


@pytest.fixture(params=[TurboCodec, SimpleCodec])
def codec(request: pytest.FixtureRequest) -> Codec:
    try:
        made: Codec = request.param()
    except OSError:
        pytest.skip("the system has no libturbojpeg")
    return made


def test_a_picture_comes_back_as_rgb(codec: Codec) -> None:
    pixels = picture(SIZE)
    data = codec.encode(pixels, 95)
    assert read_header(data) == (SIZE, "420")
    assert difference(codec.decode(data), pixels) < 3
    assert difference(codec.decode(encoded(pixels, ".jpg")), pixels) < 3


def test_better_quality_takes_more_bytes(codec: Codec) -> None:
    pixels = busy(SIZE)
    assert len(codec.encode(pixels, 40)) < len(codec.encode(pixels, 85)) / 1.5


def test_a_scaled_decode_is_no_smaller_than_asked_and_no_larger_than_it_must(codec: Codec) -> None:
    size = Size(640, 480)
    data = encoded(picture(size))
    for least in (Size(1, 1), Size(100, 70), Size(160, 120), Size(321, 200), Size(640, 480)):
        height, width = codec.decode_scaled(data, size, least).shape[:2]
        assert width >= least.width and height >= least.height
        assert width <= 640
    assert codec.decode_scaled(data, size, Size(160, 120)).shape == (120, 160, 3)
    shown = codec.decode_scaled(data, size, Size(160, 120))
    assert difference(shown, picture(Size(160, 120))) < 3


@pytest.mark.parametrize("keep", [0.5, 0.9, 0.99])
def test_a_truncated_body_is_an_error_and_no_half_grey_picture(codec: Codec, keep: float) -> None:
    data = encoded(busy(SIZE))
    broken = data[: int(len(data) * keep)] + b"\xff\xd9"
    with pytest.raises(JpegError):
        codec.decode(broken)
    with pytest.raises(JpegError):
        codec.decode_scaled(broken, SIZE, Size(1, 1))


def test_a_damaged_body_is_an_error() -> None:
    codec = open_codec()
    data = bytearray(encoded(busy(Size(256, 256))))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(range(100, 140))
    data[middle + 20 : middle + 22] = b"\xff\xc4"  # a marker where there can be none
    with pytest.raises(JpegError):
        codec.decode(bytes(data))


def test_a_cut_on_the_blocks_needs_no_decoding_and_loses_nothing() -> None:
    codec = open_codec()
    if not isinstance(codec, TurboCodec):
        pytest.skip("the system has no libturbojpeg")
    data = codec.encode(busy(SIZE), 85)
    cut = codec.crop(data, Box(16, 16, 64, 32), "420")
    assert cut is not None and read_header(cut).size == Size(64, 32)
    # Two decoders differ at the seams of the colour blocks, where the cut has no neighbours.
    inner = codec.decode(data)[16:48, 16:80][2:-2, 2:-2]
    assert difference(codec.decode(cut)[2:-2, 2:-2], inner) == 0
    assert codec.crop(data, Box(8, 16, 64, 32), "420") is None
    assert codec.crop(data, Box(16, 16, 60, 32), "420") is None
    assert codec.crop(data, Box(0, 0, 64, 32), "411") is None


def test_planes_are_those_that_are_stored() -> None:
    codec = open_codec()
    data = codec.encode(picture(SIZE), 95)
    planes = codec.planes(data)
    if not isinstance(codec, TurboCodec):
        assert planes is None
        return
    assert planes is not None
    assert [plane.shape for plane in planes] == [(64, 96), (32, 48), (32, 48)]
    red, green, blue = (picture(SIZE)[..., n].astype(float) for n in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    assert abs(planes[0] - luma).mean() < 2


def test_a_grey_thumbnail_is_the_picture_without_colour(codec: Codec) -> None:
    size = Size(640, 480)
    pixels = picture(size)
    thumbnail = codec.decode_grey(encoded(pixels), size, Size(48, 48))
    assert thumbnail.shape == (60, 80)
    luma = pixels.astype(float) @ (0.299, 0.587, 0.114)
    cells = luma.reshape(60, 8, 80, 8).mean(axis=(1, 3)).astype("uint8")
    assert difference(thumbnail, cells) < 2
    assert codec.decode_grey(encoded(pixels), size, Size(480, 480)).shape == (480, 640)
    with pytest.raises(JpegError):
        codec.decode_grey(encoded(busy(SIZE))[:2000] + b"\xff\xd9", SIZE, Size(1, 1))
