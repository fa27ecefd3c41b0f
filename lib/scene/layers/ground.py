"""Ground: what it is covered with, its skyline, and its strokes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from lib.core.pixels import Pixels
from lib.scene.canvas import Canvas, blurred, noise
from lib.scene.ink import Ink, Inks, Numbers, darker, lighter, varied
from lib.scene.scenery import Scenery

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
    if kind == "grass" and scenery.soil:
        return GROUNDS[scenery.soil]
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
    if scenery.season == "winter":  # no grass stands out of the snow
        turf = replace(turf, upright=0.06, strokes=turf.strokes // 3)
    height, width, begin = canvas.height, canvas.width, int(np.clip(top.min() - 2, 0, 1e6))
    rows = height - begin
    if rows < 2:
        return
    rough = noise(scenery.rng, (rows, width), height / 8, 5, 2.5)
    colours = blended(turf.inks, np.float32(0.15) + np.float32(0.7) * rough)
    first = float(top.min()) / height
    draw_strokes(scenery, colours, top, turf, begin)
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


def draw_strokes(scenery: Scenery, colours: Pixels, top: Numbers, turf: Turf, begin: int) -> None:
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
