"""Animals that are drawn each in its own way."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite

Point: TypeAlias = "tuple[float, float]"


def cat(s: Sprite, ink: Ink | None) -> None:
    """A cat that sits and looks at you."""
    coat = ink or s.chosen((220, 140, 70), (80, 76, 84), (236, 226, 214), (54, 50, 56))
    dark = darker(coat, 0.7)
    s.taper([(-0.18, 0.06), (-0.4, 0.06), (-0.49, 0.2), (-0.45, 0.38)], [0.08, 0.085, 0.08, 0.05],
            dark)  # fmt: skip
    s.curve([(-0.26, 0.0), (-0.29, 0.24), (-0.16, 0.5), (0.02, 0.62), (0.16, 0.5), (0.2, 0.2),
             (0.18, 0)], coat, 8)  # fmt: skip
    s.oval((-0.15, 0.12), (0.15, 0.14), dark)
    s.oval((-0.14, 0.12), (0.13, 0.125), coat)
    for u in (0.02, 0.14):
        s.taper([(u, 0.36), (u + 0.005, 0.18), (u + 0.01, 0.03)], [0.09, 0.075, 0.07],
                lighter(coat, 0.1))  # fmt: skip
        s.oval((u + 0.02, 0.022), (0.055, 0.03), lighter(coat, 0.28))
    s.curve([(0.0, 0.3), (0.05, 0.5), (0.12, 0.52), (0.14, 0.3)], lighter(coat, 0.4))
    for side in (-1, 1):
        s.shape([(0.06 + side * 0.19, 0.74), (0.06 + side * 0.17, 0.99),
            (0.06 + side * 0.03, 0.88)],
                coat)  # fmt: skip
        s.shape([(0.06 + side * 0.16, 0.79), (0.06 + side * 0.15, 0.93),
            (0.06 + side * 0.07, 0.87)],
                (226, 150, 140))  # fmt: skip
    s.oval((0.06, 0.73), (0.2, 0.165), coat)
    s.oval((0.06, 0.67), (0.1, 0.07), lighter(coat, 0.5))
    for nth in range(3):
        s.line([(-0.24 + 0.01 * nth, 0.2 + nth * 0.09), (-0.12, 0.22 + nth * 0.1)], dark, 0.03)
        s.line([(0.02 + 0.04 * nth, 0.86), (0.03 + 0.03 * nth, 0.81)], dark, 0.02)
    for u in (-0.02, 0.14):
        s.oval((u, 0.75), (0.04, 0.045), (210, 220, 110))
        s.eye((u, 0.75), 0.018)
    s.shape([(0.035, 0.705), (0.085, 0.705), (0.06, 0.68)], (210, 110, 110))
    for side in (-1, 1):
        for v in (-0.01, 0.02):
            s.line([(0.06 + side * 0.08, 0.67 + v), (0.06 + side * 0.28, 0.67 + v * 3)],
                   lighter(coat, 0.7), 0.008)  # fmt: skip


def sheep(s: Sprite, ink: Ink | None) -> None:
    wool, face = ink or (240, 236, 226), (66, 56, 56)
    for u, shade in ((-0.2, 0.75), (0.22, 0.75), (-0.3, 1.0), (0.32, 1.0)):
        s.taper([(u, 0.34), (u, 0.03)], [0.08, 0.055], darker((66, 58, 58), shade))
    clumps = [(u, v, 0.24, 0.2) for u, v in ((-0.32, 0.5), (0, 0.56), (0.3, 0.52), (-0.14, 0.42),
                                             (0.16, 0.42))]  # fmt: skip
    for u, v, wide, tall in clumps:
        s.oval((u, v), (wide, tall), darker(wool, 0.82))
    s.dabs(clumps, 110, 0.06, [darker(wool, 0.8), wool, lighter(wool, 0.4)], 0.9)
    s.taper([(0.46, 0.66), (0.58, 0.58), (0.66, 0.5)], [0.2, 0.2, 0.13], face)
    s.oval((0.44, 0.7), (0.09, 0.04), face, 20)
    s.oval((0.47, 0.76), (0.1, 0.07), lighter(wool, 0.2))
    s.eye((0.59, 0.62), 0.018, (240, 240, 230))


def elephant(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (136, 134, 144)
    for u, shade in ((-0.34, 0.72), (0.2, 0.72), (-0.24, 1.0), (0.32, 1.0)):
        if shade == 1.0:
            continue
        s.taper([(u, 0.46), (u, 0.24), (u, 0.03)], [0.2, 0.15, 0.15], darker(skin, shade))
    s.curve([(-0.52, 0.34), (-0.55, 0.64), (-0.4, 0.86), (-0.05, 0.93), (0.3, 0.86), (0.46, 0.7),
             (0.42, 0.36), (0, 0.28)], skin, 8)  # fmt: skip
    for u in (-0.26, 0.32):
        s.taper([(u, 0.48), (u, 0.24), (u, 0.03)], [0.24, 0.16, 0.16], skin)
        s.oval((u, 0.02), (0.085, 0.025), darker(skin, 0.7))
    s.taper([(0.36, 0.76), (0.54, 0.78)], [0.3, 0.34], skin)
    s.taper([(0.62, 0.76), (0.73, 0.58), (0.74, 0.36), (0.7, 0.2), (0.79, 0.14)],
            [0.2, 0.14, 0.1, 0.08, 0.06], skin)  # fmt: skip
    s.curve([(0.36, 0.88), (0.22, 0.84), (0.2, 0.62), (0.32, 0.5), (0.44, 0.6), (0.48, 0.8)],
            darker(skin, 0.84))  # fmt: skip
    s.taper([(0.66, 0.58), (0.78, 0.5), (0.86, 0.54)], [0.05, 0.04, 0.015], (244, 238, 220))
    s.eye((0.6, 0.8), 0.016)
    s.line([(-0.53, 0.7), (-0.6, 0.5), (-0.6, 0.36)], darker(skin, 0.7), 0.02)
    s.oval((-0.6, 0.34), (0.02, 0.04), darker(skin, 0.4))


def kangaroo(s: Sprite, ink: Ink | None) -> None:
    """It sits up on its hind legs and its tail."""
    coat = ink or s.chosen((176, 124, 84), (150, 112, 88))
    s.taper([(-0.08, 0.32), (-0.28, 0.16), (-0.46, 0.05), (-0.62, 0.025)],
            [0.2, 0.12, 0.07, 0.03], darker(coat, 0.8))  # fmt: skip
    s.taper([(0.16, 0.62), (0.27, 0.52), (0.3, 0.4)], [0.08, 0.055, 0.04], darker(coat, 0.7))
    s.curve([(-0.2, 0.14), (-0.22, 0.36), (-0.08, 0.58), (0.06, 0.76), (0.14, 0.84),
             (0.2, 0.74), (0.2, 0.58), (0.17, 0.34), (0.08, 0.12)], coat, 8)  # fmt: skip
    s.curve([(0.08, 0.16), (0.09, 0.4), (0.15, 0.66), (0.195, 0.62), (0.185, 0.4), (0.14, 0.18)],
            lighter(coat, 0.42))  # fmt: skip
    s.taper([(-0.06, 0.32), (0.06, 0.2), (-0.02, 0.08)], [0.24, 0.17, 0.07], darker(coat, 0.9))
    s.taper([(-0.06, 0.035), (0.1, 0.03), (0.24, 0.02)], [0.06, 0.055, 0.03], darker(coat, 0.75))
    s.taper([(0.12, 0.66), (0.24, 0.55), (0.31, 0.47)], [0.09, 0.06, 0.04], coat)
    for u, shade, lean in ((0.12, 0.75, -0.03), (0.17, 1.0, 0.02)):
        s.curve([(u - 0.03, 0.88), (u - 0.035 + lean, 0.98), (u + lean, 1.08), (u + 0.03, 0.9)],
                darker(coat, shade))  # fmt: skip
    s.oval((0.18, 0.86), (0.075, 0.068), coat)
    s.taper([(0.18, 0.85), (0.26, 0.81), (0.31, 0.79)], [0.12, 0.085, 0.055], coat)
    s.oval((0.335, 0.795), (0.016, 0.016), darker(coat, 0.3))
    s.eye((0.215, 0.875), 0.013)


def monkey(s: Sprite, ink: Ink | None) -> None:
    """It sits, its arms around its knees."""
    coat = ink or s.chosen((122, 82, 56), (92, 70, 60))
    face = (226, 186, 150) if sum(coat) > 150 else lighter(coat, 0.35)
    s.taper([(-0.2, 0.08), (-0.42, 0.04), (-0.5, 0.2), (-0.42, 0.36), (-0.34, 0.3)],
            [0.07, 0.06, 0.05, 0.045, 0.03], darker(coat, 0.8))  # fmt: skip
    s.curve([(-0.24, 0.02), (-0.27, 0.3), (-0.17, 0.56), (0.0, 0.62), (0.16, 0.54), (0.24, 0.28),
             (0.22, 0.02)], coat, 8)  # fmt: skip
    s.oval((0.0, 0.3), (0.14, 0.2), lighter(coat, 0.3))
    for side in (-1, 1):
        s.taper([(side * 0.16, 0.1), (side * 0.3, 0.26), (side * 0.26, 0.04)], [0.13, 0.13, 0.09],
                darker(coat, 0.86))  # fmt: skip
        s.oval((side * 0.25, 0.025), (0.1, 0.032), face)
        s.taper([(side * 0.17, 0.52), (side * 0.33, 0.38), (side * 0.27, 0.22)],
                [0.1, 0.085, 0.07], darker(coat, 0.94))  # fmt: skip
        s.oval((side * 0.26, 0.2), (0.045, 0.045), face)
        s.oval((side * 0.225, 0.78), (0.075, 0.08), darker(coat, 0.85))
        s.oval((side * 0.225, 0.78), (0.045, 0.05), face)
    s.oval((0, 0.78), (0.2, 0.2), coat)
    for side in (-1, 1):
        s.oval((side * 0.07, 0.8), (0.09, 0.095), face)
    s.oval((0, 0.7), (0.13, 0.095), face)
    for side in (-1, 1):
        s.eye((side * 0.065, 0.815), 0.02)
        s.oval((side * 0.02, 0.735), (0.009, 0.007), darker(face, 0.45))
    s.line([(-0.06, 0.675), (0.0, 0.655), (0.06, 0.675)], darker(face, 0.5), 0.012)


def rabbit(s: Sprite, ink: Ink | None) -> None:
    coat = ink or (190, 166, 140)
    s.oval((-0.38, 0.2), (0.1, 0.1), (246, 240, 230))
    s.curve([(-0.36, 0.06), (-0.42, 0.3), (-0.24, 0.52), (0.08, 0.5), (0.22, 0.3), (0.18, 0.02),
             (-0.2, 0.0)], coat)  # fmt: skip
    s.oval((-0.18, 0.16), (0.18, 0.16), darker(coat, 0.86))
    for u, shade, turn in ((0.08, 0.85, 8), (0.2, 1.0, -8)):
        s.oval((u, 0.8), (0.055, 0.2), darker(coat, shade), turn)
        s.oval((u, 0.8), (0.025, 0.14), (230, 170, 160), turn)
    s.oval((0.16, 0.5), (0.17, 0.16), coat)
    s.oval((0.27, 0.46), (0.08, 0.07), lighter(coat, 0.4))
    s.oval((0.34, 0.48), (0.02, 0.018), (190, 110, 110))
    s.taper([(0.14, 0.2), (0.16, 0.03)], [0.1, 0.07], lighter(coat, 0.12))
    s.oval((-0.08, 0.02), (0.18, 0.045), lighter(coat, 0.15))
    s.eye((0.22, 0.54), 0.024)


def squirrel(s: Sprite, ink: Ink | None) -> None:
    coat = ink or (176, 98, 54)
    s.taper([(-0.14, 0.1), (-0.46, 0.3), (-0.4, 0.7), (-0.6, 0.94)], [0.14, 0.26, 0.34, 0.16],
            darker(coat, 0.85))  # fmt: skip
    s.curve([(-0.22, 0.02), (-0.24, 0.32), (-0.06, 0.6), (0.14, 0.56), (0.18, 0.2), (0.14, 0.0)],
            coat)  # fmt: skip
    s.curve([(0.0, 0.12), (0.02, 0.46), (0.14, 0.5), (0.16, 0.16)], (240, 226, 206))
    s.oval((0.14, 0.7), (0.17, 0.14), coat)
    s.taper([(0.22, 0.68), (0.34, 0.64)], [0.14, 0.08], coat)
    s.taper([(0.06, 0.8), (0.04, 0.96)], [0.09, 0.03], darker(coat, 0.8))
    s.taper([(0.1, 0.4), (0.24, 0.44), (0.3, 0.5)], [0.07, 0.05, 0.05], darker(coat, 0.8))
    s.oval((0.32, 0.5), (0.05, 0.06), (130, 84, 48))
    s.oval((0.04, 0.02), (0.18, 0.04), darker(coat, 0.8))
    s.eye((0.2, 0.72), 0.026)


def mouse(s: Sprite, ink: Ink | None) -> None:
    coat = ink or (150, 142, 142)
    s.line([(-0.6, 0.2), (-0.9, 0.1), (-1.1, 0.3)], (220, 160, 160), 0.05)
    s.curve([(-0.7, 0.1), (-0.6, 0.6), (-0.1, 0.8), (0.4, 0.62), (0.9, 0.26), (0.5, 0.04),
        (-0.3, 0)],
            coat)  # fmt: skip
    for u, v in ((0.18, 0.86), (0.4, 0.78)):
        s.oval((u, v), (0.18, 0.2), darker(coat, 0.8))
        s.oval((u + 0.02, v), (0.11, 0.13), (226, 166, 160))
    s.oval((0.9, 0.27), (0.06, 0.06), (226, 130, 130))
    s.eye((0.58, 0.5), 0.05)


def _dragon_wing(s: Sprite, root: Point, reach: tuple[float, float], skin: Ink) -> None:
    """A hand of long fingers with skin between them, raised from the shoulder."""
    (u, v), (back, up) = root, reach
    wrist = (u - 0.12 * back, v + 0.34 * up)
    tips = [(u + back * du, v + up * dv) for du, dv in
            ((-0.34, 0.62), (-0.66, 0.42), (-0.84, 0.16), (-0.72, -0.08))]  # fmt: skip
    edge: list[Point] = [wrist, tips[0]]
    for tip, after in pairwise(tips):
        middle = ((tip[0] + after[0]) / 2, (tip[1] + after[1]) / 2)
        edge += [(middle[0] * 0.78 + wrist[0] * 0.22, middle[1] * 0.78 + wrist[1] * 0.22), after]
    s.shape([*edge, (u - 0.3 * back, v - 0.06), root], lighter(darker(skin, 0.8), 0.12))
    for tip in tips:
        s.line([wrist, tip], darker(skin, 0.52), 0.014)
    s.taper([root, (u - 0.02 * back, v + 0.2 * up), wrist], [0.09, 0.06, 0.045], darker(skin, 0.8))


def _dragon_leg(s: Sprite, u: float, skin: Ink) -> None:
    """It stands, or is drawn up in flight."""
    path = [(u, 0.4), (u + 0.05, 0.22), (u - 0.05, 0.14), (u, 0.03)]
    if s.aloft:
        path = [(u, 0.42), (u + 0.02, 0.3), (u - 0.14, 0.27), (u - 0.24, 0.22)]
    s.taper(path, [0.16, 0.13, 0.06, 0.045], skin)
    x, y = path[-1]
    for claw in (-0.03, 0.0, 0.03):
        end = (x - 0.06, y - 0.02 + claw) if s.aloft else (x + 0.03 + claw, y - 0.03)
        s.taper([(x, y), end], [0.03, 0.008], (232, 220, 190))


def dragon(s: Sprite, ink: Ink | None) -> None:
    """Two wings, a long neck, a long tail, and fire."""
    skin = ink or (62, 134, 80)
    _dragon_wing(s, (0.3, 0.55), (0.42, 0.95), darker(skin, 0.62))
    spine: list[Point] = [(-1.1, 0.44), (-0.98, 0.28), (-0.78, 0.24), (-0.56, 0.33), (-0.32, 0.43),
                          (-0.05, 0.47), (0.18, 0.49), (0.36, 0.55), (0.45, 0.68), (0.48, 0.82),
                          (0.58, 0.91)]  # fmt: skip
    widths = [0.02, 0.05, 0.08, 0.12, 0.2, 0.25, 0.26, 0.19, 0.14, 0.12, 0.12]
    for (u, v), (back, up) in pairwise(spine[1:]):
        long = math.hypot(back - u, up - v)
        across, rise = (u - back) / long, (up - v) / long
        half = float(np.interp((u + back) / 2, [-1, -0.3, 0.1, 0.4], [0.03, 0.09, 0.12, 0.07]))
        for share in (0.25, 0.75):
            x, y = u + (back - u) * share, v + (up - v) * share
            tip = (x - rise * (half + 0.055) + across * 0.03, y - across * (half + 0.055))
            root = [(x + across * by, y - rise * by) for by in (0.06, -0.03)]
            s.shape([root[0], tip, root[1]], (206, 112, 58))
    for u, shade in ((0.2, 0.6), (-0.26, 0.6), (0.1, 0.85), (-0.34, 0.85)):
        _dragon_leg(s, u, darker(skin, shade))
    s.shape([(-1.08, 0.4), (-1.2, 0.46), (-1.14, 0.6), (-1.03, 0.47)], (206, 112, 58))
    s.taper(spine, widths, skin)
    belly = [(-0.3, 0.37), (-0.04, 0.375), (0.19, 0.4), (0.4, 0.5), (0.5, 0.66), (0.525, 0.8)]
    s.taper(belly, [0.03, 0.06, 0.08, 0.08, 0.05, 0.03], (222, 204, 140))
    for at in ((0.55, 0.95), (0.61, 0.96)):
        s.taper([at, (at[0] - 0.1, at[1] + 0.06), (at[0] - 0.16, at[1] + 0.14)],
                [0.05, 0.035, 0.01], (232, 220, 190))  # fmt: skip
    fire = [(0.8, 0.8), (0.92, 0.83), (1.04, 0.76), (1.18, 0.74), (1.06, 0.68), (0.94, 0.72)]
    for share, ink_ in ((1.0, (232, 84, 26)), (0.74, (255, 160, 46)), (0.46, (255, 232, 160))):
        tongue = [(0.8 + (u - 0.8) * share, 0.79 + (v - 0.79) * share) for u, v in fire]
        s.curve(tongue, ink_, 6, ink_)
    s.taper([(0.6, 0.86), (0.72, 0.79), (0.81, 0.755)], [0.09, 0.06, 0.03], darker(skin, 0.75))
    s.taper([(0.57, 0.91), (0.7, 0.88), (0.86, 0.84)], [0.16, 0.11, 0.075], skin)
    s.oval((0.85, 0.86), (0.014, 0.01), darker(skin, 0.4))
    _dragon_wing(s, (0.1, 0.55), (1.1, 0.72), skin)
    s.oval((0.64, 0.92), (0.03, 0.022), (250, 220, 90))
    s.eye((0.645, 0.92), 0.012)


def snake(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (96, 140, 70)
    path = [(-0.95 + 0.2 * k, 0.16 + 0.1 * math.sin(k * 1.5)) for k in range(8)]
    path += [(0.62, 0.4), (0.56, 0.66), (0.66, 0.84)]
    s.taper(path, [0.03, 0.08, 0.13, 0.16, 0.18, 0.18, 0.17, 0.16, 0.15, 0.14, 0.13], skin)
    for u, v in path[1:9]:
        s.oval((u, v + 0.02), (0.05, 0.03), darker(skin, 0.6))
    s.taper([(0.64, 0.86), (0.8, 0.84), (0.9, 0.8)], [0.18, 0.17, 0.09], skin)
    s.line([(0.92, 0.8), (1.06, 0.78)], (210, 50, 60), 0.025)
    s.eye((0.78, 0.89), 0.03)


def frog(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (96, 160, 70)
    for side in (-1, 1):
        s.curve([(side * 0.3, 0.1), (side * 0.78, 0.5), (side * 0.9, 0.2), (side * 0.6, 0.0)],
                darker(skin, 0.82))  # fmt: skip
        s.oval((side * 0.72, 0.04), (0.26, 0.06), darker(skin, 0.7))
    s.curve([(-0.5, 0.1), (-0.5, 0.5), (-0.3, 0.76), (0.3, 0.76), (0.5, 0.5), (0.5, 0.1)], skin)
    s.oval((0, 0.24), (0.34, 0.22), lighter(skin, 0.5))
    s.line([(-0.36, 0.56), (0, 0.5), (0.36, 0.56)], darker(skin, 0.5), 0.03)
    for side in (-1, 1):
        s.oval((side * 0.28, 0.84), (0.16, 0.16), skin)
        s.oval((side * 0.28, 0.86), (0.1, 0.1), (250, 240, 190))
        s.eye((side * 0.28, 0.86), 0.055)
        s.taper([(side * 0.3, 0.34), (side * 0.32, 0.04)], [0.14, 0.1], darker(skin, 0.9))


def snail(s: Sprite, ink: Ink | None) -> None:
    shell = ink or (190, 130, 84)
    s.taper([(-0.9, 0.06), (-0.2, 0.1), (0.5, 0.14), (0.76, 0.44)], [0.06, 0.22, 0.24, 0.2],
            (206, 186, 150))  # fmt: skip
    for u in (0.74, 0.88):
        s.line([(u - 0.04, 0.5), (u + 0.06, 0.76)], (206, 186, 150), 0.05)
        s.eye((u + 0.06, 0.78), 0.04)
    for radius, share in ((0.46, 1.0), (0.34, 0.78), (0.22, 1.05), (0.1, 0.7)):
        s.oval((-0.1 + (0.46 - radius) * 0.2, 0.52), (radius, radius), darker(shell, share))


def crocodile(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (92, 118, 66)
    for u in (-0.5, 0.3):
        s.taper([(u, 0.4), (u + 0.08, 0.04)], [0.24, 0.16], darker(skin, 0.7))
    s.taper([(-1.7, 0.2), (-1.1, 0.4), (-0.5, 0.54), (0.2, 0.56), (0.7, 0.5)],
            [0.06, 0.3, 0.56, 0.56, 0.4], skin)  # fmt: skip
    s.taper([(0.6, 0.56), (1.0, 0.5), (1.5, 0.44)], [0.36, 0.26, 0.18], skin)
    for u in np.linspace(0.9, 1.5, 7):
        s.shape([(u - 0.03, 0.38), (u + 0.03, 0.38), (u, 0.28)], (246, 244, 230))
    for u in np.linspace(-1.4, 0.5, 13):
        v = 0.84 - 0.3 * max(0.0, -0.4 - u)
        s.shape([(u - 0.07, v - 0.06), (u, v + 0.1), (u + 0.07, v - 0.06)], darker(skin, 0.7))
    s.oval((0.74, 0.78), (0.12, 0.12), skin)
    s.eye((0.76, 0.8), 0.06)


def butterfly(s: Sprite, ink: Ink | None) -> None:
    wing = ink or s.chosen((240, 140, 40), (90, 140, 230), (250, 210, 80), (220, 90, 150))
    for side in (-1, 1):
        s.curve(
            [(side * 0.03, 0.5), (side * 0.5, 1.0), (side * 0.72, 0.86), (side * 0.5, 0.5)], wing
        )
        s.curve([(side * 0.03, 0.48), (side * 0.5, 0.44), (side * 0.5, 0.1), (side * 0.2, 0.08)],
                darker(wing, 0.86))  # fmt: skip
        s.line([(side * 0.06, 0.52), (side * 0.5, 0.98), (side * 0.71, 0.85), (side * 0.5, 0.5)],
               (40, 32, 36), 0.03)  # fmt: skip
        for u, v in ((0.5, 0.82), (0.4, 0.66), (0.4, 0.26)):
            s.oval((side * u, v), (0.05, 0.05), lighter(wing, 0.6))
        s.line([(0, 0.72), (side * 0.12, 0.95)], (40, 32, 36), 0.015)
    s.taper([(0, 0.2), (0, 0.5), (0, 0.74)], [0.04, 0.08, 0.07], (50, 40, 44))


def bee(s: Sprite, ink: Ink | None) -> None:
    stripe = ink or (246, 196, 50)
    for turn in (-30, 25):
        s.oval((-0.06 + turn * 0.004, 0.86), (0.14, 0.3), (226, 236, 244), turn)
    s.oval((0, 0.4), (0.56, 0.34), stripe)
    for u in (-0.28, 0.0, 0.26):
        s.taper([(u, 0.7 - abs(u) * 0.3), (u + 0.03, 0.4), (u, 0.1 + abs(u) * 0.3)],
                [0.1, 0.13, 0.1], (40, 34, 34))  # fmt: skip
    s.oval((0.56, 0.44), (0.2, 0.2), (50, 42, 42))
    s.eye((0.62, 0.5), 0.06, (250, 250, 250))
