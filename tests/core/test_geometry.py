from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.geometry import LARGEST, SMALLEST, STEP, Size, centre_crop, letterbox, parse_size

sides = st.integers(SMALLEST // STEP, LARGEST // STEP).map(lambda n: n * STEP)
wanted_sizes = st.builds(Size, sides, sides)
pictures = st.builds(Size, st.integers(16, 8192), st.integers(16, 8192))
screens = st.builds(Size, st.integers(1, 8192), st.integers(1, 8192))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512", Size(512, 512)),
        (512, Size(512, 512)),
        ("1024x576", Size(1024, 576)),
        (" 1024 x 576 ", Size(1024, 576)),
        ("576×1024", Size(576, 1024)),
        ("64", Size(64, 64)),
        ("4096x4096", Size(4096, 4096)),
    ],
)
def test_a_resolution_is_a_square_or_two_sides(text: str | int, size: Size) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "0", "-512", "513", "56", "4104", "1024x", "x576", "64x64x3", "1e3", "9" * 9]
)  # fmt: skip
def test_another_resolution_is_refused_in_words_that_say_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="multiple of 8 from 64 to 4096, not"):
        parse_size(text)


@given(wanted_sizes)
def test_a_size_reads_back_as_it_is_written(size: Size) -> None:
    assert parse_size(str(size)) == size


@given(pictures, wanted_sizes)
def test_a_crop_lies_inside_touches_two_edges_and_is_centred(have: Size, wanted: Size) -> None:
    box = centre_crop(have, wanted)
    assert box.x >= 0 and box.y >= 0 and box.width >= 1 and box.height >= 1
    assert box.x + box.width <= have.width and box.y + box.height <= have.height
    assert box.width == have.width or box.height == have.height
    left_over = have.width - box.width - 2 * box.x, have.height - box.height - 2 * box.y
    assert left_over[0] in (0, 1) and left_over[1] in (0, 1)


@given(pictures, wanted_sizes)
def test_a_crop_has_the_wanted_shape_to_half_a_pixel(have: Size, wanted: Size) -> None:
    box = centre_crop(have, wanted)
    wide = abs(box.width - have.height * wanted.width / wanted.height)
    high = abs(box.height - have.width * wanted.height / wanted.width)
    # A shape so far from the picture's that less than a pixel is left of it gets one.
    assert min(wide, high) <= 0.5 or min(box.width, box.height) == 1


@given(wanted_sizes, st.integers(1, 4))
def test_the_same_shape_is_not_cut(wanted: Size, times: int) -> None:
    have = Size(wanted.width * times, wanted.height * times)
    assert centre_crop(have, wanted) == (0, 0, *have)


@given(pictures, screens, st.integers(0, 300))
def test_a_letterbox_lies_on_the_screen_and_keeps_the_shape(
    picture: Size, screen: Size, pad: int
) -> None:
    box = letterbox(picture, screen, pad)
    room = Size(max(1, screen.width - 2 * pad), max(1, screen.height - 2 * pad))
    assert 1 <= box.width <= room.width and 1 <= box.height <= room.height
    assert box.width == room.width or box.height == room.height
    high = abs(box.height - box.width * picture.height / picture.width)
    wide = abs(box.width - box.height * picture.width / picture.height)
    assert min(wide, high) <= 0.5 or min(box.width, box.height) == 1
