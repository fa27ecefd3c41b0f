"""Towns: a village on its rise, a street, a quay, and the glow of a city."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lib.scene.canvas import noise
from lib.scene.ink import linear
from lib.scene.layers.ground import blended
from lib.scene.layers.rows import stand
from lib.scene.layers.sky import add_light
from lib.scene.layers.water import paint_water
from lib.scene.scenery import Layer, PlacedThing, Scenery


def village(middle: float = 0.5, base: float = 0.66, lift: float = 0.14, rows: int = 4) -> Layer:
    """Houses on a rise around a church, far to near."""

    def layer(scenery: Scenery) -> None:
        italian = scenery.italian
        x = scenery.across(middle + scenery.between(-0.08, 0.08))

        def height_at(at: float, high: float) -> float:
            return base - high * math.exp(-(((at - x) / 0.42) ** 2))

        named = {item.name for item in scenery.description.items}
        if not named & {"church", "castle", "tower"}:
            top = PlacedThing("tower" if italian else "church", x + 0.03,
                              height_at(x, lift) + 0.03, 0.3, None, 0.22, False, 0.3)  # fmt: skip
            stand(scenery, top)
        for nth in range(rows):
            down, height = nth * 0.058, 0.1 + 0.022 * nth
            high, count = lift * (1 - 0.3 * nth) + 0.01, round((9 - 0.6 * nth) * scenery.aspect)
            for house in range(max(2, count)):
                share = (house + 0.5) / max(2, count) - 0.5
                at = (
                    x + share * scenery.aspect * (0.98 - 0.1 * nth) + scenery.between(-0.012, 0.012)
                )
                tall = scenery.rng.random() < (0.75 if italian else 0.35)
                name = "tallhouse" if tall else "house"
                size = height * scenery.between(0.85, 1.2) * (1.25 if tall else 1)
                foot = height_at(at, high) + down + 0.035
                depth = 0.26 - 0.065 * nth
                stand(scenery, PlacedThing(name, at, foot, size, None, depth,
                                           scenery.any_flip(), 0.35))  # fmt: skip
                if scenery.rng.random() < 0.6:
                    tree = "cypress" if italian else ("tree", "bush")[house % 2]
                    tall_tree = height * (1.15 if tree != "bush" else 0.35)
                    stand(scenery, PlacedThing(tree, at + 0.05, foot + 0.012, tall_tree, None,
                                               depth, False, 0.3))  # fmt: skip

    return layer


def street_sides(y: float, rows: int = 7) -> Layer:
    """Houses along both sides of a street, towards a vanishing point."""

    def layer(scenery: Scenery) -> None:
        middle = scenery.across(scenery.between(0.42, 0.58))
        for nth in range(rows):
            near = 1 / (1 + 0.62 * (rows - 1 - nth))
            for side in (-1, 1):
                out = (0.06 + 0.62 * near**1.2) * max(0.8, scenery.aspect * 0.8)
                x, foot = middle + side * out, y + 0.02 + 0.3 * near**1.15
                name = "tallhouse" if scenery.rng.random() < 0.8 else "house"
                stand(scenery, PlacedThing(name, x, foot, 0.86 * near + 0.06, None,
                                           0.5 * (1 - near) ** 1.5, scenery.any_flip(),
                                           0.35))  # fmt: skip
                if nth > 2 and nth % 2:
                    stand(scenery, PlacedThing("lamp", x - side * 0.14 * near, foot + 0.035 * near,
                                               0.5 * near, None, 0.3 * (1 - near), False,
                                               0.25))  # fmt: skip

    return layer


def city_glow(scenery: Scenery) -> None:
    """The light that a town throws into the air at night."""
    if not scenery.windows:
        return
    canvas = scenery.canvas
    near = np.exp(-(((canvas.rows() - np.float32(scenery.horizon)) / np.float32(0.2)) ** 2))
    strength = np.broadcast_to(near * np.float32(0.28), (canvas.height, canvas.width))
    add_light(canvas, strength, (150, 90, 110))
    light = canvas.light
    canvas.light = scenery.light = replace(
        light,
        haze=light.haze * np.float32(1.2) + linear((90, 50, 80)) * np.float32(0.5),
        ambient=light.ambient * np.float32(1.15) + linear((96, 70, 84)) * np.float32(0.5),
        key=light.key * np.float32(1.2),
    )


def quay(y: float, reach: float = 1.0) -> Layer:
    """A wall of stone along the water."""

    def layer(scenery: Scenery) -> None:
        canvas = scenery.canvas
        begin, end = int(y * canvas.height), int((y + 0.04) * canvas.height)
        size = (end - begin, canvas.width)
        mask = np.full(size, 255, np.uint8)
        edge = int(canvas.width * reach)
        if reach < 1:
            mask[:, slice(0, canvas.width - edge) if scenery.mirrored else slice(edge, None)] = 0
        rough = noise(scenery.rng, size, canvas.height / 40, 3)
        canvas.cover(blended(((96, 90, 88), (130, 122, 114)), rough), mask, -0.1, 0.18, (begin, 0))

    return layer


def wet_street(scenery: Scenery) -> None:
    """Puddles that mirror the houses, where it rains."""
    if not scenery.description.weather & {"rain", "storm"}:
        return
    canvas = scenery.canvas
    dry = canvas.radiance.copy()
    paint_water(scenery, (0.66, 1.0), (40, 44, 54), 0.2, 0.8, 0.1)
    puddles = (canvas.noise(0.12, 4, 3) * np.float32(1.6) - np.float32(0.25)).clip(0, 0.75)
    canvas.radiance = dry + puddles[..., None] * (canvas.radiance - dry)
