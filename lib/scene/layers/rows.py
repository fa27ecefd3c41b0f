"""Things that belong to a place: woods, skylines, banks of flowers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lib.scene.scenery import Layer, PlacedThing, Scenery
from lib.scene.sprite import Sprite
from lib.scene.things.trees import leaves


def stand(scenery: Scenery, thing: PlacedThing, volume: float = 0.55) -> None:
    """Put a thing of the place itself, unless the negative prompt names it."""
    if scenery.description.adds(thing.name):
        scenery.put(thing, volume)
        scenery.surroundings.append(thing)


def row(
    names: Sequence[str], count: float, y: float, height: float, depth: float, *,
    gap: float = 0.0, shadow: float = 0.0, jitter: float = 0.02, volume: float = 0.55,
    span: tuple[float, float] = (0.0, 1.0),
) -> Layer:  # fmt: skip
    """A row across the picture, `count` to one height of width, with a gap where the hero is."""

    def layer(scenery: Scenery) -> None:
        begin, end = span
        number = max(1, round(count * scenery.aspect * (end - begin)))
        middle = scenery.between(0.42, 0.58)
        for nth in range(number):
            share = begin + (end - begin) * (nth + scenery.between(0.15, 0.85)) / number
            if gap and abs(share - middle) < gap:
                continue
            name = names[int(scenery.rng.integers(len(names)))]
            tall = height * scenery.between(0.8, 1.2)
            thing = PlacedThing(
                name, scenery.across(share), y + scenery.between(-jitter, jitter), tall, None,
                depth, scenery.any_flip(), shadow,
            )  # fmt: skip
            stand(scenery, thing, volume)

    return layer


def bank(
    names: Sequence[str], count: int, begin: float, end: float, size: tuple[float, float], *,
    gap: float = 0.0, depth: float = 0.1,
) -> Layer:  # fmt: skip
    """Many small things over a stretch of ground, growing nearer."""

    def layer(scenery: Scenery) -> None:
        number = round(count * scenery.aspect)
        for nth in range(number):
            near = (nth + 0.5) / number
            share = (nth * 0.618 + scenery.between(0, 0.1)) % 1
            if abs(share - 0.5) < gap * (0.35 + near):
                continue
            height = size[0] + (size[1] - size[0]) * near
            thing = PlacedThing(
                names[nth % len(names)], scenery.aspect * share, begin + (end - begin) * near,
                height * scenery.between(0.8, 1.2), None, depth * (1 - near),
                scenery.any_flip(), 0.15,
            )  # fmt: skip
            stand(scenery, thing)

    return layer


def beside_ground(
    name: str, share: float, y: float, height: float, *, count: int = 1, step: float = 0.09
) -> Layer:
    """One or a few at the picture's side, to frame it; never over what the words name."""

    def layer(scenery: Scenery) -> None:
        if any(item.name == name for item in scenery.description.items):
            return
        for nth in range(count):
            thing = PlacedThing(
                name, scenery.across(1 - share) + (nth - 0.5) * step * scenery.between(0.7, 1.2),
                y + 0.02 * nth, height * scenery.between(0.85, 1.15) * scenery.span, None, 0.03,
                scenery.any_flip(), 0.4,
            )  # fmt: skip
            stand(scenery, thing)

    return layer


def single(
    name: str, share: float, y: float, height: float, depth: float, *, shadow: float = 0.0
) -> Layer:
    """One thing of the place, far away."""

    def layer(scenery: Scenery) -> None:
        if any(item.name == name for item in scenery.description.items):
            return
        thing = PlacedThing(
            name, scenery.across(share + scenery.between(-0.04, 0.04)), y, height, None, depth,
            scenery.any_flip(), shadow,
        )  # fmt: skip
        stand(scenery, thing)

    return layer


def near_trunks(count: float = 4.0, gap: float = 0.3) -> Layer:
    """The trunks of trees whose crowns are above the picture."""

    def layer(scenery: Scenery) -> None:
        number = max(2, round(count * scenery.aspect))
        middle = scenery.between(0.42, 0.58)
        for nth in range(number):
            share = (nth + scenery.between(0.1, 0.9)) / number
            if abs(share - middle) < gap:
                continue
            stand(scenery, PlacedThing("trunk", scenery.across(share),
                                       0.87 + scenery.between(0, 0.05), 1.0, None, 0.06, False,
                                       0.6), 0.9)  # fmt: skip

    return layer


def _bare_boughs(scenery: Scenery, s: Sprite, half: float) -> None:
    """Branches without leaves, from both sides above."""
    for side in (-1, 1):
        for _ in range(4):
            u, v = side * half * scenery.between(0.75, 1.1), scenery.between(0.85, 1.3)
            reach, drop = -side * scenery.between(0.3, 0.75), scenery.between(-0.2, 0.05)
            bough = [(u, v), (u + reach * 0.5, v + drop * 0.3), (u + reach, v + drop)]
            s.taper(bough, [0.05, 0.028, 0.01], (84, 72, 68))
            for share in (0.35, 0.5, 0.65, 0.8):
                x, y = u + reach * share, v + drop * share**1.5
                tip = (x + reach * 0.22, y + scenery.between(-0.2, 0.12))
                s.taper([(x, y), tip], [0.018, 0.007], (92, 80, 76))
    s.put(0.04, 0.0, volume=0.35)


def canopy(dense: float = 1.0) -> Layer:
    """Leaves and branches that hang into the picture from above."""

    def layer(scenery: Scenery) -> None:
        if not scenery.description.adds("tree"):
            return
        canvas, rng = scenery.canvas, scenery.rng
        half = scenery.aspect / 0.68
        s = Sprite(canvas, (scenery.aspect / 2, 0.34), 0.34, scenery.aspect * 1.6, above=0.3)
        s.season = scenery.season
        if scenery.season == "winter":
            _bare_boughs(scenery, s, half)
            return
        inks = leaves(s, None)
        count = int(560 * scenery.aspect * dense)
        across = (rng.random(count) - 0.5) * 2.1 * half
        hang = 1.12 - rng.random(count) ** 1.5 * (0.22 + 0.55 * (np.abs(across) / half) ** 1.5)
        sizes, turns = rng.uniform(0.03, 0.075, count), rng.uniform(-50, 50, count)
        which = rng.normal(1.4, 1, count).clip(0, 3).astype(int)
        for nth in np.argsort(which, kind="stable").tolist():
            ink = s.varied(inks[which[nth]], 0.12)
            radii = (sizes[nth], sizes[nth] * 0.65)
            s.oval((across[nth], hang[nth]), radii, ink, turns[nth])
        s.put(0.04, 0.0, volume=0.35)

    return layer
