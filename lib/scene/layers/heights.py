"""Mountains, table mountains and dunes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lib.scene.canvas import blurred, noise
from lib.scene.ink import Inks, linear
from lib.scene.layers.ground import GROUNDS, blended, covered, ground_inks, skyline
from lib.scene.scenery import Layer, Scenery

_ROCK: Inks = ((78, 82, 102), (112, 112, 126), (150, 144, 142))


def mountains(
    y: float, rise: float, depth: float = 0.7, *, snow: float = 0.35, inks: Inks = _ROCK,
    sharp: float = 1.0,
) -> Layer:  # fmt: skip
    """Peaks as two-sided pyramids with broken edges: a lit face, a dark one, snow from above."""

    def layer(scenery: Scenery) -> None:
        if scenery.description.without("place", "mountains"):
            return
        canvas, rng = scenery.canvas, scenery.rng
        height, width = canvas.height, canvas.width
        base = y * height
        # Below its base the rock goes on: hills before it may be lower.
        begin, end = max(0, int(base - rise * height * 1.35)), int(min(height, base + 0.1 * height))
        rows = end - begin
        rough = noise(rng, (rows, width), height / 7, 6)
        fine = noise(rng, (rows, width), height / 22, 4)
        across = np.arange(width, dtype=np.float32)[None]
        down = np.arange(begin, end, dtype=np.float32)[:, None]
        veil = np.full(width, base, np.float32)
        count = int(6 * canvas.aspect) + 2
        peaks = sorted(
            ((rise * height * rng.uniform(0.4, 1), rng.uniform(-0.1, 1.1) * width)
             for _ in range(count)), reverse=True,
        )  # fmt: skip
        foothills = covered(canvas, np.full(width, base, np.float32), begin, end)
        colours = blended(inks, np.float32(0.2) + np.float32(0.6) * rough)
        canvas.cover(colours, foothills, fine - np.float32(0.6), depth, (begin, 0))
        winter = 0.68 if scenery.season == "winter" else 0.0
        for tall, peak in peaks:
            wide = tall * rng.uniform(1.1, 1.8) / sharp
            jagged = (canvas.line_noise(canvas.aspect / 14, 6) - np.float32(0.5)) * tall * 0.32
            off = np.abs(across[0] - peak) / wide
            top = (base - tall * (1 - off) + jagged * (1.2 - off).clip(0, 1)).astype(np.float32)
            top = np.maximum(top, base - tall * 1.1)
            veil = np.minimum(veil, top)
            left, right = (int(np.clip(peak + side * wide * 1.15, 0, width)) for side in (-1, 1))
            if right - left < 2:
                continue
            part = slice(left, right)
            edge = peak + (down - base + tall) * rng.uniform(-0.3, 0.3)
            edge = edge + (rough[:, part] - 0.5) * tall * 0.55
            side = np.tanh((across[:, part] - edge) / np.float32(height * 0.006))
            shade = side * np.sign(canvas.light.across) * 0.42 + (fine[:, part] - 0.5) * 0.7
            colours = blended(inks, np.float32(0.2) + np.float32(0.6) * rough[:, part])
            white = snow * (0.7 + 0.9 * (rough[:, part] - 0.35)) + winter
            white = ((white - (down - (base - tall)) / tall) * 14).clip(0, 1)[..., None]
            colours = colours * (1 - white) + np.array((240, 243, 250)) * white
            mask = covered(canvas, top[part], begin, end)
            canvas.cover(colours.astype(np.uint8), mask, shade.astype(np.float32), depth,
                         (begin, left))  # fmt: skip
        foot = (1 - (base - down) / np.float32(0.1 * height)).clip(0, 1) * np.float32(0.3)
        over = (covered(canvas, veil, begin, end) / np.float32(255) * foot)[..., None]
        canvas.radiance[begin:end] += over * (canvas.light.haze - canvas.radiance[begin:end])

    return layer


def mesas(y: float, rise: float, depth: float = 0.5) -> Layer:
    """Table mountains of red rock: walls in bands with a lit side, over slopes of rubble."""

    def layer(scenery: Scenery) -> None:
        canvas, rng = scenery.canvas, scenery.rng
        x, across = canvas.columns(), np.float32(np.sign(canvas.light.across))
        top, facing = np.full(canvas.width, y, np.float32), np.zeros(canvas.width, np.float32)
        cliff = (canvas.line_noise(0.06, 5) - 0.5) * np.float32(0.05)
        count = int(3 * canvas.aspect) + 2
        for nth in range(count):
            middle = canvas.aspect * (nth + rng.uniform(0.15, 0.85)) / count
            wide, tall = rng.uniform(0.05, 0.16), rise * rng.uniform(0.45, 1.0)
            off = np.abs(x - np.float32(middle)) - np.float32(wide) + cliff
            wall = (1 - off / np.float32(0.02)).clip(0, 1) * np.float32(0.62) + np.float32(0.38)
            slope = (1 - off / np.float32(0.17)).clip(0, 1) ** np.float32(1.4)
            line = y - tall * wall * slope
            facing = np.where(line < top, np.tanh((x - middle) * 9), facing)
            top = np.minimum(top, line)
        line = top * canvas.height + (canvas.line_noise(0.03, 4) - 0.5) * 0.012 * canvas.height
        line = line.astype(np.float32)
        begin = int(max(0, line.min() - 2))
        end = min(canvas.height, int((y + 0.09) * canvas.height))
        rough = noise(rng, (end - begin, canvas.width), canvas.height / 18, 5)
        rows = np.arange(begin, end, dtype=np.float32)[:, None]
        bands = 0.5 + 0.5 * np.sin(rows * np.float32(95 / canvas.height) + rough * 5)
        below = ((rows - line[None]) / np.float32(rise * canvas.height)).clip(0, 1)
        rubble = ((below - np.float32(0.5)) * 4 + (rough - np.float32(0.5)) * 3).clip(0, 1)
        colours = blended(GROUNDS["red"][:3], 0.2 + (0.5 * bands + 0.3 * rough) * (1 - rubble)
                          + rubble * (0.35 + 0.3 * rough))  # fmt: skip
        soft = blurred(facing[None].astype(np.float32), canvas.height * 0.012)
        grooves = noise(rng, (end - begin, canvas.width), canvas.height / 44, 3, 0.35) - 0.5
        shade = soft * across * 0.42 + grooves * 0.8 * (1 - rubble * 0.6) + 0.1
        mask = covered(canvas, line, begin, end)
        canvas.cover(colours, mask, shade.clip(-1, 1).astype(np.float32), depth, (begin, 0))

    return layer


def dust(scenery: Scenery) -> None:
    """The haze of a desert is the colour of its sand."""
    canvas = scenery.canvas
    sand = linear(ground_inks(scenery, "sand")[2])
    haze = canvas.light.haze * np.float32(0.4) + sand * canvas.light.haze.mean() * np.float32(0.9)
    canvas.light = scenery.light = replace(canvas.light, haze=haze)


def dunes(y: float, rise: float, depth: float, kind: str = "sand", *, sway: float = 0.01) -> Layer:
    def layer(scenery: Scenery) -> None:
        canvas = scenery.canvas
        line = skyline(scenery, y + scenery.between(-sway, sway), rise, 0.45, 3)
        begin = int(max(0, line.min() - 2))
        rows, height = canvas.height - begin, canvas.height
        rough = noise(scenery.rng, (rows, canvas.width), height / 9, 4, 3)
        below = np.arange(begin, height, dtype=np.float32)[:, None] - line[None]
        slope = blurred(np.gradient(line)[None].astype(np.float32), height * 0.012)
        ripple = np.sin(below * np.float32(112 / height) + rough * 16) * np.float32(0.06)
        shade = np.float32(0.22) + slope * np.float32(canvas.light.across * 1.7)
        shade = shade + ripple * (below / np.float32(height * 0.05)).clip(0, 1)
        shade = shade - np.float32(0.3) * (below / np.float32(height * 0.3)).clip(0, 1)
        inks = ground_inks(scenery, kind)
        mask = covered(canvas, line, begin)
        colours = blended(inks, np.float32(0.2) + np.float32(0.6) * rough)
        canvas.cover(colours, mask, shade.astype(np.float32), depth, (begin, 0))

    return layer
