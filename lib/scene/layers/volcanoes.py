"""A volcano with its lava and smoke."""

from __future__ import annotations

import math

import cv2
import numpy as np

from lib.scene.canvas import noise
from lib.scene.ink import linear
from lib.scene.layers.ground import blended, covered
from lib.scene.scenery import Layer, Scenery


def volcano(
    peak: float = 0.27, base: float = 0.69, reach: float = 9.0, share: float = 0.5
) -> Layer:
    """The mountain with its lava and smoke; it ends at `reach` from its middle."""

    def layer(scenery: Scenery) -> None:
        canvas, rng = scenery.canvas, scenery.rng
        height, middle = canvas.height, scenery.across(share + scenery.between(-0.04, 0.04))
        scenery.summit = middle
        x = canvas.columns() - np.float32(middle)
        _smoke(scenery, middle, peak)
        scale = min(0.24, 0.62 * reach)
        least = math.exp(-reach / scale)
        rise = (np.exp(-np.abs(x) / np.float32(scale)) - least) / (1 - least)
        rise = (base - peak + 0.045) * np.where(rise > 0, rise, rise * 9)
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
        _lava(scenery, (middle, peak), base, min(1.0, reach / 0.55))

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


def _lava(scenery: Scenery, top: tuple[float, float], base: float, spread: float) -> None:
    canvas, rng, (middle, peak) = scenery.canvas, scenery.rng, top
    height = canvas.height
    lava = np.zeros((height, canvas.width), np.uint8)

    def at(u: float, v: float) -> tuple[int, int]:
        return (int(u * height * 16), int(v * height * 16))

    for nth in range(5):
        x, y = middle + rng.uniform(-0.03, 0.03), peak + 0.015
        drift, wide = spread * (rng.uniform(-0.3, 0.3) + (nth - 2) * 0.22), 0.016
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
