"""A room: wall, floor, a window with the world outside, and the light that falls through it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from lib.scene.canvas import Canvas, blurred, noise
from lib.scene.hours import DARK, Illumination, illumination
from lib.scene.ink import Ink, darker, lighter, linear
from lib.scene.layers.ground import Turf, blended, ground_inks, paint_ground, skyline
from lib.scene.layers.sky import paint_sky
from lib.scene.scenery import Ground, Layer, PlacedThing, Scenery
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


def room(window: tuple[float, float, float, float] = (0.14, 0.44, 0.14, 0.5)) -> Layer:
    """`window` is its left and right, as shares of the width, and its top and bottom."""

    def layer(scenery: Scenery) -> None:
        canvas, outside = scenery.canvas, scenery.canvas.light
        night = scenery.description.time in DARK
        wall = scenery.description.place_colour or _WALLS[int(scenery.rng.integers(len(_WALLS)))]
        canvas.light = _indoor_light(scenery, night, wall)
        scenery.light, canvas.snow = canvas.light, 0.0
        _walls(scenery, wall)
        left, right = sorted((scenery.across(window[0]), scenery.across(window[1])))
        _window(scenery, (left, right, window[2], window[3]), outside)
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


def _still_life(scenery: Scenery) -> bool:
    """Is there nothing but a table and what stands on it?"""
    items = scenery.description.items
    on_tables = [item for item in items if THINGS[item.name].zone is Zone.TABLE]
    others = [item for item in items if item not in on_tables and item.name != "table"]
    return bool(on_tables) and not others and sum(item.number or 4 for item in on_tables) <= 7


def _table(scenery: Scenery) -> None:
    """A table of the room's own, where something is to stand on one and none is named."""
    items = scenery.description.items
    small = any(THINGS[item.name].zone is Zone.TABLE for item in items)
    named = any(item.name in ("table", "piano") for item in items)
    if not small or named or scenery.description.without("thing", "table"):
        return
    near = scenery.closeup > 1
    table = PlacedThing("table", scenery.across(0.55), 1.1 if near else 0.96,
                        (0.52 if near else 0.36) * scenery.span, None, 0.0, False, 0.5)  # fmt: skip
    scenery.put(table)
    scenery.surroundings.append(table)
