"""Towers, castles, bridges and what else is seen from afar."""

from __future__ import annotations

import math

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite, rounded
from lib.scene.things.houses import roof_of


def tower(s: Sprite, ink: Ink | None) -> None:
    wall = ink or (188, 172, 150)
    s.shape([(-0.15, 0), (0.15, 0), (0.12, 0.78), (-0.12, 0.78)], wall)
    s.shape([(0.04, 0), (0.15, 0), (0.12, 0.78), (0.03, 0.78)], darker(wall, 0.76))
    for _ in range(14):
        u, v = s.rng.uniform(-0.11, 0.09), s.rng.uniform(0.03, 0.72)
        s.box((u, v), (u + 0.04, v + 0.02), s.varied(darker(wall, 0.9)))
    s.box((-0.16, 0.76), (0.16, 0.84), darker(wall, 0.9))
    for nth in range(5):
        s.box((-0.16 + nth * 0.07, 0.84), (-0.125 + nth * 0.07, 0.88), darker(wall, 0.9))
    s.shape([(-0.12, 0.85), (0.12, 0.85), (0, 1)], roof_of(s, (120, 60, 52)))
    for v in (0.25, 0.5, 0.66):
        s.window((-0.03, v), (0.05, 0.09))


def eiffel(s: Sprite, ink: Ink | None) -> None:
    iron = ink or (116, 96, 84)

    def half(v: float) -> float:
        return 0.03 + 0.36 * float((1 - v) ** 2.6)

    for side in (-1, 1):
        leg = [(side * half(v), v) for v in np.linspace(0, 0.96, 14)]
        inner = [(side * half(v) * (0.55 if v < 0.3 else 0.3), v) for v in np.linspace(0, 0.96, 14)]
        s.shape([*leg, *inner[::-1]], iron)
    for v in np.linspace(0.36, 0.92, 15):
        s.line([(-half(v), v), (half(v + 0.03), v + 0.03)], iron, 0.008)
        s.line([(half(v), v), (-half(v + 0.03), v + 0.03)], iron, 0.008)
    for v, high in ((0.28, 0.035), (0.52, 0.025), (0.93, 0.02)):
        s.box((-half(v) - 0.02, v), (half(v) + 0.02, v + high), darker(iron, 0.8))
    arch = [(0.25 * math.cos(a), 0.02 + 0.24 * math.sin(a)) for a in np.linspace(0, math.pi, 12)]
    s.line(arch, darker(iron, 0.85), 0.02)
    s.line([(0, 0.94), (0, 1.03)], iron, 0.012)
    if s.windows:
        for v in (0.3, 0.54, 0.95):
            s.oval((0, v), (0.02, 0.012), (255, 220, 150), 0, (255, 200, 120))


def lighthouse(s: Sprite, ink: Ink | None) -> None:
    stripe, white, iron = ink or (204, 52, 44), (240, 236, 226), (60, 60, 66)

    def half(v: float) -> float:
        return 0.125 - 0.05 * v / 0.76

    for nth in range(5):
        low, high = 0.76 * nth / 5, 0.76 * (nth + 1) / 5
        band = stripe if nth % 2 == 0 else white
        s.shape([(-half(low), low), (half(low), low), (half(high), high), (-half(high), high)],
                band)  # fmt: skip
        side = [(half(low) * 0.3, low), (half(low), low), (half(high), high)]
        s.shape([*side, (half(high) * 0.3, high)], darker(band, 0.75))
    s.box((-0.11, 0.76), (0.11, 0.785), iron)
    shine = (255, 230, 150) if s.windows else (90, 80, 50)
    s.box((-0.055, 0.785), (0.055, 0.88), (255, 240, 180), shine)
    for u in (-0.055, 0, 0.055):
        s.line([(u, 0.785), (u, 0.88)], iron, 0.008)
    s.shape([(-0.08, 0.88), (0.08, 0.88), (0, 0.98)], darker(stripe, 0.8))
    s.line([(0, 0.97), (0, 1.02)], iron, 0.01)
    s.box((0.12, -0.02), (0.42, 0.14), white)
    s.shape([(0.1, 0.14), (0.44, 0.14), (0.4, 0.22), (0.14, 0.22)], darker(stripe, 0.8))
    s.window((0.27, 0.03), (0.05, 0.07))
    for v in (0.2, 0.45):
        s.window((-0.02, v), (0.03, 0.06))


def castle(s: Sprite, ink: Ink | None) -> None:
    wall, roof = ink or (176, 162, 148), roof_of(s, (70, 80, 120), (120, 60, 58))

    def turret(u: float, w: float, high: float, pointed: bool = True) -> None:
        s.box((u - w, 0), (u + w, high), wall)
        s.box((u + w * 0.3, 0), (u + w, high), darker(wall, 0.76))
        s.box((u - w * 1.2, high - 0.04), (u + w * 1.2, high), darker(wall, 0.9))
        if pointed:
            tip = (u, high + w * 3)
            s.shape([(u - w * 1.3, high), (u + w * 1.3, high), tip], roof)
            s.shape([(u + w * 0.3, high), (u + w * 1.3, high), tip], darker(roof, 0.7))
        s.window((u - w * 0.2, high * 0.62), (w * 0.35, 0.06))

    turret(0.1, 0.09, 0.72)
    turret(-0.16, 0.07, 0.6)
    front = darker(wall, 0.95)
    s.box((-0.46, 0), (0.46, 0.36), front)
    for nth in range(12):
        s.box((-0.46 + nth * 0.08, 0.36), (-0.42 + nth * 0.08, 0.4), front)
    for _ in range(26):
        u, v = s.rng.uniform(-0.44, 0.4), s.rng.uniform(0.02, 0.32)
        s.box((u, v), (u + 0.045, v + 0.018), s.varied(darker(wall, 0.86)))
    turret(-0.46, 0.08, 0.46)
    turret(0.46, 0.08, 0.5)
    turret(-0.02, 0.07, 0.44, False)
    s.oval((0, 0.1), (0.07, 0.12), (70, 48, 38))
    s.box((-0.07, 0), (0.07, 0.1), (70, 48, 38))
    for u in (-0.28, 0.24):
        s.window((u, 0.18), (0.04, 0.07))


def bridge(s: Sprite, ink: Ink | None) -> None:
    stone = ink or (168, 150, 132)
    s.shape([(-1.4, 0.1), (-1.4, 0.5), (0, 0.8), (1.4, 0.5), (1.4, 0.1)], stone)
    for _ in range(60):
        u = s.rng.uniform(-1.35, 1.3)
        v = s.rng.uniform(0.12, 0.72 - 0.2 * abs(u))
        s.box((u, v), (u + 0.09, v + 0.04), s.varied(darker(stone, 0.9)))
    for u in (-0.8, 0, 0.8):
        w, high = 0.3, 0.55 if u == 0 else 0.42
        edge = [(u - w - 0.04, -0.08), (u - w * 0.8 - 0.04, high * 0.75), (u, high + 0.06)]
        s.curve([*edge, (u + w * 0.8 + 0.04, high * 0.75), (u + w + 0.04, -0.08)],
                darker(stone, 0.6))  # fmt: skip
        arch = [(u - w, -0.12), (u - w * 0.8, high * 0.75), (u, high), (u + w * 0.8, high * 0.75)]
        s.hole(rounded([*arch, (u + w, -0.12)]))
    s.line([(-1.4, 0.5), (0, 0.8), (1.4, 0.5)], lighter(stone, 0.3), 0.07)
    s.line([(-1.4, 0.58), (0, 0.88), (1.4, 0.58)], darker(stone, 0.6), 0.02)


def windmill(s: Sprite, ink: Ink | None) -> None:
    wall = ink or (236, 226, 208)
    s.shape([(-0.17, 0), (0.17, 0), (0.1, 0.6), (-0.1, 0.6)], wall)
    s.shape([(0.05, 0), (0.17, 0), (0.1, 0.6), (0.03, 0.6)], darker(wall, 0.78))
    cap = [(-0.12, 0.59), (0.12, 0.59), (0.07, 0.7), (0, 0.74), (-0.07, 0.7)]
    s.curve(cap, roof_of(s, (130, 70, 56)))
    s.box((-0.05, 0), (0.05, 0.14), (100, 64, 46))
    s.window((0, 0.3), (0.06, 0.08))
    start = s.rng.uniform(0.2, 1.3)
    for nth in range(4):
        x, y = math.cos(start + nth * math.pi / 2), math.sin(start + nth * math.pi / 2)
        s.line([(0, 0.64), (x * 0.42, 0.64 + y * 0.42)], (90, 64, 48), 0.018)
        sail = [(x * 0.1, 0.64 + y * 0.1), (x * 0.42, 0.64 + y * 0.42)]
        sail += [(x * 0.42 - y * 0.1, 0.64 + y * 0.42 + x * 0.1)]
        sail += [(x * 0.1 - y * 0.1, 0.64 + y * 0.1 + x * 0.1)]
        s.shape(sail, (246, 238, 220))
        for share in (0.2, 0.3):
            s.line([(x * share, 0.64 + y * share),
                    (x * share - y * 0.1, 0.64 + y * share + x * 0.1)],
                   (150, 120, 96), 0.008)  # fmt: skip


def windturbine(s: Sprite, ink: Ink | None) -> None:
    white = ink or (240, 242, 244)
    s.shape([(-0.022, 0), (0.022, 0), (0.012, 0.68), (-0.012, 0.68)], white)
    start = s.rng.uniform(0, 2)
    for nth in range(3):
        angle = start + nth * 2 * math.pi / 3
        tip = (0.34 * math.sin(angle), 0.68 + 0.34 * math.cos(angle))
        s.taper([(0, 0.68), (tip[0] * 0.4, 0.68 + (tip[1] - 0.68) * 0.4), tip],
                [0.02, 0.035, 0.006], white)  # fmt: skip
    s.oval((0, 0.68), (0.022, 0.022), darker(white, 0.85))


def greektemple(s: Sprite, ink: Ink | None) -> None:
    stone = ink or (234, 224, 204)
    s.box((-0.85, 0), (0.85, 0.08), darker(stone, 0.85))
    s.box((-0.78, 0.08), (0.78, 0.14), stone)
    s.box((-0.7, 0.14), (0.7, 0.66), darker(stone, 0.45))
    for u in np.linspace(-0.66, 0.66, 6):
        s.shape([(u - 0.06, 0.14), (u + 0.06, 0.14), (u + 0.045, 0.66), (u - 0.045, 0.66)], stone)
        s.box((u + 0.015, 0.14), (u + 0.05, 0.66), darker(stone, 0.8))
    s.box((-0.78, 0.64), (0.78, 0.74), stone)
    s.shape([(-0.84, 0.74), (0.84, 0.74), (0, 1)], lighter(stone, 0.2))
    s.shape([(-0.6, 0.77), (0.6, 0.77), (0, 0.95)], darker(stone, 0.85))


def pyramid(s: Sprite, ink: Ink | None) -> None:
    sand = ink or (222, 186, 122)
    s.shape([(-0.95, 0), (0.95, 0), (0, 1)], sand)
    s.shape([(0.3, 0), (0.95, 0), (0, 1)], darker(sand, 0.66))
    for v in np.linspace(0.05, 0.9, 16):
        s.line([(-0.95 * (1 - v), v), (0.95 * (1 - v), v)], darker(sand, 0.86), 0.006)


def statue(s: Sprite, ink: Ink | None) -> None:
    stone = ink or (190, 186, 176)
    s.box((-0.26, 0), (0.26, 0.07), darker(stone, 0.75))
    s.box((-0.2, 0.07), (0.2, 0.36), darker(stone, 0.88))
    s.box((-0.24, 0.34), (0.24, 0.39), stone)
    s.curve([(-0.12, 0.39), (-0.13, 0.6), (-0.11, 0.8), (0.11, 0.8), (0.13, 0.6), (0.12, 0.39)],
            stone)  # fmt: skip
    s.taper([(0.09, 0.78), (0.2, 0.84), (0.22, 1.0)], [0.06, 0.05, 0.04], stone)
    s.taper([(-0.1, 0.78), (-0.17, 0.66), (-0.12, 0.56)], [0.06, 0.05, 0.04], stone)
    s.oval((0, 0.88), (0.055, 0.068), lighter(stone, 0.15))


def fountain(s: Sprite, ink: Ink | None) -> None:
    stone, water = ink or (196, 188, 176), (214, 236, 246)
    s.oval((0, 0.14), (0.6, 0.13), stone)
    s.oval((0, 0.18), (0.54, 0.09), (110, 160, 186))
    s.shape([(-0.06, 0.16), (0.06, 0.16), (0.04, 0.56), (-0.04, 0.56)], darker(stone, 0.85))
    s.curve([(-0.3, 0.58), (-0.2, 0.48), (0.2, 0.48), (0.3, 0.58)], stone)
    s.oval((0, 0.58), (0.29, 0.035), (130, 176, 200))
    for reach, high in ((0.5, 0.84), (0.34, 0.94), (0.16, 1.0)):
        for side in (-1, 1):
            jet = [(side * reach * t, 0.58 + (high - 0.58) * 4 * t * (1 - t) - 0.4 * reach * t * t)
                   for t in np.linspace(0, 1, 9)]  # fmt: skip
            s.line(jet, water, 0.014)


def gate(s: Sprite, ink: Ink | None) -> None:
    """A gate in the Japanese manner."""
    red = ink or (200, 60, 44)
    for side in (-1, 1):
        s.shape([(side * 0.46 - 0.06, 0), (side * 0.46 + 0.06, 0), (side * 0.4 + 0.05, 0.86),
                 (side * 0.4 - 0.05, 0.86)], red)  # fmt: skip
        s.box((side * 0.46 - 0.08, 0), (side * 0.46 + 0.08, 0.07), (60, 54, 58))
    s.box((-0.56, 0.64), (0.56, 0.71), darker(red, 0.85))
    s.curve([(-0.74, 0.98), (-0.4, 0.88), (0, 0.86), (0.4, 0.88), (0.74, 0.98), (0.66, 1.02),
             (0, 0.95), (-0.66, 1.02)], darker(red, 0.9))  # fmt: skip
    s.line([(-0.74, 1.0), (-0.4, 0.94), (0, 0.92), (0.4, 0.94), (0.74, 1.0)], (60, 54, 58), 0.05)


def well(s: Sprite, ink: Ink | None) -> None:
    stone, wood = ink or (156, 148, 142), (120, 84, 58)
    for side in (-1, 1):
        s.line([(side * 0.36, 0.3), (side * 0.36, 0.74)], wood, 0.06)
    s.line([(-0.36, 0.62), (0.36, 0.62)], wood, 0.04)
    s.line([(0, 0.62), (0, 0.4)], (200, 180, 150), 0.02)
    s.box((-0.44, 0), (0.44, 0.34), stone)
    for row in range(3):
        for u in np.linspace(-0.38, 0.38, 5):
            u += 0.08 * (row % 2)
            s.box((u - 0.07, row * 0.11 + 0.01), (min(0.44, u + 0.07), row * 0.11 + 0.09),
                  s.varied(darker(stone, 0.88)))  # fmt: skip
    s.oval((0, 0.34), (0.46, 0.06), lighter(stone, 0.2))
    s.shape([(-0.56, 0.72), (0.56, 0.72), (0, 1)], roof_of(s, (150, 66, 48)))
