"""A scene while it is being drawn: the canvas, where things can stand, and what has been put."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lib.scene.canvas import Canvas
from lib.scene.description import SceneDescription
from lib.scene.hours import LOW_SUN, windows_lit
from lib.scene.ink import Ink, Numbers, chosen
from lib.scene.sprite import Sprite
from lib.scene.things.kinds import Zone
from lib.scene.things.table import ALIVE, THINGS

Layer: TypeAlias = "Callable[[Scenery], None]"


@dataclass(frozen=True, slots=True)
class PlacedThing:
    """A thing on the canvas: its foot and its size, in heights of the picture."""

    name: str
    x: float
    y: float
    height: float
    colour: Ink | None = None
    depth: float = 0.05
    flip: bool = False
    shadow: float = 0.55
    reflects: bool = False
    astride: bool = False  # it rides

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom; a thing seldom fills the whole of its frame's width."""
        wide = THINGS[self.name].wide * 0.9 * self.height
        return (self.x - wide, self.y - self.height, self.x + wide, self.y)


@dataclass(slots=True)
class Ground:
    """Where things stand: behind `horizon` nothing does, at `front` they have their own size."""

    top: Callable[[float], float]
    front: float = 0.92
    horizon: float = 0.6
    scale: float = 1.0
    kind: str = "grass"

    def nearness(self, y: float) -> float:
        share = (y - self.horizon) / max(0.02, self.front - self.horizon)
        return min(1.15, max(0.12, share))


NO_GROUND = Ground(lambda _: 0.75)  # nothing to stand on has been drawn


class Scenery:
    def __init__(self, canvas: Canvas, description: SceneDescription) -> None:
        self.canvas, self.description = canvas, description
        self.rng, self.light = canvas.rng, canvas.light
        self.aspect = canvas.aspect
        self.span = min(1.0, canvas.aspect * 1.1)  # things are smaller in a narrow picture
        self.horizon = 0.55
        self.level_horizon = False  # is it a straight line, as at sea?
        self.ground = NO_GROUND
        self.narrow: tuple[float, float] | None = None  # where alone there is ground to stand on
        self.water: tuple[float, float] | None = None
        self.submerged = False
        # Left and right edge of a river by its row, where one runs through the ground.
        self.stream: list[tuple[float, float, float]] = []
        self.trail: list[tuple[float, float, float]] = []  # the same of a path
        self.summit: float | None = None  # where a volcano is
        self.soil = ""  # what is there instead of grass
        self.tables = False
        self.closeup = 1.0  # how much nearer a table is, where there is nothing else
        self.orb: tuple[float, Numbers] | None = None  # where sun or moon is, and its glitter
        self.placed: list[PlacedThing] = []  # what the words name
        self.surroundings: list[PlacedThing] = []  # what belongs to the place
        self.season = description.season
        self.windows = windows_lit(description.time, description.weather, description.moods)
        self.italian = "italian" in description.moods and self.season != "winter"
        self.roof = description.roof_colour or ((190, 98, 62) if self.italian else None)
        if self.season == "winter":
            self.roof, canvas.snow = None, 1.0
        self.backlit = description.time in LOW_SUN and "fog" not in description.weather
        self.mirrored = bool(self.rng.random() < 0.5)

    def across(self, share: float) -> float:
        """A place from the left, or from the right in a mirrored scene, in heights."""
        return self.aspect * (1 - share if self.mirrored else share)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def put(self, thing: PlacedThing, volume: float = 0.55) -> None:
        kind = THINGS[thing.name]
        sprite = Sprite(
            self.canvas, (thing.x, thing.y), thing.height, kind.wide * 1.25 + 0.1,
            flip=thing.flip, below=kind.below,
        )  # fmt: skip
        sprite.season, sprite.windows = self.season, self.windows
        sprite.roof, sprite.backlit = self.roof, self.backlit
        sprite.aloft = not thing.shadow and not thing.astride  # what flies casts none
        sprite.alive = thing.name in ALIVE
        sprite.holds_snow = not sprite.alive and thing.name != "bare"
        kind.draw(sprite, thing.colour)
        if thing.astride:
            sprite.astride()
        if thing.reflects and kind.zone is Zone.SWIMS:
            sprite.sink(0.34)
        rough = 0.16 if sprite.alive else 0.3
        sprite.put(thing.depth, thing.shadow, thing.reflects, volume, rough)

    def chosen(self, *inks: Ink) -> Ink:
        return chosen(self.rng, *inks)

    def overgrown(self, x: float, y: float) -> bool:
        """Does grass grow there? Not on a path, nor in a river."""
        for course in (self.stream, self.trail):
            _row, left, right = next((one for one in course if one[0] >= y), (y, 0.0, 0.0))
            if left < x < right:
                return False
        return True

    def any_flip(self) -> bool:
        return bool(self.rng.random() < 0.5)

    def top_of(self, curve: Numbers) -> Callable[[float], float]:
        """The height of a skyline at x; the skyline is in rows, one a column."""
        height, last = self.canvas.height, len(curve) - 1

        def top(x: float) -> float:
            return float(curve[int(np.clip(x * height, 0, last))]) / height

        return top
