"""People, and those who look like them."""

from __future__ import annotations

import math

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite

_SKINS: tuple[Ink, ...] = ((236, 190, 158), (200, 146, 110), (140, 96, 72), (246, 210, 180))
_COATS: tuple[Ink, ...] = (
    (186, 60, 56),
    (60, 90, 140),
    (230, 170, 70),
    (232, 222, 206),
    (130, 80, 130),
)
_HAIR: tuple[Ink, ...] = ((60, 40, 34), (120, 80, 50), (40, 36, 40), (190, 140, 80))


def skin_of(s: Sprite) -> Ink:
    return s.chosen(*_SKINS)


def hair_of(s: Sprite) -> Ink:
    return s.chosen(*_HAIR)


def draw_walking_legs(s: Sprite, cloth: Ink, hip: float, step: float) -> None:
    """Both legs of a walker, the far one darker."""
    for side, shade in ((-1, 0.75), (1, 1.0)):
        foot = side * step
        knee = (foot * 0.45 + 0.02, hip * 0.5)
        s.taper([(side * 0.02, hip + 0.03), knee, (foot, 0.03)], [0.085, 0.062, 0.045],
                darker(cloth, shade))  # fmt: skip
        s.taper([(foot - 0.01, 0.018), (foot + 0.055, 0.014)], [0.04, 0.03], (50, 38, 34))


def _arm(s: Sprite, sleeve: Ink, skin: Ink, shoulder: tuple[float, float], swing: float) -> None:
    elbow = (shoulder[0] + swing * 0.4, shoulder[1] - 0.15)
    hand = (shoulder[0] + swing, shoulder[1] - 0.29)
    s.taper([shoulder, elbow, hand], [0.062, 0.05, 0.036], sleeve)
    s.oval(hand, (0.02, 0.024), skin)


def draw_face(s: Sprite, skin: Ink, hair: Ink, long: bool) -> None:
    if long:
        s.curve([(-0.075, 0.95), (-0.085, 0.84), (-0.07, 0.74), (0.01, 0.78), (0.03, 0.95)], hair)
    s.box((-0.022, 0.79), (0.022, 0.85), darker(skin, 0.85))
    s.oval((0.006, 0.905), (0.053, 0.066), skin)
    s.curve([(-0.06, 0.89), (-0.06, 0.955), (0.0, 0.99), (0.055, 0.965), (0.06, 0.925),
             (0.0, 0.945), (-0.03, 0.92)], hair)  # fmt: skip
    s.eye((0.022, 0.908), 0.0075)
    s.eye((0.046, 0.908), 0.0065)
    s.line([(0.02, 0.873), (0.046, 0.875)], (170, 80, 80), 0.009)


def person(s: Sprite, ink: Ink | None) -> None:
    """A man, walking: coat, trousers, arms that swing."""
    coat, skin, hair = ink or s.chosen(*_COATS), s.chosen(*_SKINS), s.chosen(*_HAIR)
    step = s.rng.uniform(0.03, 0.1)
    _arm(s, darker(coat, 0.68), skin, (-0.05, 0.77), step * 1.3)
    draw_walking_legs(s, s.chosen((56, 52, 66), (70, 66, 60), (48, 56, 80)), 0.46, step)
    s.curve([(-0.085, 0.79), (0.0, 0.815), (0.085, 0.79), (0.1, 0.66), (0.095, 0.42),
             (-0.095, 0.42), (-0.1, 0.66)], coat)  # fmt: skip
    s.line([(0.035, 0.79), (0.025, 0.43)], darker(coat, 0.75), 0.01)
    s.line([(-0.09, 0.55), (0.09, 0.55)], darker(coat, 0.7), 0.016)
    draw_face(s, skin, hair, False)
    if s.rng.random() < 0.35:
        s.box((-0.085, 0.955), (0.095, 0.972), darker(coat, 0.5))
        s.box((-0.052, 0.965), (0.058, 1.03), darker(coat, 0.5))
    _arm(s, darker(coat, 0.9), skin, (0.02, 0.775), -step * 1.3)


def woman(s: Sprite, ink: Ink | None) -> None:
    dress, skin, hair = ink or s.chosen(*_COATS), s.chosen(*_SKINS), s.chosen(*_HAIR)
    step = s.rng.uniform(0.02, 0.06)
    for side in (-1, 1):
        foot = side * step
        s.taper([(side * 0.03, 0.3), (foot, 0.03)], [0.05, 0.036], darker(skin, 0.9))
        s.taper([(foot - 0.01, 0.018), (foot + 0.045, 0.014)], [0.036, 0.026], darker(dress, 0.4))
    _arm(s, darker(dress, 0.68), skin, (-0.045, 0.76), 0.08)
    s.curve([(-0.065, 0.79), (0.0, 0.805), (0.065, 0.79), (0.06, 0.6), (0.17, 0.2), (0.0, 0.16),
             (-0.18, 0.2), (-0.06, 0.6)], dress)  # fmt: skip
    for u in (-0.09, 0.0, 0.09):
        s.line([(u * 0.5, 0.56), (u * 1.3, 0.2)], darker(dress, 0.82), 0.014)
    s.line([(-0.06, 0.6), (0.06, 0.6)], lighter(dress, 0.45), 0.022)
    draw_face(s, skin, hair, True)
    _arm(s, darker(dress, 0.92), skin, (0.02, 0.765), -0.06)


def child(s: Sprite, ink: Ink | None) -> None:
    shirt, skin, hair = ink or s.chosen(*_COATS), s.chosen(*_SKINS), s.chosen(*_HAIR)
    for side in (-1, 1):
        s.taper([(side * 0.05, 0.34), (side * 0.1, 0.04)], [0.12, 0.08], (70, 84, 120))
        s.oval((side * 0.11 + 0.03, 0.03), (0.08, 0.035), (120, 60, 50))
        s.taper([(side * 0.12, 0.62), (side * 0.26, 0.5 + 0.2 * (side > 0))], [0.08, 0.06], shirt)
        s.oval((side * 0.27, 0.49 + 0.22 * (side > 0)), (0.04, 0.04), skin)
    s.curve([(-0.14, 0.66), (0, 0.69), (0.14, 0.66), (0.16, 0.32), (-0.16, 0.32)], shirt)
    s.oval((0, 0.82), (0.15, 0.16), skin)
    s.curve([(-0.16, 0.82), (-0.15, 0.95), (0, 1.01), (0.15, 0.95), (0.16, 0.84), (0.05, 0.92),
             (-0.06, 0.92)], hair)  # fmt: skip
    for u in (-0.02, 0.08):
        s.eye((u, 0.82), 0.018)
    s.line([(-0.01, 0.75), (0.03, 0.74), (0.07, 0.75)], (170, 80, 80), 0.016)


def astronaut(s: Sprite, ink: Ink | None) -> None:
    suit = ink or (232, 234, 238)
    s.box((-0.2, 0.42), (0.14, 0.8), darker(suit, 0.68))
    for side, shade in ((-1, 0.82), (1, 1.0)):
        s.taper([(side * 0.07, 0.44), (side * 0.1, 0.24), (side * 0.1, 0.05)], [0.16, 0.14, 0.12],
                darker(suit, shade))  # fmt: skip
        s.oval((side * 0.1 + 0.03, 0.03), (0.1, 0.04), (110, 114, 124))
    s.curve([(-0.16, 0.78), (0.16, 0.78), (0.18, 0.5), (0.14, 0.38), (-0.14, 0.38), (-0.18, 0.5)],
            suit)  # fmt: skip
    for side in (-1, 1):
        s.taper([(side * 0.14, 0.74), (side * 0.26, 0.58), (side * 0.22, 0.42)],
                [0.13, 0.11, 0.1], darker(suit, 0.9))  # fmt: skip
    s.box((-0.08, 0.54), (0.08, 0.66), (120, 130, 150))
    for u, ink_ in ((-0.04, (230, 70, 60)), (0.04, (90, 200, 130))):
        s.oval((u, 0.6), (0.018, 0.018), ink_, 0, ink_)
    s.oval((0, 0.88), (0.15, 0.145), suit)
    s.oval((0.025, 0.88), (0.11, 0.1), (40, 56, 90))
    s.oval((0.06, 0.91), (0.035, 0.025), (190, 214, 240), -30)


def robot(s: Sprite, ink: Ink | None) -> None:
    steel = ink or (150, 164, 176)
    for u in (-0.12, 0.12):
        s.box((u - 0.06, 0), (u + 0.06, 0.3), darker(steel, 0.75))
        for v in (0.12, 0.18, 0.24):
            s.line([(u - 0.06, v), (u + 0.06, v)], darker(steel, 0.55), 0.012)
        s.curve([(u - 0.1, 0), (u - 0.09, 0.08), (u + 0.09, 0.08), (u + 0.1, 0)],
                darker(steel, 0.6))  # fmt: skip
    s.curve([(-0.24, 0.27), (-0.26, 0.62), (-0.2, 0.67), (0.2, 0.67), (0.26, 0.62), (0.24, 0.27)],
            steel, 4)  # fmt: skip
    s.box((-0.15, 0.36), (0.15, 0.56), darker(steel, 0.6))
    for nth, bulb in enumerate(((230, 70, 60), (240, 200, 70), (90, 200, 130))):
        s.oval((-0.08 + nth * 0.08, 0.46), (0.025, 0.025), bulb, 0, bulb)
    for side in (-1, 1):
        s.taper([(side * 0.25, 0.6), (side * 0.37, 0.44), (side * 0.34, 0.28)],
                [0.08, 0.065, 0.06], darker(steel, 0.8))  # fmt: skip
        s.oval((side * 0.34, 0.27), (0.045, 0.045), darker(steel, 0.6))
    s.box((-0.05, 0.64), (0.05, 0.7), darker(steel, 0.6))
    s.curve([(-0.18, 0.69), (-0.19, 0.9), (-0.14, 0.95), (0.14, 0.95), (0.19, 0.9), (0.18, 0.69)],
            lighter(steel, 0.2), 4)  # fmt: skip
    s.line([(0, 0.94), (0, 1.03)], darker(steel, 0.6), 0.02)
    s.oval((0, 1.04), (0.03, 0.03), (230, 70, 60), 0, (240, 60, 50))
    for u in (-0.08, 0.08):
        s.oval((u, 0.83), (0.05, 0.05), (250, 240, 190), 0, (200, 190, 120))
        s.eye((u, 0.83), 0.02)
    s.line([(-0.08, 0.74), (0.08, 0.74)], darker(steel, 0.5), 0.02)


def ghost(s: Sprite, ink: Ink | None) -> None:
    white = ink or (234, 238, 246)
    hem = [(0.3 - 0.1 * k, 0.02 + 0.08 * (k % 2)) for k in range(7)]
    s.curve([(-0.3, 0.5), (-0.24, 0.86), (0, 1.0), (0.24, 0.86), (0.3, 0.5), *hem], white, 6,
            darker(white, 0.22))  # fmt: skip
    for u in (-0.08, 0.1):
        s.oval((u, 0.74), (0.045, 0.07), (40, 40, 56))
        s.eye((u, 0.74), 0.03)
    s.oval((0.01, 0.58), (0.05, 0.06), (40, 40, 56))


def snowman(s: Sprite, ink: Ink | None) -> None:
    white = (244, 246, 250)
    for v, wide, tall in ((0.24, 0.28, 0.26), (0.58, 0.2, 0.18), (0.83, 0.14, 0.13)):
        s.oval((0, v), (wide, tall), darker(white, 0.94))
        s.oval((-0.02, v + 0.02), (wide * 0.86, tall * 0.86), white)
    s.taper([(0.02, 0.83), (0.2, 0.81)], [0.05, 0.01], (240, 140, 50))
    for u in (-0.05, 0.06):
        s.eye((u, 0.87), 0.016)
    for v in (0.52, 0.6, 0.67):
        s.oval((0.02, v), (0.018, 0.018), (40, 40, 46))
    s.line([(-0.15, 0.72), (0, 0.7), (0.15, 0.72)], ink or (206, 56, 52), 0.06)
    s.line([(0.08, 0.71), (0.14, 0.54)], ink or (206, 56, 52), 0.05)
    s.box((-0.16, 0.92), (0.16, 0.95), (40, 38, 46))
    s.box((-0.1, 0.94), (0.1, 1.08), (40, 38, 46))
    s.line([(-0.1, 0.965), (0.1, 0.965)], ink or (206, 56, 52), 0.03)
    for side in (-1, 1):
        s.line([(side * 0.18, 0.6), (side * 0.42, 0.73)], (96, 66, 48), 0.02)
        s.line([(side * 0.35, 0.69), (side * 0.42, 0.66)], (96, 66, 48), 0.015)


def scarecrow(s: Sprite, ink: Ink | None) -> None:
    shirt, straw = ink or (190, 70, 50), (226, 186, 96)
    s.line([(0, 0), (0, 0.8)], (110, 80, 56), 0.045)
    s.line([(-0.36, 0.66), (0.36, 0.66)], (110, 80, 56), 0.035)
    s.curve([(-0.3, 0.72), (0.3, 0.72), (0.3, 0.61), (0.12, 0.6), (0.14, 0.34), (-0.14, 0.34),
             (-0.12, 0.6), (-0.3, 0.61)], shirt, 4)  # fmt: skip
    for u in np.linspace(-0.12, 0.12, 6):
        s.line([(u, 0.36), (u * 1.3, 0.26)], straw, 0.02)
    for side in (-1, 1):
        for v in (-0.04, 0.0, 0.04):
            s.line([(side * 0.3, 0.665), (side * 0.4, 0.665 + v)], straw, 0.018)
    s.oval((0, 0.82), (0.1, 0.11), (226, 200, 150))
    for u in (-0.04, 0.04):
        s.eye((u, 0.84), 0.014)
    s.shape([(-0.18, 0.9), (0.18, 0.9), (0.09, 0.93), (0.03, 1.05), (-0.07, 0.94)], (120, 84, 52))


def mermaid(s: Sprite, ink: Ink | None) -> None:
    tail, skin = ink or (50, 160, 150), s.chosen(*_SKINS)
    s.taper([(-0.5, 0.3), (-0.2, 0.34), (0.1, 0.5), (0.24, 0.72)], [0.05, 0.14, 0.2, 0.16], tail)
    s.curve([(-0.48, 0.3), (-0.78, 0.5), (-0.66, 0.28), (-0.8, 0.08)], lighter(tail, 0.2))
    s.taper([(0.2, 0.64), (0.28, 0.84)], [0.16, 0.13], skin)
    s.taper([(0.26, 0.82), (0.42, 0.76), (0.52, 0.86)], [0.05, 0.04, 0.035], skin)
    hair = s.chosen((190, 70, 40), (120, 80, 50), (230, 190, 100))
    s.curve([(0.3, 1.02), (0.16, 0.98), (0.04, 0.78), (0.1, 0.7), (0.22, 0.84)], hair)
    s.oval((0.32, 0.94), (0.065, 0.075), skin)
    s.eye((0.35, 0.95), 0.01)


def pointed(radius: float, points: int = 5, inner: float = 0.45) -> list[tuple[float, float]]:
    """The corners of a star, its first point up."""
    return [
        (radius * (1 if k % 2 == 0 else inner) * math.sin(k * math.pi / points),
         radius * (1 if k % 2 == 0 else inner) * math.cos(k * math.pi / points))
        for k in range(2 * points)
    ]  # fmt: skip


def bust(s: Sprite, ink: Ink | None) -> None:
    """A man's head and shoulders, from the front."""
    _portrait(s, ink or s.chosen(*_COATS), False)


def ladybust(s: Sprite, ink: Ink | None) -> None:
    _portrait(s, ink or s.chosen(*_COATS), True)


def _portrait(s: Sprite, cloth: Ink, lady: bool) -> None:
    skin, hair = skin_of(s), hair_of(s)
    if lady:
        s.curve([(-0.2, 0.86), (-0.26, 0.6), (-0.25, 0.34), (-0.12, 0.24), (0.12, 0.24),
                 (0.25, 0.34), (0.26, 0.6), (0.2, 0.86), (0.0, 1.0)], hair, 8)  # fmt: skip
    s.curve([(-0.5, -0.02), (-0.46, 0.18), (-0.3, 0.28), (-0.1, 0.33), (0.1, 0.33), (0.3, 0.28),
             (0.46, 0.18), (0.5, -0.02)], cloth, 8)  # fmt: skip
    s.taper([(0, 0.44), (0, 0.3), (0, 0.22)], [0.17, 0.18, 0.24], darker(skin, 0.84))
    if not lady:
        for side in (-1, 1):
            s.shape([(0.0, 0.16), (side * 0.12, 0.35), (side * 0.19, 0.3), (side * 0.08, 0.12)],
                    lighter(cloth, 0.3))  # fmt: skip
    for side in (-1, 1):
        s.oval((side * 0.185, 0.62), (0.03, 0.055), darker(skin, 0.88))
    s.curve([(-0.18, 0.72), (-0.17, 0.54), (-0.1, 0.42), (0.0, 0.38), (0.1, 0.42), (0.17, 0.54),
             (0.18, 0.72), (0.1, 0.88), (-0.1, 0.88)], skin, 8)  # fmt: skip
    light = 1 if s.canvas.light.across > 0 else -1
    s.curve([(-light * 0.18, 0.74), (-light * 0.17, 0.54), (-light * 0.09, 0.42),
             (-light * 0.05, 0.46), (-light * 0.11, 0.6)], darker(skin, 0.88), 6)  # fmt: skip
    _features(s, skin, hair, lady)
    if lady:
        s.curve([(-0.21, 0.56), (-0.21, 0.84), (0.0, 0.99), (0.21, 0.84), (0.21, 0.56),
                 (0.17, 0.72), (0.06, 0.86), (-0.08, 0.85), (-0.17, 0.72)], hair, 8)  # fmt: skip
        s.oval((-0.185, 0.53), (0.018, 0.022), (240, 236, 226))
    else:
        s.curve([(-0.2, 0.64), (-0.21, 0.84), (-0.02, 0.98), (0.19, 0.88), (0.2, 0.64),
                 (0.16, 0.78), (0.02, 0.83), (-0.13, 0.8)], hair, 8)  # fmt: skip
    for share in (-0.6, -0.2, 0.2, 0.6):
        s.line([(share * 0.1, 0.93), (share * 0.19, 0.86)], lighter(hair, 0.16), 0.012)


def _features(s: Sprite, skin: Ink, hair: Ink, lady: bool) -> None:
    """Eyes, brows, nose and mouth."""
    iris = s.chosen((84, 60, 44), (70, 110, 130), (76, 104, 70))
    for side in (-1, 1):
        u = side * 0.075
        s.oval((u, 0.645), (0.042, 0.024), (246, 242, 238))
        s.oval((u + 0.004, 0.645), (0.02, 0.022), iris)
        s.eye((u + 0.004, 0.645), 0.0105)
        s.line([(u - 0.042, 0.65), (u, 0.671), (u + 0.042, 0.65)], darker(skin, 0.4), 0.01)
        s.line([(u - 0.045, 0.7), (u, 0.715), (u + 0.04, 0.702)], darker(hair, 0.8), 0.018)
        s.oval((side * 0.1, 0.56), (0.035, 0.025), (226, 140, 120) if lady else darker(skin, 0.95))
    s.line([(0.014, 0.65), (0.024, 0.565), (0.0, 0.55)], darker(skin, 0.74), 0.011)
    s.line([(-0.024, 0.553), (0.0, 0.545)], darker(skin, 0.66), 0.011)
    lips = (190, 70, 76) if lady else (176, 104, 92)
    s.curve([(-0.055, 0.485), (-0.015, 0.497), (0.0, 0.492), (0.015, 0.497), (0.055, 0.485),
             (0.0, 0.462)], lips)  # fmt: skip
    s.line([(-0.055, 0.485), (0.0, 0.482), (0.055, 0.485)], darker(lips, 0.65), 0.007)
