"""What stands or lies about outside."""

from __future__ import annotations

import math

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite

_WOOD: Ink = (132, 98, 70)
_IRON: Ink = (52, 50, 58)


def trunk(s: Sprite, ink: Ink | None) -> None:
    """The trunk of a tree whose crown is above the picture."""
    bark = ink or s.varied((86, 62, 48) if s.rng.random() < 0.6 else (196, 188, 176))
    w, lean = s.rng.uniform(0.03, 0.055), s.rng.uniform(-0.05, 0.05)
    s.shape([(-w * 1.7, -0.03), (-w, 0.06), (-w * 0.75 + lean, 1.1), (w * 0.75 + lean, 1.1),
             (w, 0.06), (w * 1.7, -0.03)], bark)  # fmt: skip
    for v in np.linspace(0, 1, 46):
        u = lean * v + s.rng.uniform(-w, w) * 0.85
        s.line([(u, v), (u + s.rng.uniform(-w, w) * 0.2, v + 0.03)], darker(bark, 0.65), 0.005)


def umbrella(s: Sprite, ink: Ink | None) -> None:
    cloth, pole = ink or (210, 50, 52), (80, 60, 50)
    s.line([(0, 0.0), (0, 0.97)], pole, 0.025)
    s.line([(0, 0.02), (0.03, -0.03), (0.08, -0.02), (0.09, 0.04)], pole, 0.03)
    ribs = np.linspace(-0.62, 0.62, 7)

    def rim(u: float) -> float:
        return 0.62 - 0.1 * (u / 0.62) ** 2

    for nth in range(6):
        a, b = float(ribs[nth]), float(ribs[nth + 1])
        upper = [(u * 0.62, 0.62 + 0.27 * (1 - u * u)) for u in (b, a)]
        middle = (a + b) / 2
        s.curve([(a, rim(a)), (middle, rim(middle) + 0.05), (b, rim(b)), upper[0], (0, 0.97),
                 upper[1]], cloth if nth % 2 else darker(cloth, 0.8))  # fmt: skip
    s.line([(0, 0.95), (0, 1.03)], pole, 0.025)


def fence(s: Sprite, ink: Ink | None) -> None:
    wood = ink or (224, 212, 194)
    for v in (0.35, 0.7):
        s.line([(-3, v), (3, v)], darker(wood, 0.85), 0.1)
    for u in np.arange(-3, 3.1, 0.4):
        s.shape([(u - 0.08, 0), (u + 0.08, 0), (u + 0.08, 0.9), (u, 1.02), (u - 0.08, 0.9)],
                s.varied(wood))  # fmt: skip


def rock(s: Sprite, ink: Ink | None) -> None:
    stone = ink or (128, 120, 118)
    outline = ((-0.7, -0.05), (-0.62, 0.4), (-0.3, 0.75), (0.1, 1.0), (0.42, 0.7), (0.7, 0.3),
               (0.75, -0.05))  # fmt: skip
    corners = [(u + s.rng.uniform(-0.1, 0.1), v + s.rng.uniform(-0.08, 0.05)) for u, v in outline]
    s.shape(corners, stone)
    s.shape([corners[3], corners[4], corners[5], corners[6], (0.1, -0.05)], darker(stone, 0.68))
    s.shape([corners[2], corners[3], (0.0, 0.45), (-0.3, 0.4)], lighter(stone, 0.25))
    s.shape([corners[1], corners[2], (-0.3, 0.4), (-0.5, 0.1)], darker(stone, 0.86))
    for _ in range(8):
        u, v = s.rng.uniform(-0.5, 0.5), s.rng.uniform(0.05, 0.55)
        s.line([(u, v), (u + 0.1, v + s.rng.uniform(-0.1, 0.1))], darker(stone, 0.6), 0.015)


def iceblock(s: Sprite, ink: Ink | None) -> None:
    ice = ink or (222, 236, 248)
    s.shape([(-0.9, 0), (-0.7, 0.5), (-0.3, 0.62), (-0.1, 1.0), (0.3, 0.7), (0.6, 0.76), (0.95, 0)],
            ice)  # fmt: skip
    s.shape([(-0.1, 1.0), (0.3, 0.7), (0.2, 0), (-0.1, 0.3)], (150, 196, 226))
    s.shape([(0.6, 0.76), (0.95, 0), (0.55, 0)], (132, 180, 216))
    s.shape([(-0.7, 0.5), (-0.3, 0.62), (-0.4, 0), (-0.9, 0)], (190, 220, 240))


def crystal(s: Sprite, ink: Ink | None) -> None:
    gem = ink or s.chosen((150, 110, 230), (90, 190, 230), (230, 110, 180))
    for u, lean, high, w in (
        (-0.3, -0.16, 0.62, 0.13),
        (0.3, 0.18, 0.7, 0.14),
        (0, 0.0, 1.0, 0.18),
    ):
        tip = (u + lean, high)
        s.shape([(u - w, 0), (u - w + lean * 0.7, high * 0.78), tip, (u, 0)], lighter(gem, 0.3),
                darker(gem, 0.3))  # fmt: skip
        s.shape([(u, 0), tip, (u + w + lean * 0.7, high * 0.78), (u + w, 0)], darker(gem, 0.72),
                darker(gem, 0.2))  # fmt: skip


def fire(s: Sprite, ink: Ink | None) -> None:
    for u in (-0.3, 0.1, 0.3):
        s.taper([(-u, 0.02), (u, 0.12)], [0.1, 0.08], (90, 56, 40))
    inks = ((220, 70, 20), (250, 140, 30), (255, 220, 110)) if ink is None else (
        darker(ink, 0.8), ink, lighter(ink, 0.6))  # fmt: skip
    for flame, w, high in zip(inks, (0.3, 0.22, 0.12), (1.0, 0.75, 0.5), strict=True):
        s.curve([(-w, 0.1), (-w * 0.9, 0.35 * high), (-w * 0.35, 0.5 * high), (-w * 0.2, high),
                 (w * 0.25, 0.6 * high), (w * 0.55, 0.75 * high), (w, 0.3 * high), (w * 0.8, 0.08)],
                flame, 8, darker(flame, 0.9))  # fmt: skip
    for u in (-0.42, -0.2, 0.02, 0.24, 0.44):
        s.oval((u, 0.02), (0.12, 0.06), (110, 104, 104))


def lamp(s: Sprite, ink: Ink | None) -> None:
    """A street lamp."""
    iron = ink or _IRON
    s.line([(0, 0), (0, 0.84)], iron, 0.03)
    s.box((-0.05, 0), (0.05, 0.06), iron)
    s.line([(-0.06, 0.78), (0.06, 0.78)], iron, 0.016)
    s.shape([(-0.04, 0.84), (0.04, 0.84), (0.065, 0.95), (-0.065, 0.95)], (255, 236, 180),
            (255, 205, 120) if s.windows else None)  # fmt: skip
    s.line([(0, 0.84), (0, 0.95)], iron, 0.01)
    s.shape([(-0.08, 0.95), (0.08, 0.95), (0, 1)], iron)


def signpost(s: Sprite, ink: Ink | None) -> None:
    board = ink or (170, 124, 80)
    s.line([(0, 0), (0, 1)], darker(_WOOD, 0.8), 0.06)
    s.shape([(-0.06, 0.78), (0.36, 0.78), (0.46, 0.87), (0.36, 0.96), (-0.06, 0.96)], board)
    s.shape([(0.06, 0.54), (-0.36, 0.54), (-0.46, 0.63), (-0.36, 0.72), (0.06, 0.72)],
            darker(board, 0.88))  # fmt: skip
    for u, v in ((0.02, 0.88), (-0.3, 0.64)):
        s.line([(u, v), (u + 0.28, v)], darker(board, 0.5), 0.025)


def bench(s: Sprite, ink: Ink | None) -> None:
    wood = ink or (150, 104, 66)
    for u in (-0.7, 0.7):
        s.line([(u - 0.05, 0), (u, 0.45), (u - 0.02, 1.0)], _IRON, 0.07)
        s.line([(u + 0.06, 0), (u + 0.03, 0.44)], _IRON, 0.07)
    for v in (0.42, 0.5, 0.68, 0.82, 0.95):
        s.box((-0.85, v - 0.04), (0.85, v + 0.04), s.varied(wood, 0.05))


def barrel(s: Sprite, ink: Ink | None) -> None:
    wood = ink or (146, 100, 62)
    s.curve([(-0.3, 0.02), (-0.42, 0.5), (-0.3, 0.96), (0.3, 0.96), (0.42, 0.5), (0.3, 0.02)], wood)
    for u in (-0.2, -0.07, 0.07, 0.2):
        s.line([(u, 0.03), (u * 1.35, 0.5), (u, 0.95)], darker(wood, 0.75), 0.015)
    for v, reach in ((0.16, 0.36), (0.5, 0.41), (0.82, 0.36)):
        s.line([(-reach, v), (0, v - 0.03), (reach, v)], (92, 90, 96), 0.05)
    s.oval((0, 0.95), (0.29, 0.06), darker(wood, 0.8))


def chest(s: Sprite, ink: Ink | None) -> None:
    wood, gold = ink or (140, 88, 50), (236, 190, 80)
    s.box((-0.7, 0), (0.7, 0.52), wood)
    s.curve([(-0.7, 0.5), (-0.66, 0.84), (-0.4, 1.0), (0.4, 1.0), (0.66, 0.84), (0.7, 0.5)],
            lighter(wood, 0.1), 4)  # fmt: skip
    for u in (-0.56, 0.56):
        s.box((u - 0.07, 0), (u + 0.07, 0.94), darker(gold, 0.75))
    s.line([(-0.7, 0.52), (0.7, 0.52)], darker(wood, 0.5), 0.05)
    s.box((-0.1, 0.4), (0.1, 0.62), gold)
    s.oval((0, 0.5), (0.03, 0.05), (60, 44, 30))


def letterbox(s: Sprite, ink: Ink | None) -> None:
    red = ink or (204, 44, 40)
    s.box((-0.17, 0), (0.17, 0.06), darker(red, 0.5))
    s.box((-0.15, 0.06), (0.15, 0.86), red)
    s.box((0.07, 0.06), (0.15, 0.86), darker(red, 0.78))
    s.curve([(-0.18, 0.84), (-0.16, 0.94), (0, 1.0), (0.16, 0.94), (0.18, 0.84)], red)
    s.box((-0.09, 0.7), (0.07, 0.74), (40, 30, 32))
    s.box((-0.08, 0.5), (0.05, 0.62), (240, 236, 226))


def flag(s: Sprite, ink: Ink | None) -> None:
    cloth = ink or s.chosen((210, 50, 50), (50, 100, 190), (240, 190, 60))
    s.line([(0, 0), (0, 1.02)], (150, 140, 130), 0.025)
    top = [(0.01 + 0.09 * k, 0.98 + 0.025 * math.sin(k * 1.6)) for k in range(6)]
    low = [(u, v - 0.27) for u, v in top[::-1]]
    s.shape(top + low, cloth)
    s.shape([(u, v - 0.09) for u, v in top] + [(u, v - 0.18) for u, v in top[::-1]],
            lighter(cloth, 0.75))  # fmt: skip


def ball(s: Sprite, ink: Ink | None) -> None:
    skin = ink or (220, 70, 60)
    s.oval((0, 0.5), (0.5, 0.5), skin)
    for turn in (-50, 10, 70):
        angle = math.radians(turn)
        s.taper([(0.46 * math.sin(angle), 0.5 + 0.46 * math.cos(angle)), (0.0, 0.56),
                 (0.1, 0.5)], [0.2, 0.06, 0.02], lighter(skin, 0.7))  # fmt: skip
    s.oval((-0.15, 0.7), (0.12, 0.1), lighter(skin, 0.75), 20)


def sandcastle(s: Sprite, ink: Ink | None) -> None:
    sand = ink or (224, 188, 126)
    s.shape([(-0.9, 0), (-0.7, 0.4), (0.7, 0.4), (0.9, 0)], darker(sand, 0.85))
    for u, w, high in ((-0.55, 0.18, 0.7), (0.55, 0.18, 0.7), (0, 0.24, 0.9)):
        s.shape([(u - w * 1.1, 0.2), (u + w * 1.1, 0.2), (u + w, high), (u - w, high)], sand)
        s.shape([(u + w * 0.3, 0.2), (u + w * 1.1, 0.2), (u + w, high), (u + w * 0.3, high)],
                darker(sand, 0.8))  # fmt: skip
        for at in (-0.8, 0.0, 0.8):
            s.box((u + at * w - 0.05, high), (u + at * w + 0.05, high + 0.07), sand)
    s.line([(0, 0.9), (0, 1.12)], (110, 80, 60), 0.025)
    s.shape([(0, 1.12), (0.2, 1.06), (0, 1.0)], (210, 60, 60))


def pier(s: Sprite, ink: Ink | None) -> None:
    """A pier that leads away from the foot of the picture."""
    wood = ink or _WOOD

    def edges(t: float) -> tuple[float, float, float]:
        v = 0.05 + 0.88 * t
        return -0.95 + 1.095 * t, 0.55 - 0.315 * t, v

    s.shape([(-0.95, 0.05), (0.55, 0.05), (0.235, 0.93), (0.145, 0.93)], wood)
    for k in range(44):
        t = 1 - (1 - k / 44) ** 2.2
        left, right, v = edges(t)
        s.line([(left, v), (right, v)], darker(wood, 0.7 if k % 2 else 0.86),
               0.012 * (1 - t) + 0.0015)  # fmt: skip
    for k in range(8):
        t = 1 - (1 - k / 8) ** 2
        left, right, v = edges(t)
        w = (1 - t) * 0.05 + 0.008
        for u in (left, right):
            s.shape([(u - w, v - w * 3.2), (u + w, v - w * 3.2), (u + w, v + w * 3.4),
                     (u - w, v + w * 3.4)], darker(wood, 0.55))  # fmt: skip
            s.oval((u, v + w * 3.4), (w, w * 0.4), darker(wood, 0.8))
    s.shape([(0.12, 0.92), (0.26, 0.92), (0.25, 1.02), (0.13, 1.02)], darker(wood, 0.7))
    s.shape([(0.1, 1.02), (0.28, 1.02), (0.19, 1.1)], darker(wood, 0.5))


def road(s: Sprite, ink: Ink | None) -> None:
    """A road that leads away, where the place has none of its own."""
    earth = ink or (196, 166, 126)
    left, right = [], []
    for t in np.linspace(0, 1, 24):
        middle, half = 0.22 * math.sin(t * 4.4) * (1 - t), 0.46 * (1 - t) ** 1.5 + 0.012
        left.append((middle - half, t))
        right.append((middle + half, t))
    s.shape(left + right[::-1], earth)
    for t in np.linspace(0, 0.9, 26):
        middle, half = 0.22 * math.sin(t * 4.4) * (1 - t), 0.46 * (1 - t) ** 1.5 + 0.012
        u = middle + half * s.rng.uniform(-0.9, 0.6)
        s.line(
            [(u, t), (u + half * 0.3, t)], s.varied(darker(earth, 0.86)), 0.012 * (1 - t) + 0.002
        )


def skull(s: Sprite, ink: Ink | None) -> None:
    bone = ink or (236, 228, 206)
    s.oval((0, 0.62), (0.42, 0.38), bone)
    s.curve([(-0.26, 0.34), (-0.24, 0.04), (0.24, 0.04), (0.26, 0.34)], bone, 4)
    for u in (-0.16, 0.16):
        s.eye((u, 0.54), 0.11, (44, 36, 36))
    s.shape([(-0.05, 0.3), (0.05, 0.3), (0, 0.42)], (60, 50, 48))
    for u in (-0.14, -0.05, 0.05, 0.14):
        s.line([(u, 0.06), (u, 0.2)], (90, 80, 72), 0.02)


def sword(s: Sprite, ink: Ink | None) -> None:
    steel = ink or (206, 214, 224)
    s.shape([(-0.05, 0.28), (0.05, 0.28), (0.04, 0.92), (0, 1.0), (-0.04, 0.92)], steel)
    s.shape([(0, 0.28), (0.05, 0.28), (0.04, 0.92), (0, 1.0)], darker(steel, 0.75))
    s.box((-0.16, 0.25), (0.16, 0.3), (214, 176, 80))
    s.line([(0, 0.06), (0, 0.26)], (90, 56, 44), 0.055)
    s.oval((0, 0.05), (0.045, 0.045), (214, 176, 80))


def heart(s: Sprite, ink: Ink | None) -> None:
    red = ink or (214, 40, 60)
    s.curve([(0, 0.02), (-0.4, 0.42), (-0.5, 0.74), (-0.3, 0.98), (-0.06, 0.88), (0, 0.74),
             (0.06, 0.88), (0.3, 0.98), (0.5, 0.74), (0.4, 0.42)], red, 8)  # fmt: skip
    s.oval((-0.24, 0.76), (0.09, 0.06), lighter(red, 0.6), 40)
