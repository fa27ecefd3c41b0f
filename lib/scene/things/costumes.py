"""People whom one knows by what they wear."""

from __future__ import annotations

import math

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite
from lib.scene.things.people import draw_face, draw_walking_legs, hair_of, skin_of, woman

_GOLD: Ink = (236, 190, 78)
_STEEL: Ink = (168, 176, 186)


def _robe(s: Sprite, cloth: Ink, wide: float = 0.2) -> None:
    """Down to the ground, with folds and a belt."""
    s.curve([(-0.075, 0.79), (0.0, 0.81), (0.075, 0.79), (0.09, 0.55), (wide, 0.02), (0.0, 0.0),
             (-wide, 0.02), (-0.09, 0.55)], cloth)  # fmt: skip
    for share in (-0.6, -0.15, 0.35, 0.75):
        s.line([(share * 0.07, 0.55), (share * wide, 0.04)], darker(cloth, 0.78), 0.014)
    s.line([(-0.085, 0.56), (0.085, 0.56)], darker(cloth, 0.6), 0.026)


def _sleeve(s: Sprite, cloth: Ink, skin: Ink, hand: tuple[float, float]) -> None:
    s.taper([(0.02, 0.765), ((0.05 + hand[0]) / 2, 0.64), hand], [0.075, 0.085, 0.1], cloth)
    s.oval(hand, (0.024, 0.026), skin)


def _crown(s: Sprite, high: float = 0.07) -> None:
    base, top = 0.955, 0.955 + high
    s.shape([(-0.062, base), (-0.07, top), (-0.034, base + high * 0.5), (0.0, top + 0.01),
             (0.036, base + high * 0.5), (0.07, top), (0.064, base)], _GOLD)  # fmt: skip
    for u, ink in ((-0.03, (200, 40, 60)), (0.005, (60, 110, 200)), (0.04, (200, 40, 60))):
        s.oval((u, base + 0.018), (0.009, 0.009), ink)


def knight(s: Sprite, ink: Ink | None) -> None:
    cloth = ink or s.chosen((170, 44, 48), (50, 80, 150))
    s.taper([(-0.09, 0.7), (-0.16, 0.56), (-0.1, 0.46)], [0.07, 0.06, 0.05], darker(_STEEL, 0.65))
    draw_walking_legs(s, _STEEL, 0.46, 0.06)
    s.curve([(-0.1, 0.78), (0.1, 0.78), (0.11, 0.6), (0.14, 0.34), (-0.14, 0.34), (-0.11, 0.6)],
            cloth)  # fmt: skip
    s.curve([(-0.1, 0.79), (0.0, 0.82), (0.1, 0.79), (0.09, 0.6), (-0.09, 0.6)], _STEEL)
    s.line([(-0.1, 0.5), (0.1, 0.5)], (84, 58, 42), 0.026)
    s.taper([(0.2, 0.3), (0.2, 0.7)], [0.03, 0.03], (92, 66, 46))
    s.taper([(0.2, 0.7), (0.2, 1.04)], [0.05, 0.008], lighter(_STEEL, 0.4))
    s.line([(0.14, 0.7), (0.26, 0.7)], _GOLD, 0.026)
    s.taper([(0.06, 0.75), (0.14, 0.62), (0.2, 0.6)], [0.075, 0.06, 0.05], darker(_STEEL, 0.9))
    s.curve([(-0.24, 0.68), (-0.06, 0.68), (-0.06, 0.5), (-0.15, 0.34), (-0.24, 0.5)], cloth)
    s.line([(-0.15, 0.66), (-0.15, 0.4)], (236, 226, 200), 0.03)
    s.line([(-0.22, 0.57), (-0.08, 0.57)], (236, 226, 200), 0.03)
    s.taper([(-0.03, 0.96), (-0.1, 1.05), (-0.18, 0.98)], [0.03, 0.06, 0.02], cloth)
    s.curve([(-0.065, 0.82), (-0.075, 0.92), (0.0, 0.99), (0.075, 0.92), (0.07, 0.82)], _STEEL)
    s.box((-0.01, 0.885), (0.076, 0.905), (36, 38, 46))
    for u in (0.02, 0.04, 0.06):
        s.line([(u, 0.84), (u, 0.87)], darker(_STEEL, 0.5), 0.008)


def wizard(s: Sprite, ink: Ink | None) -> None:
    cloth, skin = ink or s.chosen((70, 70, 150), (96, 60, 130), (52, 96, 110)), skin_of(s)
    s.line([(0.2, 0.0), (0.17, 0.5), (0.18, 0.98)], (110, 78, 50), 0.026)
    s.oval((0.18, 1.0), (0.036, 0.04), (150, 230, 250), 0, (110, 210, 255))
    _robe(s, cloth)
    for u, v in ((-0.08, 0.3), (0.05, 0.22), (0.0, 0.42), (0.1, 0.1), (-0.12, 0.12)):
        s.oval((u, v), (0.012, 0.012), (250, 226, 140))
    draw_face(s, skin, (226, 226, 226), False)
    s.curve([(-0.03, 0.88), (0.06, 0.87), (0.075, 0.8), (0.05, 0.62), (0.0, 0.56), (-0.02, 0.74)],
            (232, 232, 230))  # fmt: skip
    s.oval((0.015, 0.955), (0.15, 0.022), darker(cloth, 0.8))
    s.curve([(-0.075, 0.955), (-0.03, 1.08), (-0.06, 1.2), (0.03, 1.1), (0.085, 0.955)], cloth, 4)
    s.line([(-0.072, 0.972), (0.082, 0.972)], _GOLD, 0.018)
    _sleeve(s, darker(cloth, 0.85), skin, (0.175, 0.58))


def witch(s: Sprite, ink: Ink | None) -> None:
    cloth, skin = ink or (58, 48, 74), skin_of(s)
    s.line([(0.22, 0.1), (0.16, 0.85)], (120, 86, 56), 0.026)
    s.curve([(0.2, 0.18), (0.14, 0.0), (0.3, 0.0), (0.26, 0.19)], (206, 166, 90))
    _robe(s, cloth)
    draw_face(s, skin, (120, 60, 44), True)
    s.oval((0.0, 0.95), (0.17, 0.026), darker(cloth, 0.8))
    s.curve([(-0.085, 0.955), (-0.04, 1.08), (-0.12, 1.17), (0.03, 1.1), (0.09, 0.955)], cloth, 4)
    s.line([(-0.08, 0.972), (0.086, 0.972)], (150, 80, 160), 0.022)
    _sleeve(s, darker(cloth, 0.8), skin, (0.185, 0.58))


def king(s: Sprite, ink: Ink | None) -> None:
    cloth, skin = ink or (166, 36, 48), skin_of(s)
    _robe(s, cloth, 0.22)
    s.curve([(-0.1, 0.8), (0.0, 0.83), (0.1, 0.8), (0.09, 0.7), (0.0, 0.66), (-0.09, 0.7)],
            (240, 236, 226))  # fmt: skip
    s.line([(0.01, 0.68), (0.02, 0.03)], (240, 236, 226), 0.05)
    for v in (0.1, 0.25, 0.4, 0.58):
        s.oval((0.014, v), (0.008, 0.012), (40, 36, 40))
    draw_face(s, skin, (110, 76, 50), False)
    s.curve([(-0.02, 0.88), (0.06, 0.87), (0.06, 0.82), (0.03, 0.76), (-0.01, 0.8)], (110, 76, 50))
    _crown(s, 0.085)
    _sleeve(s, darker(cloth, 0.85), skin, (0.13, 0.5))


def queen(s: Sprite, ink: Ink | None) -> None:
    gown, skin = ink or s.chosen((110, 50, 130), (40, 90, 150), (170, 40, 70)), skin_of(s)
    _robe(s, gown, 0.24)
    s.line([(-0.03, 0.54), (-0.09, 0.03)], lighter(gown, 0.35), 0.03)
    draw_face(s, skin, hair_of(s), True)
    _crown(s)
    _sleeve(s, darker(gown, 0.85), skin, (0.13, 0.52))


def princess(s: Sprite, ink: Ink | None) -> None:
    gown, skin = ink or (236, 140, 170), skin_of(s)
    s.curve([(-0.065, 0.79), (0.065, 0.79), (0.06, 0.58), (0.27, 0.12), (0.2, 0.01), (-0.2, 0.01),
             (-0.27, 0.12), (-0.06, 0.58)], gown)  # fmt: skip
    for u in (-0.18, -0.07, 0.05, 0.17):
        s.line([(u * 0.25, 0.55), (u, 0.04)], darker(gown, 0.84), 0.016)
    s.line([(-0.2, 0.06), (0.2, 0.06)], lighter(gown, 0.5), 0.02)
    s.line([(-0.062, 0.58), (0.062, 0.58)], _GOLD, 0.018)
    draw_face(s, skin, s.chosen((224, 184, 96), (150, 92, 50), (70, 46, 38)), True)
    _crown(s, 0.045)
    s.taper([(0.02, 0.765), (0.08, 0.64), (0.13, 0.56)], [0.06, 0.042, 0.03], skin)


def bride(s: Sprite, ink: Ink | None) -> None:
    princess(s, ink or (246, 242, 238))
    s.curve([(-0.02, 0.99), (-0.1, 0.9), (-0.14, 0.5), (-0.26, 0.12), (-0.1, 0.3), (-0.05, 0.75)],
            (238, 238, 244))  # fmt: skip
    for nth in range(7):
        at = (0.14 + 0.03 * math.cos(nth * 0.9), 0.58 + 0.03 * math.sin(nth * 0.9))
        s.oval(at, (0.022, 0.022), s.varied((226, 90, 120), 0.2))


def groom(s: Sprite, ink: Ink | None) -> None:
    suit, skin = ink or (44, 44, 56), skin_of(s)
    draw_walking_legs(s, suit, 0.46, 0.035)
    s.curve([(-0.09, 0.79), (0.0, 0.815), (0.09, 0.79), (0.1, 0.64), (0.09, 0.4), (-0.09, 0.4),
             (-0.1, 0.64)], suit)  # fmt: skip
    s.shape([(0.0, 0.8), (0.06, 0.79), (0.035, 0.6)], (244, 242, 238))
    s.shape([(0.012, 0.785), (0.05, 0.8), (0.05, 0.765)], (150, 30, 44))
    draw_face(s, skin, hair_of(s), False)
    s.taper([(0.02, 0.77), (0.0, 0.62), (0.03, 0.48)], [0.065, 0.052, 0.04], darker(suit, 1.35))
    s.oval((0.03, 0.475), (0.02, 0.022), skin)


def ballerina(s: Sprite, ink: Ink | None) -> None:
    tutu, skin = ink or (244, 176, 196), skin_of(s)
    for side in (-1, 1):
        s.taper([(side * 0.05, 0.76), (side * 0.17, 0.9), (side * 0.06, 1.07)],
                [0.045, 0.034, 0.026], darker(skin, 0.94))  # fmt: skip
    s.taper([(0.0, 0.46), (-0.2, 0.36), (-0.4, 0.42)], [0.06, 0.045, 0.025], darker(skin, 0.92))
    s.taper([(0.02, 0.46), (0.02, 0.22), (0.02, 0.0)], [0.07, 0.05, 0.022], skin)
    s.taper([(0.02, 0.06), (0.02, 0.0)], [0.036, 0.02], darker(tutu, 0.85))
    s.oval((0.0, 0.47), (0.3, 0.07), lighter(tutu, 0.35))
    s.oval((0.0, 0.49), (0.24, 0.055), tutu)
    s.curve([(-0.06, 0.78), (0.06, 0.78), (0.05, 0.6), (0.07, 0.48), (-0.07, 0.48), (-0.05, 0.6)],
            darker(tutu, 0.9))  # fmt: skip
    draw_face(s, skin, (70, 46, 38), False)
    s.oval((-0.03, 0.99), (0.03, 0.03), (70, 46, 38))


def angel(s: Sprite, ink: Ink | None) -> None:
    for side in (-1, 1):
        for reach, drop in ((0.42, 0.06), (0.38, -0.06), (0.3, -0.16)):
            s.taper([(side * 0.02, 0.74), (side * reach * 0.6, 0.9 + drop * 0.4),
                     (side * reach, 0.72 + drop)], [0.06, 0.12, 0.03], (244, 244, 250))  # fmt: skip
    woman(s, ink or (240, 236, 226))
    ring = [(0.07 * math.cos(k * 0.4), 1.05 + 0.018 * math.sin(k * 0.4)) for k in range(17)]
    s.line(ring, (255, 224, 120), 0.014, (250, 210, 110))


def cowboy(s: Sprite, ink: Ink | None) -> None:
    shirt, skin = ink or s.chosen((150, 60, 50), (70, 96, 140)), skin_of(s)
    draw_walking_legs(s, (72, 88, 124), 0.46, 0.07)
    s.curve([(-0.085, 0.79), (0.0, 0.815), (0.085, 0.79), (0.085, 0.44), (-0.085, 0.44)], shirt)
    for side in (-1, 1):
        s.shape([(side * 0.03, 0.8), (side * 0.09, 0.79), (side * 0.095, 0.5), (side * 0.04, 0.52)],
                (112, 76, 48))  # fmt: skip
    s.line([(-0.09, 0.45), (0.09, 0.45)], (70, 48, 36), 0.028)
    s.oval((0.01, 0.45), (0.018, 0.016), _GOLD)
    draw_face(s, skin, hair_of(s), False)
    s.shape([(-0.04, 0.83), (0.06, 0.83), (0.01, 0.76)], (190, 50, 46))
    s.curve([(-0.17, 0.975), (-0.08, 0.945), (0.09, 0.945), (0.18, 0.98), (0.0, 0.96)],
            (134, 92, 58))  # fmt: skip
    s.curve([(-0.075, 0.95), (-0.06, 1.05), (0.0, 1.03), (0.06, 1.055), (0.08, 0.95)],
            (146, 102, 64))  # fmt: skip
    s.taper([(0.02, 0.77), (0.1, 0.64), (0.07, 0.5)], [0.065, 0.052, 0.04], darker(shirt, 0.85))
    s.oval((0.07, 0.49), (0.02, 0.022), skin)


def clown(s: Sprite, ink: Ink | None) -> None:
    suit = ink or s.chosen((240, 190, 60), (90, 150, 220))
    for side in (-1, 1):
        s.taper([(side * 0.05, 0.46), (side * 0.1, 0.22), (side * 0.09, 0.05)], [0.13, 0.14, 0.1],
                suit)  # fmt: skip
        s.oval((side * 0.12 + 0.02, 0.025), (0.1, 0.03), (200, 50, 50))
        s.taper([(side * 0.09, 0.75), (side * 0.24, 0.66), (side * 0.3, 0.8)], [0.09, 0.08, 0.06],
                darker(suit, 0.9))  # fmt: skip
        s.oval((side * 0.31, 0.82), (0.035, 0.035), (250, 250, 246))
    s.oval((0, 0.58), (0.16, 0.2), suit)
    for u, v, ink_ in ((-0.07, 0.64, (220, 60, 80)), (0.07, 0.58, (70, 170, 110)),
                       (-0.02, 0.5, (120, 80, 190)), (0.05, 0.7, (240, 240, 240))):  # fmt: skip
        s.oval((u, v), (0.026, 0.026), ink_)
    s.oval((0, 0.78), (0.13, 0.035), (250, 250, 246))
    for side in (-1, 1):
        s.oval((side * 0.1, 0.92), (0.055, 0.06), (226, 90, 40))
    s.oval((0, 0.89), (0.085, 0.095), (250, 236, 226))
    for side in (-1, 1):
        s.eye((side * 0.032, 0.915), 0.012)
    s.curve([(-0.05, 0.86), (0.0, 0.845), (0.05, 0.86), (0.0, 0.815)], (206, 40, 50))
    s.oval((0, 0.885), (0.024, 0.024), (220, 40, 50))
    s.shape([(-0.05, 0.97), (0.05, 0.97), (0.01, 1.1)], (120, 80, 190))
    s.oval((0.01, 1.1), (0.018, 0.018), (250, 240, 200))
