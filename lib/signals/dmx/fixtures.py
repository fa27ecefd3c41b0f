"""Fixtures that show the colours of the picture: areas, their averages, channels. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lib.signals.dmx.levels import CHANNELS

if TYPE_CHECKING:
    from lib.core.pixels import Pixels

FixtureKind = Literal["rgb", "rgbw", "dimmer", "dimmer16"]
WIDTHS: dict[FixtureKind, int] = {"rgb": 3, "rgbw": 4, "dimmer": 1, "dimmer16": 2}
MOST_FIXTURES = 170 * 4  # four universes of RGB
LUMA = (0.2126, 0.7152, 0.0722)  # Rec. 709
Share = Annotated[float, Field(ge=0, le=1)]
Colour = tuple[float, float, float]


class Area(BaseModel):
    """A part of the picture, in shares of its sides from the top left corner."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    x: Share = 0.0
    y: Share = 0.0
    width: Annotated[float, Field(gt=0, le=1)] = 1.0
    height: Annotated[float, Field(gt=0, le=1)] = 1.0


class Fixture(BaseModel):
    """A lamp, and the area whose average colour it shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    universe: Annotated[int, Field(ge=0, le=63_999)] = 1
    channel: Annotated[int, Field(ge=1, le=CHANNELS)] = 1
    kind: FixtureKind = "rgb"
    area: Area = Area()

    @model_validator(mode="after")
    def _fits(self) -> Fixture:
        last = self.channel + WIDTHS[self.kind] - 1
        if last > CHANNELS:
            raise ValueError(f"its last channel would be {last}, of {CHANNELS}")
        return self


class Patch(BaseModel):
    """All fixtures, as lighting people call it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    fixtures: Annotated[tuple[Fixture, ...], Field(max_length=MOST_FIXTURES)] = ()

    @model_validator(mode="after")
    def _apart(self) -> Patch:
        taken: set[tuple[int, int]] = set()
        for one in self.fixtures:
            own = {(one.universe, one.channel + at) for at in range(WIDTHS[one.kind])}
            if twice := taken & own:
                universe, channel = min(twice)
                raise ValueError(f"channel {channel} of universe {universe} has two fixtures")
            taken |= own
        return self

    @property
    def universes(self) -> list[int]:
        return sorted({one.universe for one in self.fixtures})


def average_colours(pixels: Pixels, areas: Iterable[Area], light: float) -> list[Colour]:
    """The mean colour of each area, 0 to 1, of a picture that is shown this bright.

    The numbers of the picture are averaged as they are, as pixel mappers do: a lamp's own curve
    is set at the lamp.
    """
    # With numpy the process of signals would have 10 MB more at rest, where nobody sends light.
    import numpy as np  # noqa: PLC0415 - see above

    height, width = pixels.shape[:2]
    # One sum over the picture serves all areas, however many they are and whatever they overlap.
    sums = np.zeros((height + 1, width + 1, 3), np.float64)
    sums[1:, 1:] = pixels.cumsum(0, dtype=np.float64).cumsum(1)
    colours: list[Colour] = []
    for area in areas:
        left, right = _span(area.x, area.width, width)
        top, bottom = _span(area.y, area.height, height)
        total = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        mean = total / ((right - left) * (bottom - top) * 255) * light
        red, green, blue = (min(1.0, max(0.0, float(one))) for one in mean)
        colours.append((red, green, blue))
    return colours


def _span(start: float, length: float, pixels: int) -> tuple[int, int]:
    """The pixels of an area along one side: at least one, all in the picture."""
    first = min(pixels - 1, round(start * pixels))
    return first, min(pixels, max(first + 1, round((start + length) * pixels)))


def universe_levels(patch: Patch, colours: list[Colour]) -> dict[int, bytes]:
    """The channels of each universe, up to its last fixture."""
    levels: dict[int, bytearray] = {}
    for fixture, colour in zip(patch.fixtures, colours, strict=True):
        own = _levels(fixture.kind, colour)
        universe = levels.setdefault(fixture.universe, bytearray())
        end = fixture.channel - 1 + len(own)
        universe.extend(b"\0" * (end - len(universe)))
        universe[fixture.channel - 1 : end] = own
    return {universe: bytes(taken) for universe, taken in levels.items()}


def _levels(kind: FixtureKind, colour: Colour) -> bytes:
    if kind == "rgb":
        return bytes(round(one * 255) for one in colour)
    if kind == "rgbw":  # what the three have in common is the white lamp's
        white = min(colour)
        return bytes(round(one * 255) for one in (*(one - white for one in colour), white))
    luma = min(1.0, sum(part * one for part, one in zip(LUMA, colour, strict=True)))
    if kind == "dimmer":
        return bytes((round(luma * 255),))
    return round(luma * 65535).to_bytes(2, "big")
