from __future__ import annotations

import pytest

from lib.pictures.header import read_header
from lib.stream.capture.pattern import Pattern
from tests.stream.capture.helpers import CODEC, settings


@pytest.mark.parametrize(
    "size", ["512", "512x288", "288x512", "64", "512x64", "64x512", "1920x1080"]
)
def test_it_comes_in_every_size(size: str) -> None:
    pattern = Pattern(settings(resolution=size))
    assert str(read_header(pattern.read(1)).size) == str(settings(resolution=size).size)
    pixels = CODEC.decode(pattern.read(900))
    assert pixels.std() > 25  # not one flat colour


def test_a_number_and_a_rate_give_the_time() -> None:
    one, other = Pattern(settings(fps=30)), Pattern(settings(fps=60))
    one.seek(45)
    assert one.read(1) == other.read(91)  # frame 45 of 30 a second is frame 90 of 60
    assert (one.position, other.position) == (45, 90)
