"""What stands in a room, and on its table."""

from __future__ import annotations

import math

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite
from lib.scene.things.flowers import PETALS

_WOOD: Ink = (150, 98, 62)
_CHINA: Ink = (236, 234, 228)


def table(s: Sprite, ink: Ink | None) -> None:
    wood = ink or _WOOD
    for u in (-0.66, 0.66):
        s.shape([(u - 0.055, 0.84), (u + 0.055, 0.84), (u + 0.035, 0), (u - 0.035, 0)],
                darker(wood, 0.8))  # fmt: skip
    s.box((-0.72, 0.76), (0.72, 0.86), darker(wood, 0.68))
    s.box((-0.78, 0.85), (0.78, 1.0), lighter(wood, 0.15))
    for v in (0.885, 0.92, 0.955):
        begin = s.rng.uniform(-0.7, -0.2)
        s.line([(begin, v), (begin + s.rng.uniform(0.4, 0.9), v)], wood, 0.008)
    s.line([(-0.78, 0.86), (0.78, 0.86)], darker(wood, 0.6), 0.02)


def chair(s: Sprite, ink: Ink | None) -> None:
    wood = ink or (170, 110, 66)
    for u in (-0.22, 0.22):
        s.line([(u, 0), (u, 0.5)], darker(wood, 0.8), 0.06)
    s.line([(-0.22, 0.45), (-0.24, 1)], wood, 0.07)
    s.line([(0.2, 0.5), (0.18, 1)], wood, 0.06)
    s.box((-0.28, 0.44), (0.28, 0.52), wood)
    for v in (0.66, 0.8, 0.94):
        s.line([(-0.23, v), (0.19, v)], wood, 0.06)


def sofa(s: Sprite, ink: Ink | None) -> None:
    cloth = ink or s.chosen((170, 70, 60), (70, 110, 120), (196, 160, 100))
    for u in (-0.85, 0.85):
        s.line([(u, 0), (u, 0.12)], (90, 62, 44), 0.07)
    s.curve(
        [(-0.95, 0.3), (-0.92, 0.9), (-0.7, 1.0), (0.7, 1.0), (0.92, 0.9), (0.95, 0.3)], cloth, 4
    )
    for u in (-0.42, 0.42):
        s.curve([(u - 0.4, 0.5), (u - 0.38, 0.88), (u + 0.38, 0.88), (u + 0.4, 0.5)],
                lighter(cloth, 0.12), 4)  # fmt: skip
        s.curve([(u - 0.42, 0.3), (u - 0.42, 0.52), (u + 0.42, 0.52), (u + 0.42, 0.3)],
                lighter(cloth, 0.2), 4)  # fmt: skip
    s.box((-0.95, 0.1), (0.95, 0.32), darker(cloth, 0.8))
    for u in (-0.98, 0.98):
        s.curve([(u - 0.13, 0.1), (u - 0.13, 0.6), (u, 0.7), (u + 0.13, 0.6), (u + 0.13, 0.1)],
                darker(cloth, 0.9), 4)  # fmt: skip


def bed(s: Sprite, ink: Ink | None) -> None:
    cover = ink or s.chosen((90, 120, 170), (190, 90, 90), (120, 150, 110))
    s.box((-1.0, 0), (-0.9, 1.0), _WOOD)
    s.box((0.92, 0), (1.0, 0.62), _WOOD)
    s.box((-0.92, 0.12), (0.94, 0.26), darker(_WOOD, 0.8))
    s.box((-0.92, 0.26), (0.94, 0.44), _CHINA)
    s.curve([(-0.5, 0.24), (-0.5, 0.56), (-0.2, 0.62), (0.6, 0.58), (0.95, 0.5), (0.95, 0.2)],
            cover, 4)  # fmt: skip
    s.line([(-0.46, 0.5), (-0.46, 0.26)], lighter(cover, 0.4), 0.07)
    s.curve([(-0.88, 0.42), (-0.84, 0.62), (-0.56, 0.64), (-0.52, 0.44)], (246, 246, 242))


def piano(s: Sprite, ink: Ink | None) -> None:
    black = ink or (46, 42, 46)
    for u in (-0.6, 0.55):
        s.line([(u, 0), (u, 0.4)], darker(black, 0.8), 0.08)
    s.shape([(-0.66, 0.56), (-0.5, 1.02), (0.6, 0.86), (0.7, 0.56)], darker(black, 0.72))
    s.line([(-0.2, 0.56), (-0.16, 0.86)], (150, 120, 80), 0.02)
    s.curve([(-0.75, 0.36), (-0.75, 0.58), (0.72, 0.58), (0.78, 0.46), (0.7, 0.36)], black, 4)
    s.box((-0.74, 0.4), (-0.08, 0.47), (244, 240, 230))
    for u in np.arange(-0.7, -0.1, 0.055):
        s.box((u, 0.43), (u + 0.025, 0.47), (30, 28, 32))


def guitar(s: Sprite, ink: Ink | None) -> None:
    wood = ink or (196, 128, 66)
    s.taper([(0, 0.5), (0, 0.94)], [0.06, 0.05], (92, 60, 42))
    s.box((-0.045, 0.9), (0.045, 1.02), (70, 46, 34))
    s.curve([(-0.22, 0.12), (-0.26, 0.24), (-0.15, 0.36), (-0.18, 0.5), (0, 0.58), (0.18, 0.5),
             (0.15, 0.36), (0.26, 0.24), (0.22, 0.12), (0, 0.02)], wood, 8)  # fmt: skip
    s.oval((0, 0.38), (0.07, 0.07), (50, 34, 28))
    s.box((-0.1, 0.17), (0.1, 0.2), (70, 46, 34))
    for u in (-0.02, 0.0, 0.02):
        s.line([(u, 0.18), (u, 0.95)], (230, 226, 214), 0.004)


def tablelamp(s: Sprite, ink: Ink | None) -> None:
    brass = (150, 110, 66)
    s.curve(
        [(-0.04, 0.5), (-0.06, 0.3), (-0.13, 0.16), (0.13, 0.16), (0.06, 0.3), (0.04, 0.5)], brass
    )
    s.oval((0, 0.06), (0.16, 0.05), darker(brass, 0.8))
    s.line([(0, 0.1), (0, 0.18)], brass, 0.06)
    shade = ink or (244, 210, 150)
    s.shape([(-0.3, 0.5), (0.3, 0.5), (0.18, 0.98), (-0.18, 0.98)], shade, darker(shade, 0.85))


def candlestick(s: Sprite, ink: Ink | None) -> None:
    wax, brass = ink or (240, 230, 206), (190, 150, 80)
    s.oval((0, 0.04), (0.16, 0.045), brass)
    s.line([(0, 0.05), (0, 0.26)], brass, 0.05)
    s.oval((0, 0.28), (0.1, 0.035), brass)
    s.box((-0.05, 0.28), (0.05, 0.74), wax)
    s.line([(0, 0.74), (0, 0.79)], (50, 40, 40), 0.012)
    s.curve([(-0.045, 0.8), (0, 1.02), (0.045, 0.8), (0, 0.76)], (255, 220, 120), 6, (255, 190, 80))


def vase(s: Sprite, ink: Ink | None) -> None:
    china = ink or (70, 110, 160)
    for _ in range(8):
        u, v = s.rng.uniform(-0.36, 0.36), s.rng.uniform(0.62, 0.94)
        petal = s.chosen(*PETALS)
        s.line([(0, 0.42), (u * 0.6, v * 0.8), (u, v)], (70, 120, 70), 0.02)
        s.curve([(u * 0.4, v * 0.7), (u * 0.7 + 0.08, v * 0.78), (u * 0.6, v * 0.86)],
                s.varied((84, 136, 76)))  # fmt: skip
        for k in range(7):
            angle = k * 0.9
            at = (u + 0.055 * math.cos(angle), v + 0.05 * math.sin(angle))
            s.oval(at, (0.048, 0.034), s.varied(petal, 0.1), math.degrees(angle))
        s.oval((u, v), (0.03, 0.03), (250, 210, 90))
    s.curve([(-0.09, 0.46), (-0.1, 0.4), (-0.2, 0.24), (-0.13, 0.02), (0.13, 0.02), (0.2, 0.24),
             (0.1, 0.4), (0.09, 0.46)], china, 8)  # fmt: skip
    s.curve([(-0.14, 0.3), (-0.16, 0.22), (-0.1, 0.1), (-0.08, 0.26)], lighter(china, 0.5))
    s.line([(-0.17, 0.29), (0, 0.26), (0.17, 0.29)], lighter(china, 0.6), 0.018)


def bottle(s: Sprite, ink: Ink | None) -> None:
    glass = ink or (60, 110, 80)
    s.curve(
        [
            (-0.12, 0.0),
            (-0.145, 0.04),
            (-0.15, 0.5),
            (-0.06, 0.68),
            (-0.055, 0.98),
            (0.055, 0.98),
            (0.06, 0.68),
            (0.15, 0.5),
            (0.145, 0.04),
            (0.12, 0.0),
        ],
        glass,
    )
    for u, shade in ((-0.11, 0.7), (0.105, 0.8)):
        s.line([(u, 0.06), (u * 1.05, 0.48)], darker(glass, shade), 0.03)
    s.box((-0.14, 0.16), (0.14, 0.4), (236, 226, 200))
    s.line([(-0.08, 0.28), (0.08, 0.28)], (150, 60, 50), 0.03)
    s.line([(-0.09, 0.44), (-0.1, 0.56)], lighter(glass, 0.6), 0.025)
    s.box((-0.05, 0.92), (0.05, 1.0), (150, 60, 50))


def glass(s: Sprite, ink: Ink | None) -> None:
    wine = ink or (150, 30, 50)
    s.oval((0, 0.03), (0.22, 0.04), (206, 216, 222))
    s.line([(0, 0.04), (0, 0.4)], (206, 216, 222), 0.03)
    s.curve([(-0.24, 0.98), (-0.28, 0.7), (-0.12, 0.42), (0.12, 0.42), (0.28, 0.7), (0.24, 0.98)],
            (214, 224, 230), 5)  # fmt: skip
    s.curve([(-0.26, 0.74), (-0.12, 0.45), (0.12, 0.45), (0.26, 0.74)], wine)
    s.line([(-0.17, 0.92), (-0.19, 0.68)], (250, 250, 250), 0.03)


def cup(s: Sprite, ink: Ink | None) -> None:
    china = ink or (226, 220, 206)
    s.oval((0, 0.06), (0.85, 0.1), darker(china, 0.85))
    ring = [
        (0.5 + 0.22 * math.cos(a), 0.5 + 0.22 * math.sin(a)) for a in np.linspace(-1.5, 1.5, 12)
    ]
    s.line(ring, darker(china, 0.9), 0.09)
    s.curve(
        [(-0.5, 0.92), (-0.46, 0.4), (-0.26, 0.1), (0.26, 0.1), (0.46, 0.4), (0.5, 0.92)], china
    )
    s.oval((0, 0.9), (0.49, 0.1), lighter(china, 0.3))
    s.oval((0, 0.89), (0.42, 0.07), (96, 60, 40))
    for u in (-0.12, 0.14):
        s.line([(u, 1.0), (u + 0.06, 1.12), (u - 0.02, 1.24)], (226, 226, 226), 0.03)


def teapot(s: Sprite, ink: Ink | None) -> None:
    china = ink or (96, 140, 170)
    s.taper([(0.4, 0.36), (0.62, 0.5), (0.74, 0.76)], [0.22, 0.14, 0.1], china)
    ring = [(-0.5 + 0.28 * math.cos(a), 0.46 + 0.26 * math.sin(a)) for a in np.linspace(1.3, 5, 14)]
    s.line(ring, darker(china, 0.85), 0.08)
    s.curve([(-0.4, 0.08), (-0.56, 0.42), (-0.36, 0.74), (0.36, 0.74), (0.56, 0.42), (0.4, 0.08)],
            china)  # fmt: skip
    s.oval((0, 0.76), (0.34, 0.09), lighter(china, 0.2))
    s.oval((0, 0.9), (0.08, 0.08), darker(china, 0.8))
    s.line([(-0.5, 0.44), (0, 0.38), (0.5, 0.44)], lighter(china, 0.7), 0.04)


def book(s: Sprite, ink: Ink | None) -> None:
    covers: tuple[Ink, ...] = ((180, 60, 56), ink or (60, 100, 140), (220, 180, 90))
    for nth, cover in enumerate(covers):
        v = nth * 0.32
        s.box((-0.5 + nth * 0.05, v), (0.5 - nth * 0.06, v + 0.3), cover)
        s.box((0.4 - nth * 0.06, v + 0.05), (0.51 - nth * 0.06, v + 0.25), (244, 236, 220))
        s.line(
            [(-0.4 + nth * 0.05, v + 0.02), (-0.4 + nth * 0.05, v + 0.28)],
            lighter(cover, 0.5),
            0.03,
        )


def clock(s: Sprite, ink: Ink | None) -> None:
    case = ink or (150, 100, 60)
    for u in (-0.3, 0.3):
        s.line([(u, 0.02), (u * 0.7, 0.2)], darker(case, 0.7), 0.07)
    s.oval((0, 0.54), (0.48, 0.46), case)
    s.oval((0, 0.54), (0.39, 0.37), (246, 240, 224))
    for k in range(12):
        angle = k * math.pi / 6
        s.oval((0.32 * math.sin(angle), 0.54 + 0.3 * math.cos(angle)), (0.025, 0.025), (60, 50, 46))
    s.line([(0, 0.54), (-0.12, 0.72)], (40, 36, 38), 0.05)
    s.line([(0, 0.54), (0.2, 0.62)], (40, 36, 38), 0.035)
    s.eye((0, 0.54), 0.03)


def crown(s: Sprite, ink: Ink | None) -> None:
    gold = ink or (240, 196, 70)
    s.shape([(-0.6, 0.1), (-0.75, 0.85), (-0.35, 0.5), (0, 1.0), (0.35, 0.5), (0.75, 0.85),
             (0.6, 0.1)], gold)  # fmt: skip
    s.box((-0.6, 0.05), (0.6, 0.28), darker(gold, 0.85))
    for u, gem in ((-0.4, (210, 50, 60)), (0, (60, 110, 210)), (0.4, (60, 170, 100))):
        s.oval((u, 0.17), (0.08, 0.08), gem)
    for u, v in ((-0.75, 0.87), (0, 1.0), (0.75, 0.87)):
        s.oval((u, v), (0.06, 0.07), lighter(gold, 0.5))


def hat(s: Sprite, ink: Ink | None) -> None:
    felt = ink or (60, 54, 62)
    s.oval((0, 0.12), (0.9, 0.14), darker(felt, 0.85))
    s.curve([(-0.5, 0.12), (-0.46, 0.9), (0, 1.0), (0.46, 0.9), (0.5, 0.12)], felt, 4)
    s.box((-0.5, 0.18), (0.5, 0.34), (190, 60, 60))
