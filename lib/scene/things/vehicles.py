"""What drives on land."""

from __future__ import annotations

import math

import numpy as np

from lib.scene.ink import Ink, darker, lighter, mixed
from lib.scene.sprite import Sprite

_PAINTS: tuple[Ink, ...] = ((196, 60, 50), (60, 110, 160), (230, 180, 70), (90, 140, 110))
_TYRE: Ink = (36, 34, 38)


def _wheel(s: Sprite, at: tuple[float, float], radius: float, hub: Ink = (170, 170, 170)) -> None:
    s.oval(at, (radius, radius), _TYRE)
    s.oval(at, (radius * 0.5, radius * 0.5), hub)


def _headlights(s: Sprite, u: float, v: float, tail: float) -> None:
    s.oval((u, v), (0.05, 0.07), (255, 240, 190), 0, (255, 236, 170) if s.windows else None)
    s.oval((tail, v), (0.04, 0.06), (200, 40, 30), 0, (230, 30, 20) if s.windows else None)


def car(s: Sprite, ink: Ink | None) -> None:
    paint = ink or s.chosen(*_PAINTS)
    s.curve([(-0.95, 0.2), (-0.97, 0.5), (-0.58, 0.58), (-0.36, 0.95), (0.32, 0.97), (0.6, 0.6),
             (0.96, 0.52), (1, 0.2)], paint)  # fmt: skip
    s.curve([(-0.46, 0.6), (-0.3, 0.87), (0.0, 0.89), (0.0, 0.6)], (150, 180, 200), 4)
    s.curve([(0.06, 0.6), (0.06, 0.89), (0.28, 0.87), (0.48, 0.6)], (130, 160, 184), 4)
    s.line([(-0.9, 0.52), (0.9, 0.5)], lighter(paint, 0.35), 0.025)
    s.line([(0.03, 0.58), (0.03, 0.26)], darker(paint, 0.7), 0.015)
    s.line([(0.1, 0.5), (0.2, 0.5)], (220, 220, 220), 0.025)
    s.box((-0.96, 0.18), (0.98, 0.26), darker(paint, 0.55))
    for u in (-0.55, 0.58):
        s.oval((u, 0.22), (0.26, 0.26), darker(paint, 0.5))
        _wheel(s, (u, 0.17), 0.21)
    _headlights(s, 0.94, 0.42, -0.94)


def bus(s: Sprite, ink: Ink | None) -> None:
    paint = ink or (206, 50, 44)
    s.curve([(-0.98, 0.16), (-1, 0.8), (-0.92, 0.98), (0.9, 0.98), (1, 0.8), (1, 0.16)], paint, 4)
    s.box((-0.98, 0.14), (0.99, 0.24), darker(paint, 0.6))
    for nth in range(6):
        u = -0.9 + nth * 0.29
        shine = (200, 150, 80) if s.windows else None
        s.box((u, 0.56), (u + 0.24, 0.86), (255, 220, 150) if s.windows else (150, 180, 200),
              shine)  # fmt: skip
    s.box((0.82, 0.3), (0.95, 0.86), (120, 150, 176))
    s.line([(-0.98, 0.46), (0.8, 0.46)], (244, 236, 220), 0.03)
    for u in (-0.6, 0.55):
        _wheel(s, (u, 0.14), 0.15)
    _headlights(s, 0.97, 0.3, -0.98)


def truck(s: Sprite, ink: Ink | None) -> None:
    paint = ink or s.chosen(*_PAINTS)
    s.box((-0.98, 0.22), (0.34, 0.98), (232, 226, 214))
    s.box((-0.98, 0.22), (0.34, 0.32), (90, 86, 88))
    s.line([(-0.98, 0.62), (0.34, 0.62)], paint, 0.1)
    s.curve([(0.38, 0.2), (0.38, 0.84), (0.7, 0.84), (0.86, 0.54), (0.98, 0.48), (1, 0.2)],
            paint, 4)  # fmt: skip
    s.curve([(0.5, 0.52), (0.5, 0.76), (0.66, 0.76), (0.8, 0.52)], (140, 170, 192), 3)
    s.box((0.36, 0.18), (1.0, 0.26), darker(paint, 0.55))
    for u in (-0.7, -0.3, 0.66):
        _wheel(s, (u, 0.17), 0.17)
    _headlights(s, 0.97, 0.4, -0.96)


def cart(s: Sprite, ink: Ink | None) -> None:
    wood = ink or (150, 106, 70)
    s.shape([(-0.8, 0.78), (0.72, 0.78), (0.6, 0.42), (-0.68, 0.42)], wood)
    for v in (0.54, 0.66):
        s.line([(-0.76, v), (0.68, v)], darker(wood, 0.75), 0.02)
    s.line([(0.55, 0.5), (1.3, 0.3)], darker(wood, 0.8), 0.06)
    for nth in range(40):
        u = s.rng.uniform(-0.7, 0.62)
        s.line([(u, 0.76), (u + s.rng.uniform(-0.1, 0.1), s.rng.uniform(0.82, 1.0))],
               s.varied((224, 186, 92), 0.14 + nth * 0), 0.05)  # fmt: skip
    for u in (-0.4, 0.36):
        ring = [(u + 0.3 * math.cos(a), 0.31 + 0.3 * math.sin(a)) for a in np.linspace(0, 6.3, 26)]
        s.line(ring, darker(wood, 0.55), 0.05)
        for a in np.linspace(0, math.pi, 5)[:-1]:
            x, y = 0.29 * math.cos(a), 0.29 * math.sin(a)
            s.line([(u - x, 0.31 - y), (u + x, 0.31 + y)], darker(wood, 0.7), 0.025)
        s.oval((u, 0.31), (0.05, 0.05), darker(wood, 0.5))


def train(s: Sprite, ink: Ink | None) -> None:
    paint, black = ink or (150, 44, 40), (46, 42, 48)
    for u in np.linspace(-3.3, 2.4, 40):  # the track
        s.shape([(u - 0.05, -0.07), (u + 0.05, -0.07), (u + 0.04, 0.0), (u - 0.04, 0.0)],
                s.varied((92, 70, 56), 0.1))  # fmt: skip
    for v in (-0.045, 0.0):
        s.line([(-3.4, v), (2.5, v)], (128, 128, 134), 0.02)
    for u in (-2.3, -1.2):
        s.box((u - 0.5, 0.2), (u + 0.5, 0.8), darker(paint, 0.9))
        s.box((u - 0.5, 0.34), (u + 0.5, 0.38), (226, 190, 110))
        s.box((u - 0.53, 0.8), (u + 0.53, 0.88), (70, 60, 60))
        for at in (-0.32, 0, 0.32):
            s.window((u + at, 0.45), (0.2, 0.24), 0.9)
        for at in (-0.3, 0.3):
            _wheel(s, (u + at, 0.12), 0.13)
    s.box((-0.6, 0.25), (-0.15, 0.98), paint)
    s.box((-0.66, 0.95), (-0.1, 1.03), black)
    s.window((-0.38, 0.6), (0.22, 0.24), 0.9)
    s.box((-0.15, 0.28), (0.75, 0.68), darker(paint, 0.75))
    for u in (0.05, 0.3, 0.52):
        s.line([(u, 0.28), (u, 0.68)], (214, 176, 96), 0.025)
    s.oval((0.75, 0.48), (0.06, 0.2), black)
    s.shape([(0.4, 0.66), (0.56, 0.66), (0.6, 1.0), (0.36, 1.0)], black)
    s.oval((0.1, 0.7), (0.1, 0.1), (200, 160, 70))
    for u, radius in ((-0.42, 0.2), (0.05, 0.2), (0.5, 0.14), (0.72, 0.12)):
        _wheel(s, (u, radius), radius, darker(paint, 0.9))
    s.line([(-0.42, 0.16), (0.05, 0.16), (0.5, 0.16)], (180, 176, 170), 0.04)
    s.shape([(0.7, 0.0), (1, 0.0), (0.78, 0.25)], (60, 56, 60))
    s.oval((0.8, 0.62), (0.05, 0.06), (255, 240, 190), 0, (255, 230, 160))
    for nth in range(7):
        puff = mixed((236, 232, 230), (170, 170, 180), nth / 7)
        spot = (0.45 - nth * 0.36, 1.15 + nth * 0.09 - 0.008 * nth * nth)
        s.oval(spot, (0.13 + nth * 0.05, 0.1 + nth * 0.03), puff)
        s.oval((spot[0] - 0.03, spot[1] + 0.04), (0.08 + nth * 0.03, 0.06 + nth * 0.02),
               lighter(puff, 0.4))  # fmt: skip


def bicycle(s: Sprite, ink: Ink | None) -> None:
    paint = ink or (190, 60, 56)
    for u in (-0.42, 0.42):
        ring = [(u + 0.3 * math.cos(a), 0.31 + 0.3 * math.sin(a)) for a in np.linspace(0, 6.3, 30)]
        s.line(ring, (44, 42, 48), 0.035)
        for a in np.linspace(0, math.pi, 7)[:-1]:
            x, y = 0.29 * math.cos(a), 0.29 * math.sin(a)
            s.line([(u - x, 0.31 - y), (u + x, 0.31 + y)], (150, 150, 154), 0.006)
    s.line([(-0.42, 0.31), (-0.16, 0.72), (0.28, 0.74), (-0.02, 0.32), (-0.42, 0.31)], paint, 0.05)
    s.line([(-0.02, 0.32), (-0.2, 0.84)], paint, 0.045)
    s.line([(0.42, 0.31), (0.26, 0.9)], paint, 0.045)
    s.line([(-0.32, 0.86), (-0.1, 0.86)], (50, 40, 40), 0.06)
    s.line([(0.16, 0.94), (0.26, 0.91), (0.38, 0.95)], (50, 40, 40), 0.035)
    s.oval((-0.02, 0.32), (0.06, 0.06), (90, 90, 94))
