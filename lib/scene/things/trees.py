"""Trees and bushes."""

from __future__ import annotations

import math

import numpy as np

from lib.scene.ink import Ink, Inks, darker, lighter, ramp
from lib.scene.sprite import Sprite

GREEN: Inks = ((38, 74, 50), (58, 104, 56), (92, 138, 64), (140, 172, 82))
AUTUMN: Inks = ((120, 44, 26), (178, 70, 28), (220, 116, 36), (240, 176, 66))
BLOSSOM: Inks = ((176, 92, 124), (222, 130, 160), (244, 178, 198), (254, 228, 234))
SNOWY: Inks = ((60, 72, 84), (84, 98, 108), (150, 164, 176), (200, 210, 220))
PINE: Inks = ((20, 48, 44), (32, 70, 56), (52, 94, 66), (84, 124, 80))
LEAVES = {"spring": BLOSSOM, "summer": GREEN, "autumn": AUTUMN, "winter": SNOWY}


def leaves(s: Sprite, ink: Ink | None) -> Inks:
    return ramp(ink) if ink else LEAVES[s.season]


def tree(s: Sprite, ink: Ink | None) -> None:
    if s.season == "winter" and not ink:
        bare(s, None)
        return
    _leafy(s, leaves(s, ink))


def _leafy(s: Sprite, inks: Inks) -> None:
    bark = (84, 58, 44)
    lean = s.rng.uniform(-0.04, 0.04)
    s.taper([(0, -0.03), (lean * 0.4, 0.2), (lean, 0.5)], [0.13, 0.08, 0.05], bark)
    for side in (-1, 1):
        s.taper([(lean * 0.6, 0.26), (side * 0.08, 0.4), (side * 0.17, 0.58)], [0.05, 0.035, 0.02],
                bark)  # fmt: skip
    for u in (-0.02, 0.012):
        s.line([(u * 1.6, 0.02), (u + lean * 0.5, 0.4)], darker(bark, 0.75), 0.01)
    lumps = []
    for nth in range(9):  # around the middle, as leaves are around a bud
        turn, far = nth * 2.4 + s.rng.uniform(-0.4, 0.4), 0.95 * math.sqrt((nth + 0.4) / 9)
        size = s.rng.uniform(0.12, 0.165)
        lumps.append((lean + 0.25 * far * math.cos(turn), 0.68 + 0.19 * far * math.sin(turn),
                      size, size * 0.86))  # fmt: skip
    foliage(s, lumps, inks, 0.026)


def foliage(
    s: Sprite, lumps: list[tuple[float, float, float, float]], inks: Inks, leaf: float
) -> None:
    """Lumps of leaves with a ragged edge; each has a light side, and lies before the one above."""
    for u, v, wide, tall in sorted(lumps, key=lambda lump: -lump[1]):
        s.oval((u, v), (wide * 0.92, tall * 0.92), inks[0])
        rim = s.rng.uniform(0, 2 * math.pi, 14)
        for turn in rim.tolist():
            at = (u + wide * 0.96 * math.cos(turn), v + tall * 0.96 * math.sin(turn))
            ink = inks[1 if math.sin(turn) > 0.1 else 0]
            s.oval(at, (leaf * 1.1, leaf * 0.8), s.varied(ink, 0.1), math.degrees(turn) + 60)
        s.dabs([(u, v, wide * 0.95, tall * 0.95)], 34, leaf, inks)


def blossomtree(s: Sprite, ink: Ink | None) -> None:
    """A tree that blossoms, at whatever time of the year."""
    _leafy(s, ramp(ink) if ink else BLOSSOM)


def bare(s: Sprite, ink: Ink | None) -> None:
    bark = ink or (74, 60, 56)

    def branch(foot: tuple[float, float], angle: float, length: float, width: float) -> None:
        tip = (foot[0] + math.sin(angle) * length, foot[1] + math.cos(angle) * length)
        s.line([foot, tip], bark, width)
        if length > 0.07:
            for _ in range(3):
                turn = angle + s.rng.uniform(-0.75, 0.75)
                branch(tip, turn, length * s.rng.uniform(0.6, 0.8), width * 0.6)

    branch((0, -0.02), s.rng.uniform(-0.06, 0.06), 0.34, 0.05)


def pine(s: Sprite, ink: Ink | None) -> None:
    inks = ramp(ink) if ink else PINE
    s.box((-0.03, -0.03), (0.03, 0.2), (80, 56, 44))
    for nth in range(7):
        v, w = 0.09 + nth * 0.122, 0.28 * (1 - nth / 7.8)
        edge = [(-w, v), (-w * 0.55, v - 0.022), (-w * 0.2, v + 0.015), (w * 0.3, v - 0.025)]
        s.shape([*edge, (w * 0.6, v + 0.01), (w, v), (0.0, v + 0.26)],
                s.varied(inks[nth % 2]))  # fmt: skip
        s.shape([(-w * 0.85, v + 0.015), (-w * 0.2, v + 0.03), (0, v + 0.25)], s.varied(inks[2]))
        for _ in range(7):
            u = s.rng.uniform(-w, w * 0.8)
            y = v + 0.2 * (1 - abs(u) / w) * s.rng.random()
            s.line([(u, y), (u + 0.03 * (1 if u > 0 else -1), y - 0.03)], s.varied(inks[3]), 0.012)


def christmastree(s: Sprite, ink: Ink | None) -> None:
    pine(s, ink)
    for nth in range(22):
        v = 0.12 + 0.78 * nth / 22
        u = s.rng.uniform(-1, 1) * 0.24 * (1 - v)
        bulb = s.chosen((240, 60, 60), (255, 210, 90), (90, 170, 250), (250, 120, 200))
        s.oval((u, v), (0.016, 0.016), bulb, 0, bulb)
    points = [(0.06 * (1 if k % 2 == 0 else 0.45) * math.sin(k * math.pi / 5),
               1.0 + 0.06 * (1 if k % 2 == 0 else 0.45) * math.cos(k * math.pi / 5))
              for k in range(10)]  # fmt: skip
    s.shape(points, (255, 220, 110), (255, 200, 80))


def cypress(s: Sprite, ink: Ink | None) -> None:
    inks = ramp(ink)[:3] if ink else ((26, 52, 44), (44, 80, 54), (70, 104, 64))
    s.curve([(-0.06, 0), (-0.1, 0.3), (-0.07, 0.7), (0, 1), (0.06, 0.7), (0.1, 0.3), (0.05, 0)],
            inks[1])  # fmt: skip
    s.dabs([(0, 0.4, 0.07, 0.36)], 80, 0.026, inks, 1.5)


def palm(s: Sprite, ink: Ink | None) -> None:
    lean, inks = s.rng.uniform(-0.16, 0.16), ramp(ink) if ink else GREEN
    trunk = [(0, -0.02), (lean * 0.3, 0.3), (lean * 0.7, 0.55), (lean, 0.76)]
    s.taper(trunk, [0.06, 0.045, 0.036, 0.03], (120, 88, 60))
    for t in np.linspace(0, 0.74, 16):
        u = float(np.interp(t, [p[1] for p in trunk], [p[0] for p in trunk]))
        s.line([(u - 0.022, t), (u + 0.016, t - 0.012)], (150, 114, 78), 0.01)
    top = (lean, 0.77)
    for nth, angle in enumerate(np.linspace(-2.3, 2.3, 12)):
        reach = 0.34 + 0.03 * (nth % 3)
        end = (lean + math.sin(angle) * reach, 0.8 + math.cos(angle) * 0.2 - 0.05 * abs(angle))
        middle = (lean + math.sin(angle) * reach * 0.55, 0.85 + math.cos(angle) * 0.14)
        frond = s.varied(inks[1 + nth % 3])
        s.curve([top, (middle[0], middle[1] + 0.025), end, (middle[0], middle[1] - 0.05)], frond)
        for t in np.linspace(0.25, 0.95, 6):  # leaflets that hang down
            u = (1 - t) ** 2 * top[0] + 2 * t * (1 - t) * middle[0] + t * t * end[0]
            v = (1 - t) ** 2 * top[1] + 2 * t * (1 - t) * (middle[1] + 0.02) + t * t * end[1]
            hanging = (u + 0.02 * math.sin(angle), v - 0.06 * (1.2 - t))
            s.line([(u, v), hanging], darker(frond, 0.85), 0.014)
    for u in (-0.03, 0.0, 0.035):
        s.oval((lean + u, 0.75), (0.022, 0.022), (110, 70, 44))


def cactus(s: Sprite, ink: Ink | None) -> None:
    green = ink or (76, 124, 80)

    def arm(points: list[tuple[float, float]], width: float) -> None:
        s.line(points, green, width)
        s.oval(points[-1], (width / 2, width / 2), green)
        s.oval(points[0], (width / 2, width / 2), green)

    arms = [(side * s.rng.uniform(0.22, 0.28), s.rng.uniform(0.24, 0.5), s.rng.uniform(0.16, 0.34))
            for side in ((1, -1), (1,), (-1, 1))[int(s.rng.integers(3))]]  # fmt: skip
    arm([(0, -0.02), (0, 0.92)], 0.16)
    for reach, v, up in arms:
        arm([(0, v), (reach * 0.9, v + 0.01), (reach, v + 0.06), (reach, v + up)], 0.1)
    for u in (-0.045, 0.0, 0.045):
        s.line([(u, 0.02), (u, 0.95)], lighter(green, 0.25), 0.012)
    for reach, v, up in arms:
        s.line([(reach, v + 0.06), (reach, v + up)], lighter(green, 0.25), 0.012)
    s.oval((0, 1.0), (0.04, 0.025), (230, 100, 130))


def bush(s: Sprite, ink: Ink | None) -> None:
    clumps = [
        (-0.5 + 0.25 * nth + s.rng.uniform(-0.08, 0.08), s.rng.uniform(0.26, 0.6), 0.32, 0.3)
        for nth in range(5)
    ]
    foliage(s, clumps, leaves(s, ink), 0.07)


def stump(s: Sprite, ink: Ink | None) -> None:
    bark = ink or (112, 80, 58)
    s.curve([(-0.6, -0.04), (-0.4, 0.2), (-0.36, 0.8), (0.36, 0.8), (0.4, 0.2), (0.62, -0.04)],
            bark)  # fmt: skip
    for u in np.linspace(-0.3, 0.3, 7):
        s.line([(u * 1.2, 0.06), (u, 0.74)], darker(bark, 0.7), 0.03)
    s.oval((0, 0.8), (0.37, 0.17), (206, 168, 120))
    for radius in (0.28, 0.18, 0.08):
        s.oval((0, 0.8), (radius, radius * 0.46), darker((206, 168, 120), 0.8 + radius / 2))
