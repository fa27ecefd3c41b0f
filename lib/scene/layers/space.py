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
    starfield(scenery, 1.1)
    scenery.ground = Ground(lambda _: 0.7, 0.88, 0.3, 1.0, "space")
    scenery.horizon = 0.92


def planets(*spots: tuple[float, float, float]) -> Layer:
    """Each by its share of the width, its row and its radius."""

    def layer(scenery: Scenery) -> None:
        for share, down, radius in spots:
            grown = radius * scenery.between(0.85, 1.15)
            x = scenery.across(share + scenery.between(-0.05, 0.05))
            y = down + scenery.between(-0.04, 0.04)
            thing = PlacedThing("planetball", x, y + grown, 2 * grown, None, 0.0, False, 0.0)
            stand(scenery, thing, 1.3)

    return layer


def galaxy(scenery: Scenery) -> None:
    """A spiral of stars, seen at a slant."""
    canvas = scenery.canvas
    x = canvas.columns() - np.float32(scenery.across(scenery.between(0.5, 0.68)))
    y = canvas.rows() - np.float32(scenery.between(0.3, 0.42))
    lean = np.float32(scenery.between(-0.6, 0.6))
    along = x * np.cos(lean) + y * np.sin(lean)
    aside = (y * np.cos(lean) - x * np.sin(lean)) * np.float32(2.1)
    far, turn = np.hypot(along, aside) + np.float32(0.004), np.arctan2(aside, along)
    arms = np.cos(2 * turn - np.float32(5.5) * np.log(far * 12)) * np.float32(0.5) + np.float32(0.5)
    grain = canvas.noise(0.03, 4)
    disc = np.exp(-far / np.float32(0.14)) * (np.float32(0.15) + arms**2) * (grain + 0.3)
    add_light(canvas, (disc * np.float32(1.5)).astype(np.float32), (120, 150, 235))
    core = np.exp(-((far / np.float32(0.055)) ** 2)) + np.float32(0.3) * np.exp(-far / 0.09)
    add_light(canvas, core.astype(np.float32), (255, 222, 170))


def moonscape(y: float, craters: int = 7) -> Layer:
    """Grey ground with craters under a black sky."""

    def layer(scenery: Scenery) -> None:
        line = skyline(scenery, y, 0.03, 0.55)
        inks = ((96, 96, 104), (130, 130, 138), (164, 162, 166))
        paint_ground(scenery, line, Turf(inks, 0, 0, 700, 0.008, 0.2))
        top = scenery.top_of(line)
        scenery.ground = Ground(top, 0.92, min(0.6, y - 0.14), 1.0, "space")
        for nth in range(craters):
            near = (nth + scenery.between(0.2, 0.8)) / craters
            x = scenery.aspect * ((nth * 0.618 + scenery.between(0, 0.2)) % 1)
            _crater(scenery, (x, top(x) + 0.03 + (0.95 - top(x)) * near), 0.02 + 0.07 * near)

    return layer


def _crater(scenery: Scenery, at: tuple[float, float], wide: float) -> None:
    """Dark where its wall is turned from the light, bright on the far rim."""
    canvas, (x, y) = scenery.canvas, at
    first, last = (
        int(np.clip((y + side * wide) * canvas.height, 0, canvas.height)) for side in (-1, 1)
    )
    if last - first < 2:
        return
    rows = slice(first, last)
    across = (canvas.columns()[None] - np.float32(x)) / np.float32(wide)
    down = (canvas.rows()[rows] - np.float32(y)) / np.float32(wide * 0.3)
    far = np.hypot(across, down)
    inside = (np.float32(1.05) - far).clip(0, 0.2) * 5
    slope = across * np.float32(np.sign(canvas.light.across)) + down * np.float32(0.5)
    rim = np.exp(-(((far - np.float32(1.05)) / np.float32(0.13)) ** 2)) * np.float32(0.4)
    shade = inside * slope * np.float32(0.42) + rim * (-slope).clip(-0.4, 1)
    canvas.radiance[rows] *= (1 + shade - inside * np.float32(0.22))[..., None].clip(0.2, 2)
