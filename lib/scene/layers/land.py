"""Land: hills, mountains, meadows, dunes, woods on a skyline, paths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from lib.core.pixels import Pixels
from lib.scene.canvas import Canvas, blurred, noise
from lib.scene.ink import Ink, Inks, Numbers, darker, lighter, varied
from lib.scene.scenery import Ground, Layer, Scenery
from lib.scene.things.trees import AUTUMN, BLOSSOM, GREEN, SNOWY

GROUNDS: dict[str, Inks] = {
    "grass": ((58, 98, 50), (86, 130, 58), (122, 158, 68), (160, 180, 84)),
    "spring": ((66, 116, 54), (98, 150, 62), (136, 178, 76), (176, 200, 96)),
    "autumn": ((120, 92, 44), (156, 112, 50), (186, 132, 58), (132, 120, 58)),
    "wheat": ((170, 126, 50), (206, 160, 66), (232, 192, 92), (190, 150, 70)),
    "sand": ((202, 156, 92), (224, 182, 116), (240, 204, 142), (214, 168, 104)),
    "earth": ((96, 74, 56), (126, 98, 72), (150, 120, 88), (110, 88, 66)),
    "stone": ((96, 94, 98), (124, 120, 120), (150, 146, 142), (110, 106, 108)),
    "savannah": ((150, 116, 52), (184, 146, 66), (208, 174, 92), (140, 128, 60)),
    "jungle": ((32, 70, 42), (52, 96, 46), (84, 128, 54), (60, 104, 58)),
    "red": ((150, 76, 48), (186, 100, 62), (210, 132, 88), (168, 88, 56)),
    "snow": ((190, 203, 228), (216, 227, 244), (238, 244, 252), (228, 236, 248)),
    "mud": ((70, 66, 46), (92, 90, 56), (116, 116, 66), (84, 88, 58)),
    "leaves": ((110, 58, 30), (160, 88, 36), (206, 128, 46), (226, 160, 70)),
}
MEADOW_FLOWERS: Inks = ((240, 220, 120), (236, 236, 240), (220, 110, 120))


def ground_inks(scenery: Scenery, kind: str = "grass") -> Inks:
    if scenery.season == "winter" and kind != "red":
        return GROUNDS["snow"]
    ink = scenery.description.place_colour
    if ink:
        return (darker(ink, 0.62), darker(ink, 0.85), ink, lighter(ink, 0.3))
    if kind == "leaves_or_grass":
        kind = "leaves" if scenery.season == "autumn" else "jungle"
    if kind == "grass" and scenery.season in ("autumn", "spring"):
        return GROUNDS[scenery.season]
    return GROUNDS[kind]


def blended(inks: Sequence[Ink], share: Numbers) -> Pixels:
    """Colours from a scale, 0 to 1 along it."""
    table = np.asarray(inks, np.float32)
    steps = np.linspace(0, len(inks) - 1, 256)
    low = np.minimum(steps.astype(int), len(inks) - 2)
    scale = table[low] + (table[low + 1] - table[low]) * (steps - low)[:, None]
    index = (share * np.float32(255)).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(cv2.merge((index, index, index)), scale.astype(np.uint8)[None]))


def skyline(
    scenery: Scenery, y: float, rise: float, rough: float = 0.5, octaves: int = 5
) -> Numbers:
    """A hilly line across the picture: one row for each column, in pixels."""
    canvas, rng = scenery.canvas, scenery.rng
    x = canvas.columns()
    line = np.zeros(canvas.width, np.float32)
    for octave in range(octaves):
        wave = 1.3 * 2**octave * rng.uniform(2.2, 3.8)
        line += np.sin(x * np.float32(wave) + np.float32(rng.uniform(0, 6.3))) * np.float32(
            rough**octave
        )
    line /= np.float32(sum(rough**octave for octave in range(octaves)))
    return np.asarray((y - rise * line) * canvas.height, np.float32)


def covered(canvas: Canvas, top: Numbers, begin: int, end: int | None = None) -> Pixels:
    """The mask of what lies below a skyline, in the rows from `begin` on."""
    rows = np.arange(begin, end or canvas.height, dtype=np.float32)[:, None]
    return np.asarray(((rows - top[None] + np.float32(0.5)).clip(0, 1) * 255), np.uint8)


@dataclass(frozen=True)
class Turf:
    """What a piece of ground is covered with."""

    inks: Sequence[Ink]
    far: float = 0.1  # its haze at the skyline; nearer there is less
    near: float = 0.0
    strokes: int = 1500
    length: float = 0.02
    upright: float = 0.8  # the share of strokes that stand
    flowers: Sequence[Ink] = ()


def paint_ground(scenery: Scenery, top: Numbers, turf: Turf) -> None:
    """Ground from a skyline down to the picture's foot, under strokes that grow nearer."""
    canvas = scenery.canvas
    height, width, begin = canvas.height, canvas.width, int(np.clip(top.min() - 2, 0, 1e6))
    rows = height - begin
    if rows < 2:
        return
    rough = noise(scenery.rng, (rows, width), height / 8, 5, 2.5)
    colours = blended(turf.inks, np.float32(0.15) + np.float32(0.7) * rough)
    first = float(top.min()) / height
    _stroke(scenery, colours, top, turf, begin)
    if turf.flowers:
        _flower(scenery, colours, top, turf.flowers, begin)
    down = np.arange(begin, height, dtype=np.float32)[:, None]
    below = (down - top[None]) / np.float32(height * 0.5)
    slope = blurred(np.gradient(top)[None].astype(np.float32), height * 0.01)
    shade = np.float32(0.1) + slope * np.float32(canvas.light.across * 0.9)
    shade = shade + (rough - 0.5) * np.float32(0.5) + (1 - below * 4).clip(0, 1) * np.float32(0.12)
    if canvas.light.elevation > 0.15:  # the shadows of clouds
        clouds = noise(scenery.rng, (rows, width), height / 6, 3, 4)
        shade = shade - ((clouds - np.float32(0.52)) * 5).clip(0, 1) * np.float32(0.42)
    away = ((1 - down / height) / max(0.05, 1 - first)).clip(0, 1) ** 2
    depth = np.broadcast_to(np.float32(turf.near) + np.float32(turf.far) * away, (rows, width))
    mask = covered(canvas, top, begin)
    canvas.cover(colours, mask, shade.astype(np.float32), depth.astype(np.float32), (begin, 0))


def _stroke(scenery: Scenery, colours: Pixels, top: Numbers, turf: Turf, begin: int) -> None:
    canvas, rng = scenery.canvas, scenery.rng
    height, width, count = canvas.height, canvas.width, int(turf.strokes * canvas.aspect)
    near = rng.random(count) ** 0.75
    x = rng.random(count) * width
    above = top[x.astype(int).clip(0, width - 1)].astype(np.float64)
    y = above + (height - above) * near
    first = float(top.min()) / height
    grown = 0.25 + 1.1 * (y / height - first) / max(0.05, 1 - first)
    long = turf.length * height * grown * rng.uniform(0.5, 1.3, count)
    angle = rng.normal(0, 0.35, count) + 1.57 * (rng.random(count) > turf.upright)
    order = np.argsort(y, kind="stable")
    which = rng.integers(len(turf.inks), size=count)
    starts = np.stack((x, y - begin), 1) * 16
    ends = starts + np.stack((np.sin(angle) * long, -np.cos(angle) * long), 1) * 16
    palette = [[varied(rng, ink, 0.07) for ink in turf.inks] for _ in range(12)]
    starts, ends = starts.astype(int), ends.astype(int)
    thick = np.maximum(1, long * 0.28).astype(int)
    for nth, at in enumerate(order.tolist()):
        ink = palette[nth % 12][which[at]]
        cv2.line(colours, starts[at].tolist(), ends[at].tolist(), ink, int(thick[at]),
                 cv2.LINE_AA, 4)  # fmt: skip
        if nth % 800 == 799:
            canvas.piece()


def _flower(
    scenery: Scenery, colours: Pixels, top: Numbers, inks: Sequence[Ink], begin: int
) -> None:
    canvas, rng = scenery.canvas, scenery.rng
    height, width, count = canvas.height, canvas.width, int(620 * canvas.aspect)
    near = np.sort(rng.random(count) ** 0.8)
    x = rng.random(count) * width
    above = top[x.astype(int).clip(0, width - 1)]
    y = above + (height - above) * near + 2 - begin
    radius = 0.006 * height * (0.25 + near) * rng.uniform(0.6, 1.1, count)
    # Flowers of a kind grow together: a meadow is no confetti.
    patch = np.sin(x / width * 9 + near * 7) + rng.normal(0, 0.5, count)
    which = ((patch + 2) / 4 * len(inks)).astype(int).clip(0, len(inks) - 1)
    for at in range(count):
        ink = varied(rng, inks[which[at]], 0.08)
        centre = (int(x[at] * 16), int(y[at] * 16))
        cv2.circle(colours, centre, max(5, int(radius[at] * 16)), ink, -1, cv2.LINE_AA, 4)
    canvas.piece()


# --- layers


def hills(
    y: float, rise: float = 0.035, depth: tuple[float, float] = (0.2, 0.16), *,
    kind: str = "grass", strokes: int = 700, shade: float = 1.0, trees: float = 0.0,
) -> Layer:  # fmt: skip
    """A range of hills, with trees along its skyline where `trees` is their height."""

    def layer(scenery: Scenery) -> None:
        line = skyline(scenery, y + scenery.between(-0.015, 0.015), rise)
        inks = [darker(ink, shade) for ink in ground_inks(scenery, kind)]
        length = 0.006 + 0.012 * max(0.0, y - 0.5)
        paint_ground(scenery, line, Turf(inks, *depth, strokes=strokes, length=length))
        if trees:
            draw_woods(scenery, line, trees, sum(depth) * 1.05, dense=scenery.between(0.5, 1.0))

    return layer


def meadow(
    y: float, rise: float = 0.03, *, kind: str = "grass", front: float = 0.92,
    flowers: Sequence[Ink] = (), horizon: float | None = None, scale: float = 1.0,
    tilt: float = 0.0, strokes: int = 2600,
) -> Layer:  # fmt: skip
    """The ground in front, on which things stand."""

    def layer(scenery: Scenery) -> None:
        line = skyline(scenery, y + scenery.between(-0.02, 0.02), rise, octaves=3)
        lean = np.linspace(-1, 1, scenery.canvas.width, dtype=np.float32)
        side = -1 if scenery.mirrored else 1
        line += lean * np.float32(tilt * side * scenery.canvas.height)
        blooming = scenery.season == "spring" or (
            scenery.season == "summer" and scenery.rng.random() < 0.6
        )
        turf = Turf(
            ground_inks(scenery, kind), 0.1, strokes=strokes,
            length=0.008 if kind in ("sand", "stone", "earth", "red") else 0.022,
            flowers=flowers if blooming else (),
        )  # fmt: skip
        paint_ground(scenery, line, turf)
        away = horizon if horizon is not None else y - 0.12
        scenery.ground = Ground(scenery.top_of(line), front, away, scale, kind)

    return layer


def draw_woods(
    scenery: Scenery, line: Numbers, height: float, depth: float, *, dense: float = 1.0,
    kind: str = "",
) -> None:  # fmt: skip
    """Small trees along a skyline, as one layer of dabs."""
    if not scenery.description.adds("tree"):
        return
    canvas, rng = scenery.canvas, scenery.rng
    begin = int(max(0, line.min() - height * 1.4 * canvas.height))
    end = min(canvas.height, int(line.max() + height * 0.4 * canvas.height) + 2)
    colours = np.zeros((end - begin, canvas.width, 3), np.uint8)
    mask = np.zeros(colours.shape[:2], np.uint8)
    inks = {"autumn": AUTUMN, "winter": SNOWY, "spring": (*GREEN, BLOSSOM[1])}.get(
        scenery.season, GREEN
    )
    pines = (kind or ("pine" if scenery.season == "winter" else "")) == "pine"
    tall = height * canvas.height
    for _ in range(int(canvas.width / tall * 2.2 * dense)):
        x = rng.random() * canvas.width
        y = line[int(min(canvas.width - 1, x))] + tall * 0.12 - begin
        size, ink = tall * rng.uniform(0.5, 1.1), varied(rng, inks[int(rng.integers(0, 3))])
        if pines and rng.random() < 0.85:
            corners = [np.array(((x - size * 0.24, y), (x, y - size * 1.15), (x + size * 0.24, y)))]
            points = [(each * 16).astype(np.int32) for each in corners]
            cv2.fillPoly(colours, points, ink, cv2.LINE_8, 4)
            cv2.fillPoly(mask, points, 255, cv2.LINE_AA, 4)
            continue
        spread = rng.normal(0, 1, (12, 1))
        for nth in range(12):
            top = nth >= 7
            at = (
                x + spread[nth, 0] * size * 0.2,
                y - size * rng.uniform(0.35 if top else 0.2, 0.8),
            )
            radius = max(1.0, size * (0.09 if top else rng.uniform(0.14, 0.26)))
            lit = lighter(ink, 0.22) if top else ink
            centre = (int(at[0] * 16), int(at[1] * 16))
            fill = varied(rng, lit, 0.1)
            cv2.circle(colours, centre, int(radius * 16), fill, -1, cv2.LINE_8, 4)
            cv2.circle(mask, centre, int(radius * 16), 255, -1, cv2.LINE_AA, 4)
    shade = noise(rng, mask.shape[:2], tall * 0.7, 3) - np.float32(0.35)
    canvas.cover(colours, np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.6)), shade, depth, (begin, 0))


def woods(y: float, height: float, depth: float, dense: float = 1.2, kind: str = "") -> Layer:
    """The edge of a wood."""

    def layer(scenery: Scenery) -> None:
        line = skyline(scenery, y, 0.012)
        # The wood's own ground, so that no sky is seen between it and what comes before it.
        inks = [darker(ink, 0.8) for ink in ground_inks(scenery)]
        paint_ground(scenery, line, Turf(inks, 0.05, depth * 0.9, strokes=150, length=0.006))
        draw_woods(scenery, line, height, depth, dense=dense, kind=kind)

    return layer


def path(y: float, wide: float = 0.16, bend: float = 0.12) -> Layer:
    """A path or a road, from far away to the picture's foot."""

    def layer(scenery: Scenery) -> None:
        if scenery.season == "winter":  # it lies under the snow
            return
        canvas = scenery.canvas
        x, side = scenery.aspect * scenery.between(0.4, 0.6), -1 if scenery.mirrored else 1
        left, right = [], []
        for t in np.linspace(0, 1, 30):
            row = y + (1.02 - y) * t**1.4
            middle = x + side * bend * math.sin(t * 5) * (0.3 + t)
            half = 0.006 + wide * t**1.6
            left.append((middle - half, row))
            right.append((middle + half, row))
        begin = int(y * canvas.height) - 2
        mask = np.zeros((canvas.height - begin, canvas.width), np.uint8)
        corners = np.array(left + right[::-1]) * canvas.height - (0, begin)
        cv2.fillPoly(mask, [(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.6, canvas.height * 0.003)))
        rough = noise(scenery.rng, mask.shape[:2], canvas.height / 30, 4, 3)
        inks: Inks = ((150, 124, 96), (196, 166, 126), (220, 196, 156))
        if scenery.season == "winter":
            inks = ((190, 200, 216), (214, 222, 234))
        canvas.cover(blended(inks, rough), mask, 0.1, 0.05, (begin, 0))

    return layer


def mound(scenery: Scenery, x: float, top: float, wide: float) -> None:
    """A hill of its own under something that stands on a hill."""
    canvas = scenery.canvas
    off = (canvas.columns() - np.float32(x)) / np.float32(wide)
    foot = max(scenery.ground.top(x) + 0.06, top + 0.1)
    line = foot - (foot - top) * np.exp(-(off**2) * 1.3) + 0.5 * (off**2 > 9)
    rough = (canvas.line_noise(0.11, 4) - 0.5) * 0.02
    line = ((line + rough) * canvas.height).astype(np.float32)
    line = np.where(line > (foot - 0.01) * canvas.height, canvas.height * 2, line)
    shape = covered(canvas, line.astype(np.float32), 0)
    begin = int(max(0, line.min() - 2))
    end = min(canvas.height, int((foot + 0.02) * canvas.height))
    fade = np.minimum(1, (end - np.arange(begin, end, dtype=np.float32))[:, None] / (
        0.05 * canvas.height))  # fmt: skip
    inks = ground_inks(scenery, scenery.ground.kind)
    rough = noise(scenery.rng, (end - begin, canvas.width), canvas.height / 12, 5, 2)
    colours = blended(inks, 0.15 + 0.7 * rough)
    _stroke(scenery, colours, np.minimum(line, end - 3.0).astype(np.float32),
            Turf(inks, strokes=1100, length=0.013), begin)  # fmt: skip
    shade = np.tanh(-off * 1.4)[None] * -canvas.light.across * 0.6 + (rough - 0.5) * 0.6 + 0.1
    mask = np.asarray(shape[begin:end] * fade, np.uint8)
    canvas.cover(colours, mask, shade.astype(np.float32), 0.12, (begin, 0))
