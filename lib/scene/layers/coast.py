"""Coasts: a headland, an island, and the sea that breaks on rock."""

from __future__ import annotations

import cv2
import numpy as np

from lib.scene.canvas import blurred, noise
from lib.scene.ink import Ink
from lib.scene.layers.ground import GROUNDS, blended, covered, ground_inks
from lib.scene.layers.rows import stand
from lib.scene.layers.sky import beam
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
        scenery.narrow = (scenery.across(0.08), scenery.across(reach * 0.7))

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


# Sand and grass: share of the width, height, and how much higher its foot is.
_RISES = {
    False: (("sand", 1.0, 0.05, 0.0), ("grass", 0.78, 0.1, 0.012)),
    True: (("grass", 0.94, 0.075, 0.01), ("sand", 1.0, 0.022, 0.0)),
}


def island(y: float = 0.655, wide: float = 0.34, palms: int = 5, low: bool = False) -> Layer:
    """A sandy island with palms, or the `low` shore of one with a mountain; the water in front
    comes after."""

    def layer(scenery: Scenery) -> None:
        canvas = scenery.canvas
        peak = scenery.summit if low else None
        middle = scenery.across(scenery.between(0.42, 0.58)) if peak is None else peak
        reach = wide * min(1.0, scenery.aspect)
        x = canvas.columns()
        for kind, share, high, down in _RISES[low]:
            off = 1 - ((x - np.float32(middle)) / np.float32(reach * share)) ** 2
            foot = y - down
            line = (foot - high * np.maximum(off, -9)) + (canvas.line_noise(0.05, 4) - 0.5) * 0.012
            line = (np.where(off > 0, line, 1.5) * canvas.height).astype(np.float32)
            begin = int(max(0, line.min() - 2))
            end = int((foot + 0.012) * canvas.height)
            rough = noise(scenery.rng, (end - begin, canvas.width), canvas.height / 30, 4)
            soft = cv2.GaussianBlur(covered(canvas, line, begin, end), (0, 0), 1.0)
            mask = np.asarray(soft, np.uint8)
            inks = GROUNDS["sand"] if kind == "sand" else ground_inks(scenery)
            canvas.cover(blended(inks, rough), mask, 0.15, 0.1, (begin, 0))
        tall = 0.5 if low else 1.0
        for nth in range(palms):
            at = middle + (nth - (palms - 1) / 2) * reach * 0.26 + scenery.between(-0.02, 0.02)
            size = tall * scenery.between(0.22, 0.36)
            stand(scenery, PlacedThing("palm", at, y - 0.045, size, None, 0.1, scenery.any_flip(),
                                       0.3))  # fmt: skip
        for _ in range(7):
            at = middle + float(np.clip(scenery.rng.normal(0, 0.4), -0.8, 0.8)) * reach
            stand(scenery, PlacedThing("bush", at, y - 0.04 + scenery.between(0, 0.015), 0.05,
                                       None, 0.1, False, 0.0))  # fmt: skip
        scenery.ground = Ground(lambda _: y - 0.04, y - 0.02, y - 0.4, 0.62, "sand")
        scenery.narrow = (middle - reach * 0.6, middle + reach * 0.6)

    return layer
