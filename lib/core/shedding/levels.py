"""What may be taken from the pictures while the workers cannot keep up: few, fixed levels.

Few, because an engine on a GPU must prepare for each new size. The settings that are played stay as
they are; levels change only how they are carried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Literal, NamedTuple, TypeAlias, TypeVar, get_args

from lib.core.geometry import STEP, Size

T = TypeVar("T")
Cut: TypeAlias = Literal["frames", "size", "quality", "steps"]
CUTS: tuple[Cut, ...] = get_args(Cut)

EVERY = (2, 3, 4)  # one frame of so many is made, since only then the intervals are even
LEAST_FPS = 7.0
SIDES = (0.75, 0.5)
LEAST_SIDE = 256  # below this size the models make no picture worth showing
QUALITIES = (75, 60)
STEPS = (0.5, 0.25)


class Demand(NamedTuple):
    """What is played, before anything is taken from it."""

    fps: float
    size: Size
    quality: int
    steps: int
    strength: float


class Levels(NamedTuple):
    """How many levels of each kind are taken; if there are fewer, the last one counts."""

    frames: int = 0
    size: int = 0
    quality: int = 0
    steps: int = 0

    def level(self, name: Cut) -> int:
        level: int = getattr(self, name)
        return level

    def changed(self, name: Cut, by: int) -> Levels:
        return self._replace(**{name: self.level(name) + by})

    @property
    def every(self) -> int:
        """One captured frame of so many enters."""
        return (1, *EVERY)[min(self.frames, len(EVERY))]

    def size_of(self, size: Size) -> Size:
        return _at([size, *smaller_sizes(size)], self.size)

    def quality_of(self, quality: int) -> int:
        return _at([quality, *lower_qualities(quality)], self.quality)

    def steps_of(self, steps: int, strength: float) -> int:
        return _at([steps, *fewer_steps(steps, strength)], self.steps) if self.steps else steps

    def words(self, name: Cut, demand: Demand) -> str:
        """What is taken, for the status; empty where there is nothing to take."""
        if name == "frames" and self.every > 1:
            return f"one of {self.every} frames is made"
        size, quality = self.size_of(demand.size), self.quality_of(demand.quality)
        steps = self.steps_of(demand.steps, demand.strength)
        if name == "size" and size != demand.size:
            return f"pictures are made at {size} instead of {demand.size}"
        if name == "quality" and quality != demand.quality:
            return f"JPEG quality is {quality} instead of {demand.quality}"
        if name == "steps" and steps != demand.steps:
            return f"pictures are made in {steps} instead of {demand.steps} steps"
        return ""


def most_levels(demand: Demand) -> Levels:
    """How many levels of each kind there are."""
    return Levels(
        frames=sum(demand.fps / every >= LEAST_FPS for every in EVERY),
        size=len(smaller_sizes(demand.size)),
        quality=len(lower_qualities(demand.quality)),
        steps=len(fewer_steps(demand.steps, demand.strength)),
    )


def smaller_sizes(size: Size) -> list[Size]:
    """Smaller sizes, of exactly the same shape where multiples of 8 allow it, to avoid a crop."""
    units = gcd(size.width // STEP, size.height // STEP)
    found: list[Size] = []
    for part in SIDES:
        kept = max(1, round(part * units)) / units
        if not 0.8 * part <= kept <= 1.2 * part:  # no smaller size of this shape is near
            kept = part
        width, height = (max(STEP, round(kept * side / STEP) * STEP) for side in size)
        smaller = Size(width, height)
        if min(smaller) >= LEAST_SIDE and smaller.width < (found[-1] if found else size).width:
            found.append(smaller)
    return found


def lower_qualities(quality: int) -> list[int]:
    return [one for one in QUALITIES if one < quality]


def fewer_steps(steps: int, strength: float) -> list[int]:
    """Smaller numbers of steps. An engine makes only `strength` times that number: one at least."""
    found: list[int] = []
    made = before = int(steps * strength)
    for part in STEPS:
        wanted = max(1, int(part * made))
        fewer = next((n for n in range(1, steps) if int(n * strength) >= wanted), steps)
        if int(fewer * strength) < before:
            found.append(fewer)
            before = int(fewer * strength)
    return found


def _at(levels: Sequence[T], level: int) -> T:
    return levels[min(level, len(levels) - 1)]
