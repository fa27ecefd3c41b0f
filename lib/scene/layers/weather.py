"""Weather in front of everything, and what grows at the feet of things."""

from __future__ import annotations

import cv2
import numpy as np

from lib.scene.canvas import blurred
from lib.scene.ink import darker, varied
from lib.scene.layers.ground import GROUNDS, ground_inks
from lib.scene.scenery import PlacedThing, Scenery


def paint_weather(scenery: Scenery) -> None:
    weather = scenery.description.weather
    if "fog" in weather:
        _fog(scenery)
    if weather & {"rain", "storm"}:
        _rain(scenery, "storm" in weather)
    if "snow" in weather:
        _snow(scenery)
    if "wind" in weather:
        _leaves(scenery)


def _fog(scenery: Scenery) -> None:
    canvas = scenery.canvas
    low = np.exp(-(((canvas.rows() - np.float32(0.62)) / np.float32(0.2)) ** 2)) * np.float32(0.62)
    banks = (canvas.noise(0.2, 5, 3.5) * np.float32(1.5) - np.float32(0.45)).clip(0, 1) * low
    over = banks[..., None]
    canvas.radiance += over * (canvas.light.haze - canvas.radiance)
    canvas.emission *= 1 - over * np.float32(0.6)
    canvas.piece()


def _rain(scenery: Scenery, stormy: bool) -> None:
    canvas, rng = scenery.canvas, scenery.rng
    height, width, count = canvas.height, canvas.width, int(900 * canvas.aspect)
    streaks = np.zeros((height, width), np.uint8)
    lean = 0.38 if stormy else 0.12
    x, y = rng.random(count) * width * 1.3 - 0.15 * width, rng.random(count) * height
    long, value = height * rng.uniform(0.015, 0.05, count), rng.uniform(38, 128, count)
    for nth in range(count):
        start = (int(x[nth] * 16), int(y[nth] * 16))
        end = (int((x[nth] - long[nth] * lean) * 16), int((y[nth] + long[nth]) * 16))
        cv2.line(streaks, start, end, int(value[nth]), max(1, height // 900), cv2.LINE_AA, 4)
    soft = blurred(streaks.astype(np.float32) / np.float32(255), height / 1100)
    over = soft[..., None] * np.float32(0.6)
    canvas.radiance += over * (canvas.light.haze * np.float32(1.1) + np.float32(0.12)
                               - canvas.radiance)  # fmt: skip
    canvas.radiance *= np.float32(0.93)
    canvas.radiance += canvas.light.haze * np.float32(0.07)
    canvas.piece()


def _snow(scenery: Scenery) -> None:
    canvas, rng = scenery.canvas, scenery.rng
    height, width, count = canvas.height, canvas.width, int(800 * canvas.aspect)
    flakes = np.zeros((height, width), np.uint8)
    radius = (0.8 + rng.random(count) ** 4 * 5) * height / 1024
    x, y, value = (
        rng.random(count) * width,
        rng.random(count) * height,
        rng.uniform(100, 255, count),
    )
    for nth in range(count):
        centre = (int(x[nth] * 16), int(y[nth] * 16))
        size = max(7, int(radius[nth] * 16))
        cv2.circle(flakes, centre, size, int(value[nth]), -1, cv2.LINE_AA, 4)
    soft = blurred(flakes.astype(np.float32) / np.float32(255), height / 900)
    over = soft[..., None] * np.float32(0.9)
    light = canvas.light
    white = np.maximum((light.ambient + light.key * np.float32(0.5)) * np.float32(0.85), 0.25)
    canvas.radiance += over * (white - canvas.radiance)
    canvas.keep(soft)
    canvas.piece()


def _leaves(scenery: Scenery) -> None:
    """Leaves that the wind carries."""
    canvas, rng = scenery.canvas, scenery.rng
    height = canvas.height
    colours = np.zeros((height, canvas.width, 3), np.uint8)
    mask = np.zeros((height, canvas.width), np.uint8)
    inks = GROUNDS["leaves"] if scenery.season == "autumn" else GROUNDS["grass"]
    for _ in range(int(60 * canvas.aspect)):
        at = (int(rng.random() * canvas.width * 16), int(rng.random() ** 0.7 * height * 16))
        size = height * rng.uniform(0.002, 0.006) * 16
        axes, angle = (int(size), max(1, int(size * 0.45))), float(rng.uniform(0, 180))
        ink = varied(rng, inks[int(rng.integers(len(inks)))], 0.1)
        cv2.ellipse(colours, at, axes, angle, 0, 360, ink, -1, cv2.LINE_8, 4)
        cv2.ellipse(mask, at, axes, angle, 0, 360, 255, -1, cv2.LINE_AA, 4)
    canvas.cover(colours, mask, 0.2, 0.05)


def _hides(nearer: PlacedThing, thing: PlacedThing) -> bool:
    """Would grass at the foot of a thing grow over one that stands before it?"""
    left, top, right, _bottom = nearer.box()
    wide = thing.height * 0.5
    return left - wide < thing.x < right + wide and top < thing.y + 0.03


def grow_tufts(scenery: Scenery) -> None:
    """Grass and a soft dark at the feet of things, so that nothing hovers."""
    if scenery.ground.kind not in ("grass", "wheat", "savannah", "jungle", "mud", "leaves"):
        return
    canvas, rng = scenery.canvas, scenery.rng
    inks = [darker(ink, 0.8) for ink in ground_inks(scenery, scenery.ground.kind)]
    height = canvas.height
    for thing in scenery.placed:
        if thing.reflects or thing.shadow == 0 or thing.height < 0.1:
            continue
        if any(other.y > thing.y and _hides(other, thing) for other in scenery.placed):
            continue
        wide = thing.height * 0.42
        left = int(max(0, (thing.x - wide * 1.4 - 0.03) * height))
        right = int(min(canvas.width, (thing.x + wide * 1.4 + 0.03) * height))
        top, bottom = int((thing.y - 0.05) * height), int(min(1.0, thing.y + 0.045) * height)
        if right - left < 4 or bottom - top < 4:
            continue
        colours = np.zeros((bottom - top, right - left, 3), np.uint8)
        mask = np.zeros(colours.shape[:2], np.uint8)
        tall = min(1.0, thing.height / 0.26)
        for _ in range(int(26 + wide * 110)):
            x = (thing.x + rng.normal(0, wide * 0.6)) * height - left
            y = (thing.y + rng.uniform(0.008, 0.02)) * height - top
            if not scenery.overgrown((x + left) / height, thing.y):
                continue
            tip = (x + rng.normal(0, 0.006) * height, y - rng.uniform(0.01, 0.034) * height * tall)
            ink = varied(rng, inks[int(rng.integers(len(inks)))], 0.1)
            ends = [(int(u * 16), int(v * 16)) for u, v in ((x, y), tip)]
            thick = max(1, round(0.0045 * height))
            cv2.line(colours, ends[0], ends[1], ink, thick + 1, cv2.LINE_8, 4)
            cv2.line(mask, ends[0], ends[1], 255, thick, cv2.LINE_AA, 4)
        canvas.cover(colours, mask, 0.12, 0.02, (top, left))
