"""What flies, beside birds."""

from __future__ import annotations

import math

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite


def balloon(s: Sprite, ink: Ink | None) -> None:
    main = ink or s.chosen((214, 60, 60), (60, 110, 190), (240, 170, 60))
    other = lighter(main, 0.75) if ink is None else lighter(main, 0.22)
    for side in (-0.09, 0.09):
        s.line([(side * 1.6, 0.34), (side * 0.7, 0.14)], (90, 70, 56), 0.012)

    def gore(w: float, ink: Ink) -> None:
        s.curve([(-0.1 * w, 0.28), (-0.3 * w, 0.55), (-0.36 * w, 0.74), (-0.24 * w, 0.94),
                 (0, 1.0), (0.24 * w, 0.94), (0.36 * w, 0.74), (0.3 * w, 0.55), (0.1 * w, 0.28)],
                ink, 8)  # fmt: skip

    for nth, w in enumerate((1.0, 0.75, 0.45, 0.16)):
        gore(w, other if nth % 2 else main)
    s.line([(-0.32, 0.6), (-0.1, 0.57), (0.1, 0.57), (0.32, 0.6)], darker(main, 0.7), 0.02)
    s.box((-0.085, 0), (0.085, 0.14), (140, 94, 56))
    for u in (-0.04, 0.0, 0.04):
        s.line([(u, 0.01), (u, 0.13)], (112, 72, 44), 0.008)
    s.box((-0.095, 0.12), (0.095, 0.15), (110, 72, 44))
    if s.windows:
        s.oval((0, 0.32), (0.05, 0.05), (255, 220, 140), 0, (255, 190, 90))


def airship(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (206, 198, 186)
    s.shape([(-0.8, 0.6), (-1.1, 1.0), (-0.9, 1.0), (-0.55, 0.7)], darker(skin, 0.7))
    s.shape([(-0.8, 0.6), (-1.1, 0.2), (-0.9, 0.2), (-0.55, 0.5)], darker(skin, 0.6))
    s.curve([(-1.0, 0.6), (-0.5, 0.9), (0.2, 0.98), (0.8, 0.82), (1.05, 0.6), (0.8, 0.38),
             (0.2, 0.24), (-0.5, 0.3)], skin, 8)  # fmt: skip
    for v in (0.74, 0.6, 0.46):
        s.line([(-0.85, 0.6 + (v - 0.6) * 0.5), (0.2, v), (0.95, 0.6 + (v - 0.6) * 0.4)],
               darker(skin, 0.85), 0.018)  # fmt: skip
    s.box((-0.12, 0.12), (0.3, 0.26), darker(skin, 0.55))
    for u in (-0.04, 0.08, 0.2):
        s.window((u, 0.15), (0.07, 0.07))


def toyballoon(s: Sprite, ink: Ink | None) -> None:
    skin = ink or s.chosen((220, 60, 70), (70, 150, 220), (250, 205, 70), (120, 190, 90))
    s.line([(0, -0.1), (0.03, 0.2), (0, 0.5)], (110, 96, 90), 0.012)
    s.curve([(0, 0.48), (-0.26, 0.72), (-0.2, 0.96), (0, 1.02), (0.2, 0.96), (0.26, 0.72)], skin, 8)
    s.oval((-0.1, 0.86), (0.05, 0.08), lighter(skin, 0.7), 20)


def kite(s: Sprite, ink: Ink | None) -> None:
    cloth = ink or s.chosen((220, 70, 80), (60, 130, 200), (244, 190, 60))
    tail = [(0.05 * math.sin(k * 1.1), 0.26 - k * 0.045) for k in range(9)]
    s.line(tail, (90, 80, 80), 0.012)
    for nth in (3, 5, 7):
        u, v = tail[nth]
        s.shape([(u - 0.06, v + 0.02), (u + 0.06, v - 0.02), (u + 0.06, v + 0.03),
                 (u - 0.06, v - 0.03)], lighter(cloth, 0.3))  # fmt: skip
    s.shape([(0, 1), (-0.34, 0.68), (0, 0.25), (0.34, 0.68)], cloth)
    s.shape([(0, 1), (0.34, 0.68), (0, 0.25)], lighter(cloth, 0.22))
    s.line([(-0.34, 0.68), (0.34, 0.68)], darker(cloth, 0.6), 0.015)
    s.line([(0, 1), (0, 0.25)], darker(cloth, 0.6), 0.015)


def parachute(s: Sprite, ink: Ink | None) -> None:
    cloth = ink or s.chosen((230, 80, 60), (70, 130, 200), (244, 180, 60))
    for u in np.linspace(-0.55, 0.55, 5):
        s.line([(u, 0.62), (0, 0.22)], (110, 100, 96), 0.01)
    for nth, u in enumerate(np.linspace(-0.6, 0.36, 5)):
        top = [(u * 0.5, 0.93), (u * 0.5 + 0.12, 0.93)]
        s.curve([(u, 0.6), (u + 0.12, 0.66), (u + 0.24, 0.6), *top[::-1]],
                cloth if nth % 2 else lighter(cloth, 0.6), 5)  # fmt: skip
    s.taper([(0, 0.22), (0, 0.1), (0.02, 0.0)], [0.07, 0.08, 0.05], (70, 76, 100))
    s.oval((0, 0.27), (0.04, 0.045), (214, 170, 140))


def plane(s: Sprite, ink: Ink | None) -> None:
    hull = ink or (236, 236, 236)
    s.shape([(0.2, 0.56), (0.0, 0.86), (0.12, 0.86), (0.42, 0.56)], darker(hull, 0.7))
    s.curve([(-0.95, 0.52), (-0.5, 0.42), (0.6, 0.42), (0.98, 0.5), (0.6, 0.62), (-0.7, 0.6)], hull)
    s.shape([(-0.9, 0.55), (-1, 0.98), (-0.82, 0.98), (-0.58, 0.58)], (196, 60, 54))
    s.shape([(0.16, 0.5), (-0.3, 0.06), (-0.12, 0.06), (0.42, 0.5)], darker(hull, 0.82))
    s.line([(-0.8, 0.49), (0.8, 0.49)], (196, 60, 54), 0.03)
    for u in np.arange(-0.4, 0.6, 0.16):
        s.oval((u, 0.55), (0.03, 0.03), (80, 100, 130))
    s.curve([(0.66, 0.56), (0.74, 0.6), (0.84, 0.56), (0.8, 0.53)], (80, 100, 130))


def helicopter(s: Sprite, ink: Ink | None) -> None:
    hull = ink or (206, 70, 54)
    s.line([(-0.9, 0.98), (0.9, 0.98)], (70, 70, 76), 0.025)
    s.line([(0, 0.98), (0, 0.8)], (70, 70, 76), 0.04)
    s.taper([(-0.2, 0.55), (-0.6, 0.6), (-1.0, 0.66)], [0.26, 0.14, 0.07], hull)
    s.shape([(-1.06, 0.86), (-0.9, 0.66), (-1.04, 0.52)], darker(hull, 0.8))
    s.curve([(-0.4, 0.6), (-0.1, 0.82), (0.3, 0.78), (0.56, 0.5), (0.4, 0.26), (-0.2, 0.28)], hull)
    s.curve([(0.1, 0.74), (0.3, 0.72), (0.5, 0.5), (0.34, 0.46), (0.1, 0.5)], (150, 186, 206))
    s.line([(-0.4, 0.06), (0.5, 0.06)], (70, 70, 76), 0.035)
    for u in (-0.15, 0.25):
        s.line([(u, 0.06), (u, 0.28)], (70, 70, 76), 0.03)


def rocket(s: Sprite, ink: Ink | None) -> None:
    hull, red = ink or (236, 232, 226), (206, 56, 50)
    fire = [(-0.08, 0.2), (-0.05, 0.02), (0, -0.14), (0.05, 0.02), (0.08, 0.2)]
    s.curve(fire, (255, 150, 40), 6, (255, 120, 20))
    s.curve([(-0.045, 0.2), (0, -0.03), (0.045, 0.2)], (255, 230, 140), 6, (255, 220, 120))
    s.curve([(-0.13, 0.35), (-0.24, 0.26), (-0.3, 0.1), (-0.12, 0.2)], red)
    s.curve([(0.13, 0.35), (0.24, 0.26), (0.3, 0.1), (0.12, 0.2)], darker(red, 0.8))
    s.curve([(-0.13, 0.18), (-0.17, 0.45), (-0.13, 0.75), (0, 1.02), (0.13, 0.75), (0.17, 0.45),
             (0.13, 0.18)], hull, 8)  # fmt: skip
    s.curve([(-0.115, 0.78), (0, 1.02), (0.115, 0.78), (0, 0.75)], red)
    s.line([(-0.16, 0.36), (0, 0.34), (0.16, 0.36)], red, 0.03)
    s.oval((0, 0.6), (0.075, 0.075), (120, 116, 116))
    s.oval((0, 0.6), (0.055, 0.055), (110, 170, 210))
    s.shape([(-0.02, 0.3), (0.02, 0.3), (0.02, 0.04), (-0.02, 0.04)], red)


def ufo(s: Sprite, ink: Ink | None) -> None:
    hull = ink or (150, 160, 176)
    beam = (90, 110, 60)
    s.shape([(-0.2, 0.35), (0.2, 0.35), (0.5, -0.9), (-0.5, -0.9)], (150, 190, 120), beam)
    s.curve([(-0.4, 0.6), (-0.3, 0.9), (0, 1), (0.3, 0.9), (0.4, 0.6)], (150, 210, 220))
    s.oval((0, 0.5), (1.0, 0.26), hull)
    s.oval((0, 0.56), (0.9, 0.16), lighter(hull, 0.3))
    for u in np.linspace(-0.75, 0.75, 7):
        s.oval((u, 0.46 - 0.1 * math.cos(u)), (0.06, 0.05), (255, 220, 120), 0, (255, 200, 90))


def satellite(s: Sprite, ink: Ink | None) -> None:
    hull = ink or (210, 200, 170)
    for side in (-1, 1):
        s.line([(0, 0.5), (side * 0.3, 0.5)], (120, 120, 126), 0.04)
        s.box((min(side * 0.3, side * 1.0), 0.3), (max(side * 0.3, side * 1.0), 0.7), (50, 80, 150))
        for u in np.linspace(0.42, 0.9, 4):
            s.line([(side * u, 0.3), (side * u, 0.7)], (130, 160, 210), 0.02)
    s.box((-0.18, 0.24), (0.18, 0.8), hull)
    s.box((0.04, 0.24), (0.18, 0.8), darker(hull, 0.75))
    s.oval((0, 0.9), (0.2, 0.08), lighter(hull, 0.5))
    s.line([(0, 0.9), (0, 1.02)], (120, 120, 126), 0.03)


def planetball(s: Sprite, ink: Ink | None) -> None:
    base = ink or s.chosen((206, 140, 90), (90, 140, 190), (190, 110, 140), (110, 170, 150))
    ring = lighter(base, 0.5)

    def arc(begin: float, end: float) -> None:
        angles = np.linspace(begin, end, 30)
        outer = [(0.85 * math.cos(a), 0.5 + 0.2 * math.sin(a)) for a in angles]
        inner = [(0.62 * math.cos(a), 0.5 + 0.13 * math.sin(a)) for a in angles[::-1]]
        s.shape(outer + inner, ring)

    arc(0, math.pi)
    s.oval((0, 0.5), (0.5, 0.5), base)
    for v in np.linspace(0.06, 0.94, 14):
        ys = np.linspace(max(0.005, v - 0.034), min(0.995, v + 0.034), 6)
        reach = [math.sqrt(max(0.0, 0.25 - (y - 0.5) ** 2)) for y in ys]
        left = [(-r, y) for r, y in zip(reach, ys, strict=True)]
        right = [(r, y) for r, y in zip(reach, ys, strict=True)]
        s.shape(left + right[::-1], s.varied(base, 0.16))
    arc(math.pi, 2 * math.pi)
