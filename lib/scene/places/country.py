"""Places in the country: hills, fields, mountains, forests, deserts."""

from __future__ import annotations

from lib.scene.description import Item
from lib.scene.layers.ground import MEADOW_FLOWERS
from lib.scene.layers.heights import dunes, dust, mesas, mountains
from lib.scene.layers.land import hills, meadow, path, woods
from lib.scene.layers.rows import bank, beside_ground, canopy, near_trunks, row, single
from lib.scene.layers.water import level_horizon, river, water
from lib.scene.places.layouts import Layout, Place
from lib.scene.scenery import Layer

_WILD = (*MEADOW_FLOWERS, (150, 100, 200))
_TREES = ("tree", "tree", "pine")

HILLS = Place((
    Layout(0.55, (
        mountains(0.56, 0.16, 0.75, snow=0.3),
        hills(0.54, 0.035, (0.42, 0.3), strokes=300, shade=0.9, trees=0.03),
        hills(0.61, 0.04, trees=0.055),
        meadow(0.71, flowers=_WILD, horizon=0.58),
    ), far=2),
    Layout(0.5, (
        hills(0.47, 0.03, (0.4, 0.42), strokes=250, shade=0.9, trees=0.025),
        hills(0.52, 0.045, (0.3, 0.26), strokes=450, trees=0.04),
        hills(0.6, 0.05, trees=0.06),
        meadow(0.68, 0.02, horizon=0.54),
        path(0.69),
    ), far=2),
    Layout(0.6, (
        mountains(0.62, 0.24, 0.7),
        hills(0.61, 0.02, (0.35, 0.25), strokes=400, trees=0.035),
        meadow(0.72, 0.04, flowers=_WILD, horizon=0.6),
        beside_ground("tree", 0.12, 0.9, 0.46),
    ), far=1),
    Layout(0.48, (
        hills(0.46, 0.05, (0.42, 0.36), strokes=300, shade=0.85, trees=0.03),
        hills(0.54, 0.06, (0.25, 0.2), strokes=600, trees=0.05),
        meadow(0.63, 0.03, horizon=0.5),
        river(0.64, 0.16),
        beside_ground("bush", 0.15, 0.93, 0.12, count=2, step=0.14),
    ), far=1),
    Layout(0.64, (
        hills(0.62, 0.03, (0.4, 0.34), strokes=300, shade=0.9, trees=0.03),
        hills(0.68, 0.03, trees=0.05),
        meadow(0.75, 0.02, flowers=_WILD, horizon=0.64),
    ), far=1),
))  # fmt: skip

FIELD = Place((
    Layout(0.5, (
        hills(0.49, 0.02, (0.4, 0.3), strokes=300, trees=0.04),
        meadow(0.54, 0.012, horizon=0.52, flowers=_WILD),
    ), far=1),
    Layout(0.46, (
        hills(0.45, 0.03, (0.4, 0.36), strokes=300, trees=0.035),
        meadow(0.5, 0.01, horizon=0.48),
        path(0.51, 0.1),
    ), far=1),
    Layout(0.56, (
        mountains(0.57, 0.13, 0.8),
        hills(0.56, 0.015, (0.4, 0.3), strokes=300, trees=0.05),
        meadow(0.6, 0.015, horizon=0.56, flowers=_WILD),
        row(("fence",), 1.0, 0.72, 0.06, 0.12, jitter=0.004),
    ), far=2),
    Layout(0.5, (
        hills(0.49, 0.02, (0.4, 0.3), strokes=300),
        woods(0.51, 0.12, 0.34),
        meadow(0.53, 0.01, horizon=0.5),
        beside_ground("haybale", 0.2, 0.82, 0.11, count=2, step=0.26),
    ), far=2),
))  # fmt: skip

WHEAT = Place((
    Layout(0.46, (
        hills(0.45, 0.03, (0.4, 0.36), strokes=300, trees=0.035),
        meadow(0.5, 0.01, kind="wheat", horizon=0.48), path(0.51, 0.1),
    ), far=1),
    Layout(0.52, (
        hills(0.51, 0.04, (0.4, 0.3), strokes=300, trees=0.03),
        meadow(0.57, 0.015, kind="wheat", horizon=0.53),
        beside_ground("haybale", 0.2, 0.82, 0.12, count=2, step=0.3),
    ), far=1),
    Layout(0.56, (
        mountains(0.57, 0.12, 0.85), woods(0.57, 0.06, 0.36),
        meadow(0.6, 0.02, kind="wheat", horizon=0.57), beside_ground("tree", 0.12, 0.86, 0.44),
    ), far=2),
    Layout(0.42, (
        woods(0.43, 0.07, 0.4), meadow(0.46, 0.01, kind="wheat", horizon=0.43),
        bank(("flower",), 18, 0.8, 1.02, (0.05, 0.1), gap=0.2),
    ), (Item("scarecrow", 1), Item("bird", 5)), far=1),
))  # fmt: skip

MOUNTAINS = Place((
    Layout(0.62, (
        mountains(0.62, 0.34, 0.75, snow=0.4),
        mountains(0.67, 0.27, 0.4, sharp=1.1),
        hills(0.68, 0.05, (0.2, 0.2), strokes=500, shade=0.75),
        woods(0.69, 0.06, 0.3, kind="pine"),
        meadow(0.82, flowers=_WILD, horizon=0.7),
    ), (Item("pine", 5),)),
    Layout(0.58, (
        mountains(0.6, 0.42, 0.6, snow=0.5, sharp=1.2),
        hills(0.62, 0.03, (0.2, 0.24), strokes=400, shade=0.8),
        woods(0.63, 0.05, 0.32, kind="pine"),
        water(0.66, 0.84, (50, 100, 120), rough=0.15, mirror=0.8),
        meadow(0.83, 0.02, horizon=0.7),
    ), (Item("pine", 3),)),
    Layout(0.66, (
        mountains(0.6, 0.3, 0.9, snow=0.5),
        mountains(0.68, 0.36, 0.5, snow=0.3),
        mountains(0.74, 0.22, 0.26, snow=0.15, sharp=1.2),
        woods(0.74, 0.07, 0.2, kind="pine"),
        meadow(0.78, 0.03, horizon=0.7),
        path(0.79, 0.12),
    ), (Item("house", 1, size=0.5),)),
    Layout(0.55, (
        mountains(0.56, 0.3, 0.8, snow=0.45),
        hills(0.56, 0.08, (0.3, 0.26), strokes=500, shade=0.8, trees=0.05),
        hills(0.64, 0.06, (0.2, 0.14), strokes=600, trees=0.07),
        meadow(0.72, 0.04, flowers=_WILD, horizon=0.6),
        river(0.72, 0.14),
    ), (Item("pine", 4),)),
))  # fmt: skip

CANYON = Place((
    Layout(0.56, (
        mesas(0.57, 0.2, 0.7), mesas(0.62, 0.3, 0.3),
        meadow(0.64, 0.02, kind="red", horizon=0.58),
    ), (Item("cactus", 3),), far=1),
    Layout(0.5, (
        mesas(0.53, 0.14, 0.9), mesas(0.56, 0.24, 0.45),
        meadow(0.6, 0.03, kind="red", horizon=0.54), river(0.62, 0.2, (130, 110, 90)),
    ), far=1),
    Layout(0.62, (
        mesas(0.6, 0.26, 0.8), mesas(0.66, 0.42, 0.3), mesas(0.7, 0.16, 0.14),
        meadow(0.7, 0.02, kind="red", horizon=0.62), path(0.71, 0.1),
    ), (Item("cactus", 2),), far=1),
    Layout(0.58, (
        mesas(0.6, 0.34, 0.5), dunes(0.62, 0.03, 0.24, "red"),
        meadow(0.7, 0.02, kind="red", horizon=0.6), beside_ground("cactus", 0.14, 0.92, 0.34),
    )),
))  # fmt: skip


_BARE = ((150, 110, 80), (180, 140, 100), (210, 170, 124))


def _sand() -> Layer:
    return meadow(0.78, 0.03, kind="sand", horizon=0.6, strokes=300)


def _far_sand(y: float) -> tuple[Layer, ...]:
    """The level line at which a desert ends."""
    return (dust, dunes(y, 0.004, 0.42, sway=0), level_horizon)


DESERT = Place((
    Layout(0.45, (*_far_sand(0.45), dunes(0.55, 0.07, 0.26), dunes(0.66, 0.08, 0.12), _sand()),
           (Item("cactus", 3),)),
    Layout(0.42, (*_far_sand(0.42), dunes(0.54, 0.1, 0.22), dunes(0.72, 0.05, 0.1), _sand()),
           (Item("palm", 2, size=0.7),)),
    Layout(0.5, (*_far_sand(0.5), dunes(0.62, 0.03, 0.24), dunes(0.7, 0.06, 0.1), _sand()),
           (Item("rock", 3),)),
    Layout(0.46, (mountains(0.465, 0.1, 0.9, snow=-1, inks=_BARE), *_far_sand(0.46),
                  dunes(0.64, 0.1, 0.16), _sand()), (Item("cactus", 2),), far=1),
    Layout(0.4, (*_far_sand(0.4), dunes(0.5, 0.08, 0.3), dunes(0.62, 0.09, 0.16), _sand()),
           (Item("camel", 3),)),
))  # fmt: skip

SAVANNAH = Place((
    Layout(0.56, (
        hills(0.56, 0.012, (0.4, 0.4), kind="savannah", strokes=300, trees=0.025),
        meadow(0.6, 0.01, kind="savannah", horizon=0.56), single("tree", 0.78, 0.66, 0.22, 0.2),
    ), (Item("elephant", 1), Item("giraffe", 1)), far=1),
    Layout(0.6, (
        mountains(0.6, 0.16, 0.9, snow=0.1),
        hills(0.6, 0.01, (0.4, 0.3), kind="savannah", strokes=300, trees=0.03),
        meadow(0.64, 0.01, kind="savannah", horizon=0.6), beside_ground("tree", 0.14, 0.86, 0.4),
    ), (Item("zebra", 3),), far=1),
    Layout(0.52, (
        hills(0.52, 0.03, (0.4, 0.4), kind="savannah", strokes=300, trees=0.025),
        meadow(0.57, 0.01, kind="savannah", horizon=0.53), river(0.6, 0.14),
    ), (Item("lion", 1),)),
    Layout(0.64, (
        hills(0.635, 0.006, (0.4, 0.4), kind="savannah", strokes=200),
        meadow(0.67, 0.008, kind="savannah", horizon=0.63), single("tree", 0.24, 0.72, 0.3, 0.12),
    ), (Item("elephant", 3),)),
))  # fmt: skip


def _wood_rows(names: tuple[str, ...], y: float, gap: float) -> tuple[Layer, ...]:
    """Trees in rows; the ground before a row covers its feet, so that in haze none hovers."""
    return (
        row(names, 18, y + 0.03, 0.34, 0.9, gap=gap * 0.3),
        hills(y + 0.02, 0.012, (0.2, 0.6), kind="leaves_or_grass", strokes=400),
        row(names, 12, y + 0.09, 0.44, 0.5, gap=gap * 0.6),
        hills(y + 0.08, 0.012, (0.2, 0.26), kind="leaves_or_grass", strokes=700),
        row(names, 8, y + 0.17, 0.55, 0.24, gap=gap),
    )


FOREST = Place((
    Layout(0.58, (
        *_wood_rows(_TREES, 0.6, 0.2),
        meadow(0.76, 0.012, kind="leaves_or_grass", horizon=0.6), path(0.66, 0.14, 0.06),
        near_trunks(4, 0.3),
    ), front=(canopy(),), orbs=False),
    Layout(0.56, (
        *_wood_rows(("pine",), 0.58, 0.16),
        meadow(0.74, 0.02, kind="leaves_or_grass", horizon=0.58),
    ), (Item("deer", 1),), (canopy(0.6),), orbs=False),
    Layout(0.55, (
        *_wood_rows(("tree",), 0.57, 0.26),
        meadow(0.73, 0.012, kind="leaves_or_grass", horizon=0.58), river(0.68, 0.14),
        near_trunks(3, 0.32),
    ), front=(canopy(1.2),), orbs=False),
    Layout(0.62, (
        *_wood_rows(_TREES, 0.64, 0.24),
        meadow(0.8, 0.02, kind="leaves_or_grass", horizon=0.64),
        bank(("bush", "mushroom", "bush"), 12, 0.84, 0.99, (0.04, 0.09), gap=0.3),
        near_trunks(5, 0.34),
    ), front=(canopy(1.3),), orbs=False),
))  # fmt: skip

JUNGLE = Place((
    Layout(0.55, (
        row(("tree", "palm"), 14, 0.6, 0.44, 0.7),
        hills(0.62, 0.01, (0.2, 0.4), kind="jungle", strokes=600),
        row(("palm", "tree"), 9, 0.68, 0.58, 0.34, gap=0.12),
        meadow(0.72, 0.02, kind="jungle", horizon=0.58),
        bank(("bush",), 22, 0.74, 1.02, (0.07, 0.16), gap=0.34),
        beside_ground("palm", 0.1, 0.96, 0.8),
    ), orbs=False),
    Layout(0.5, (
        hills(0.5, 0.07, (0.4, 0.5), kind="jungle", trees=0.06),
        row(("palm", "tree"), 10, 0.62, 0.42, 0.4, gap=0.1),
        meadow(0.66, 0.02, kind="jungle", horizon=0.54), river(0.64, 0.24, (70, 100, 80)),
        bank(("bush",), 14, 0.8, 1.0, (0.08, 0.14), gap=0.4),
    )),
    Layout(0.58, (
        mountains(0.6, 0.22, 0.9, snow=-1, inks=((40, 70, 56), (62, 96, 66), (92, 124, 80))),
        hills(0.63, 0.012, (0.3, 0.4), kind="jungle", strokes=400),
        row(("palm", "tree", "tree"), 12, 0.66, 0.48, 0.4, gap=0.16),
        meadow(0.72, 0.02, kind="jungle", horizon=0.6), path(0.7, 0.1, 0.06),
        bank(("bush",), 18, 0.76, 1.02, (0.07, 0.15), gap=0.34),
    )),
    Layout(0.52, (
        row(("tree",), 16, 0.58, 0.5, 0.7),
        hills(0.6, 0.02, (0.2, 0.36), kind="jungle", strokes=600),
        row(("tree", "palm"), 8, 0.7, 0.7, 0.26, gap=0.2),
        meadow(0.74, 0.02, kind="jungle", horizon=0.58), near_trunks(4, 0.28),
    ), orbs=False),
))  # fmt: skip

SWAMP = Place((
    Layout(0.52, (
        hills(0.52, 0.01, (0.4, 0.4), kind="mud", strokes=300, trees=0.05),
        row(("bare", "tree"), 8, 0.58, 0.34, 0.4),
        water(0.56, 1.0, (60, 76, 50), rough=0.12, mirror=0.8, glint=0.2),
        row(("reeds",), 7, 0.72, 0.16, 0.1), beside_ground("bare", 0.12, 0.95, 0.6),
        row(("reeds",), 4, 1.0, 0.3, 0.02, gap=0.24),
    ), far=1),
    Layout(0.48, (
        woods(0.5, 0.1, 0.5),
        water(0.5, 1.0, (56, 70, 52), rough=0.12, mirror=0.8, glint=0.2),
        row(("bare",), 5, 0.62, 0.36, 0.22, gap=0.1), row(("reeds",), 6, 0.98, 0.24, 0.03, gap=0.2),
    ), far=1),
    Layout(0.55, (
        row(("tree",), 12, 0.58, 0.36, 0.6),
        water(0.57, 0.86, (64, 80, 54), rough=0.12, mirror=0.78, glint=0.2),
        meadow(0.85, 0.02, kind="mud", horizon=0.66), row(("reeds",), 8, 0.86, 0.16, 0.06, gap=0.1),
    )),
    Layout(0.5, (
        hills(0.5, 0.02, (0.4, 0.4), kind="mud", strokes=300, trees=0.06),
        water(0.53, 0.82, (60, 76, 50), rough=0.12, mirror=0.8, glint=0.2),
        meadow(0.81, 0.03, kind="mud", horizon=0.66), beside_ground("bare", 0.14, 0.93, 0.56),
    ), far=1),
))  # fmt: skip

GARDEN = Place((
    Layout(0.5, (
        hills(0.5, 0.02, (0.3, 0.2), strokes=500, trees=0.13),
        meadow(0.6, 0.012, horizon=0.5, flowers=((226, 90, 120), (246, 206, 90), (240, 236, 236))),
        path(0.61), row(("tree", "bush"), 4, 0.7, 0.26, 0.14, gap=0.2),
        bank(("flower", "tulip", "flower", "bush"), 40, 0.72, 1.0, (0.035, 0.12), gap=0.3),
    ), far=1),
    Layout(0.46, (
        woods(0.5, 0.16, 0.34), meadow(0.54, 0.01, horizon=0.48), path(0.56, 0.12, 0.02),
        row(("bush",), 10, 0.62, 0.07, 0.14, gap=0.06),
        bank(("tulip",), 40, 0.68, 1.0, (0.05, 0.13), gap=0.36),
    ), (Item("fountain", 1, size=0.8),), far=1),
    Layout(0.52, (
        woods(0.53, 0.1, 0.36), single("house", 0.74, 0.62, 0.24, 0.26),
        meadow(0.6, 0.01, horizon=0.54, flowers=_WILD), row(("fence",), 1.0, 0.68, 0.06, 0.14,
                                                           jitter=0.003),
        bank(("rose", "flower", "lavender"), 36, 0.74, 1.0, (0.05, 0.13), gap=0.36),
    ), far=1),
    Layout(0.54, (
        hills(0.56, 0.02, (0.4, 0.3), strokes=300, trees=0.05),
        row(("tree",), 9, 0.62, 0.3, 0.34), meadow(0.63, 0.01, horizon=0.56, flowers=_WILD),
        water(0.74, 0.86, (70, 120, 120), rough=0.2, mirror=0.8),
            row(("bush",), 8, 0.74, 0.06, 0.1),
        meadow(0.86, 0.02, horizon=0.66), bank(("flower", "tulip"), 22, 0.9, 1.02, (0.07, 0.12),
                                              gap=0.3),
    ), far=1),
))  # fmt: skip
