"""Colours of areas, and the channels that fixtures get."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from lib.signals.dmx.channels import DmxChannel, read_channels
from lib.signals.dmx.fixtures import Area, Fixture, Patch, average_colours, universe_levels


def test_each_area_has_its_mean_and_the_light_is_in_it() -> None:
    generator = np.random.default_rng(1)
    pixels = generator.integers(0, 256, (90, 160, 3), np.uint8)
    left, tiny = (
        Area(x=0, y=0, width=0.5, height=1),
        Area(x=0.999, y=0.999, width=0.01, height=0.01),
    )
    found = average_colours(pixels, [Area(), left, tiny], 1.0)
    assert found[0] == pytest.approx(pixels.reshape(-1, 3).mean(0) / 255)
    assert found[1] == pytest.approx(pixels[:, :80].reshape(-1, 3).mean(0) / 255)
    assert found[2] == pytest.approx(pixels[-1, -1] / 255)
    half = average_colours(pixels, [left], 0.5)[0]
    assert half == pytest.approx(tuple(one / 2 for one in found[1]))
    assert average_colours(pixels, [left], 0.0) == [(0.0, 0.0, 0.0)]


def test_each_kind_of_fixture_gets_its_channels() -> None:
    kinds = ("rgb", "rgbw", "dimmer", "dimmer16")
    patch = Patch(
        fixtures=[
            Fixture(universe=1, channel=1 + 10 * at, kind=kind) for at, kind in enumerate(kinds)
        ]
    )
    levels = universe_levels(patch, [(1.0, 0.5, 0.25)] * 4)[1]
    assert levels[:3] == bytes((255, 128, 64))
    assert levels[10:14] == bytes((191, 64, 0, 64))
    luma = 0.2126 + 0.7152 * 0.5 + 0.0722 * 0.25
    assert levels[20] == round(luma * 255)
    assert int.from_bytes(levels[30:32], "big") == round(luma * 65535)
    assert len(levels) == 32


@pytest.mark.parametrize(
    ("fixtures", "says"),
    [
        ([{"channel": 511, "kind": "rgb"}], "its last channel would be 513"),
        ([{"channel": 1}, {"channel": 3}], "channel 3 of universe 1 has two fixtures"),
        ([{"channel": 0}], "greater than or equal to 1"),
        ([{"area": {"width": 0}}], "greater than 0"),
        ([{"colour": "red"}], "not permitted"),
    ],
)
def test_a_wrong_patch_is_said(fixtures: list[dict[str, object]], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Patch.model_validate({"fixtures": fixtures})


def test_channels_are_named_one_by_one_in_rows_and_with_a_fine_part() -> None:
    channels = read_channels("1/3-5, 2/20+21", 1, 63_999)
    assert [one.name for one in channels] == ["1.3", "1.4", "1.5", "2.20"]
    levels = bytes(30) + b"\xff"
    assert DmxChannel(1, 31).value(levels) == 1.0
    assert DmxChannel(1, 32).value(levels) is None
    assert channels[3].value(bytes((*[0] * 19, 0x80, 0x01))) == 0x8001 / 65535


@pytest.mark.parametrize(
    "text", ["1", "1/0", "1/513", "1/9-3", "0/1", "1/1-200", "a/1", "1/1 2/1-400", "64000/1"]
)
def test_wrong_channels_are_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"channel|universe"):
        read_channels(text, 1, 63_999)
