"""Space: clouds of stars, planets, the ground of a moon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lib.scene.ink import Ink, darker, linear
from lib.scene.layers.ground import Turf, paint_ground, skyline
from lib.scene.layers.rows import stand
from lib.scene.layers.sky import add_light, starfield
from lib.scene.scenery import Ground, Layer, PlacedThing, Scenery

_NEBULAE: tuple[tuple[Ink, Ink], ...] = (
    ((70, 20, 110), (20, 80, 140)),
    ((120, 30, 80), (20, 60, 110)),
    ((30, 90, 110), (90, 40, 120)),
    ((110, 60, 20), (30, 50, 120)),
)


def nebula(scenery: Scenery) -> None:
    canvas = scenery.canvas
    light = canvas.light
    canvas.light = replace(
        light, ambient=linear((120, 130, 160)), key=linear((255, 246, 230)), density=0.0,
        haze=light.haze * 0, elevation=0.5,
    )  # fmt: skip
    scenery.light, canvas.snow = canvas.light, 0.0
    one, other = _NEBULAE[int(scenery.rng.integers(len(_NEBULAE)))]
    ink = scenery.description.place_colour
    if ink is not None:
        one = darker(ink, 0.6)
    clouds = (canvas.noise(0.4, 7), canvas.noise(0.33, 7), canvas.noise(0.5, 6))
    canvas.radiance[:] = linear((5, 6, 18))
    for cloud, floor, colour in ((clouds[0], 0.45, one), (clouds[1], 0.48, other)):
        strength = (cloud - np.float32(floor)).clip(0, 1) ** np.float32(1.3) * 4
        canvas.radiance += strength[..., None] * linear(colour)
    band = (1 - np.abs(clouds[2] - np.float32(0.5)) * 9).clip(0, 1) ** 2 * np.float32(0.1)
    add_light(canvas, band, (255, 190, 150))
    starfield(scenery, 1.6)
    scenery.ground = Ground(lambda _: 0.7, 0.88, 0.3, 1.0, "space")
    scenery.horizon = 0.92


def planets(count: int = 2) -> Layer:
    def layer(scenery: Scenery) -> None:
        for nth in range(count):
            radius = 0.23 if nth == 0 else scenery.between(0.04, 0.09)
            x = scenery.across(scenery.between(0.5, 0.8) if nth == 0 else scenery.between(0.1, 0.9))
            y = scenery.between(0.3, 0.6) if nth == 0 else scenery.between(0.12, 0.85)
            thing = PlacedThing("planetball", x, y + radius, 2 * radius, None, 0.0, False, 0.0)
            stand(scenery, thing, 1.3)

    return layer


def moonscape(scenery: Scenery) -> None:
    """Grey ground under a black sky."""
    line = skyline(scenery, 0.78, 0.03, 0.55)
    inks = ((96, 96, 104), (130, 130, 138), (164, 162, 166))
    paint_ground(scenery, line, Turf(inks, 0, 0, 700, 0.008, 0.2))
    scenery.ground = Ground(scenery.top_of(line), 0.92, 0.6, 1.0, "space")
