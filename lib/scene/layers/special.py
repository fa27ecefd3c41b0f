"""What only one place has: a headland, an island, a volcano, the bottom of the sea, space."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from lib.scene.canvas import blurred, noise
from lib.scene.hours import DARK
from lib.scene.ink import Ink, darker, linear
from lib.scene.layers.land import (
    GROUNDS,
    Turf,
    blended,
    covered,
    ground_inks,
    paint_ground,
    skyline,
)
from lib.scene.layers.rows import stand
from lib.scene.layers.sky import add_light, beam, starfield
from lib.scene.layers.water import paint_water
from lib.scene.scenery import Ground, Layer, PlacedThing, Scenery


def headland(y: float = 0.72, reach: float = 0.62, green: bool = False) -> Layer:
    """Rock at one side of the sea, on which things stand."""

    def layer(scenery: Scenery) -> None:
        canvas = scenery.canvas
        height = canvas.height
        share = np.linspace(0, 1, canvas.width, dtype=np.float32)
        share = 1 - share if scenery.mirrored else share
        fall = (
            y
            - 0.03
            + 0.1 * (share / reach) ** 2
            + 0.3 * ((share - reach + 0.16) / 0.16).clip(0, 1) ** 2
        )
        top = (
            np.where(share < reach, fall, 1.2)
            + (canvas.line_noise(canvas.aspect / 16, 5) - 0.5) * 0.04
        )
        line = (top * height).astype(np.float32)
        begin = int(max(0, line.min() - 2))
        rough = noise(scenery.rng, (height - begin, canvas.width), height / 12, 6)
        below = np.arange(begin, height, dtype=np.float32)[:, None] - line[None]
        inks: tuple[Ink, ...] = ((52, 50, 56), (92, 86, 84), (132, 122, 112), (156, 146, 132))
        colours = blended(inks, np.abs(rough - np.float32(0.5)) * np.float32(2.4))
        storm = "storm" in scenery.description.weather
        deep = 0.16 if green else 0.03
        grass = (1 - below / (deep * height * (0.4 + rough))).clip(0, 1)[..., None]
        grass = grass * (0 if storm and not green else 1)
        turf = blended(ground_inks(scenery), 0.15 + 0.7 * rough)
        colours = (colours * (1 - grass) + turf * grass).astype(np.uint8)
        shade = 0.25 - 0.9 * (below / (0.3 * height)).clip(0, 1) + (rough - 0.5) * 1.1
        mask = covered(canvas, line, begin)
        canvas.cover(colours, mask, shade.astype(np.float32), 0.03, (begin, 0))
        side = scenery.across(reach * 0.45)
        scenery.ground = Ground(
            lambda x: float(line[int(np.clip(x * height, 0, canvas.width - 1))]) / height,
            scenery.top_of(line)(side) + 0.012, y - 0.25, 1.0, "grass" if green else "earth",
        )  # fmt: skip
        scenery.narrow = (scenery.across(0.04), scenery.across(reach * 0.82))

    return layer


def lighthouse_beam(scenery: Scenery) -> None:
    for thing in [*scenery.placed, *scenery.surroundings]:
        if thing.name == "lighthouse" and scenery.windows and thing.height > 0.2:
            beam(scenery, thing.x, thing.y - thing.height * 0.83)


def spray(scenery: Scenery) -> None:
    """The sea that breaks on rock in a storm."""
    if "storm" not in scenery.description.weather:
        return
    canvas, rng = scenery.canvas, scenery.rng
    drops = np.zeros((canvas.height, canvas.width), np.uint8)
    for _ in range(420):
        x = scenery.across(0.3 + rng.normal(0, 0.2))
        y = 0.95 - abs(rng.normal(0, 0.09))
        radius = int((1 + rng.random() ** 3 * 6) * canvas.height / 1024 * 16)
        at = (int(x * canvas.height * 16), int(y * canvas.height * 16))
        cv2.circle(drops, at, radius, int(rng.uniform(76, 255)), -1, cv2.LINE_AA, 4)
    soft = drops.astype(np.float32) / np.float32(255)
    over = blurred(soft, canvas.height * 0.008) * np.float32(1.1) + soft * np.float32(0.4)
    over = over.clip(0, 0.85)[..., None]
    flat = np.full((1, 1), 0.3, np.float32)
    white = canvas.lit(np.full((1, 1, 3), 0.85, np.float32), flat, 0.0)
    canvas.radiance += over * (white - canvas.radiance)
    canvas.piece()


def island(y: float = 0.655, wide: float = 0.34, palms: int = 5) -> Layer:
    """A sandy island with palms; the water in front comes after."""

    def layer(scenery: Scenery) -> None:
        canvas = scenery.canvas
        middle = scenery.across(scenery.between(0.42, 0.58))
        reach = wide * min(1.0, scenery.aspect)
        x = canvas.columns()
        for kind, share, high, foot in (("sand", 1.0, 0.05, y), ("grass", 0.78, 0.1, y - 0.012)):
            off = 1 - ((x - np.float32(middle)) / np.float32(reach * share)) ** 2
            line = (foot - high * np.maximum(off, -9)) + (canvas.line_noise(0.05, 4) - 0.5) * 0.012
            line = (np.where(off > 0, line, 1.5) * canvas.height).astype(np.float32)
            begin = int(max(0, line.min() - 2))
            end = int((foot + 0.012) * canvas.height)
            rough = noise(scenery.rng, (end - begin, canvas.width), canvas.height / 30, 4)
            soft = cv2.GaussianBlur(covered(canvas, line, begin, end), (0, 0), 1.0)
            mask = np.asarray(soft, np.uint8)
            inks = GROUNDS["sand"] if kind == "sand" else ground_inks(scenery)
            canvas.cover(blended(inks, rough), mask, 0.15, 0.1, (begin, 0))
        for nth in range(palms):
            at = middle + (nth - (palms - 1) / 2) * reach * 0.26 + scenery.between(-0.02, 0.02)
            stand(scenery, PlacedThing("palm", at, y - 0.045, scenery.between(0.22, 0.36), None,
                                       0.1, scenery.any_flip(), 0.3))  # fmt: skip
        for _ in range(7):
            at = middle + float(scenery.rng.normal(0, reach * 0.4))
            stand(scenery, PlacedThing("bush", at, y - 0.04 + scenery.between(0, 0.015), 0.05,
                                       None, 0.1, False, 0.0))  # fmt: skip
        scenery.ground = Ground(lambda _: y - 0.04, y - 0.02, y - 0.4, 0.62, "sand")
        scenery.narrow = (middle - reach * 0.6, middle + reach * 0.6)

    return layer


def volcano(peak: float = 0.27, base: float = 0.69) -> Layer:
    """The mountain with its lava and smoke."""

    def layer(scenery: Scenery) -> None:
        canvas, rng = scenery.canvas, scenery.rng
        height, middle = canvas.height, scenery.across(scenery.between(0.4, 0.6))
        x = canvas.columns() - np.float32(middle)
        _smoke(scenery, middle, peak)
        rise = (base - peak + 0.045) * np.exp(-np.abs(x) / np.float32(0.24))
        line = np.maximum(peak, base - rise) + 0.012 * np.exp(-((x / 0.03) ** 2))
        line = (line + (canvas.line_noise(canvas.aspect / 20, 5) - 0.5) * 0.02) * height
        line = line.astype(np.float32)
        begin, end = int(max(0, line.min() - 2)), min(height, int((base + 0.04) * height))
        rough = noise(rng, (end - begin, canvas.width), height / 11, 6)
        side = np.tanh(x * 7)[None] * np.sign(canvas.light.across) * 0.5
        shade = side + np.abs(rough - 0.5) * 2 - 0.5
        colours = blended(((52, 44, 50), (84, 70, 70), (116, 98, 92)), rough)
        mask = covered(canvas, line, begin, end)
        canvas.cover(colours, mask, shade.astype(np.float32), 0.18, (begin, 0))
        _lava(scenery, middle, peak, base)

    return layer


def _smoke(scenery: Scenery, middle: float, peak: float) -> None:
    canvas = scenery.canvas
    billows = canvas.noise(0.2, 6)
    up = np.float32(peak) - canvas.rows()
    lean = canvas.columns() - np.float32(middle) - up * np.float32(0.35)
    wide = np.float32(0.045) + np.float32(0.5) * (up + np.float32(0.03)).clip(0, 1)
    column = np.exp(-((lean / wide) ** 2)) * (up > -0.03)
    over = (column * 1.5 * (billows * 1.9 - 0.35)).clip(0, 0.94).astype(np.float32)[..., None]
    ash = linear((70, 60, 66)) * (billows[..., None] + 0.2) * canvas.light.ambient * 3
    glow = np.exp(-((up / 0.12) ** 2)) * billows * 0.7
    ash = (ash + glow[..., None] * linear((255, 90, 30))).astype(np.float32)
    canvas.radiance += over * (ash - canvas.radiance)
    canvas.piece()


def _lava(scenery: Scenery, middle: float, peak: float, base: float) -> None:
    canvas, rng = scenery.canvas, scenery.rng
    height = canvas.height
    lava = np.zeros((height, canvas.width), np.uint8)

    def at(u: float, v: float) -> tuple[int, int]:
        return (int(u * height * 16), int(v * height * 16))

    for nth in range(5):
        x, y = middle + rng.uniform(-0.03, 0.03), peak + 0.015
        drift, wide = rng.uniform(-0.3, 0.3) + (nth - 2) * 0.22, 0.016
        while y < base * rng.uniform(0.97, 1.0) and wide > 0.0025:
            to = (x + drift * 0.02 + rng.normal(0, 0.004), y + 0.018)
            cv2.line(lava, at(x, y), at(*to), 255, max(1, int(wide * height)), cv2.LINE_AA, 4)
            (x, y), wide = to, wide * 0.955
    for _ in range(150):
        angle, far = rng.normal(0, 0.5), abs(rng.normal(0, 0.12))
        spark = (middle + math.sin(angle) * far, peak - math.cos(angle) * far + far * far * 0.8)
        radius = int((1 + 2.5 * rng.random()) * height / 1024 * 16)
        cv2.circle(lava, at(*spark), radius, 255, -1, cv2.LINE_AA, 4)
    cv2.ellipse(lava, (int(middle * height), int((peak + 0.012) * height)),
                (int(0.05 * height), int(0.016 * height)), 0, 0, 360, 255, -1)  # fmt: skip
    share = (lava.astype(np.float32) / np.float32(255))[..., None]
    canvas.radiance += share * (linear((255, 110, 30)) - canvas.radiance)
    strong = np.float32(1.1 if scenery.windows else 0.7)
    canvas.emission += share * linear((255, 100, 26)) * strong
    core = cv2.erode(lava, np.ones((3, 3), np.uint8)).astype(np.float32) / np.float32(255)
    canvas.emission += core[..., None] * linear((255, 210, 110)) * np.float32(0.6)
    canvas.piece()


# --- under water


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


# --- space

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


# --- towns


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
