"""Towns, harbours, rooms, and the places that are nowhere else."""

from __future__ import annotations

from functools import partial

from lib.scene.description import Item
from lib.scene.layers.coast import island, lighthouse_beam
from lib.scene.layers.heights import mountains
from lib.scene.layers.indoors import curtains, framed, room, rug, shelf
from lib.scene.layers.land import hills, meadow, path, woods
from lib.scene.layers.rows import beside_ground, row, single
from lib.scene.layers.space import galaxy, moonscape, nebula, planets
from lib.scene.layers.towns import city_glow, quay, street_sides, village, wet_street
from lib.scene.layers.volcanoes import volcano
from lib.scene.layers.water import water
from lib.scene.places.layouts import Layout, Place

_green = partial(meadow, flowers=((240, 210, 110), (226, 110, 100), (240, 236, 230)), front=0.95)
_FAR = ((96, 110, 120), (120, 130, 128), (140, 146, 136))

VILLAGE = Place((
    Layout(0.5, (
        mountains(0.52, 0.2, 0.8, snow=0.2, inks=_FAR),
        hills(0.5, 0.04, (0.35, 0.3), strokes=400, trees=0.04),
        hills(0.6, 0.04, (0.15, 0.12)), village(0.5),
        _green(0.86, 0.02, horizon=0.7), path(0.82),
        beside_ground("cypress", 0.08, 0.95, 0.5, count=2),
    ), far=2),
    Layout(0.44, (
        hills(0.44, 0.05, (0.4, 0.3), strokes=400, trees=0.04),
        hills(0.56, 0.04, (0.2, 0.14), trees=0.05), village(0.62, 0.62, 0.08, 3),
        _green(0.8, 0.02, horizon=0.64), path(0.78, 0.12),
        beside_ground("tree", 0.14, 0.93, 0.5),
    ), far=1),
    Layout(0.56, (
        mountains(0.57, 0.32, 0.7), hills(0.56, 0.03, (0.3, 0.24), strokes=400, trees=0.05),
        village(0.42, 0.66, 0.05, 3), _green(0.82, 0.02, horizon=0.68),
    ), far=1),
    Layout(0.48, (
        hills(0.48, 0.05, (0.4, 0.3), strokes=400, trees=0.04), village(0.5, 0.62, 0.12, 4),
        water(0.83, 1.0, (56, 104, 116), rough=0.22, mirror=0.8),
    ), far=1),
))  # fmt: skip

CITY = Place((
    Layout(0.6, (
        city_glow, row(("block",), 20, 0.62, 0.36, 0.8, volume=0.25),
        row(("block",), 12, 0.64, 0.38, 0.4, volume=0.25),
        row(("block",), 8, 0.66, 0.36, 0.1, volume=0.25), quay(0.65),
        row(("lamp",), 9, 0.685, 0.12, 0.1, jitter=0),
        water(0.69, 1.0, (60, 96, 116), rough=0.3, mirror=0.85, glint=0.3),
    )),
    Layout(0.58, (
        city_glow, row(("block",), 18, 0.6, 0.44, 0.7, volume=0.25),
        row(("block",), 9, 0.64, 0.34, 0.2, volume=0.25), meadow(0.64, 0.004, horizon=0.55),
        row(("tree",), 7, 0.71, 0.17, 0.1), path(0.68),
    )),
    Layout(0.55, (
        city_glow, single("eiffel", 0.3, 0.6, 0.44, 0.4),
        row(("block", "tallhouse"), 16, 0.6, 0.22, 0.5, volume=0.25),
        row(("tallhouse",), 9, 0.66, 0.22, 0.14, volume=0.3), quay(0.65),
        row(("lamp",), 7, 0.685, 0.12, 0.1, jitter=0),
        water(0.69, 1.0, (60, 96, 116), rough=0.3, mirror=0.85, glint=0.3),
    )),
    Layout(0.66, (
        city_glow, row(("block",), 16, 0.68, 0.5, 0.6, volume=0.25),
        row(("block",), 7, 0.72, 0.56, 0.1, volume=0.25),
            meadow(0.74, 0.002, kind="stone", horizon=0.6),
        row(("lamp",), 5, 0.8, 0.3, 0.04, jitter=0, gap=0.1),
    ), (Item("car", 3),)),
))  # fmt: skip

STREET = Place((
    Layout(0.5, (meadow(0.5, 0.0, kind="stone", horizon=0.48, front=0.92),
                 single("church", 0.5, 0.52, 0.24, 0.6), street_sides(0.5), wet_street),
           (Item("person", 3, size=0.8),)),
    Layout(0.46, (meadow(0.46, 0.0, kind="stone", horizon=0.44, front=0.92),
                  single("tower", 0.5, 0.48, 0.3, 0.6), street_sides(0.46, 6), wet_street),
           (Item("person", 2, size=0.8), Item("car", 1))),
    Layout(0.52, (meadow(0.52, 0.0, kind="stone", horizon=0.5, front=0.92),
                  row(("tallhouse", "house"), 7, 0.56, 0.4, 0.2), wet_street,
                  row(("lamp",), 3, 0.66, 0.36, 0.06, jitter=0, gap=0.12)),
           (Item("person", 2, size=0.8), Item("bicycle", 1, size=0.8))),
    Layout(0.48, (meadow(0.48, 0.0, kind="stone", horizon=0.46, front=0.92),
                  row(("tallhouse",), 9, 0.52, 0.34, 0.34),
                      row(("tree",), 6, 0.6, 0.3, 0.16, gap=0.14),
                  wet_street), (Item("fountain", 1), Item("bird", 4))),
))  # fmt: skip

HARBOUR = Place((
    Layout(0.52, (
        hills(0.46, 0.06, (0.3, 0.4), strokes=300, shade=0.85, trees=0.035),
        row(("tallhouse", "tallhouse", "house"), 12, 0.49, 0.13, 0.38, span=(0, 0.72)),
        row(("tallhouse", "house"), 10, 0.54, 0.19, 0.2, span=(0, 0.72), shadow=0.2),
        single("lighthouse", 0.9, 0.55, 0.26, 0.3), quay(0.545),
        water(0.575, 1.0, (40, 92, 112), rough=0.22, mirror=0.8, glint=0.35),
    ), (Item("boat", 3), Item("rowboat", 3)), (lighthouse_beam,), far=1),
    Layout(0.46, (
        mountains(0.47, 0.2, 0.9), hills(0.46, 0.05, (0.3, 0.4), strokes=300, trees=0.04),
        row(("tallhouse",), 12, 0.5, 0.17, 0.26, shadow=0.2), quay(0.505),
        water(0.535, 1.0, (44, 100, 120), rough=0.22, mirror=0.8, glint=0.35),
    ), (Item("rowboat", 5), Item("boat", 2)), far=2),
    Layout(0.5, (
        row(("block", "house"), 10, 0.5, 0.14, 0.5, span=(0, 0.5)),
        single("church", 0.3, 0.52, 0.26, 0.3), row(("house", "tallhouse"), 10, 0.54, 0.16, 0.2,
                                                   span=(0, 0.62)), quay(0.545, 0.66),
        water(0.57, 1.0, (40, 92, 112), rough=0.25, mirror=0.8, glint=0.35),
    ), (Item("ship", 1), Item("boat", 2)), far=1),
    Layout(0.42, (
        hills(0.42, 0.07, (0.3, 0.4), strokes=300, trees=0.04), village(0.5, 0.52, 0.1, 2),
            quay(0.6),
        water(0.63, 1.0, (40, 92, 112), rough=0.22, mirror=0.8, glint=0.35),
    ), (Item("boat", 3), Item("bird", 4)), far=1),
), shore=(
    Layout(0.46, (
        hills(0.44, 0.06, (0.3, 0.4), strokes=300, trees=0.035),
        row(("tallhouse", "house"), 11, 0.5, 0.17, 0.26, shadow=0.2), quay(0.51),
        water(0.54, 0.82, (40, 92, 112), rough=0.22, mirror=0.8, glint=0.35),
        meadow(0.8, 0.002, kind="stone", front=0.93, horizon=0.66, strokes=300),
    ), far=1),
    Layout(0.42, (
        mountains(0.43, 0.18, 0.9), row(("tallhouse",), 12, 0.46, 0.15, 0.3), quay(0.465),
        water(0.49, 0.78, (44, 100, 120), rough=0.22, mirror=0.8, glint=0.35),
        meadow(0.76, 0.002, kind="stone", front=0.92, horizon=0.6, strokes=300),
    ), far=1),
    Layout(0.5, (
        hills(0.49, 0.03, (0.42, 0.4), strokes=200, trees=0.02),
        row(("house", "tallhouse"), 9, 0.515, 0.13, 0.3, span=(0, 0.4), shadow=0.2),
        quay(0.51, 0.42), single("lighthouse", 0.86, 0.515, 0.24, 0.24),
        water(0.53, 0.8, (40, 92, 112), rough=0.25, mirror=0.8, glint=0.35),
        meadow(0.78, 0.002, kind="stone", front=0.92, horizon=0.64, tilt=0.05, strokes=300),
    ), front=(lighthouse_beam,), far=1),
    Layout(0.4, (
        hills(0.41, 0.08, (0.34, 0.4), strokes=300, trees=0.04), village(0.45, 0.5, 0.1, 2),
        quay(0.575), water(0.6, 0.86, (44, 100, 120), rough=0.22, mirror=0.8, glint=0.35),
        meadow(0.84, 0.002, kind="stone", front=0.94, horizon=0.7, strokes=300),
    ), far=1),
))  # fmt: skip

VOLCANO = Place((
    Layout(0.66, (
        mountains(0.68, 0.13, 0.6, snow=0, inks=((50, 48, 60), (74, 70, 80))), volcano(),
        woods(0.735, 0.06, 0.2), water(0.745, 1.0, (30, 50, 70), rough=0.25, mirror=0.85,
            glint=0.3),
    ), orbs=False),
    Layout(0.62, (volcano(0.24, 0.66), hills(0.66, 0.03, (0.2, 0.2), kind="earth", trees=0.04),
                  meadow(0.76, 0.03, kind="earth", horizon=0.64)), orbs=False),
    Layout(0.6, (water(0.6, 0.7, (30, 60, 80)), volcano(0.3, 0.64),
                 water(0.66, 1.0, (26, 60, 84), rough=0.4, mirror=0.7)), orbs=False),
    Layout(0.7, (volcano(0.2, 0.74), woods(0.75, 0.09, 0.16, kind="pine"),
                 meadow(0.8, 0.02, horizon=0.7)), orbs=False),
))  # fmt: skip

# Planets are where they are across and down, and their radius.
SPACE = Place((
    Layout(1.0, (nebula, planets((0.66, 0.42, 0.22), (0.2, 0.22, 0.06))), (Item("rocket", 1),),
           sky=False),
    Layout(1.0, (nebula, planets((0.78, 0.2, 0.05), (0.45, 1.3, 0.72))), (Item("satellite", 1),),
           sky=False),
    Layout(1.0, (nebula, planets((0.72, 0.26, 0.13)), moonscape(0.78)), (Item("astronaut", 1),),
           sky=False),
    Layout(1.0, (nebula, galaxy, planets((0.16, 0.74, 0.09), (0.3, 0.9, 0.04))), (Item("ufo", 1),),
           sky=False),
))  # fmt: skip

_GREY = ((92, 92, 98), (124, 124, 130), (158, 156, 160))
MOON = Place(tuple(
    Layout(1.0, (nebula, *layers), (Item("astronaut", 1),), sky=False)
    for layers in (
        (planets((0.7, 0.28, 0.15)), moonscape(0.76)),
        (planets((0.24, 0.2, 0.07)), mountains(0.74, 0.3, 0.3, snow=-1, inks=_GREY),
         moonscape(0.72, 5)),
        (galaxy, moonscape(0.82, 12)),
        (planets((0.8, 0.3, 0.05), (0.3, 0.74, 0.26)), moonscape(0.7, 8)),
    )
))  # fmt: skip

_TROPIC = (20, 110, 135)
ISLAND_VOLCANO = Place((
    Layout(0.6, (
        water(0.6, 0.72, _TROPIC, rough=0.35, mirror=0.6), volcano(0.2, 0.655, 0.36),
        island(0.675, 0.4, 4, low=True),
        water(0.675, 1.0, _TROPIC, rough=0.3, mirror=0.75, glint=0.4),
    ), orbs=False),
    Layout(0.52, (
        water(0.52, 0.62, _TROPIC, rough=0.35, mirror=0.6), volcano(0.27, 0.55, 0.27, 0.62),
        island(0.565, 0.32, 2, low=True),
        water(0.565, 1.0, _TROPIC, rough=0.4, mirror=0.7, glint=0.45),
    ), (Item("boat", 1),), orbs=False),
    Layout(0.5, (
        water(0.5, 0.6, _TROPIC, rough=0.35, mirror=0.6), volcano(0.2, 0.53, 0.34, 0.4),
        island(0.545, 0.34, 3, low=True),
        water(0.545, 0.86, _TROPIC, rough=0.3, mirror=0.75, glint=0.4),
        meadow(0.84, 0.02, kind="sand", horizon=0.66, tilt=0.04, strokes=500),
        beside_ground("palm", 0.1, 0.95, 0.56, count=2),
    ), orbs=False),
    Layout(0.64, (
        water(0.64, 0.72, _TROPIC, rough=0.35, mirror=0.6), volcano(0.36, 0.66, 0.2, 0.68),
        volcano(0.22, 0.68, 0.31, 0.42), island(0.7, 0.36, 6, low=True),
        water(0.7, 1.0, _TROPIC, rough=0.35, mirror=0.7, glint=0.4),
    ), orbs=False),
))  # fmt: skip

_STILL_LIFE = (Item("table", 1), Item("vase", 1), Item("chair", 1))
ROOM = Place((
    Layout(0.5, (room(furnished=(curtains, framed, rug)),), _STILL_LIFE, sky=False),
    Layout(0.5, (room((0.56, 0.88, 0.12, 0.46), (shelf, rug)),),
           (Item("table", 1), Item("bowl", 1), Item("cup", 2)), sky=False),
    Layout(0.5, (room((0.1, 0.36, 0.16, 0.56), (curtains, shelf)),),
           (Item("sofa", 1), Item("tablelamp", 1)), sky=False),
    Layout(0.5, (room((0.34, 0.66, 0.1, 0.44), (curtains,)),),
           (Item("table", 1), Item("bottle", 1), Item("apple", 3)), sky=False),
))  # fmt: skip
