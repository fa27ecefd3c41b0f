"""Things of a prompt in a given picture: opaque, with a shadow, lit by the hour of the words.

They fill the picture that is handed in, which may be a part of a larger one; nothing else of the
scene is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.scene.canvas import Canvas, to_linear
from lib.scene.description import SceneDescription
from lib.scene.hours import illumination
from lib.scene.placing import arrange
from lib.scene.scenery import Ground, PlacedThing, Scenery
from lib.scene.things.kinds import Zone
from lib.scene.things.table import THINGS

_TALLEST, _WIDEST, _FOOT = 0.86, 0.9, 0.95  # of the picture


def draw_over(
    picture: Pixels, description: SceneDescription, seed: int, piece: Callable[[], None]
) -> tuple[Pixels, NDArray[np.float32]]:
    """The picture with the things in it, and how much each point is covered, 0 to 1."""
    rng = np.random.default_rng([seed & 0xFFFFFFFF, 71])
    light = illumination(description.time, description.weather, (), from_right=False)
    canvas = Canvas((picture.shape[0], picture.shape[1]), light, rng, piece)
    behind = to_linear(picture)
    canvas.radiance[:] = behind
    scenery = Scenery(canvas, description)
    for thing in _fitted(_arranged(scenery, description), canvas.aspect):
        scenery.put(thing)
    drawn = canvas.develop()
    apart = np.abs(canvas.radiance - behind).max(axis=2) + canvas.emission.max(axis=2)
    cover = cv2.GaussianBlur(np.clip(apart * 60, 0, 1), (0, 0), 0.8)[..., None]
    mixed = picture + (drawn.astype(np.float32) - picture) * cover
    return np.asarray(np.rint(mixed), np.uint8), np.asarray(cover[..., 0], np.float32)


class _Unseen(Scenery):
    """Places things without drawing them."""

    def put(self, thing: PlacedThing, volume: float = 0.55) -> None:
        """Nothing: `arrange` notes where it is."""


def _arranged(scenery: Scenery, description: SceneDescription) -> list[PlacedThing]:
    """Where the things would be in a wide scene, in relation to each other."""
    size = 64, round(64 * max(1.0, scenery.aspect))
    canvas = Canvas(size, scenery.light, scenery.rng, lambda: None)
    unseen = _Unseen(canvas, description)
    unseen.ground = Ground(lambda _: 0.6)
    arrange(unseen, tuple(replace(item, on_hill=False) for item in description.items))
    return unseen.placed


def _fitted(things: list[PlacedThing], aspect: float) -> list[PlacedThing]:
    boxes = [thing.box() for thing in things]
    if not boxes:
        return []
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    scale = min(_TALLEST / (bottom - top), _WIDEST * aspect / (right - left))
    middle = (left + right) / 2
    # What flies is in the middle of the picture, and what stands near its foot.
    flies = all(THINGS[thing.name].zone is Zone.SKY for thing in things)
    foot = 0.5 + (bottom - top) * scale / 2 if flies else _FOOT
    return [
        replace(
            thing,
            x=(thing.x - middle) * scale + aspect / 2,
            y=(thing.y - bottom) * scale + foot,
            height=thing.height * scale,
            depth=0.02,
            reflects=False,
        )
        for thing in things
    ]
