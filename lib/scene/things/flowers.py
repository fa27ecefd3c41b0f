"""Flowers, and what else grows low."""

from __future__ import annotations

import math

import numpy as np

from lib.scene.ink import Ink, darker, lighter, ramp
from lib.scene.sprite import Sprite

PETALS: tuple[Ink, ...] = (
    (220, 70, 90),
    (240, 170, 60),
    (150, 90, 190),
    (240, 236, 230),
    (236, 120, 160),
)
_STEM: Ink = (60, 110, 60)


def flower(s: Sprite, ink: Ink | None) -> None:
    petal, lean = ink or s.chosen(*PETALS), s.rng.uniform(-0.12, 0.12)
    s.line([(0, -0.02), (lean * 0.4, 0.4), (lean, 0.8)], _STEM, 0.035)
    s.curve([(0, 0.2), (0.16, 0.38), (0.24, 0.4), (0.12, 0.24)], (76, 130, 66))
    s.curve([(0, 0.12), (-0.16, 0.3), (-0.24, 0.3), (-0.11, 0.16)], (64, 116, 60))
    for ring, count in ((1.0, 8), (0.62, 6)):
        for nth in range(count):
            angle = 2 * math.pi * (nth + 0.4 * (ring < 1)) / count
            at = (lean + 0.13 * ring * math.cos(angle), 0.82 + 0.12 * ring * math.sin(angle))
            shade = petal if ring == 1 else lighter(petal, 0.2)
            s.oval(at, (0.09 * ring, 0.05), s.varied(shade, 0.1), math.degrees(angle))
    yellow = (250, 200, 70) if petal[2] < 180 or petal[0] > 200 else (250, 220, 90)
    s.oval((lean, 0.82), (0.055, 0.05), yellow)


def lavender(s: Sprite, ink: Ink | None) -> None:
    petal = ink or (130, 96, 190)
    for u in np.linspace(-0.3, 0.3, 6):
        tip = (u * 1.5 + s.rng.uniform(-0.04, 0.04), s.rng.uniform(0.82, 1.0))
        s.line([(u * 0.5, -0.02), tip], (96, 126, 92), 0.02)
        for t in np.linspace(0.45, 1.0, 8):
            at = (u * 0.5 + (tip[0] - u * 0.5) * t, tip[1] * t)
            s.oval(at, (0.045, 0.035), s.varied(petal, 0.14))


def rose(s: Sprite, ink: Ink | None) -> None:
    petal, lean = ink or (200, 30, 60), s.rng.uniform(-0.1, 0.1)
    s.line([(0, -0.02), (lean * 0.4, 0.4), (lean, 0.75)], (56, 100, 56), 0.035)
    for side, v in ((1, 0.3), (-1, 0.45)):
        s.curve([(lean * 0.4, v), (side * 0.12, v + 0.12), (side * 0.24, v + 0.1),
                 (side * 0.12, v)], s.varied((56, 106, 58)))  # fmt: skip
    for radius, share in ((0.2, 0.62), (0.17, 0.8), (0.13, 1.0), (0.09, 0.8), (0.05, 0.6)):
        for nth in range(5):
            angle = 2 * math.pi * nth / 5 + radius * 20
            at = (lean + radius * 0.5 * math.cos(angle), 0.83 + radius * 0.45 * math.sin(angle))
            s.oval(at, (radius * 0.62, radius * 0.55), s.varied(darker(petal, share), 0.06))


def sunflower(s: Sprite, ink: Ink | None) -> None:
    petal, lean = ink or (248, 186, 30), s.rng.uniform(-0.08, 0.08)
    s.line([(0, -0.02), (lean * 0.3, 0.35), (lean, 0.74)], (70, 112, 52), 0.04)
    for side, v in ((1, 0.2), (-1, 0.34), (1, 0.46)):
        s.curve([(lean * 0.4, v), (side * 0.16, v + 0.12), (side * 0.32, v + 0.06),
                 (side * 0.2, v - 0.04)], s.varied((84, 134, 58)))  # fmt: skip
    for ring, (radius, shade) in enumerate(((0.19, darker(petal, 0.82)), (0.16, petal))):
        for nth in range(16):
            angle = 2 * math.pi * (nth + 0.5 * ring) / 16
            at = (lean + radius * 0.8 * math.cos(angle), 0.77 + radius * 0.8 * math.sin(angle))
            s.oval(at, (0.078, 0.03), s.varied(shade, 0.08), math.degrees(angle))
    s.oval((lean, 0.77), (0.1, 0.1), (92, 54, 28))
    for _ in range(24):
        angle, far = s.rng.uniform(0, 6.3), 0.08 * math.sqrt(s.rng.random())
        s.oval((lean + far * math.cos(angle), 0.77 + far * math.sin(angle)), (0.012, 0.012),
               s.varied((140, 88, 40), 0.2))  # fmt: skip


def tulip(s: Sprite, ink: Ink | None) -> None:
    petal = ink or s.chosen((220, 50, 60), (246, 190, 60), (230, 110, 150))
    s.line([(0, -0.02), (0.02, 0.7)], (70, 120, 64), 0.04)
    s.curve([(0, 0.0), (0.14, 0.3), (0.2, 0.55), (0.06, 0.2)], (84, 140, 76))
    s.curve([(0, 0.0), (-0.12, 0.24), (-0.2, 0.42), (-0.06, 0.16)], (72, 126, 68))
    s.curve([(-0.14, 0.95), (-0.13, 0.72), (0.02, 0.62), (0.16, 0.72), (0.17, 0.96), (0.08, 0.86),
             (0.02, 0.98), (-0.05, 0.86)], petal)  # fmt: skip
    s.curve([(-0.03, 0.66), (0.02, 0.97), (0.09, 0.82), (0.07, 0.66)], darker(petal, 0.84))
    s.curve([(-0.12, 0.9), (-0.1, 0.74), (-0.05, 0.7), (-0.06, 0.86)], lighter(petal, 0.25))


def lotus(s: Sprite, ink: Ink | None) -> None:
    petal = ink or s.chosen((240, 170, 200), (246, 240, 236), (236, 130, 170))
    s.oval((0.2, 0.12), (0.95, 0.2), (70, 126, 76))
    s.oval((-0.5, 0.05), (0.6, 0.14), (84, 142, 84))
    for angle in (-1.25, 1.25, -0.8, 0.8, -0.4, 0.4, 0.0):
        tip = (0.52 * math.sin(angle), 0.2 + 0.75 * math.cos(angle) ** 0.7)
        side = (0.12 * math.cos(angle), -0.12 * math.sin(angle))
        middle = (tip[0] * 0.6, 0.15 + (tip[1] - 0.15) * 0.55)
        s.curve([(0, 0.12), (middle[0] - side[0], middle[1] - side[1]), tip,
                 (middle[0] + side[0], middle[1] + side[1])],
                s.varied(mix_petal(petal, abs(angle))), 5)  # fmt: skip
    s.oval((0, 0.26), (0.1, 0.08), (250, 210, 90))


def mix_petal(petal: Ink, turn: float) -> Ink:
    return darker(petal, 1 - 0.16 * turn)


def reeds(s: Sprite, ink: Ink | None) -> None:
    inks = ramp(ink) if ink else ((70, 92, 50), (98, 122, 60), (132, 148, 76), (166, 170, 96))
    for nth in range(18):
        u, lean = s.rng.uniform(-0.4, 0.4), s.rng.normal(0, 0.12)
        high = s.rng.uniform(0.55, 1.0)
        path = [(u, -0.05), (u + lean * 0.3, high * 0.6), (u + lean, high)]
        s.line(path, s.varied(inks[nth % 4], 0.1), 0.022)
        if nth % 3 == 0:
            s.line([(u + lean * 0.8, high * 0.8), (u + lean, high)], (110, 74, 48), 0.05)


def mushroom(s: Sprite, ink: Ink | None) -> None:
    cap = ink or (206, 50, 44)
    s.curve([(-0.16, 0), (-0.11, 0.5), (0.11, 0.5), (0.16, 0)], (240, 228, 208))
    s.curve([(-0.2, 0.44), (0, 0.36), (0.2, 0.44), (0, 0.5)], (224, 208, 186))
    s.curve([(-0.52, 0.46), (-0.42, 0.78), (0, 1), (0.42, 0.78), (0.52, 0.46), (0, 0.5)], cap, 8)
    for u, v, size in ((-0.26, 0.7, 0.07), (0.08, 0.86, 0.06), (0.3, 0.62, 0.065),
                       (-0.02, 0.66, 0.075), (-0.16, 0.86, 0.04)):  # fmt: skip
        s.oval((u, v), (size, size * 0.8), (250, 244, 236))


def pumpkin(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (232, 124, 36)
    for u, wide in ((-0.5, 0.4), (0.5, 0.4), (-0.26, 0.36), (0.26, 0.36), (0, 0.32)):
        s.oval((u, 0.42), (wide, 0.44), darker(skin, 1 - 0.3 * abs(u)))
        s.line([(u, 0.06), (u * 1.1, 0.42), (u * 0.9, 0.8)], darker(skin, 0.78), 0.02)
    s.taper([(0, 0.82), (0.04, 0.92), (0.12, 1.0)], [0.14, 0.09, 0.07], (96, 110, 56))
    if not s.windows:
        return
    glow = ((255, 200, 90), (255, 170, 60))  # at night a candle burns in it
    for u in (-0.26, 0.26):
        s.shape([(u - 0.14, 0.46), (u + 0.14, 0.46), (u, 0.68)], *glow)
    teeth = [(0.42 - 0.12 * k, 0.2 + 0.07 * (k % 2)) for k in range(8)]
    s.shape([(-0.46, 0.36), (0.46, 0.36), *teeth], *glow)


def haybale(s: Sprite, ink: Ink | None) -> None:
    straw = ink or (224, 184, 92)
    s.box((-0.75, 0), (0.1, 0.96), darker(straw, 0.85))
    s.oval((-0.75, 0.48), (0.3, 0.48), darker(straw, 0.8))
    s.oval((0.1, 0.48), (0.44, 0.48), straw)
    for radius in (0.36, 0.26, 0.15):
        ring = [(0.1 + radius * math.cos(a), 0.48 + radius * 1.08 * math.sin(a))
                for a in np.linspace(0, 6.3, 20)]  # fmt: skip
        s.line(ring, darker(straw, 0.78), 0.025)
    for _ in range(50):
        u, v = s.rng.uniform(-0.9, 0.0), s.rng.uniform(0.06, 0.9)
        s.line([(u, v), (u + 0.16, v + s.rng.uniform(-0.03, 0.03))], s.varied(straw, 0.15), 0.02)
