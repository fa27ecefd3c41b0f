"""Places by the water, and on it."""

from __future__ import annotations

from functools import partial

from lib.scene.description import Item
from lib.scene.layers.coast import headland, island, lighthouse_beam, spray
from lib.scene.layers.ground import MEADOW_FLOWERS
from lib.scene.layers.heights import mountains
from lib.scene.layers.land import hills, meadow, woods
from lib.scene.layers.rows import beside_ground, row, single
from lib.scene.layers.underwater import bubbles, depths, seabed
from lib.scene.layers.water import level_horizon, river, storm_waves, water, waterfall, waves
from lib.scene.places.layouts import Layout, Place
from lib.scene.scenery import Layer

_DEEP, _WARM, _LAKE = (26, 92, 122), (20, 120, 140), (70, 110, 130)


def _sea(y: float, end: float = 1.0) -> tuple[Layer, ...]:
    return water(y, end, _DEEP, rough=0.5, mirror=0.6), storm_waves(y + 0.03, 1.0), level_horizon


SEA = Place(
    layouts=(
        Layout(0.52, _sea(0.52), (Item("boat", 1),)),
        Layout(0.6, _sea(0.6), (Item("bird", 5),)),
        Layout(0.46, (*_sea(0.46), waves(0.6, 1.0, 5, 0.025, (30, 90, 120)))),
        Layout(0.42, (hills(0.42, 0.05, (0.46, 0.5), strokes=200, trees=0.012),
                      single("lighthouse", 0.86, 0.422, 0.12, 0.4), *_sea(0.42)),
               (Item("ship", 1),), far=1),
    ),
    shore=(
        Layout(0.52, (*_sea(0.52), headland()), front=(spray, lighthouse_beam)),
        Layout(0.42, (*_sea(0.42), headland(0.64, 0.64, True)), front=(spray, lighthouse_beam)),
        Layout(0.48, (*_sea(0.48), meadow(0.76, 0.03, horizon=0.6, tilt=0.05,
                                          flowers=MEADOW_FLOWERS)), front=(lighthouse_beam,)),
        Layout(0.55, (*_sea(0.55), meadow(0.78, 0.015, kind="sand", horizon=0.62, tilt=-0.03,
                                          strokes=600)), front=(lighthouse_beam,)),
    ),
)  # fmt: skip

CLIFFS = Place((
    Layout(0.5, (*_sea(0.5), headland(0.56, 0.6, True)), (Item("lighthouse", 1),),
           (spray, lighthouse_beam)),
    Layout(0.48, (*_sea(0.48), headland(0.6, 0.7)), (Item("bird", 5),), (spray, lighthouse_beam)),
    Layout(0.54, (*_sea(0.54), headland(0.62, 0.5, True)), (Item("house", 1, size=0.7),), (spray,)),
    Layout(0.46, (mountains(0.48, 0.1, 0.9), *_sea(0.46), headland(0.58, 0.58, True)),
           (Item("sheep", 3),), (spray,), far=1),
))  # fmt: skip


def _shore(y: float, tilt: float, end: float) -> tuple[Layer, ...]:
    return (water(y, end, _WARM, rough=0.35, mirror=0.5), waves(y + 0.1, end - 0.06, 3, 0.012,
                                                               (40, 150, 160)), level_horizon,
            meadow(end - 0.06, 0.02, kind="sand", horizon=0.58, tilt=tilt,
                strokes=700))  # fmt: skip


BEACH = Place((
    Layout(0.45, (*_shore(0.45, 0.05, 0.79), beside_ground("palm", 0.1, 0.9, 0.6, count=2))),
    Layout(0.5, (*_shore(0.5, -0.04, 0.8),), (Item("umbrella", 1), Item("ball", 1))),
    Layout(0.42, (hills(0.42, 0.05, (0.3, 0.5), strokes=200, trees=0.03), *_shore(0.44, 0.03, 0.76),
                  beside_ground("palm", 0.9, 0.9, 0.56)), (Item("rowboat", 1, size=1.4),), far=1),
    Layout(0.4, (*_shore(0.4, 0.08, 0.74),), (Item("bird", 5), Item("rock", 2))),
))  # fmt: skip

_bank = partial(meadow, flowers=MEADOW_FLOWERS, horizon=0.7)
LAKE = Place((
    Layout(0.55, (
        mountains(0.57, 0.22, 0.7, snow=0.4),
        hills(0.54, 0.02, (0.3, 0.25), strokes=300, shade=0.8, trees=0.055),
        water(0.562, 1.0, _LAKE, rough=0.25, mirror=0.82, glint=0.3),
        _bank(0.925, 0.03, front=0.97, tilt=0.05),
        beside_ground("pine", 0.1, 0.94, 0.44, count=3, step=0.08),
    ), far=2),
    Layout(0.5, (
        hills(0.49, 0.06, (0.4, 0.34), strokes=400, shade=0.85, trees=0.045),
        water(0.505, 0.9, _LAKE, rough=0.25, mirror=0.8, glint=0.4),
        _bank(0.86, 0.03, front=0.95, tilt=-0.04),
            row(("reeds",), 5, 0.9, 0.12, 0.05, gap=0.2),
    ), far=1),
    Layout(0.46, (
        mountains(0.47, 0.3, 0.6, snow=0.5), woods(0.47, 0.05, 0.36, kind="pine"),
        water(0.475, 0.88, (60, 110, 130), rough=0.2, mirror=0.85, glint=0.3),
        _bank(0.85, 0.02, front=0.95, kind="grass"),
            beside_ground("tree", 0.12, 0.93, 0.5),
    ), far=2),
    Layout(0.58, (
        mountains(0.59, 0.14, 0.9), woods(0.585, 0.09, 0.34),
        water(0.59, 0.93, _LAKE, rough=0.22, mirror=0.82, glint=0.3),
        _bank(0.9, 0.02, front=0.97, tilt=0.03),
    ), (Item("rowboat", 1), Item("pier", 1, size=0.4)), far=2),
), shore=(
    Layout(0.5, (
        mountains(0.52, 0.2, 0.7, snow=0.4), woods(0.51, 0.05, 0.34),
        water(0.52, 0.82, _LAKE, rough=0.25, mirror=0.82, glint=0.3),
        _bank(0.79, 0.025, front=0.94, tilt=0.04),
    ), far=2),
    Layout(0.46, (
        hills(0.46, 0.06, (0.4, 0.34), strokes=400, trees=0.045),
        water(0.475, 0.78, _LAKE, rough=0.25, mirror=0.8, glint=0.4),
        _bank(0.75, 0.02, front=0.92, tilt=-0.05),
        beside_ground("pine", 0.08, 0.86, 0.42, count=2),
    ), far=1),
    Layout(0.54, (
        mountains(0.56, 0.3, 0.6, snow=0.5),
        water(0.56, 0.86, (60, 110, 130), rough=0.2, mirror=0.85, glint=0.3),
        _bank(0.81, 0.02, front=0.95), row(("reeds",), 4, 0.85, 0.1, 0.06, gap=0.25),
    ), far=1),
    Layout(0.44, (
        woods(0.45, 0.08, 0.4), water(0.455, 0.76, _LAKE, rough=0.22, mirror=0.82, glint=0.3),
        _bank(0.73, 0.03, front=0.93, tilt=0.03), beside_ground("tree", 0.9, 0.9, 0.5),
    ), far=1),
))  # fmt: skip

RIVER = Place((
    Layout(0.53, (
        mountains(0.53, 0.2, 0.7, snow=0.3),
        hills(0.5, 0.035, (0.35, 0.25), strokes=400, trees=0.05),
        meadow(0.55, 0.01, horizon=0.5, flowers=MEADOW_FLOWERS), river(0.55),
    ), far=2),
    Layout(0.48, (
        hills(0.47, 0.05, (0.4, 0.3), strokes=400, trees=0.045),
        meadow(0.52, 0.015, horizon=0.47), river(0.52, 0.36), beside_ground("tree", 0.1, 0.8, 0.46),
    ), far=1),
    Layout(0.56, (
        woods(0.57, 0.12, 0.36), meadow(0.58, 0.01, horizon=0.54), river(0.58, 0.24, (64, 100, 96)),
        row(("reeds",), 3, 0.98, 0.2, 0.04, gap=0.2),
    ), far=1),
    Layout(0.44, (
        mountains(0.45, 0.14, 0.9), hills(0.45, 0.05, (0.4, 0.3), strokes=400, trees=0.04),
        hills(0.52, 0.04, trees=0.05), meadow(0.6, 0.02, horizon=0.5), river(0.6, 0.28),
    ), far=2),
))  # fmt: skip

WATERFALL = Place((
    Layout(0.4, (
        waterfall(0.36, 0.72, 0.1), water(0.72, 0.94, (60, 120, 130), rough=0.35, mirror=0.6),
        meadow(0.92, 0.03, front=0.97, horizon=0.7),
        beside_ground("pine", 0.1, 0.93, 0.5, count=2),
    )),
    Layout(0.36, (
        waterfall(0.3, 0.66, 0.2), water(0.66, 0.9, (60, 120, 130), rough=0.35, mirror=0.6),
        meadow(0.88, 0.02, front=0.96, horizon=0.66),
    )),
    Layout(0.42, (
        mountains(0.44, 0.2, 0.8), waterfall(0.4, 0.76, 0.07),
        water(0.76, 1.0, (60, 120, 130), rough=0.35, mirror=0.6),
        beside_ground("tree", 0.1, 0.94, 0.5),
    ), far=1),
    Layout(0.34, (
        waterfall(0.28, 0.7, 0.14), water(0.7, 0.92, (50, 120, 120), rough=0.3, mirror=0.7),
        meadow(0.9, 0.03, front=0.97, kind="jungle", horizon=0.7),
        beside_ground("palm", 0.1, 0.95, 0.6),
    )),
))  # fmt: skip


def _atoll(y: float, wide: float, palms: int) -> tuple[Layer, ...]:
    return (water(y - 0.115, 1.0, (18, 120, 140), rough=0.35, mirror=0.6), level_horizon,
            island(y, wide, palms), water(y + 0.01, 1.0, (18, 130, 145), rough=0.3, mirror=0.7,
                                          glint=0.45))  # fmt: skip


ISLAND = Place((
    Layout(0.54, _atoll(0.655, 0.34, 5)),
    Layout(0.5, _atoll(0.62, 0.24, 3), (Item("boat", 1),)),
    Layout(0.58, (mountains(0.58, 0.1, 0.9), *_atoll(0.69, 0.4, 7)), far=1),
    Layout(0.52, _atoll(0.63, 0.3, 4), (Item("rowboat", 1), Item("bird", 3))),
))  # fmt: skip

UNDERWATER = Place((
    Layout(1.0, (depths, seabed(0.68, 1.0, 0.5), seabed(0.76, 0.6, 0.75, count=14),
                 seabed(0.86, 0.22, 1.05, count=13)), (Item("fish", 11),), (bubbles,), sky=False),
    Layout(1.0, (depths, seabed(0.78, 0.9, 0.55), seabed(0.9, 0.25, 1.1, coral=0.5, count=16)),
           (Item("fish", 7), Item("turtle", 1)), (bubbles,), sky=False),
    Layout(1.0, (depths, seabed(0.57, 1.0, 0.7, coral=0.4), seabed(0.74, 0.35, 1.0, count=16)),
           (Item("fish", 9), Item("jelly", 2)), (bubbles,), sky=False),
    Layout(1.0, (depths, seabed(0.5, 1.1, 0.5, coral=0.2), seabed(0.62, 0.7, 0.8, coral=0.4),
                 seabed(0.93, 0.2, 1.2, coral=0.3)),
           (Item("shark", 1), Item("fish", 8)), (bubbles,), sky=False),
))  # fmt: skip

ARCTIC = Place((
    Layout(0.54, (
        mountains(0.55, 0.12, 0.8, snow=2),
            water(0.55, 0.82, (60, 110, 140), rough=0.3, mirror=0.6),
        meadow(0.8, 0.03, front=0.95, horizon=0.6), level_horizon,
    ), (Item("penguin", 5),), far=1),
    Layout(0.5, (
        water(0.5, 0.78, (60, 110, 140), rough=0.3, mirror=0.6),
        row(("iceblock",), 4, 0.6, 0.1, 0.4, shadow=0),
            meadow(0.76, 0.02, front=0.93, horizon=0.58),
        level_horizon,
    ), (Item("bear", 1, (240, 238, 232)),)),
    Layout(0.6, (
        mountains(0.62, 0.3, 0.7, snow=2), hills(0.64, 0.03, (0.3, 0.2), strokes=300),
        meadow(0.72, 0.03, front=0.92, horizon=0.62),
    ), (Item("igloo", 1),), far=1),
    Layout(0.46, (
        hills(0.47, 0.03, (0.4, 0.4), strokes=200), hills(0.56, 0.04, strokes=300),
        meadow(0.66, 0.03, front=0.92, horizon=0.54),
            beside_ground("pine", 0.1, 0.86, 0.4, count=2),
    ), (Item("deer", 3),), far=1),
))  # fmt: skip
