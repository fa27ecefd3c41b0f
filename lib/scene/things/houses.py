"""Houses and other buildings that people live and work in."""

from __future__ import annotations

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite

WALLS: tuple[Ink, ...] = (
    (232, 204, 160),
    (238, 226, 204),
    (214, 160, 116),
    (226, 178, 150),
    (206, 190, 170),
    (236, 212, 136),
)
_ROOFS: tuple[Ink, ...] = ((150, 66, 48), (110, 60, 56), (88, 74, 86))


def roof_of(s: Sprite, *inks: Ink) -> Ink:
    return s.roof or s.chosen(*inks)


def house(s: Sprite, ink: Ink | None) -> None:
    wall, roof = ink or s.chosen(*WALLS), roof_of(s, *_ROOFS)
    if ink and ink[0] > 150 and ink[1] < 90:
        roof = (84, 66, 70)  # a red roof would be lost on a red house
    w, eaves = s.rng.uniform(0.42, 0.52), 0.52
    _chimney(s, wall, w)
    s.box((-w, -0.02), (w, eaves), wall)
    s.box((-w, -0.02), (w, 0.05), darker(wall, 0.7))
    s.shape([(w * 0.3, -0.02), (w, -0.02), (w, eaves), (w * 0.3, eaves)], darker(wall, 0.8))
    s.shape(
        [(-w - 0.07, eaves - 0.03), (w + 0.07, eaves - 0.03), (w * 0.72, 0.9), (-w * 0.72, 0.9)],
        roof,
    )
    for row in range(6):
        y = eaves + row * 0.062
        reach = w + 0.06 - row * 0.034
        s.line([(-reach, y), (reach, y)], darker(roof, 0.84), 0.01)
    side = [(w * 0.3, eaves - 0.03), (w + 0.07, eaves - 0.03), (w * 0.72, 0.9), (w * 0.35, 0.9)]
    s.shape(side, darker(roof, 0.78))
    s.line([(-w - 0.07, eaves - 0.03), (w + 0.07, eaves - 0.03)], darker(roof, 0.55), 0.018)
    door = -w * 0.45 if s.rng.random() < 0.5 else 0.0
    s.box((door - 0.075, -0.02), (door + 0.075, 0.27), (96, 56, 40))
    s.box((door - 0.06, -0.02), (door + 0.06, 0.25), s.varied((120, 72, 50)))
    for u in (-w * 0.82, -w * 0.1, w * 0.52, w * 0.8):
        if abs(u - door) > 0.15:
            s.window((u + 0.02, 0.2), (0.11, 0.17))
    if w > 0.46:
        s.window((0, 0.6), (0.1, 0.13))


def _chimney(s: Sprite, wall: Ink, w: float) -> None:
    s.box((w * 0.45, 0.62), (w * 0.62, 0.98), darker(wall, 0.62))
    s.box((w * 0.43, 0.95), (w * 0.64, 1.0), darker(wall, 0.7))


def tallhouse(s: Sprite, ink: Ink | None) -> None:
    wall, roof = ink or s.chosen(*WALLS), roof_of(s, (150, 76, 52))
    w, eaves = s.rng.uniform(0.2, 0.3), s.rng.uniform(0.76, 0.86)
    s.box((-w, -0.05), (w, eaves), wall)
    s.box((w * 0.55, -0.05), (w, eaves), darker(wall, 0.78))
    if s.rng.random() < 0.5:
        s.shape([(-w - 0.03, eaves), (w + 0.03, eaves), (0, 1)], roof)
        s.shape([(w * 0.55, eaves), (w + 0.03, eaves), (0, 1)], darker(roof, 0.75))
    else:
        edge = [(-w - 0.03, eaves - 0.01), (w + 0.03, eaves - 0.01)]
        s.shape([*edge, (w * 0.75, eaves + 0.1), (-w * 0.75, eaves + 0.1)], roof)
    shutter = s.chosen((70, 110, 96), (60, 90, 130), (150, 80, 60))
    columns = (-w * 0.55, w * 0.12) if w < 0.26 else (-w * 0.6, 0.0, w * 0.62)
    for floor in range(int(eaves / 0.2)):
        v = 0.14 + floor * 0.2
        if v + 0.1 < eaves:
            for u in columns:
                s.box((u - 0.065, v), (u + 0.065, v + 0.11), shutter)
                s.window((u, v), (0.06, 0.11), 0.55)
    s.box((-0.05, -0.05), (0.05, 0.12), (90, 54, 40))


_NEON: tuple[Ink, ...] = (
    (255, 190, 100),
    (255, 214, 150),
    (255, 150, 90),
    (150, 210, 255),
    (255, 120, 170),
)


def block(s: Sprite, ink: Ink | None) -> None:
    """A tower block or a skyscraper."""
    walls = (116, 124, 156), (150, 126, 140), (176, 140, 112), (100, 116, 140), (180, 160, 150)
    wall = ink or s.varied(s.chosen(*walls))
    w = s.rng.uniform(0.16, 0.3)
    pane = _NEON[int(s.rng.choice(5, p=[0.42, 0.25, 0.13, 0.12, 0.08]))]
    s.box((-w, -0.1), (w, 0.96), wall)
    s.box((w * 0.45, -0.1), (w, 0.96), darker(wall, 0.74))
    if s.windows and s.rng.random() < 0.22:
        sign = s.chosen((255, 60, 140), (60, 200, 255), (255, 140, 40))
        s.box((-w * 0.6, 0.82), (w * 0.6, 0.9), pane, sign)
    top = int(s.rng.integers(4))
    if top == 0:
        s.shape([(-w, 0.96), (w, 0.96), (0, 1.1)], darker(wall, 0.85))
    elif top == 1:
        s.box((-w * 0.6, 0.96), (w * 0.6, 1.05), wall)
    elif top == 2:
        s.box((-w * 0.5, 0.96), (w * 0.3, 1.02), darker(wall, 0.8))
        s.line([(0, 1), (0, 1.1)], darker(wall, 0.5), 0.008)
    across, floors = 3 if w < 0.22 else 4, int(s.rng.integers(7, 12))
    for column in range(across):
        for floor in range(floors):
            u, v = -w + w * 2 * (column + 0.5) / across, 0.05 + 0.88 * floor / floors
            lit = s.windows and s.rng.random() < 0.36
            shine = darker(s.varied(pane, 0.1), s.rng.uniform(0.5, 0.95)) if lit else None
            high = (u + w * 0.15, v + 0.88 / floors * 0.55)
            s.box((u - w * 0.15, v), high, pane if lit else darker(wall, 0.6), shine)


def barn(s: Sprite, ink: Ink | None) -> None:
    wall, roof = ink or (158, 52, 44), roof_of(s, (96, 84, 84))
    s.shape([(-0.6, 0), (0.6, 0), (0.6, 0.5), (0.42, 0.8), (0, 1), (-0.42, 0.8), (-0.6, 0.5)], wall)
    for u in np.linspace(-0.56, 0.56, 15):
        s.line([(u, 0), (u, 0.5)], darker(wall, 0.85), 0.008)
    s.line([(-0.66, 0.48), (-0.44, 0.81), (0, 1.02), (0.44, 0.81), (0.66, 0.48)], roof, 0.07)
    s.box((-0.22, 0), (0.22, 0.4), (240, 232, 220))
    s.box((-0.19, 0), (0.19, 0.37), darker(wall, 0.8))
    s.line([(-0.19, 0), (0.19, 0.37)], (240, 232, 220), 0.03)
    s.line([(0.19, 0), (-0.19, 0.37)], (240, 232, 220), 0.03)
    s.window((0, 0.6), (0.16, 0.14), 0.6, (240, 232, 220))


def church(s: Sprite, ink: Ink | None) -> None:
    wall, roof, dark = ink or (232, 220, 200), roof_of(s, (126, 66, 56)), (60, 50, 40)
    s.box((-0.1, 0), (0.5, 0.3), wall)
    s.shape([(-0.12, 0.3), (0.54, 0.3), (0.44, 0.46), (-0.02, 0.46)], roof)
    s.box((-0.34, 0), (-0.08, 0.58), wall)
    s.box((-0.16, 0), (-0.08, 0.58), darker(wall, 0.78))
    s.shape([(-0.37, 0.57), (-0.05, 0.57), (-0.21, 0.95)], roof)
    s.shape([(-0.17, 0.57), (-0.05, 0.57), (-0.21, 0.95)], darker(roof, 0.75))
    s.line([(-0.21, 0.94), (-0.21, 1.03)], dark, 0.012)
    s.line([(-0.24, 0.99), (-0.18, 0.99)], dark, 0.012)
    s.curve([(-0.25, -0.01), (-0.25, 0.12), (-0.21, 0.18), (-0.17, 0.12), (-0.17, -0.01)], dark)
    s.oval((-0.21, 0.27), (0.035, 0.035), (84, 104, 124))
    s.window((-0.21, 0.4), (0.06, 0.1))
    for u in (0.05, 0.2, 0.35):
        s.window((u, 0.09), (0.05, 0.13))


def mosque(s: Sprite, ink: Ink | None) -> None:
    wall = ink or (238, 228, 212)
    dome = lighter(wall, 0.3) if ink else s.chosen((228, 214, 190), (84, 150, 160), (224, 184, 96))
    for u in (-0.62, 0.62):
        s.shape([(u - 0.05, 0), (u + 0.05, 0), (u + 0.035, 0.82), (u - 0.035, 0.82)], wall)
        s.box((u - 0.06, 0.6), (u + 0.06, 0.63), darker(wall, 0.85))
        s.curve([(u - 0.04, 0.82), (u - 0.05, 0.87), (u, 0.97), (u + 0.05, 0.87), (u + 0.04, 0.82)],
                dome)  # fmt: skip
    s.box((-0.46, 0), (0.46, 0.4), wall)
    s.box((-0.24, 0), (0.24, 0.5), lighter(wall, 0.2))
    s.box((-0.15, 0.48), (0.15, 0.58), darker(wall, 0.9))
    s.curve([(-0.16, 0.57), (-0.21, 0.67), (-0.12, 0.82), (0, 0.93), (0.12, 0.82), (0.21, 0.67),
             (0.16, 0.57)], dome)  # fmt: skip
    s.line([(0, 0.92), (0, 1.0)], (200, 160, 70), 0.014)
    for u, wide, high in ((0.0, 0.11, 0.36), (-0.34, 0.06, 0.22), (0.34, 0.06, 0.22)):
        arch = [(u - wide, -0.01), (u - wide, high * 0.7), (u, high), (u + wide, high * 0.7)]
        shine = (170, 110, 50) if s.windows else None
        s.curve([*arch, (u + wide, -0.01)], (96, 84, 96), 5, shine)


def pagoda(s: Sprite, ink: Ink | None) -> None:
    wall, roof = ink or (188, 60, 44), roof_of(s, (62, 74, 80))
    for floor in range(4):
        w, v = 0.34 - floor * 0.06, floor * 0.22
        s.box((-w * 0.7, v), (w * 0.7, v + 0.14), wall)
        for u in np.linspace(-w * 0.5, w * 0.5, 3):
            s.window((u, v + 0.03), (0.07, 0.08), 0.8, darker(wall, 0.6))
        eave = [(-w - 0.16, v + 0.16), (-w * 0.6, v + 0.13), (w * 0.6, v + 0.13)]
        eave += [(w + 0.16, v + 0.16), (w * 0.6, v + 0.24), (-w * 0.6, v + 0.24)]
        s.shape(eave, roof)
        s.line([(-w - 0.16, v + 0.165), (-w * 0.6, v + 0.13), (w * 0.6, v + 0.13),
                (w + 0.16, v + 0.165)], lighter(roof, 0.3), 0.012)  # fmt: skip
        for side in (-1, 1):  # eaves that turn up, and a bell under each
            s.taper([(side * (w + 0.05), v + 0.15), (side * (w + 0.15), v + 0.165),
                     (side * (w + 0.2), v + 0.2)], [0.035, 0.026, 0.008], roof)  # fmt: skip
            s.oval((side * (w + 0.14), v + 0.135), (0.012, 0.016), (214, 176, 90))
    s.shape([(-0.3, -0.03), (0.3, -0.03), (0.27, 0.02), (-0.27, 0.02)], (150, 144, 138))
    s.taper([(0, 0.87), (0, 0.96), (0, 1.06)], [0.026, 0.016, 0.006], (206, 170, 84))
    for v, reach in ((0.91, 0.03), (0.945, 0.024), (0.975, 0.018)):
        s.oval((0, v), (reach, 0.008), (226, 192, 110))


def igloo(s: Sprite, ink: Ink | None) -> None:
    ice = ink or (232, 240, 250)
    s.curve([(-0.9, -0.02), (-0.8, 0.5), (-0.4, 0.88), (0, 1), (0.4, 0.88), (0.8, 0.5),
             (0.9, -0.02)], ice)  # fmt: skip
    for v, reach in ((0.25, 0.85), (0.5, 0.76), (0.74, 0.56)):
        s.line([(-reach, v), (0, v + 0.06), (reach, v)], darker(ice, 0.86), 0.02)
        for u in np.linspace(-reach * 0.8, reach * 0.8, 5):
            s.line([(u, v), (u * 0.9, v - 0.22)], darker(ice, 0.88), 0.015)
    s.curve([(-0.34, -0.02), (-0.34, 0.34), (0, 0.56), (0.34, 0.34), (0.34, -0.02)], ice)
    shine = (190, 120, 50) if s.windows else None
    s.curve([(-0.22, -0.02), (-0.22, 0.28), (0, 0.42), (0.22, 0.28), (0.22, -0.02)],
            (50, 66, 96), 5, shine)  # fmt: skip


def tent(s: Sprite, ink: Ink | None) -> None:
    cloth = ink or (230, 150, 60)
    s.shape([(-0.8, 0), (0, 1), (0.8, 0)], cloth)
    s.shape([(0, 1), (0.8, 0), (0.35, 0)], darker(cloth, 0.75))
    shine = (160, 100, 40) if s.windows else None
    s.shape([(-0.2, 0), (0.0, 0.8), (0.2, 0)], (80, 56, 44), shine)
    s.line([(-0.9, 0), (0, 1.02), (0.9, 0)], darker(cloth, 0.6), 0.02)
