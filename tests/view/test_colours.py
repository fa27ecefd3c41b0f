"""What is on the screen is the picture that was sent in."""

import numpy as np
import pytest

from lib.core.geometry import Size
from lib.pictures.codec import SimpleCodec
from lib.view.sdl import sdl2
from tests.view.conftest import OpenStand, error
from tests.view.scene import bars, boxed, decoded, jpeg, outside

SMALL = 3.0  # of 255: the edges of the bars, which each way of scaling draws a little differently
LARGE = 5.0


@pytest.mark.parametrize("sampling", ["420", "422", "444", "440", "gray"])
def test_every_sampling_has_its_colours(stand: OpenStand, renderer: str, sampling: str) -> None:
    at = stand(renderer)
    data = jpeg(bars(Size(512, 512)), sampling)
    assert error(at.bring(data), boxed(decoded(data), at.screen.size)) < SMALL


@pytest.mark.parametrize("size", [(513, 387), (130, 515), (129, 129), (1024, 576)])
def test_sides_that_are_no_multiple_of_a_block(
    stand: OpenStand, renderer: str, size: tuple[int, int]
) -> None:
    at = stand(renderer)
    data = jpeg(bars(Size(*size)))
    seen = at.bring(data)
    assert error(seen, boxed(decoded(data), at.screen.size)) < SMALL
    assert outside(seen, Size(*size)) == 0


@pytest.mark.parametrize("size", [(16, 16), (17, 19), (300, 17)])
def test_the_smallest_pictures_reach_into_every_corner(
    stand: OpenStand, renderer: str, size: tuple[int, int]
) -> None:
    at = stand(renderer)
    flat = np.full((size[1], size[0], 3), (200, 60, 20), np.uint8)
    seen = at.bring(jpeg(flat))
    assert error(seen, boxed(flat, at.screen.size)) < SMALL


def test_a_codec_without_planes_shows_the_same(stand: OpenStand, renderer: str) -> None:
    at = stand(renderer)
    data = jpeg(bars(Size(512, 512)))
    with_planes = at.bring(data)
    at.presenter.codec = SimpleCodec()
    assert error(at.bring(data), with_planes) < SMALL


@pytest.mark.parametrize("mode", ["SDL_YUV_CONVERSION_BT601", "SDL_YUV_CONVERSION_BT709"])
def test_the_comparison_would_notice_the_wrong_range_or_matrix(
    stand: OpenStand, renderer: str, mode: str
) -> None:
    at = stand(renderer)
    if isinstance(at.presenter.codec, SimpleCodec):
        pytest.skip("no libturbojpeg here, so no planes; apt install libturbojpeg0")
    sdl2.SDL_SetYUVConversionMode(getattr(sdl2.surface, mode))
    data = jpeg(bars(Size(512, 512)))
    assert error(at.bring(data), boxed(decoded(data), at.screen.size)) > LARGE


def test_the_size_of_the_picture_may_change_while_it_runs(stand: OpenStand, renderer: str) -> None:
    at = stand(renderer)
    for size, sampling in (
        (Size(512, 512), "420"),
        (Size(1024, 576), "420"),
        (Size(320, 640), "444"),
        (Size(512, 512), "420"),
    ):
        data = jpeg(bars(size), sampling)
        seen = at.bring(data)
        assert error(seen, boxed(decoded(data), at.screen.size)) < SMALL
        assert outside(seen, size) == 0


@pytest.mark.parametrize("sampling", ["420", "444"])
@pytest.mark.parametrize("size", [(512, 512), (513, 387)])
def test_mirror_swaps_left_and_right(
    stand: OpenStand, renderer: str, size: tuple[int, int], sampling: str
) -> None:
    at = stand(renderer, mirror=True)
    data = jpeg(bars(Size(*size)), sampling)
    seen = at.bring(data)
    # An odd side has half a colour too many, which mirroring moves to the other end.
    limit = SMALL if size[0] % 2 == 0 else 2 * SMALL
    assert error(seen, boxed(decoded(data)[:, ::-1], at.screen.size)) < limit
    assert error(seen, boxed(decoded(data), at.screen.size)) > LARGE


@pytest.mark.parametrize("pad", [0, 1, 50, 300])
def test_pad_leaves_a_black_margin(stand: OpenStand, pad: int) -> None:
    at = stand(pad=pad)
    data = jpeg(bars(Size(640, 480)))
    seen = at.bring(data)
    assert error(seen, boxed(decoded(data), at.screen.size, pad)) < SMALL
    assert outside(seen, Size(640, 480), pad) == 0
    assert pad == 0 or seen[:pad].max() == seen[:, -pad:].max() == 0


def test_a_window_has_the_shape_of_the_picture(stand: OpenStand) -> None:
    at = stand(windowed=True, resolution="1024x512")
    size = at.screen.size
    assert size.width == pytest.approx(2 * size.height, abs=2)
    assert size.width < 1024
    data = jpeg(bars(Size(1024, 512)))
    assert error(at.bring(data), boxed(decoded(data), size)) < SMALL
