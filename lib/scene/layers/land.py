"""Land: hills, meadows, woods on a skyline, paths."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from lib.scene.canvas import noise
from lib.scene.ink import Ink, Inks, Numbers, darker, lighter, varied
from lib.scene.layers.ground import (
    Turf,
    blended,
    covered,
    draw_strokes,
    ground_inks,
    paint_ground,
    skyline,
)
from lib.scene.scenery import Ground, Layer, Scenery
from lib.scene.things.trees import AUTUMN, BLOSSOM, GREEN, SNOWY


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
        cover = scenery.soil if kind == "grass" and scenery.soil else kind
        line = skyline(scenery, y + scenery.between(-0.02, 0.02), rise, octaves=3)
        lean = np.linspace(-1, 1, scenery.canvas.width, dtype=np.float32)
        side = -1 if scenery.mirrored else 1
        line += lean * np.float32(tilt * side * scenery.canvas.height)
        blooming = scenery.season == "spring" or (
            scenery.season == "summer" and scenery.rng.random() < 0.6
        )
        turf = Turf(
            ground_inks(scenery, cover), 0.1, strokes=strokes,
            length=0.008 if cover in ("sand", "stone", "earth", "red") else 0.022,
            flowers=flowers if blooming and cover == kind else (),
        )  # fmt: skip
        paint_ground(scenery, line, turf)
        away = horizon if horizon is not None else y - 0.12
        scenery.ground = Ground(scenery.top_of(line), front, away, scale, cover)

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
        spread = rng.normal(0, 1, (18, 1))
        for nth in range(18):
            top = nth >= 7
            at = (
                x + spread[nth, 0] * size * 0.2,
                y - size * rng.uniform(0.35 if top else 0.2, 0.8),
            )
            radius = max(1.0, size * (rng.uniform(0.05, 0.1) if top else rng.uniform(0.14, 0.24)))
            lit = lighter(ink, rng.uniform(0.1, 0.26)) if top else ink
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
        scenery.trail = [(one[1], one[0], other[0]) for one, other in zip(left, right, strict=True)]
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
    draw_strokes(scenery, colours, np.minimum(line, end - 3.0).astype(np.float32),
            Turf(inks, strokes=1100, length=0.013), begin)  # fmt: skip
    shade = np.tanh(-off * 1.4)[None] * -canvas.light.across * 0.6 + (rough - 0.5) * 0.6 + 0.1
    mask = np.asarray(shape[begin:end] * fade, np.uint8)
    canvas.cover(colours, mask, shade.astype(np.float32), 0.12, (begin, 0))
