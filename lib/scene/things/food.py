"""What can be eaten."""

from __future__ import annotations

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite

_LEAF: Ink = (96, 150, 70)


def _shine(s: Sprite, at: tuple[float, float], ink: Ink) -> None:
    s.oval(at, (0.07, 0.12), lighter(ink, 0.6), 20)


def apple(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (206, 48, 44)
    s.curve([(0, 0.84), (-0.3, 0.9), (-0.46, 0.55), (-0.3, 0.1), (0, 0.05), (0.3, 0.1),
        (0.46, 0.55),
             (0.3, 0.9)], skin, 8)  # fmt: skip
    _shine(s, (-0.2, 0.62), skin)
    s.line([(0, 0.82), (0.05, 1.04)], (90, 60, 40), 0.05)
    s.curve([(0.05, 0.92), (0.2, 1.07), (0.36, 1.02), (0.2, 0.9)], _LEAF)


def orangefruit(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (240, 140, 40)
    s.oval((0, 0.48), (0.48, 0.47), skin)
    for _ in range(26):
        s.oval((s.rng.uniform(-0.34, 0.34), s.rng.uniform(0.16, 0.8)), (0.018, 0.018),
               darker(skin, 0.86))  # fmt: skip
    _shine(s, (-0.2, 0.66), skin)
    s.oval((0.02, 0.93), (0.05, 0.03), (90, 110, 50))
    s.curve([(0.03, 0.93), (0.18, 1.06), (0.36, 1.02), (0.2, 0.92)], _LEAF)


def lemon(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (244, 214, 60)
    s.curve([(-0.62, 0.46), (-0.4, 0.74), (0, 0.9), (0.4, 0.74), (0.64, 0.5), (0.4, 0.18),
        (0, 0.04),
             (-0.4, 0.16)], skin, 8)  # fmt: skip
    _shine(s, (-0.2, 0.62), skin)


def pear(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (186, 190, 70)
    s.curve([(0, 0.92), (-0.14, 0.84), (-0.2, 0.6), (-0.36, 0.34), (-0.22, 0.05), (0.22, 0.05),
             (0.36, 0.34), (0.2, 0.6), (0.14, 0.84)], skin, 8)  # fmt: skip
    s.oval((0.14, 0.3), (0.12, 0.16), (210, 150, 70), 10)
    _shine(s, (-0.16, 0.34), skin)
    s.line([(0, 0.9), (0.05, 1.06)], (90, 60, 40), 0.045)


def banana(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (248, 212, 70)
    for lift, share in ((0.22, 0.85), (0.0, 1.0)):
        s.taper([(-0.8, 0.75), (-0.5, 0.3 + lift), (0.05, 0.12 + lift), (0.6, 0.34 + lift),
                 (0.8, 0.8)], [0.08, 0.26, 0.32, 0.26, 0.1], darker(skin, share))  # fmt: skip
    s.oval((0.81, 0.84), (0.06, 0.08), (110, 90, 40))
    s.oval((-0.82, 0.78), (0.05, 0.05), (80, 64, 40))


def grapes(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (110, 50, 130)
    for row, count in enumerate((1, 2, 3, 4, 4)):
        for nth in range(count):
            at = ((nth - (count - 1) / 2) * 0.22, 0.12 + row * 0.16)
            s.oval(at, (0.13, 0.13), s.varied(skin, 0.1))
            s.oval((at[0] - 0.04, at[1] + 0.05), (0.03, 0.03), lighter(skin, 0.6))
    s.line([(0, 0.84), (0.04, 1.05)], (110, 84, 50), 0.05)
    s.curve([(0.04, 0.9), (0.2, 1.08), (0.46, 0.98), (0.3, 0.82)], _LEAF)


def strawberry(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (220, 40, 56)
    s.curve([(0, 0.02), (-0.32, 0.42), (-0.4, 0.72), (-0.16, 0.86), (0.16, 0.86), (0.4, 0.72),
             (0.32, 0.42)], skin, 8)  # fmt: skip
    for v, reach in ((0.26, 0.08), (0.42, 0.18), (0.58, 0.25), (0.72, 0.24)):
        for u in (-reach, 0.02, reach):
            s.oval((u, v), (0.022, 0.034), (250, 220, 130))
    for u in (-0.3, -0.1, 0.1, 0.3):
        s.curve([(0, 0.84), (u - 0.07, 0.96), (u * 1.1, 0.78), (u + 0.07, 0.88)], _LEAF)
    s.line([(0, 0.86), (0.04, 1.04)], _LEAF, 0.05)


def bowl(s: Sprite, ink: Ink | None) -> None:
    china = ink or (196, 206, 214)
    for u, v, fruit in ((-0.42, 0.62, (206, 48, 44)), (0.4, 0.62, (240, 150, 40)),
                        (-0.05, 0.7, (186, 190, 70)), (0.16, 0.82, (206, 70, 60)),
                        (-0.24, 0.82, (244, 204, 60))):  # fmt: skip
        s.oval((u, v), (0.25, 0.25), fruit)
        s.oval((u - 0.08, v + 0.09), (0.05, 0.05), lighter(fruit, 0.6))
    s.curve([(-0.86, 0.56), (-0.6, 0.2), (-0.25, 0.04), (0.25, 0.04), (0.6, 0.2), (0.86, 0.56)],
            china)  # fmt: skip
    s.line([(-0.84, 0.56), (0, 0.51), (0.84, 0.56)], lighter(china, 0.5), 0.05)
    s.line([(-0.7, 0.36), (0, 0.3), (0.7, 0.36)], darker(china, 0.6), 0.035)


def bread(s: Sprite, ink: Ink | None) -> None:
    crust = ink or (206, 144, 74)
    s.curve(
        [(-0.85, 0.1), (-0.9, 0.55), (-0.5, 0.9), (0.5, 0.9), (0.9, 0.55), (0.85, 0.1)], crust, 8
    )
    for u in (-0.45, -0.05, 0.35):
        s.taper([(u - 0.1, 0.84), (u + 0.05, 0.62), (u + 0.2, 0.44)], [0.04, 0.11, 0.04],
                lighter(crust, 0.5))  # fmt: skip


def cake(s: Sprite, ink: Ink | None) -> None:
    cream = ink or (244, 222, 214)
    s.oval((0, 0.06), (0.9, 0.08), (226, 226, 230))
    s.box((-0.66, 0.06), (0.66, 0.42), (150, 96, 66))
    s.box((-0.66, 0.2), (0.66, 0.27), cream)
    drips = [(0.68 - 0.17 * k, 0.36 - 0.07 * (k % 2)) for k in range(9)]
    s.curve([(-0.68, 0.5), (0.68, 0.5), *drips], cream, 4)
    s.oval((0, 0.5), (0.68, 0.1), lighter(cream, 0.4))
    for u in (-0.4, -0.13, 0.13, 0.4):
        s.line(
            [(u, 0.5), (u, 0.8)], s.chosen((90, 150, 220), (240, 120, 150), (250, 200, 80)), 0.05
        )
        s.curve([(u - 0.04, 0.84), (u, 0.98), (u + 0.04, 0.84)], (255, 210, 100), 5, (255, 190, 80))


def cheese(s: Sprite, ink: Ink | None) -> None:
    rind = ink or (246, 204, 80)
    s.shape([(-0.9, 0.08), (0.8, 0.02), (0.8, 0.6), (-0.9, 0.62)], rind)
    s.shape([(-0.9, 0.6), (0.8, 0.6), (0.3, 0.98)], lighter(rind, 0.35))
    for u, v, size in ((-0.5, 0.34, 0.1), (0.0, 0.2, 0.08), (0.4, 0.4, 0.12), (-0.1, 0.46, 0.06)):
        s.oval((u, v), (size, size), darker(rind, 0.8))


def egg(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (240, 222, 196)
    s.curve([(0, 0.02), (-0.32, 0.14), (-0.38, 0.46), (-0.22, 0.84), (0, 0.98), (0.22, 0.84),
             (0.38, 0.46), (0.32, 0.14)], skin, 8)  # fmt: skip
    if ink:
        for v in (0.3, 0.5, 0.7):
            zigzag = [(u, v + 0.04 * (k % 2)) for k, u in enumerate(np.linspace(-0.3, 0.3, 9))]
            s.line(zigzag, lighter(skin, 0.6), 0.04)
    _shine(s, (-0.14, 0.62), skin)


def icecream(s: Sprite, ink: Ink | None) -> None:
    scoop = ink or (246, 176, 190)
    s.shape([(-0.22, 0.52), (0.22, 0.52), (0, 0.0)], (216, 158, 84))
    for t in (0.15, 0.3, 0.45):
        s.line([(-0.2 + t * 0.4, 0.52), (0.1 * t, 0.1)], (176, 118, 60), 0.014)
        s.line([(0.2 - t * 0.4, 0.52), (-0.1 * t, 0.1)], (176, 118, 60), 0.014)
    s.oval((-0.12, 0.62), (0.2, 0.17), (250, 236, 206))
    s.oval((0.13, 0.62), (0.19, 0.17), (130, 84, 60))
    s.oval((0, 0.8), (0.2, 0.18), scoop)
    s.oval((0.02, 0.98), (0.05, 0.05), (204, 40, 50))
