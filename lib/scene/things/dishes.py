"""What is served."""

from __future__ import annotations

import math

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite


def _plate(s: Sprite, v: float, wide: float, tall: float) -> None:
    s.oval((0, v), (wide, tall), (214, 214, 216))
    s.oval((0, v + tall * 0.12), (wide * 0.95, tall * 0.86), (246, 245, 240))


def pizza(s: Sprite, _ink: Ink | None) -> None:
    _plate(s, 0.42, 1.75, 0.42)
    s.oval((0, 0.55), (1.5, 0.4), (206, 148, 80))
    s.oval((0, 0.58), (1.32, 0.33), (206, 70, 40))
    s.oval((0, 0.6), (1.24, 0.3), (246, 206, 110))
    for nth in range(9):
        turn, far = nth * 2.4, 0.9 * math.sqrt((nth + 0.5) / 9)
        at = (1.15 * far * math.cos(turn), 0.6 + 0.25 * far * math.sin(turn))
        s.oval(at, (0.15, 0.06), (186, 50, 44))
        s.oval((at[0] - 0.03, at[1] + 0.015), (0.08, 0.025), (216, 90, 76))
    for _ in range(6):
        at = (s.rng.uniform(-0.9, 0.9), 0.6 + s.rng.uniform(-0.16, 0.16))
        s.oval(at, (0.1, 0.035), (70, 130, 60), s.rng.uniform(-40, 40))
    for turn in np.linspace(0.2, 3.0, 4):
        s.line([(-1.28 * math.cos(turn), 0.6 - 0.3 * math.sin(turn)),
                (1.28 * math.cos(turn), 0.6 + 0.3 * math.sin(turn))], (176, 104, 54),
               0.02)  # fmt: skip


def burger(s: Sprite, _ink: Ink | None) -> None:
    bun: Ink = (214, 146, 74)
    s.curve([(-0.58, 0.16), (-0.5, 0.0), (0.5, 0.0), (0.58, 0.16)], darker(bun, 0.92))
    s.curve([(-0.62, 0.2), (0.62, 0.2), (0.6, 0.36), (-0.6, 0.36)], (104, 60, 38))
    s.shape([(-0.6, 0.36), (0.6, 0.36), (0.3, 0.26), (0.0, 0.34), (-0.34, 0.25)], (250, 200, 70))
    s.curve([(-0.64, 0.4), (-0.4, 0.34), (-0.15, 0.42), (0.1, 0.34), (0.38, 0.42), (0.64, 0.38),
             (0.6, 0.48), (-0.6, 0.48)], (110, 170, 70))  # fmt: skip
    s.curve([(-0.56, 0.46), (0.56, 0.46), (0.54, 0.54), (-0.54, 0.54)], (206, 60, 46))
    s.curve([(-0.6, 0.54), (-0.54, 0.82), (0.0, 1.0), (0.54, 0.82), (0.6, 0.54)], bun, 8)
    for _ in range(16):
        u = s.rng.uniform(-0.42, 0.42)
        s.oval((u, 0.92 - 0.5 * u * u - s.rng.uniform(0.02, 0.16)), (0.028, 0.018),
               (250, 232, 190))  # fmt: skip


def beer(s: Sprite, ink: Ink | None) -> None:
    brew = ink or (226, 152, 40)
    ring = [(0.26 + 0.15 * math.sin(k * 0.35), 0.42 + 0.24 * math.cos(k * 0.35)) for k in range(10)]
    s.line(ring, (206, 222, 230), 0.06)
    s.box((-0.28, 0.0), (0.28, 0.84), (206, 222, 230))
    s.box((-0.235, 0.06), (0.235, 0.74), brew)
    for u in (-0.14, 0.0, 0.14):
        s.line([(u, 0.1), (u, 0.7)], lighter(brew, 0.35), 0.035)
    for u, v, size in ((-0.2, 0.84, 0.11), (-0.06, 0.89, 0.13), (0.1, 0.88, 0.12),
                       (0.22, 0.83, 0.09), (-0.24, 0.76, 0.07)):  # fmt: skip
        s.oval((u, v), (size, size * 0.85), (250, 246, 234))


def croissant(s: Sprite, ink: Ink | None) -> None:
    crust = ink or (212, 142, 68)
    path = [(-0.85, 0.16), (-0.6, 0.42), (-0.25, 0.58), (0.15, 0.6), (0.55, 0.46), (0.86, 0.16)]
    s.taper(path, [0.16, 0.44, 0.72, 0.74, 0.46, 0.16], crust)
    for (u, v), lean in zip(path[1:5], (-0.12, -0.05, 0.05, 0.12), strict=True):
        s.line([(u + lean, v - 0.3), (u - lean * 0.4, v + 0.3)], darker(crust, 0.66), 0.045)
        s.line([(u + lean + 0.09, v - 0.22), (u + 0.09 - lean * 0.4, v + 0.26)],
               lighter(crust, 0.3), 0.04)  # fmt: skip


def donut(s: Sprite, ink: Ink | None) -> None:
    icing = ink or s.chosen((240, 130, 170), (120, 70, 46), (250, 240, 230))
    s.oval((0, 0.45), (0.66, 0.45), (206, 146, 84))
    s.oval((0, 0.56), (0.62, 0.4), icing)
    s.oval((0, 0.6), (0.2, 0.11), (150, 100, 60))
    for _ in range(18):
        turn, far = s.rng.uniform(0, 6.28), s.rng.uniform(0.5, 0.9)
        at = (0.58 * far * math.cos(turn), 0.58 + 0.34 * far * math.sin(turn))
        ink_ = s.chosen((250, 220, 80), (90, 170, 240), (250, 250, 250), (220, 60, 80))
        s.oval(at, (0.045, 0.018), ink_, s.rng.uniform(0, 180))


def pancakes(s: Sprite, _ink: Ink | None) -> None:
    _plate(s, 0.1, 0.88, 0.12)
    for nth in range(5):
        v = 0.16 + nth * 0.13
        s.oval((s.rng.uniform(-0.02, 0.02), v), (0.62, 0.12), (176, 108, 54))
        s.oval((0, v + 0.035), (0.6, 0.1), (226, 168, 96))
    s.curve([(-0.5, 0.74), (-0.2, 0.8), (0.3, 0.8), (0.5, 0.74), (0.42, 0.5), (0.34, 0.7),
             (0.1, 0.66), (-0.06, 0.4), (-0.14, 0.68), (-0.4, 0.68)], (150, 76, 26))  # fmt: skip
    s.box((-0.13, 0.76), (0.13, 0.88), (250, 226, 130))


def sushi(s: Sprite, _ink: Ink | None) -> None:
    s.shape([(-1.5, 0.0), (1.5, 0.0), (1.6, 0.14), (-1.6, 0.14)], (124, 84, 56))
    for nth, u in enumerate((-1.1, -0.4, 0.35, 1.05)):
        s.curve([(u - 0.3, 0.16), (u - 0.3, 0.5), (u + 0.3, 0.5), (u + 0.3, 0.16)],
                (248, 246, 238), 4)  # fmt: skip
        fish = ((238, 126, 84), (206, 66, 70), (244, 160, 110), (250, 220, 120))[nth]
        s.curve([(u - 0.38, 0.44), (u - 0.26, 0.74), (u + 0.26, 0.76), (u + 0.38, 0.46),
                 (u, 0.54)], fish, 6)  # fmt: skip
        for lean in (-0.14, 0.02, 0.18):
            s.line([(u + lean, 0.56), (u + lean + 0.06, 0.72)], lighter(fish, 0.45), 0.03)
    s.line([(-1.5, 0.9), (1.4, 1.0)], (150, 60, 44), 0.045)
    s.line([(-1.5, 0.98), (1.4, 1.06)], (150, 60, 44), 0.045)


def soup(s: Sprite, ink: Ink | None) -> None:
    bowl = ink or s.chosen((190, 60, 54), (70, 110, 160), (226, 214, 190))
    s.curve([(-0.8, 0.72), (-0.66, 0.26), (-0.3, 0.04), (0.3, 0.04), (0.66, 0.26), (0.8, 0.72)],
            bowl, 8)  # fmt: skip
    s.box((-0.3, 0.0), (0.3, 0.07), darker(bowl, 0.7))
    s.oval((0, 0.72), (0.8, 0.2), lighter(bowl, 0.3))
    s.oval((0, 0.71), (0.7, 0.15), (214, 136, 56))
    for nth in range(4):
        u = -0.45 + nth * 0.26
        s.line([(u, 0.68), (u + 0.1, 0.76), (u + 0.22, 0.69), (u + 0.34, 0.75)],
               (250, 220, 140), 0.035)  # fmt: skip
    s.oval((0.34, 0.72), (0.15, 0.07), (250, 246, 236))
    s.oval((0.34, 0.725), (0.075, 0.04), (248, 184, 60))
    for u in (-0.3, -0.16, 0.06):
        s.oval((u, 0.74), (0.05, 0.02), (90, 150, 70))
