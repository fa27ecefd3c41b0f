"""What lives in the water."""

from __future__ import annotations

import math

import numpy as np

from lib.scene.ink import Ink, darker, lighter, ramp
from lib.scene.sprite import Sprite
from lib.scene.things.people import pointed

_BRIGHT: tuple[Ink, ...] = (
    (250, 140, 50),
    (70, 140, 220),
    (250, 210, 70),
    (230, 80, 110),
    (120, 210, 190),
)
_CORALS: tuple[Ink, ...] = (
    (236, 90, 100),
    (250, 150, 70),
    (190, 90, 190),
    (250, 200, 110),
    (90, 190, 170),
)


def fish(s: Sprite, ink: Ink | None) -> None:
    skin = ink or s.chosen(*_BRIGHT)
    s.curve([(-0.5, 0.5), (-0.95, 0.88), (-0.84, 0.5), (-0.95, 0.12)], darker(skin, 0.85))
    s.curve([(0.1, 0.84), (-0.1, 1.06), (-0.4, 0.94), (-0.3, 0.76)], darker(skin, 0.8))
    s.curve(
        [(-0.6, 0.5), (-0.1, 0.88), (0.5, 0.75), (0.82, 0.5), (0.5, 0.22), (-0.1, 0.1)], skin, 8
    )
    for u in (-0.15, 0.25):
        s.curve([(u - 0.06, 0.84), (u + 0.07, 0.82), (u + 0.09, 0.5), (u + 0.05, 0.18),
                 (u - 0.07, 0.16), (u - 0.02, 0.5)], lighter(skin, 0.75))  # fmt: skip
    s.curve([(0.15, 0.45), (-0.12, 0.3), (-0.05, 0.55)], darker(skin, 0.8))
    s.oval((0.55, 0.6), (0.07, 0.08), (250, 250, 250))
    s.eye((0.57, 0.6), 0.04)
    s.line([(0.72, 0.42), (0.8, 0.46)], darker(skin, 0.6), 0.02)


def shark(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (110, 130, 146)
    s.curve([(-0.82, 0.5), (-1.08, 1.0), (-0.94, 0.56), (-1.06, 0.2)], darker(skin, 0.85))
    s.curve([(0.1, 0.7), (-0.04, 1.06), (-0.2, 0.98), (-0.2, 0.66)], darker(skin, 0.9))
    s.curve([(-0.92, 0.52), (-0.4, 0.68), (0.3, 0.78), (0.8, 0.64), (1.06, 0.5), (0.84, 0.36),
             (0.3, 0.24), (-0.4, 0.38)], skin, 8)  # fmt: skip
    s.curve([(0.96, 0.44), (0.8, 0.34), (0.3, 0.24), (-0.4, 0.39), (0.3, 0.4)], (226, 230, 230))
    s.curve([(0.28, 0.34), (0.0, 0.02), (0.06, 0.34)], darker(skin, 0.75))
    for u in (0.42, 0.48, 0.54):
        s.line([(u, 0.56), (u - 0.03, 0.42)], darker(skin, 0.6), 0.02)
    s.eye((0.78, 0.56), 0.03)


def dolphin(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (96, 126, 156)
    s.taper([(-0.8, 0.12), (-0.4, 0.46), (0.05, 0.68), (0.45, 0.62), (0.72, 0.42), (0.92, 0.3)],
            [0.08, 0.24, 0.38, 0.32, 0.2, 0.07], skin)  # fmt: skip
    s.taper([(-0.2, 0.42), (0.1, 0.56), (0.5, 0.46), (0.84, 0.3)], [0.06, 0.16, 0.16, 0.06],
            (222, 228, 232))  # fmt: skip
    s.curve([(-0.06, 0.84), (-0.2, 1.04), (-0.3, 0.72)], darker(skin, 0.85))
    s.curve([(-0.78, 0.14), (-1.0, 0.3), (-0.9, 0.08), (-1.02, -0.12)], darker(skin, 0.85))
    s.curve([(0.24, 0.46), (0.06, 0.2), (0.34, 0.36)], darker(skin, 0.75))
    s.eye((0.64, 0.5), 0.024)


def whale(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (70, 100, 136)
    s.curve([(-1.0, 0.3), (-0.5, 0.34), (0, 0.74), (0.6, 0.72), (0.95, 0.4), (0.85, 0.08),
             (0.3, -0.05), (-0.3, 0.05)], skin, 8)  # fmt: skip
    s.curve([(0.95, 0.35), (0.85, 0.08), (0.3, -0.05), (-0.2, 0.06), (0.3, 0.2), (0.7, 0.22)],
            (220, 226, 226), 8)  # fmt: skip
    for v in (0.02, 0.09, 0.16):
        s.line([(0.2, v), (0.8, v + 0.04)], (180, 190, 196), 0.012)
    s.curve([(-0.8, 0.3), (-1.15, 0.4), (-1.3, 0.85), (-1.05, 0.62), (-0.85, 0.85), (-0.86, 0.5)],
            skin)  # fmt: skip
    s.curve([(0.2, 0.15), (0.0, -0.15), (0.35, 0.08)], darker(skin, 0.75))
    s.eye((0.7, 0.36), 0.026)
    for side in (-1, 1):
        s.line([(0.4, 0.78), (0.4 + side * 0.06, 0.98), (0.4 + side * 0.16, 1.02)], (226, 240, 246),
               0.035)  # fmt: skip


def seal(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (110, 104, 108)
    s.taper([(-1.0, 0.12), (-0.5, 0.22), (0.1, 0.34), (0.44, 0.62), (0.54, 0.84)],
            [0.12, 0.34, 0.5, 0.36, 0.3], skin)  # fmt: skip
    s.curve([(-0.95, 0.14), (-1.2, 0.3), (-1.1, 0.1), (-1.2, -0.02)], darker(skin, 0.8))
    s.curve([(0.3, 0.26), (0.44, -0.02), (0.62, 0.0), (0.5, 0.3)], darker(skin, 0.75))
    s.oval((0.72, 0.82), (0.12, 0.1), lighter(skin, 0.25))
    s.oval((0.82, 0.86), (0.03, 0.03), (30, 28, 32))
    s.eye((0.62, 0.92), 0.03)


def octopus(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (204, 90, 110)
    for nth, u in enumerate(np.linspace(-0.8, 0.8, 8)):
        curl = 0.14 * (1 if nth % 2 else -1)
        s.taper([(u * 0.3, 0.5), (u * 0.7, 0.3), (u * 1.0 + curl * 0.4, 0.08), (u + curl, 0.14)],
                [0.16, 0.12, 0.07, 0.03], darker(skin, 0.78 + 0.03 * nth))  # fmt: skip
    s.curve([(-0.36, 0.46), (-0.42, 0.8), (-0.2, 1.0), (0.2, 1.0), (0.42, 0.8), (0.36, 0.46)], skin)
    for u in (-0.14, 0.16):
        s.oval((u, 0.62), (0.075, 0.085), (248, 244, 230))
        s.eye((u + 0.02, 0.62), 0.04)
    for _ in range(10):
        s.oval((s.rng.uniform(-0.3, 0.3), s.rng.uniform(0.74, 0.94)), (0.03, 0.025),
               lighter(skin, 0.25))  # fmt: skip


def jelly(s: Sprite, ink: Ink | None) -> None:
    skin = ink or s.chosen((230, 150, 200), (150, 180, 240), (240, 180, 120))
    for u in np.linspace(-0.22, 0.22, 7):
        path = [(u + 0.05 * math.sin(k * 1.7 + u * 9), 0.62 - 0.11 * k) for k in range(6)]
        s.line(path, lighter(skin, 0.3), 0.022)
    s.curve([(-0.34, 0.6), (-0.28, 0.88), (0, 1), (0.28, 0.88), (0.34, 0.6), (0.15, 0.65), (0, 0.6),
             (-0.15, 0.65)], skin, 8, darker(skin, 0.35))  # fmt: skip
    s.curve([(-0.2, 0.74), (-0.1, 0.9), (0.08, 0.92), (0.0, 0.8)], lighter(skin, 0.5), 6,
            darker(skin, 0.45))  # fmt: skip


def seahorse(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (236, 176, 70)
    s.taper([(0.0, 0.06), (0.14, 0.02), (0.2, 0.14), (0.08, 0.24), (-0.04, 0.42), (0.08, 0.64),
             (0.02, 0.82)], [0.03, 0.04, 0.06, 0.1, 0.2, 0.22, 0.16], skin)  # fmt: skip
    s.curve([(-0.1, 0.62), (-0.26, 0.56), (-0.24, 0.42), (-0.1, 0.4)], lighter(skin, 0.4))
    s.oval((0.04, 0.88), (0.1, 0.09), skin)
    s.taper([(0.1, 0.87), (0.28, 0.8)], [0.08, 0.05], skin)
    for v in (0.36, 0.44, 0.52, 0.6):
        s.line([(-0.08, v), (0.14, v + 0.02)], darker(skin, 0.78), 0.014)
    s.shape([(0.0, 0.95), (0.03, 1.04), (0.08, 0.95)], darker(skin, 0.8))
    s.eye((0.07, 0.9), 0.02)


def turtle(s: Sprite, ink: Ink | None) -> None:
    """It swims, its long flippers raised and lowered."""
    skin = ink or (112, 152, 96)
    shell = darker(skin, 0.72) if ink else (104, 96, 58)
    s.taper([(0.3, 0.4), (0.22, 0.04), (-0.06, -0.34), (-0.22, -0.42)], [0.3, 0.3, 0.2, 0.05],
            darker(skin, 0.7))  # fmt: skip
    s.taper([(-0.62, 0.36), (-0.86, 0.16), (-1.0, 0.08)], [0.2, 0.16, 0.06], darker(skin, 0.72))
    s.taper([(0.5, 0.48), (0.76, 0.6), (0.94, 0.62)], [0.24, 0.25, 0.22], skin)
    s.taper([(0.86, 0.6), (1.0, 0.56)], [0.17, 0.09], skin)
    s.curve([(-0.78, 0.36), (-0.6, 0.5), (0.0, 0.5), (0.66, 0.44), (0.4, 0.26), (-0.3, 0.22)],
            (214, 204, 150))  # fmt: skip
    s.curve([(-0.82, 0.36), (-0.62, 0.7), (-0.14, 0.94), (0.36, 0.84), (0.7, 0.46), (0.0, 0.36)],
            shell, 8)  # fmt: skip
    for u, v, size in ((-0.46, 0.58, 0.12), (-0.12, 0.7, 0.15), (0.24, 0.66, 0.13),
                       (-0.26, 0.46, 0.1), (0.08, 0.47, 0.11), (0.44, 0.52, 0.09)):  # fmt: skip
        corners = [(u + size * 1.15 * math.cos(a), v + size * 0.8 * math.sin(a))
                   for a in np.arange(6) * 1.047]  # fmt: skip
        s.shape(corners, s.varied(lighter(shell, 0.22), 0.06))
        s.line([*corners, corners[0]], darker(shell, 0.66), 0.022)
    s.taper([(0.34, 0.46), (0.5, 0.86), (0.36, 1.08), (0.16, 1.2)], [0.26, 0.26, 0.17, 0.04], skin)
    for share in (0.3, 0.5, 0.7):
        s.oval((0.36 + 0.1 * share, 0.5 + 0.5 * share), (0.045, 0.03), darker(skin, 0.74), 60)
    for u, v in ((0.66, 0.6), (0.76, 0.56), (0.82, 0.66)):
        s.oval((u, v), (0.032, 0.022), darker(skin, 0.74))
    s.line([(0.92, 0.55), (1.02, 0.55)], darker(skin, 0.5), 0.016)
    s.eye((0.92, 0.65), 0.03)


def crab(s: Sprite, ink: Ink | None) -> None:
    shell = ink or (214, 80, 52)
    for side in (-1, 1):
        for nth in range(3):
            s.line([(side * 0.4, 0.36), (side * (0.7 + 0.1 * nth), 0.44 - 0.1 * nth),
                    (side * (0.8 + 0.1 * nth), 0.06)], darker(shell, 0.75), 0.06)  # fmt: skip
        s.taper([(side * 0.42, 0.5), (side * 0.74, 0.66), (side * 0.66, 0.84)], [0.12, 0.11, 0.12],
                shell)  # fmt: skip
        s.curve([(side * 0.56, 0.8), (side * 0.5, 1.0), (side * 0.68, 0.92), (side * 0.84, 1.02),
                 (side * 0.8, 0.8)], shell)  # fmt: skip
        s.line([(side * 0.14, 0.6), (side * 0.16, 0.76)], shell, 0.05)
        s.oval((side * 0.16, 0.8), (0.06, 0.06), (250, 250, 250))
        s.eye((side * 0.17, 0.8), 0.03)
    s.oval((0, 0.4), (0.54, 0.28), shell)
    s.oval((0, 0.46), (0.4, 0.17), lighter(shell, 0.2))


def starfish(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (240, 140, 70)
    s.curve([(u, 0.5 + v) for u, v in pointed(0.52)], skin, 4)
    for k in range(5):
        for far in (0.1, 0.2, 0.3):
            angle = 2 * math.pi * k / 5
            s.oval((far * math.sin(angle), 0.5 + far * math.cos(angle)), (0.03, 0.03),
                   lighter(skin, 0.5))  # fmt: skip


def shell(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (242, 206, 184)
    rim = [(math.sin(a) * 0.6, 0.2 + math.cos(a) * 0.78) for a in np.linspace(-1.5, 1.5, 11)]
    s.curve([(-0.1, 0.0), *rim, (0.1, 0.0)], skin, 4)
    for u, v in rim[1:-1]:
        s.line([(0, 0.04), (u * 0.96, v - 0.02)], darker(skin, 0.78), 0.03)


def coral(s: Sprite, ink: Ink | None) -> None:
    skin = ink or s.chosen(*_CORALS)
    kind = int(s.rng.integers(3))

    def branch(foot: tuple[float, float], angle: float, length: float, width: float) -> None:
        tip = (foot[0] + math.sin(angle) * length, foot[1] + math.cos(angle) * length)
        s.line([foot, tip], s.varied(skin), width)
        s.oval(tip, (width * 0.55, width * 0.55), lighter(skin, 0.3))
        if length > 0.14:
            for turn in (-0.5, 0.1, 0.6):
                branch(tip, angle + turn + s.rng.uniform(-0.2, 0.2), length * 0.74, width * 0.72)

    if kind == 0:
        branch((0, -0.05), 0, 0.32, 0.12)
    elif kind == 1:
        for u in np.linspace(-0.5, 0.5, 6):
            top = (u + s.rng.uniform(-0.05, 0.05), s.rng.uniform(0.6, 1))
            s.taper([(u * 0.4, 0), (u * 0.8, 0.4), top], [0.1, 0.1, 0.12], s.varied(skin))
            s.oval(top, (0.05, 0.03), darker(skin, 0.6))
    else:
        s.oval((0, 0.3), (0.6, 0.42), darker(skin, 0.8))
        s.dabs([(0, 0.32, 0.52, 0.36)], 70, 0.07, ramp(skin)[1:], 1)


def weed(s: Sprite, ink: Ink | None) -> None:
    green = ink or (60, 130, 90)
    for u in np.linspace(-0.25, 0.25, 5):
        tall = s.rng.uniform(0.8, 1.0)
        path = [(u + 0.07 * math.sin(k * 1.3 + u * 11), k * 0.12 * tall) for k in range(9)]
        s.taper(
            path, [0.03, 0.05, 0.06, 0.06, 0.06, 0.055, 0.05, 0.04, 0.01], s.varied(green, 0.15)
        )
