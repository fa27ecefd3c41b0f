"""Water: a mirror of what stands above it, squeezed, shaken and tinted; waves and rivers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from lib.scene.canvas import blurred, noise
from lib.scene.ink import Ink, Numbers, darker, lighter, linear
from lib.scene.layers.ground import blended, covered
from lib.scene.scenery import Layer, Scenery


def water(
    begin: float, end: float = 1.0, tint: Ink = (40, 96, 120), *, rough: float = 0.4,
    mirror: float = 0.75, glint: float = 0.5,
) -> Layer:  # fmt: skip
    def layer(scenery: Scenery) -> None:
        frozen = scenery.season == "winter" and rough <= 0.26
        ink = scenery.description.place_colour or tint
        if frozen:
            paint_water(scenery, (begin, end), (150, 180, 200), 0.12, 0.62, 0.3, frozen=True)
        else:
            paint_water(scenery, (begin, end), ink, rough, mirror, glint)
        scenery.water = (begin, min(end, 0.95))

    return layer


def paint_water(  # noqa: PLR0917 # its place and its look
    scenery: Scenery,
    reach: tuple[float, float],
    tint: Ink,
    rough: float,
    mirror: float,
    glint: float,
    frozen: bool = False,
) -> None:
    canvas, light, rng = scenery.canvas, scenery.light, scenery.rng
    height, width = canvas.height, canvas.width
    first, last = int(reach[0] * height), min(height, int(reach[1] * height))
    rows = last - first
    if rows < 4:
        return
    down = np.arange(rows, dtype=np.float32)[:, None]
    near, unit = down / np.float32(rows), height / 512
    seen = _mirrored(scenery, first, down, rough, frozen)
    canvas.piece()
    flat = np.full((rows, width), 0.1, np.float32)
    body = canvas.lit(np.broadcast_to(linear(tint), (rows, width, 3)), flat, 0.0)
    share = (np.float32(mirror) * (1 - np.float32(0.45) * near))[..., None]
    out: Numbers = seen * (share * np.float32(0.95)) + body * (1 - share)
    ripple = noise(rng, (rows, width), max(3, height / 90), 3, 9) * (1 - near)
    ripple += noise(rng, (rows, width), height / 34, 4, 7) * near
    bands = (ripple - np.float32(0.5)) * np.float32(0.55 * rough + 0.16) * (np.float32(0.4) + near)
    out *= 1 + bands[..., None] * np.float32(1.6)
    canvas.piece()
    sky = light.horizon * np.float32(0.48) + light.middle * np.float32(0.48)
    sky = sky + light.key * np.float32(0.15)
    bright = ((ripple - np.float32(0.6)) * 5).clip(0, 1) * np.float32(glint)
    bright = (bright * (np.float32(0.25) + np.float32(0.6) * near))[..., None] * np.float32(0.5)
    out += bright * (sky - out)
    if scenery.orb is not None:
        _glitter(scenery, out, near, scenery.orb)
    if frozen:
        cracked = noise(rng, (rows, width), height / 12, 5, 4)
        ice = ((cracked - np.float32(0.42)) * 3).clip(0, 1)[..., None] * np.float32(0.45)
        white = canvas.lit(np.full_like(out, 0.72), cracked - np.float32(0.4), 0.0)
        out += ice * (white - out)
    canvas.radiance[first:last] = out
    canvas.emission[first:last] = 0
    canvas.kept[first:last] = 0
    canvas.calm[first:last] = 0.5
    # The water's far edge, a shade softer than a ruled line.
    edge = slice(max(0, first - 2), first + 2)
    canvas.radiance[edge] = cv2.blur(canvas.radiance[edge], (1, max(1, round(2 * unit))))
    canvas.piece()


def _mirrored(scenery: Scenery, first: int, down: Numbers, rough: float, frozen: bool) -> Numbers:
    canvas = scenery.canvas
    height, width, rows = canvas.height, canvas.width, len(down)
    near, unit = down / rows, height / 512
    shaken = noise(scenery.rng, (rows, width), height / 20, 2, 6) * 6
    wave = np.sin(down * np.float32(0.5 / unit) / (1 + near * 2) + shaken)
    wave = wave + np.float32(0.6) * np.sin(down * np.float32(0.21 / unit))
    wave = (wave * (0.4 + near * np.float32(7 * rough + 2)) * unit).astype(np.float32)
    above = (first - 1 - down * np.float32(1.25) + wave * np.float32(0.8 * rough)).clip(
        0, first - 1
    )
    across = np.arange(width, dtype=np.float32)[None] + wave * np.float32(0.3 if frozen else 1)
    lowest = max(0, first - math.ceil(rows * 1.3) - 8)
    shown = canvas.radiance[lowest:first] + canvas.emission[lowest:first] * np.float32(0.8)
    shown = blurred(shown, height * (0.012 if frozen else 0.004))
    rows_of = np.ascontiguousarray((above - lowest).clip(0, None), np.float32)
    across = np.ascontiguousarray(across, np.float32)
    return np.asarray(
        cv2.remap(shown, across, rows_of, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def _glitter(scenery: Scenery, out: Numbers, near: Numbers, orb: tuple[float, Numbers]) -> None:
    """The path of light on the water under the sun or the moon."""
    canvas = scenery.canvas
    x, colour = orb
    column = np.exp(-(((canvas.columns()[None] - x) / (0.03 + 0.13 * near)) ** 2))
    spots = noise(scenery.rng, out.shape[:2], canvas.height / 70, 3, 7)
    share = ((spots - np.float32(0.42)) * 4).clip(0, 1) * column * (1 - np.float32(0.55) * near)
    out += share[..., None].astype(np.float32) * colour * np.float32(0.9)


def waves(
    begin: float, end: float, count: int = 7, rise: float = 0.03, tint: Ink = (34, 72, 88)
) -> Layer:
    """Rolling crests with foam, far to near; none on water that the words call calm."""

    def layer(scenery: Scenery) -> None:
        if "calm" in scenery.description.moods:
            return
        canvas, rng = scenery.canvas, scenery.rng
        height, x = canvas.height, canvas.columns()
        for nth in range(count):
            near = (nth + 0.5) / count
            y, high = begin + (end - begin) * near**1.5, rise * (0.12 + near)
            often, phase = 13 - 8.5 * near, rng.uniform(0, 6)
            swell = np.sin(x * often + phase) + 0.5 * np.sin(x * often * 1.7 + phase * 2)
            swell = np.abs(swell) ** 0.8 * np.sign(swell) * 0.55 + 0.35 * np.sin(x * 2.1 + phase)
            line = ((y - high * swell) * height).astype(np.float32)
            first = int(np.clip(line.min() - 2, 0, height - 1))
            last = min(height, int((y + 0.16) * height))
            if last - first < 3:
                continue
            rough = noise(rng, (last - first, canvas.width), height * 0.03 * (0.5 + near), 4, 4)
            below = np.arange(first, last, dtype=np.float32)[:, None] - line[None]
            deep = np.maximum(below, 0)
            foam = ((rough - 0.44) * 4).clip(0, 1) * np.exp(
                -deep / (height * 0.018 * (0.4 + near * 1.6))
            )
            crest = np.exp(-deep / (height * 0.0022 * (0.6 + near)))
            foam += crest * ((rough - 0.3) * 3).clip(0, 1) * 0.9
            foam = foam.clip(0, 1)[..., None]
            inks = (darker(tint, 0.5), tint, lighter(tint, 0.3))
            colours = blended(inks, rough * np.float32(1.1) - np.float32(0.1))
            colours = (colours * (1 - foam) + np.array((232, 240, 240)) * foam).astype(np.uint8)
            shade = 0.25 - 0.6 * (below / (height * 0.06 * (0.4 + near))).clip(0, 1)
            mask = covered(canvas, line, first, last)
            fade = (last - np.arange(first, last, dtype=np.float32))[:, None] / (0.1 * height)
            mask = (mask * fade.clip(0, 1)).astype(np.uint8)
            canvas.cover(colours, mask, shade.astype(np.float32), (1 - near) ** 2 * 0.5, (first, 0))

    return layer


def river(begin: float, wide: float = 0.3, tint: Ink = (60, 110, 120)) -> Layer:
    """A river through the ground that has been drawn, from far away to the picture's foot."""

    def layer(scenery: Scenery) -> None:
        side = -1 if scenery.mirrored else 1
        x = scenery.aspect * scenery.between(0.42, 0.58)
        left, right = [], []
        for t in np.linspace(0, 1, 50):
            y = begin + 0.005 + (1.02 - begin) * t**1.5
            middle = x + side * 0.2 * math.sin(t * 4.6) * (0.25 + t * 0.7)
            half = 0.012 + wide * t**1.7
            left.append((middle - half, y))
            right.append((middle + half, y))
        _water_within(scenery, begin, left + right[::-1], tint)
        scenery.water = (begin + 0.05, 0.95)
        scenery.stream = [
            (one[1], one[0], other[0]) for one, other in zip(left, right, strict=True)
        ]

    return layer


def pond(begin: float, tint: Ink = (60, 110, 120)) -> Layer:
    """A pond in the ground that has been drawn, at one side."""

    def layer(scenery: Scenery) -> None:
        x = scenery.across(scenery.between(0.55, 0.7))
        middle = begin + 0.42 * (1 - begin)
        turns = np.linspace(0, 2 * math.pi, 48, endpoint=False)
        wander = 1 + 0.1 * np.sin(turns * 3 + scenery.between(0, 6))
        reach = (0.46 * min(1.0, scenery.aspect), 0.24 * (1 - begin))
        shore = [
            (x + reach[0] * by * math.cos(turn), middle + reach[1] * by * math.sin(turn))
            for turn, by in zip(turns, wander.tolist(), strict=True)
        ]
        _water_within(scenery, begin, shore, tint)
        scenery.water = (middle - reach[1] * 0.6, middle + reach[1] * 0.8)

    return layer


def _water_within(
    scenery: Scenery, begin: float, shore: Sequence[tuple[float, float]], tint: Ink
) -> None:
    """Water inside an outline, with a darker bank around it."""
    canvas = scenery.canvas
    land, shine, calm = canvas.radiance.copy(), canvas.emission.copy(), canvas.calm.copy()
    frozen = scenery.season == "winter"
    paint_water(scenery, (begin, 1.0), tint, 0.25, 0.72, 0.4, frozen=frozen)
    wet = canvas.radiance
    canvas.radiance, canvas.emission, canvas.calm = land, shine, calm
    mask = np.zeros((canvas.height, canvas.width), np.uint8)
    corners = np.array(shore) * canvas.height
    cv2.fillPoly(mask, [(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    inside = mask.astype(np.float32) / np.float32(255)
    bank = blurred(inside, canvas.height * 0.008)
    inside = blurred(inside, canvas.height * 0.0015)
    canvas.radiance *= (1 - np.float32(0.35) * bank * (1 - inside))[..., None]
    canvas.blend(slice(None), slice(None), wet, inside[..., None])


def level_horizon(scenery: Scenery) -> None:
    """Say that the horizon of this scene is a straight line."""
    scenery.level_horizon = True


def storm_waves(begin: float, end: float) -> Layer:
    """High waves in a storm, lower ones in wind, none in calm weather."""
    high, low = waves(begin, end, 7, 0.06), waves(begin + 0.07, end, 6, 0.03, (30, 90, 120))

    def layer(scenery: Scenery) -> None:
        weather = scenery.description.weather
        if "storm" in weather or "wild" in scenery.description.moods:
            high(scenery)
        elif "wind" in weather:
            low(scenery)

    return layer


def waterfall(top: float, foot: float, wide: float) -> Layer:
    """A wall of rock with water that falls over it."""

    def layer(scenery: Scenery) -> None:
        canvas, rng = scenery.canvas, scenery.rng
        height, middle = canvas.height, scenery.across(scenery.between(0.4, 0.6))
        off = canvas.columns() - np.float32(middle)
        notch = 0.05 * np.exp(-((off / np.float32(wide * 1.4)) ** 2))
        line = top + notch - 0.04 * np.abs(off) + (canvas.line_noise(0.1, 5) - 0.5) * 0.08
        line = (line * height).astype(np.float32)
        begin, end = int(max(0, line.min() - 2)), int((foot + 0.02) * height)
        rough = noise(rng, (end - begin, canvas.width), height / 9, 6, 0.6)
        colours = blended(((52, 54, 52), (88, 86, 80), (126, 120, 108)), rough)
        below = np.arange(begin, end, dtype=np.float32)[:, None] - line[None]
        moss = (1 - below / (height * 0.05 * (0.3 + rough))).clip(0, 1)[..., None]
        colours = (colours * (1 - moss) + np.array((84, 128, 62)) * moss).astype(np.uint8)
        shade = (rough - 0.5) * 1.3 + 0.1
        canvas.cover(colours, covered(canvas, line, begin, end), shade.astype(np.float32), 0.22,
                     (begin, 0))  # fmt: skip
        threads = noise(rng, (end - begin, canvas.width), height / 26, 4, 0.25)
        long = cv2.blur(threads, (1, max(3, int(height * 0.14))))
        share = (1 - (np.abs(off) / np.float32(wide)) ** 4).clip(0, 1)[None]
        fall = ((long - 0.3) * 3.2).clip(0.35, 1) * share * (below > height * 0.004)
        white = np.full((*fall.shape, 3), (232, 242, 246), np.uint8)
        mask = (fall * 255).astype(np.uint8)
        canvas.cover(white, mask, ((long - 0.5) * 2).astype(np.float32), 0.16, (begin, 0))
        mist = np.exp(-(((canvas.rows() - np.float32(foot)) / np.float32(0.05)) ** 2)) * np.exp(
            -((off / np.float32(wide * 2)) ** 2)
        )
        over = (mist * np.float32(0.55))[..., None].astype(np.float32)
        canvas.radiance += over * (canvas.light.haze * 0.5 + np.float32(0.4) - canvas.radiance)
        canvas.piece()

    return layer
