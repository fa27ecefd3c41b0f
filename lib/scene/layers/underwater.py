"""Under water: its light, the bottom of the sea, bubbles."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from lib.scene.canvas import noise
from lib.scene.hours import DARK
from lib.scene.ink import linear
from lib.scene.layers.ground import GROUNDS, Turf, paint_ground, skyline
from lib.scene.layers.rows import stand
from lib.scene.layers.sky import add_light
from lib.scene.scenery import Ground, Layer, PlacedThing, Scenery


def depths(scenery: Scenery) -> None:
    """The water itself, its light and its haze."""
    canvas = scenery.canvas
    dim = np.float32(0.4 if scenery.description.time in DARK else 1.0)
    down = canvas.rows()[..., None]
    top, middle, deep = linear((120, 226, 220)), linear((26, 132, 176)), linear((8, 46, 96))
    ink = scenery.description.place_colour
    if ink is not None:
        middle = linear(ink)
    upper, lower = (down * 2).clip(0, 1), (down * 2 - 1).clip(0, 1)
    colour = top * (1 - upper) + middle * upper
    colour = colour * (1 - lower) + deep * lower
    sway = (canvas.noise(0.2, 4, 2) - np.float32(0.5))[..., None] * np.float32(0.3)
    canvas.radiance[:] = colour * dim * (1 + sway)
    canvas.light = replace(
        canvas.light, haze=linear((24, 118, 160)) * dim, density=1.6,
        ambient=linear((110, 170, 190)), key=linear((220, 250, 235)) * np.float32(1.1),
        across=canvas.light.across * 0.3,
    )  # fmt: skip
    scenery.light, scenery.submerged, canvas.snow = canvas.light, True, 0.0
    _rays(scenery)
    canvas.piece()


def _rays(scenery: Scenery) -> None:
    canvas = scenery.canvas
    x = scenery.across(scenery.between(0.3, 0.7))
    angle = np.arctan2(canvas.columns()[None] - np.float32(x), canvas.rows() + np.float32(0.35))
    spread = noise(scenery.rng, (1, 512), 60, 4)[0]
    ray = spread[((angle + 1.2) / 2.4 * 511).clip(0, 511).astype(int)]
    strength = ((ray - 0.5) * 3).clip(0, 1) * (1 - canvas.rows() * 1.05).clip(0, 1) * 0.3
    add_light(canvas, strength.astype(np.float32), (190, 245, 235))


def seabed(y: float, depth: float, near: float, coral: float = 0.7, count: int = 12) -> Layer:
    """Sand and rock with coral and weed, at one distance."""

    def layer(scenery: Scenery) -> None:
        line = skyline(scenery, y + scenery.between(-0.02, 0.02), 0.06, 0.55)
        inks = GROUNDS["sand"] if near > 0.9 else ((70, 84, 96), (96, 106, 110))
        strokes = 500 if near > 0.9 else 100
        paint_ground(scenery, line, Turf(inks, 0.05, depth, strokes, 0.008, 0.2))
        top = scenery.top_of(line)
        scenery.ground = Ground(top, 0.95, 0.6, 1.0, "sand")
        for nth in range(round(count * scenery.aspect)):
            x = scenery.aspect * ((nth * 0.618 + scenery.between(0, 0.15)) % 1)
            draw = scenery.rng.random()
            name = "coral" if draw < coral else "weed" if draw < 0.5 + coral / 2 else "rock"
            size = {"coral": 0.2, "weed": 0.28, "rock": 0.14}[name]
            foot = top(x) + 0.02 + (0.08 * scenery.between(0, 1) if near > 0.9 else 0.01)
            stand(
                scenery,
                PlacedThing(
                    name,
                    x,
                    foot,
                    size * near * scenery.between(0.6, 1.1),
                    None,
                    depth,
                    scenery.any_flip(),
                    0.3 if near > 0.9 else 0.0,
                ),
            )

    return layer  # fmt: skip


def bubbles(scenery: Scenery) -> None:
    canvas, rng = scenery.canvas, scenery.rng
    for _ in range(60):
        at = (int(rng.random() * canvas.width * 16), int(rng.random() * canvas.height * 14.4))
        radius = (1 + rng.random() ** 3 * 7) * canvas.height / 1024
        thick = 1 if radius > 3 else -1
        cv2.circle(canvas.radiance, at, int(radius * 16), (0.75, 0.95, 0.95), thick, cv2.LINE_AA, 4)
