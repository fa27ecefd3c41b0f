"""Draws the scene of a description: one picture, and what a painter or a test must know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import cv2
import numpy as np

from lib.core.pixels import Pixels
from lib.scene.canvas import Canvas
from lib.scene.description import Item, SceneDescription
from lib.scene.hours import illumination
from lib.scene.layers.land import meadow
from lib.scene.layers.sky import paint_sky
from lib.scene.layers.weather import grow_tufts, paint_weather
from lib.scene.places.layouts import Layout, Place
from lib.scene.places.table import PAIRS, PLACES
from lib.scene.places.views import seen_behind, soil, through, views
from lib.scene.placing import arrange
from lib.scene.scenery import NO_GROUND, PlacedThing, Scenery
from lib.scene.things.kinds import Zone
from lib.scene.things.table import THINGS

_STAND = (Zone.GROUND, Zone.TABLE)
_SMALLEST = 128  # rows: a smaller picture is drawn at this height and made smaller


@dataclass(frozen=True, slots=True)
class ThingBox:
    """Where a thing is, in pixels: without its shadow and its reflection."""

    name: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class DrawnScene:
    description: SceneDescription
    picture: Pixels
    lights: Pixels  # height x width: how far a painter must return the drawing there, 0 to 255
    calm: Pixels  # height x width: where a painter must not add any surface, 0 to 255
    horizon: int | None  # its row, where it is a straight line
    things: tuple[ThingBox, ...]  # what the words name, from far to near
    surroundings: tuple[ThingBox, ...]  # what belongs to the place


def draw(
    description: SceneDescription,
    seed: int,
    width: int,
    height: int,
    piece: Callable[[], None] = lambda: None,
) -> DrawnScene:
    """The scene of that description and seed; `piece` is called between its layers.

    The same arguments give the same bytes, and another seed another composition.
    """
    times = max(1, -(-_SMALLEST // min(height, width)))
    scenery = _scenery(description, seed, (height * times, width * times), piece)
    layout = _layout(scenery, seed)
    _draw_place(scenery, layout)
    items = description.items
    if not items and "empty" not in description.moods:
        items = tuple(item for item in layout.fill if description.adds(item.name))
    _lay_bank(scenery, items)
    arrange(scenery, items)
    grow_tufts(scenery)
    for layer in layout.front:
        layer(scenery)
    if layout.sky:
        paint_weather(scenery)
    return _finished(scenery, (height, width))


def _scenery(
    description: SceneDescription, seed: int, size: tuple[int, int], piece: Callable[[], None]
) -> Scenery:
    digest = sha256(description.prompt.encode()).digest()
    rng = np.random.default_rng([seed & 0xFFFFFFFF, *digest[:8]])
    from_right = bool(rng.random() >= 0.6)
    light = illumination(description.time, description.weather, description.unknown, from_right)
    return Scenery(Canvas(size, light, rng, piece), description)


def _layout(scenery: Scenery, seed: int) -> Layout:
    """Seeds that follow each other take the layouts in turn, each prompt from another one on."""
    number = seed + sha256(scenery.description.prompt.encode()).digest()[8]
    place = _pair(scenery.description) or PLACES[scenery.description.place]
    standing = any(THINGS[item.name].zone in _STAND for item in scenery.description.items)
    layouts = place.shore if standing and place.shore else place.layouts
    return layouts[number % len(layouts)]


def _draw_place(scenery: Scenery, layout: Layout) -> None:
    """The sky, what is seen behind the place, and the place itself."""
    description = scenery.description
    behind = () if _pair(description) else seen_behind(description)
    view, horizon = views(behind, layout.horizon)
    scenery.horizon, scenery.soil = horizon, soil(description)
    if layout.sky:
        paint_sky(scenery, horizon, layout.orbs)
        scenery.canvas.calm[:] = 1
    for layer in view:
        layer(scenery)
    scenery.narrow = None
    for layer in layout.layers[layout.far if view else 0 :]:
        layer(scenery)
    for layer in through(behind, scenery.ground.top(scenery.aspect / 2)):
        layer(scenery)


def _lay_bank(scenery: Scenery, items: tuple[Item, ...]) -> None:
    """Ground in front of the water, where something stands and the place has none."""
    stands = any(THINGS[item.name].zone in _STAND and not item.aloft for item in items)
    if stands and scenery.ground is NO_GROUND:
        kind = {"city": "stone", "volcano": "earth", "swamp": "mud"}.get(
            scenery.description.place, "grass"
        )
        meadow(0.86, 0.02, kind=kind, front=0.95, horizon=0.68, tilt=0.02)(scenery)


def _pair(description: SceneDescription) -> Place | None:
    """Two places that are one: a volcano on an island."""
    return PAIRS.get(frozenset(description.places[:2]))


def _finished(scenery: Scenery, size: tuple[int, int]) -> DrawnScene:
    canvas = scenery.canvas
    picture, lights = canvas.develop(), canvas.lights()
    calm = (canvas.calm * np.float32(255)).astype(np.uint8)
    if picture.shape[:2] != size:
        wanted = (size[1], size[0])
        picture = np.asarray(cv2.resize(picture, wanted, interpolation=cv2.INTER_AREA), np.uint8)
        lights = np.asarray(cv2.resize(lights, wanted, interpolation=cv2.INTER_AREA), np.uint8)
        calm = np.asarray(cv2.resize(calm, wanted, interpolation=cv2.INTER_AREA), np.uint8)
    return DrawnScene(
        scenery.description,
        picture,
        lights,
        calm,
        round(scenery.horizon * size[0]) if scenery.level_horizon else None,
        tuple(_box(thing, size) for thing in scenery.placed),
        tuple(_box(thing, size) for thing in scenery.surroundings),
    )


def _box(thing: PlacedThing, size: tuple[int, int]) -> ThingBox:
    left, top, right, bottom = (edge * size[0] for edge in thing.box())
    return ThingBox(thing.name, left, top, right, bottom)
