"""A room: wall, floor, a window with the world outside, and the light that falls through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import cv2
import numpy as np

from lib.scene.canvas import Canvas, blurred, noise
from lib.scene.description import Relation
from lib.scene.hours import DARK, Illumination, illumination
from lib.scene.ink import Ink, darker, lighter, linear
from lib.scene.layers.ground import Turf, blended, ground_inks, paint_ground, skyline
from lib.scene.layers.sky import paint_sky
from lib.scene.scenery import Ground, Layer, PlacedThing, Scenery
from lib.scene.sprite import Sprite
from lib.scene.things.kinds import Zone
from lib.scene.things.table import THINGS

_WALLS: tuple[Ink, ...] = (
    (206, 186, 150),
    (150, 176, 170),
    (210, 160, 140),
    (180, 176, 200),
    (188, 196, 160),
)
_FLOOR = 0.68
_CLOTH: tuple[Ink, ...] = ((176, 70, 62), (84, 116, 140), (206, 160, 80), (120, 128, 84))
_Box: TypeAlias = tuple[float, float, float, float]
Furnishing: TypeAlias = "Callable[[Scenery, _Box], None]"


def room(
    window: tuple[float, float, float, float] = (0.14, 0.44, 0.14, 0.5),
    furnished: Sequence[Furnishing] = (),
) -> Layer:
    """`window` is its left and right, as shares of the width, and its top and bottom."""

    def layer(scenery: Scenery) -> None:
        canvas, outside = scenery.canvas, scenery.canvas.light
        night = scenery.description.time in DARK
        wall = scenery.description.place_colour or _WALLS[int(scenery.rng.integers(len(_WALLS)))]
        canvas.light = _indoor_light(scenery, night, wall)
        scenery.light, canvas.snow = canvas.light, 0.0
        _walls(scenery, wall)
        left, right = sorted((scenery.across(window[0]), scenery.across(window[1])))
        box = left, right, window[2], window[3]
        _window(scenery, box, outside)
        if "empty" not in scenery.description.moods:
            for furnish in furnished:
                furnish(scenery, box)
        if not night:
            _sunbeam(scenery, left, right)
        scenery.tables = True
        if _still_life(scenery):
            scenery.closeup = 1.75
        scenery.horizon = 0.5
        scenery.ground = Ground(lambda _: 0.74, 0.93, 0.5, 1.0, "floor")
        _table(scenery)

    return layer


def _indoor_light(scenery: Scenery, night: bool, wall: Ink) -> Illumination:
    light = illumination("candle" if night else "morning", (), (), scenery.light.across > 0)
    light = replace(light, density=0.0, across=scenery.light.across)
    if night:
        return replace(light, ambient=light.ambient * np.float32(1.2))
    if sum(wall) > 690:
        return replace(light, ambient=linear((186, 190, 200)), key=linear((255, 250, 240)))
    return light


def _walls(scenery: Scenery, wall: Ink) -> None:
    canvas = scenery.canvas
    height, width, line = canvas.height, canvas.width, int(_FLOOR * canvas.height)
    pale = sum(wall) > 690
    full = np.full((height, width), 255, np.uint8)
    rough = noise(scenery.rng, (line, width), height / 6, 5) * np.float32(0.4) + np.float32(0.3)
    canvas.cover(blended((darker(wall, 0.86), wall, lighter(wall, 0.15)), rough), full[:line], 0.1,
                 0.0)  # fmt: skip
    boards: Ink = (206, 190, 168) if pale else (150, 104, 70)
    grain = noise(scenery.rng, (height - line, width), height / 14, 5, 6)
    floor = blended((darker(boards, 0.8), boards, lighter(boards, 0.2)), grain)
    for nth in range(-14, 15):
        ends = [(int((canvas.aspect / 2 + nth * step) * height), y)
                for step, y in ((0.05, 0), (0.21, height - line))]  # fmt: skip
        cv2.line(floor, ends[0], ends[1], darker(boards, 0.62), max(1, height // 512), cv2.LINE_AA)
    canvas.cover(floor, full[line:], 0.05, 0.0, (line, 0))
    skirting: Ink = (236, 232, 224) if pale else darker(wall, 0.8)
    board = slice(int((_FLOOR - 0.03) * height), line)
    flat = np.full((*full[board].shape, 3), skirting, np.uint8)
    canvas.cover(flat, full[board], 0.2, 0.0, (board.start, 0))
    canvas.calm[: board.start] = 0.8


def _window(
    scenery: Scenery, box: tuple[float, float, float, float], outside: Illumination
) -> None:
    canvas = scenery.canvas
    left, right, top, bottom = (int(each * canvas.height) for each in box)
    pane = Canvas((bottom - top, right - left), outside, scenery.rng, canvas.piece)
    # The colour of the room's wall is not that of the land outside.
    view = Scenery(pane, replace(scenery.description, place_colour=None))
    paint_sky(view, 0.75, orbs=False)
    line = skyline(view, 0.72, 0.06)
    paint_ground(view, line, Turf(ground_inks(view), 0.3, 0, 300))
    frame = int(0.016 * canvas.height)
    size = (bottom - top + 2 * frame, right - left + 2 * frame)
    flat = np.full((*size, 3), (244, 240, 232), np.uint8)
    at = (top - frame, left - frame)
    canvas.cover(flat, np.full(size, 255, np.uint8), 0.3, 0.0, at)
    canvas.radiance[top:bottom, left:right] = pane.radiance * np.float32(1.15)
    bar = max(1, round(canvas.height / 128))
    white = linear((236, 232, 222)) * np.float32(0.8)
    middle, cross = (left + right) // 2, top + int((bottom - top) * 0.45)
    canvas.radiance[top:bottom, middle - bar // 2 : middle + bar - bar // 2] = white
    canvas.radiance[cross - bar // 2 : cross + bar - bar // 2, left:right] = white
    sill = np.full((frame * 2, right - left + 4 * frame, 3), (226, 220, 208), np.uint8)
    canvas.cover(sill, np.full(sill.shape[:2], 255, np.uint8), 0.3, 0.0, (bottom + frame,
                 max(0, left - 2 * frame)))  # fmt: skip


def _sunbeam(scenery: Scenery, left: float, right: float) -> None:
    canvas = scenery.canvas
    side = 1 if (left + right) / 2 < scenery.aspect / 2 else -1
    corners = np.array(((left + side * 0.16, 0.72), (right + side * 0.2, 0.72),
                        (right + side * 0.36, 0.96), (left + side * 0.22, 0.96)))  # fmt: skip
    mask = np.zeros((canvas.height, canvas.width), np.uint8)
    cv2.fillPoly(mask, [(corners * canvas.height).astype(np.int32)], 255)
    soft = blurred(mask.astype(np.float32) / np.float32(255), canvas.height * 0.012)[..., None]
    canvas.radiance *= 1 + soft * np.array((0.55, 0.48, 0.32), np.float32)
    across = canvas.columns() - np.float32((left + right) / 2)
    near = np.exp(-(across**2 + (canvas.rows() - np.float32(0.35)) ** 2) / np.float32(0.5))
    canvas.radiance *= (np.float32(0.78) + np.float32(0.42) * near)[..., None]
    canvas.piece()


# --- what hangs on the walls and lies on the floor


def curtains(scenery: Scenery, window: _Box) -> None:
    """To both sides of the window, in folds."""
    left, right, top, bottom = window
    tall, cloth = bottom - top + 0.14, scenery.chosen(*_CLOTH)
    s = Sprite(scenery.canvas, ((left + right) / 2, bottom + 0.09), tall, 0.9, below=0.05)
    half = (right - left) / 2 / tall
    for side in (-1, 1):
        outer, inner = side * (half + 0.16), side * (half - 0.05)
        s.curve([(outer, 0.0), (outer, 0.5), (outer, 0.97), (inner, 0.97), (inner, 0.55),
                 (side * (half + 0.01), 0.3), (inner, 0.0)], cloth, 4)  # fmt: skip
        for share in (0.2, 0.45, 0.7):
            u = inner + (outer - inner) * share
            s.line([(u, 0.01), (u + side * 0.012, 0.5), (u - side * 0.01, 0.96)],
                   darker(cloth, 0.76), 0.014)  # fmt: skip
        s.line([(side * (half + 0.01), 0.3), (outer, 0.31)], (214, 180, 110), 0.02)
    s.line([(-half - 0.22, 0.985), (half + 0.22, 0.985)], (112, 78, 54), 0.022)
    s.put(0.0, 0.0, volume=0.4)


def rug(scenery: Scenery, _window: _Box) -> None:
    cloth = scenery.chosen(*_CLOTH)
    s = Sprite(scenery.canvas, (scenery.across(0.56), 0.98), 0.2, 2.4)
    for reach, ink in ((1.0, darker(cloth, 0.7)), (0.93, (226, 206, 170)), (0.82, cloth),
                       (0.45, (226, 206, 170)), (0.36, darker(cloth, 0.8))):  # fmt: skip
        s.oval((0, 0.5), (1.9 * reach, 0.46 * reach), ink)
    s.put(0.0, 0.0, volume=0.1)


def framed(scenery: Scenery, window: _Box) -> None:
    """A small landscape in a frame, on the free side of the wall."""
    free = (window[1] + scenery.aspect) / 2 if window[0] + window[1] < scenery.aspect else (
        window[0] / 2)  # fmt: skip
    s = Sprite(scenery.canvas, (free, 0.4), 0.2, 0.9)
    s.box((-0.66, 0.0), (0.66, 1.0), (150, 108, 60))
    s.box((-0.6, 0.06), (0.6, 0.94), (196, 154, 92))
    s.box((-0.55, 0.11), (0.55, 0.89), scenery.chosen((150, 190, 220), (240, 190, 150)))
    s.curve([(-0.55, 0.3), (-0.3, 0.5), (-0.1, 0.36), (0.2, 0.62), (0.55, 0.34), (0.55, 0.11),
             (-0.55, 0.11)], (96, 120, 130), 4)  # fmt: skip
    s.box((-0.55, 0.11), (0.55, 0.3), (116, 140, 84))
    s.oval((0.28, 0.74), (0.06, 0.06), (250, 240, 200))
    s.put(0.0, 0.4, volume=0.2)


def shelf(scenery: Scenery, window: _Box) -> None:
    """Books on a shelf, on the free side of the wall."""
    right = window[0] + window[1] < scenery.aspect
    s = Sprite(scenery.canvas, (scenery.aspect * (0.8 if right else 0.2), 0.34), 0.13, 1.6)
    s.box((-1.1, -0.12), (1.1, 0.0), (122, 84, 56))
    at = -1.0
    while at < 0.9:
        wide, tall = s.rng.uniform(0.08, 0.17), s.rng.uniform(0.6, 0.98)
        ink = s.varied(s.chosen((150, 60, 54), (60, 90, 120), (206, 170, 90), (90, 110, 80)), 0.15)
        s.box((at, 0.0), (at + wide, tall), ink)
        s.line([(at + wide * 0.5, tall * 0.6), (at + wide * 0.5, tall * 0.85)], lighter(ink, 0.5),
               0.03)  # fmt: skip
        at += wide + 0.012 + 0.2 * float(s.rng.random() < 0.08)
    s.put(0.0, 0.4, volume=0.3)


def _still_life(scenery: Scenery) -> bool:
    """Is there nothing but a table and what stands on it?"""
    items = scenery.description.items
    on_tables = [item for item in items if THINGS[item.name].zone is Zone.TABLE]
    others = [item for item in items if item not in on_tables and item.name != "table"]
    return bool(on_tables) and not others and sum(item.number or 4 for item in on_tables) <= 7


def _table(scenery: Scenery) -> None:
    """A table of the room's own, where something is to stand on one and none is named."""
    items = scenery.description.items
    held = (Relation.ON, Relation.IN)
    small = any(
        THINGS[item.name].zone is Zone.TABLE
        and (item.relation not in held or THINGS[items[item.anchor or 0].name].zone is Zone.TABLE)
        for item in items
    )
    named = any(item.name in ("table", "piano") for item in items)
    if not small or named or scenery.description.without("thing", "table"):
        return
    near = scenery.closeup > 1
    table = PlacedThing("table", scenery.across(0.55), 1.1 if near else 0.96,
                        (0.52 if near else 0.36) * scenery.span, None, 0.0, False, 0.5)  # fmt: skip
    scenery.put(table)
    scenery.surroundings.append(table)
