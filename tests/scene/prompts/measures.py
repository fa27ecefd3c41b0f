"""Measures of a picture: does it show what the words say?

Each looks at the pixels, and where a thing must be found, at the box that the drawing says the
thing has. The thresholds are what a person agrees with, not what a drawing happened to give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels

# Hue as OpenCV counts it, 0 to 179, and how far from it a pixel may be.
HUES = {
    "red": (0, 9),
    "orange": (13, 9),
    "yellow": (25, 9),
    "green": (60, 22),
    "blue": (110, 16),
    "purple": (138, 16),
    "pink": (170, 16),
}
Numbers: TypeAlias = "NDArray[np.float32]"


@dataclass(frozen=True)
class Found:
    """Where a thing is, in pixels: its box, without its shadow or reflection."""

    name: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def across(self) -> float:
        return (self.left + self.right) / 2

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True)
class Shown:
    """A picture, RGB, and what its drawing says about it."""

    picture: Pixels
    things: tuple[Found, ...] = ()
    horizon: int | None = None

    def of(self, name: str) -> list[Found]:
        return [thing for thing in self.things if thing.name == name]


@dataclass(frozen=True)
class Measure:
    says: str
    holds: Callable[[Shown, Shown | None], bool]
    against: str = ""  # another prompt, whose picture is compared with


@dataclass(frozen=True)
class Prompt:
    words: str
    measures: tuple[Measure, ...]
    negative: str = ""


def brightness(picture: Pixels) -> float:
    return float(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).mean())


def _means(part: Pixels) -> tuple[float, float, float]:
    red, green, blue = part.reshape(-1, 3).mean(0)
    return float(red), float(green), float(blue)


def _rows(picture: Pixels, begin: float, end: float) -> Pixels:
    height = picture.shape[0]
    return picture[int(begin * height) : int(end * height)]


# --- light and weather


def night(day: str) -> Measure:
    def holds(shown: Shown, other: Shown | None) -> bool:
        assert other is not None
        dark = brightness(shown.picture)
        return dark < 0.7 * brightness(other.picture) and dark < 110

    return Measure("night is darker than day", holds, against=day)


def darker(other: str) -> Measure:
    def holds(shown: Shown, bright: Shown | None) -> bool:
        assert bright is not None
        return brightness(shown.picture) < 0.9 * brightness(bright.picture)

    return Measure("it is darker", holds, against=other)


def bright_snow() -> Measure:
    def holds(shown: Shown, _: Shown | None) -> bool:
        low = _rows(shown.picture, 0.66, 1.0)
        red, _green, blue = _means(low)
        return brightness(low) > 140 and blue >= red

    return Measure("snow is bright and blue", holds)


def warm() -> Measure:
    def holds(shown: Shown, _: Shown | None) -> bool:
        red, _green, blue = _means(shown.picture)
        return red > 1.1 * blue

    return Measure("the colours are warm", holds)


def grey(clear: str) -> Measure:
    def holds(shown: Shown, other: Shown | None) -> bool:
        assert other is not None
        mine, theirs = (
            float(cv2.cvtColor(one.picture, cv2.COLOR_RGB2HSV)[..., 1].mean())
            for one in (shown, other)
        )
        return mine < 0.85 * theirs

    return Measure("the colours are greyer", holds, against=clear)


def hazy(clear: str) -> Measure:
    def holds(shown: Shown, other: Shown | None) -> bool:
        assert other is not None
        mine, theirs = (
            float(cv2.cvtColor(one.picture, cv2.COLOR_RGB2GRAY).std()) for one in (shown, other)
        )
        return mine < 0.85 * theirs

    return Measure("fog takes the contrast", holds, against=clear)


def blue_sky() -> Measure:
    def holds(shown: Shown, _: Shown | None) -> bool:
        red, _green, blue = _means(_rows(shown.picture, 0, 0.25))
        return blue > red + 15

    return Measure("the sky is blue", holds)


def green_ground() -> Measure:
    def holds(shown: Shown, _: Shown | None) -> bool:
        red, green, blue = _means(_rows(shown.picture, 0.66, 1.0))
        return green > red and green > blue

    return Measure("the ground is green", holds)


def tinted(colour: str, begin: float = 0.0, end: float = 1.0, share: float = 0.15) -> Measure:
    def holds(shown: Shown, _: Shown | None) -> bool:
        return _share(_rows(shown.picture, begin, end), colour) > share

    return Measure(f"there is {colour} in it", holds)


def level_horizon() -> Measure:
    """The strongest level edge in the middle of the picture is where the horizon is drawn."""

    def holds(shown: Shown, _: Shown | None) -> bool:
        if shown.horizon is None:
            return False
        picture = cv2.GaussianBlur(shown.picture, (0, 0), shown.picture.shape[0] / 200)
        rows = np.median(picture.astype(np.float32), axis=1)
        height, reach = len(rows), max(2, len(rows) // 50)
        change = np.zeros(height, np.float32)
        change[reach:-reach] = np.abs(rows[2 * reach :] - rows[: -2 * reach]).sum(1)
        change[: int(0.3 * height)] = change[int(0.75 * height) :] = 0
        near = slice(shown.horizon - height // 16, shown.horizon + height // 16)
        return bool(change[near].max() >= 0.8 * change.max())

    return Measure("the horizon is where it is drawn", holds)


# --- things


def _share(part: Pixels, colour: str) -> float:
    hue, saturation, value = (
        channel.astype(np.int32) for channel in cv2.split(cv2.cvtColor(part, cv2.COLOR_RGB2HSV))
    )
    if colour == "white":
        return float(((saturation < 60) & (value > 175)).mean())
    if colour == "black":
        return float((value < 75).mean())
    middle, reach = HUES[colour]
    off = np.abs((hue - middle + 90) % 180 - 90)
    return float(((off <= reach) & (saturation > 60) & (value > 40)).mean())


def _inside(shown: Shown, thing: Found) -> Pixels:
    height, width = shown.picture.shape[:2]
    top, bottom = max(0, int(thing.top)), min(height, int(thing.bottom) + 1)
    left, right = max(0, int(thing.left)), min(width, int(thing.right) + 1)
    return shown.picture[top:bottom, left:right]


def _seen(shown: Shown, thing: Found) -> bool:
    """Most of it lies in the picture, it is no speck, and it is no even surface."""
    part = _inside(shown, thing)
    if part.size == 0 or part.shape[0] < 4 or part.shape[1] < 4:
        return False
    whole = max(1.0, thing.width * thing.height)
    grey_levels = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    return part.shape[0] * part.shape[1] > 0.6 * whole and float(grey_levels.std()) > 6


def coloured(name: str, colour: str, share: float = 0.10) -> Measure:
    def holds(shown: Shown, _: Shown | None) -> bool:
        things = [thing for thing in shown.of(name) if _inside(shown, thing).size]
        return bool(things) and all(_share(_inside(shown, one), colour) > share for one in things)

    return Measure(f"the {name} is {colour}", holds)


def present(name: str) -> Measure:
    def holds(shown: Shown, _: Shown | None) -> bool:
        return any(_seen(shown, thing) for thing in shown.of(name))

    return Measure(f"a {name} is seen", holds)


def absent(name: str) -> Measure:
    return Measure(f"no {name} is drawn", lambda shown, _: not shown.of(name))


def counted(name: str, number: int) -> Measure:
    def holds(shown: Shown, _: Shown | None) -> bool:
        things = shown.of(name)
        apart = all(
            _overlap(one, other) < 0.5 for n, one in enumerate(things) for other in things[:n]
        )
        return len(things) == number and all(_seen(shown, one) for one in things) and apart

    return Measure(f"there are {number} of {name}", holds)


def _overlap(one: Found, other: Found) -> float:
    """The share of the smaller box that the other covers."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    smaller = min(one.width * one.height, other.width * other.height)
    return max(0.0, across) * max(0.0, down) / max(1.0, smaller)


# --- relations: the first thing named to the second

_Pair: TypeAlias = Callable[[Found, Found], bool]


def _related(says: str, one: str, other: str, test: _Pair) -> Measure:
    def holds(shown: Shown, _: Shown | None) -> bool:
        return any(test(a, b) for a in shown.of(one) for b in shown.of(other))

    return Measure(f"the {one} is {says} the {other}", holds)


def _level_with(a: Found, b: Found) -> bool:
    return abs(a.across - b.across) < 0.55 * max(a.width, b.width)


def on(one: str, other: str) -> Measure:
    def test(a: Found, b: Found) -> bool:
        return _level_with(a, b) and b.top - 0.15 * b.height < a.bottom < b.top + 0.8 * b.height

    return _related("on", one, other, test)


def under(one: str, other: str) -> Measure:
    def test(a: Found, b: Found) -> bool:
        return _level_with(a, b) and b.top < a.top and a.bottom > b.top + 0.5 * b.height

    return _related("under", one, other, test)


def over(one: str, other: str) -> Measure:
    return _related("over", one, other, lambda a, b: a.bottom < b.top + 0.35 * b.height)


def beside(one: str, other: str) -> Measure:
    def test(a: Found, b: Found) -> bool:
        apart = abs(a.across - b.across)
        near = apart < 0.9 * (a.width + b.width)
        return near and _overlap(a, b) < 0.4 and abs(a.bottom - b.bottom) < 0.4 * b.height + 8

    return _related("beside", one, other, test)


def behind(one: str, other: str) -> Measure:
    def test(a: Found, b: Found) -> bool:
        return a.bottom <= b.bottom and abs(a.across - b.across) < 0.8 * (a.width + b.width)

    return _related("behind", one, other, test)


def within(one: str, other: str) -> Measure:
    """Its foot is in it, and it is not taller than what it could be in."""

    def test(a: Found, b: Found) -> bool:
        inside = b.left < a.across < b.right and b.top < a.bottom <= b.bottom + 0.02 * b.height
        return inside and a.width < 1.3 * b.width

    return _related("in", one, other, test)


def before(one: str, other: str) -> Measure:
    def test(a: Found, b: Found) -> bool:
        return a.bottom >= b.bottom and abs(a.across - b.across) < 0.7 * (a.width + b.width)

    return _related("in front of", one, other, test)


def raised(name: str) -> Measure:
    """On a hill: its foot is higher than the lowest fifth of the picture and not in the sky."""

    def holds(shown: Shown, _: Shown | None) -> bool:
        height = shown.picture.shape[0]
        return any(0.3 * height < thing.bottom < 0.8 * height for thing in shown.of(name))

    return Measure(f"the {name} stands on the hill", holds)
