"""What one animal on four legs has and another has not: a mane, stripes, antlers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite
from lib.scene.things.quadrupeds import Build, draw_foot, draw_head, draw_legs, leg_paths


def mane(s: Sprite, build: Build, coat: Ink) -> None:
    (hx, hy), w, skull = build.head, build.long, build.skull
    hair = darker(coat, 0.45) if sum(coat) > 240 else lighter(coat, 0.22)
    poll, withers = (hx - skull * 0.75, hy + skull * 0.75), (w * 0.4, build.back + 0.01)
    for share in np.linspace(0, 1, 15):
        u, v = (a + (b - a) * share for a, b in zip(poll, withers, strict=True))
        fall = 0.1 + 0.05 * float(np.sin(share * 3))
        s.taper([(u + 0.012, v + 0.02), (u - 0.02, v - fall * 0.3), (u - 0.03, v - fall)],
                [0.04, 0.045, 0.01], s.varied(hair, 0.12))  # fmt: skip
    s.taper([(hx + skull * 0.2, hy + skull * 0.95), (hx + skull * 0.55, hy + skull * 0.2)],
            [0.035, 0.012], hair)  # fmt: skip
    rump = (-w * 1.02, build.back - 0.05)
    for lean in (-0.02, 0.01, 0.04):
        s.taper([rump, (rump[0] - 0.09 + lean, rump[1] - 0.06), (rump[0] - 0.13 + lean, 0.36),
                 (rump[0] - 0.1 + lean, 0.2)], [0.035, 0.06, 0.055, 0.012],
                s.varied(hair, 0.12))  # fmt: skip


def horn(s: Sprite, build: Build, _coat: Ink) -> None:
    hx, hy = build.head
    s.taper([(hx + 0.04, hy + 0.06), (hx + 0.14, hy + 0.3)], [0.04, 0.008], (244, 216, 150))


def stripes(s: Sprite, build: Build, coat: Ink) -> None:
    dark, w = ((34, 30, 34) if sum(coat) > 500 else darker(coat, 0.26)), build.long
    for nth, u in enumerate(np.linspace(-0.88, 0.94, 12)):
        lean = -0.05 if u < 0 else 0.03
        low = build.leg + build.deep * (0.24 if nth % 2 else 0.12)
        high = build.back - 0.012 - 0.035 * u * u
        s.taper([(u * w, high), (u * w + lean * 0.4, (low + high) / 2 + 0.02), (u * w + lean, low)],
                [0.032, 0.026, 0.005], dark)  # fmt: skip
    (hx, hy), skull = build.head, build.skull
    ends = (w * 0.5, build.back - 0.03), (hx - skull * 0.7, hy + skull * 0.35)
    long = build.deep * 0.36
    for share in (0.15, 0.36, 0.57, 0.78):
        u, v = (a + (b - a) * share for a, b in zip(*ends, strict=True))
        s.taper([(u - 0.02, v), (u + long * 0.5, v - long * 0.42), (u + long * 0.8, v - long)],
                [0.026, 0.022, 0.005], dark)  # fmt: skip
    for path in leg_paths(build, True):
        for (u, v), (x, y) in pairwise(path[:4]):
            for share in (0.35, 0.75):
                at = (u + (x - u) * share, v + (y - v) * share)
                half = build.thick * (0.75 if v > build.leg * 0.9 else 0.45)
                s.taper([(at[0] - half, at[1] + 0.008), (at[0] + half * 0.7, at[1] - 0.006)],
                        [0.018, 0.006], dark)  # fmt: skip


def patches(s: Sprite, build: Build, coat: Ink) -> None:
    dark = (60, 48, 46) if sum(coat) > 500 else darker(coat, 0.5)
    w, middle = build.long, build.leg + build.deep * 0.6
    for u, v, size in ((-0.6, 0.0, 0.12), (0.2, 0.05, 0.13), (0.75, -0.04, 0.08)):
        points = [
            (
                u * w + size * k[0] * s.rng.uniform(0.7, 1.2),
                middle + v + size * k[1] * s.rng.uniform(0.7, 1.1),
            )
            for k in ((1, 0), (0.6, 0.7), (-0.3, 0.9), (-1, 0.2), (-0.6, -0.8), (0.4, -0.8))
        ]
        s.curve(points, dark)  # fmt: skip


def cow_head(s: Sprite, build: Build, _coat: Ink) -> None:
    (hx, hy), (mx, my), w = build.head, build.muzzle, build.long
    s.oval((hx + mx, hy + my), (0.055, 0.05), (226, 160, 150))
    for u in (-0.04, 0.06):
        s.taper([(hx + u, hy + 0.08), (hx + u * 1.8, hy + 0.17)], [0.035, 0.012], (226, 210, 176))
    s.oval((-w * 0.35, build.leg - 0.02), (0.09, 0.055), (232, 176, 166))


def goat_head(s: Sprite, build: Build, coat: Ink) -> None:
    (hx, hy), (mx, my) = build.head, build.muzzle
    for u in (-0.03, 0.03):
        s.taper([(hx + u, hy + 0.06), (hx + u - 0.04, hy + 0.18), (hx + u - 0.14, hy + 0.24)],
                [0.04, 0.03, 0.01], (150, 130, 104))  # fmt: skip
    s.taper([(hx + mx * 0.6, hy + my - 0.03), (hx + mx * 0.5, hy + my - 0.15)], [0.04, 0.01],
            darker(coat, 0.8))  # fmt: skip


def lion_mane(s: Sprite, build: Build, _coat: Ink) -> None:
    (hx, hy), w = build.head, build.long
    inks = [(84, 44, 22), (118, 64, 30), (150, 88, 42), (184, 116, 58)]
    middle = (hx - 0.07, hy - 0.06)
    s.curve([(hx + 0.05, hy + 0.17), (hx - 0.12, hy + 0.16), (hx - 0.26, hy - 0.02),
             (w * 0.55, build.leg + build.deep * 0.5), (w * 0.95, build.leg + build.deep * 0.05),
             (hx + 0.02, hy - 0.24), (hx + 0.1, hy - 0.1)], inks[0], 8)  # fmt: skip
    for turn in np.linspace(0.4, 6.0, 46):
        for far, reach, shade in ((0.16, 0.1, 0), (0.1, 0.1, 1), (0.06, 0.08, 2)):
            out = np.array((np.cos(turn), np.sin(turn) * 1.1))
            begin = np.array(middle) + out * far
            tip = begin + out * reach * s.rng.uniform(0.6, 1.1) + (-0.02, -0.03)
            s.taper([tuple(begin), tuple(tip)], [0.035, 0.01],
                    s.varied(inks[shade + (s.rng.random() < 0.4)], 0.1))  # fmt: skip
    face = (218, 172, 108)
    s.oval((hx + 0.03, hy), (0.105, 0.115), face)
    s.oval((hx - 0.06, hy + 0.105), (0.04, 0.04), darker(face, 0.8))
    s.taper([(hx + 0.05, hy - 0.03), (hx + 0.16, hy - 0.055)], [0.14, 0.1], lighter(face, 0.25))
    s.oval((hx + 0.205, hy - 0.02), (0.026, 0.022), (70, 44, 40))
    s.line([(hx + 0.19, hy - 0.075), (hx + 0.1, hy - 0.085)], (110, 76, 56), 0.012)
    s.oval((hx + 0.085, hy + 0.035), (0.026, 0.02), darker(face, 0.6))
    s.eye((hx + 0.088, hy + 0.035), 0.014)
    s.oval((-w - 0.2, build.back - 0.28), (0.04, 0.06), (110, 64, 32))


def fox_face(s: Sprite, build: Build, coat: Ink) -> None:
    (hx, hy), (mx, my), w = build.head, build.muzzle, build.long
    white = (244, 236, 226) if sum(coat) > 200 else lighter(coat, 0.3)
    s.taper([(-w * 0.9, build.back - 0.1), (-w - 0.16, build.back - 0.2), (-w - 0.36, 0.22),
             (-w - 0.54, 0.2), (-w - 0.68, 0.27)], [0.08, 0.15, 0.2, 0.16, 0.02],
            darker(coat, 0.88))  # fmt: skip
    s.curve([(-w - 0.5, 0.28), (-w - 0.47, 0.2), (-w - 0.51, 0.12), (-w - 0.62, 0.19),
             (-w - 0.7, 0.29)], white)  # fmt: skip
    s.curve([(hx - 0.07, hy - 0.09), (w * 0.98, build.back - 0.04), (w * 1.06, build.leg + 0.08),
             (w * 0.84, build.leg + 0.1), (w * 0.86, build.back - 0.06)], white)  # fmt: skip
    s.taper([(hx - 0.02, hy - 0.06), (hx + mx * 0.55, hy + my - 0.03), (hx + mx, hy + my - 0.015)],
            [0.09, 0.055, 0.03], white)  # fmt: skip
    socks(s, build, (50, 38, 36))


def antlers(s: Sprite, build: Build, _coat: Ink) -> None:
    (hx, hy), bone, w = build.head, (120, 92, 66), build.long
    for side in (-0.05, 0.03):
        root, bend = (hx + side * 0.6, hy + 0.05), (hx + side * 2 - 0.03, hy + 0.16)
        s.line([root, bend, (hx + side * 2.6 + 0.02, hy + 0.27)], bone, 0.02)
        s.line([bend, (bend[0] + 0.09, bend[1] + 0.07)], bone, 0.015)
        s.line([bend, (bend[0] - 0.07, bend[1] + 0.09)], bone, 0.015)
    s.oval((-w * 1.02, build.back - 0.08), (0.045, 0.06), (240, 230, 216))
    for _ in range(9):
        s.oval((s.rng.uniform(-w * 0.8, w * 0.4), build.back - s.rng.uniform(0.03, 0.1)),
               (0.011, 0.009), (226, 206, 180))  # fmt: skip


def humps(s: Sprite, build: Build, coat: Ink) -> None:
    w, back = build.long, build.back
    for u in (-0.45, 0.3):
        shape = ((-0.13, -0.06), (-0.06, 0.14), (0.02, 0.2), (0.08, 0.12), (0.13, -0.06))
        s.curve([(u * w + x, back + y) for x, y in shape], coat, 7)
        s.oval((u * w + 0.01, back + 0.17), (0.05, 0.035), darker(coat, 0.8))


def panda_marks(s: Sprite, build: Build, _coat: Ink) -> None:
    (hx, hy), black, w = build.head, (38, 36, 40), build.long
    draw_legs(s, build, black, True)
    s.curve([(w * 0.5, build.back), (w * 0.8, build.back), (w, build.leg), (w * 0.6, build.leg)],
            black)  # fmt: skip
    draw_head(s, build, (240, 238, 232))
    for u in (-0.08, 0.05):
        s.oval((hx + u, hy + 0.12), (0.045, 0.045), black)
    s.oval((hx + 0.07, hy + 0.02), (0.035, 0.045), black, 30)
    s.eye((hx + 0.08, hy + 0.03), 0.012, (250, 250, 250))


def rhino_horn(s: Sprite, build: Build, _coat: Ink) -> None:
    (hx, hy), (mx, my) = build.head, build.muzzle
    s.taper([(hx + mx, hy + my + 0.05), (hx + mx + 0.08, hy + my + 0.26)], [0.09, 0.015],
            (224, 214, 196))  # fmt: skip
    s.taper([(hx + mx * 0.5, hy + my * 0.5 + 0.08), (hx + mx * 0.6, hy + 0.16)], [0.06, 0.015],
            (210, 200, 184))  # fmt: skip


def giraffe_net(s: Sprite, build: Build, coat: Ink) -> None:
    (hx, hy), w, dark = build.head, build.long, darker(coat, 0.6)

    def patch(u: float, v: float, size: float) -> None:
        corners = [(u + size * np.cos(turn) * s.rng.uniform(0.75, 1.1),
                    v + size * np.sin(turn) * s.rng.uniform(0.75, 1.1))
                   for turn in np.linspace(0, 6.28, 6)[:-1]]  # fmt: skip
        s.shape(corners, s.varied(dark, 0.08))

    for u in np.linspace(-0.88, 0.86, 7):
        for row in (0.28, 0.55, 0.82):
            patch(u * w + 0.02 * (row == 0.55), build.leg + build.deep * row, 0.021)
    low, high = (w * 0.72, build.leg + build.deep * 0.72), (hx - 0.005, hy - 0.02)
    for share in np.linspace(0.05, 0.94, 13):
        u, v = (a + (b - a) * share for a, b in zip(low, high, strict=True))
        half = 0.045 * (1 - share) + 0.012
        for side in (-1, 1) if share < 0.6 else (0,):
            patch(u + side * half * 0.6, v + side * half * 0.3, 0.022 - 0.008 * share)
    for path in leg_paths(build, True):
        for (u, v), (x, y) in pairwise(path[:3]):
            for share in (0.3, 0.75):
                patch(u + (x - u) * share, v + (y - v) * share, 0.013)
    for u in (-0.02, 0.01):
        s.line([(hx + u, hy + 0.02), (hx + u - 0.01, hy + 0.075)], dark, 0.012)


def pig_face(s: Sprite, build: Build, coat: Ink) -> None:
    (hx, hy), (mx, my) = build.head, build.muzzle
    s.oval((hx + mx + 0.03, hy + my), (0.035, 0.07), darker(coat, 0.82))
    rump = (-build.long * 1.05, build.back - 0.1)
    s.line([rump, (rump[0] - 0.06, rump[1] + 0.04), (rump[0] - 0.02, rump[1] + 0.08),
            (rump[0] - 0.09, rump[1] + 0.1)], darker(coat, 0.8), 0.025)  # fmt: skip


def floppy_ears(s: Sprite, build: Build, coat: Ink) -> None:
    hx, hy = build.head
    s.taper([(hx - 0.07, hy + 0.08), (hx - 0.12, hy - 0.02), (hx - 0.08, hy - 0.14)],
            [0.06, 0.11, 0.06], darker(coat, 0.66))  # fmt: skip
    s.line([(hx - 0.1, hy - 0.14), (hx + 0.02, hy - 0.17)], (190, 50, 46), 0.035)


def socks(s: Sprite, build: Build, ink: Ink) -> None:
    """Dark lower legs."""
    for near, shade in ((False, 0.7), (True, 1.0)):
        for path in leg_paths(build, near):
            t, dark = build.thick, darker(ink, shade)
            s.taper([path[2], path[3], path[4]], [t * 0.9, t * 0.72, t * 0.86], dark)
            draw_foot(s, build, path[-1][0], dark)


def crest(s: Sprite, build: Build, coat: Ink) -> None:
    """A short mane that stands up."""
    (hx, hy), skull = build.head, build.skull
    poll, withers = (hx - skull * 0.6, hy + skull * 0.8), (build.long * 0.45, build.back)
    for nth, share in enumerate(np.linspace(0, 1, 17)):
        u, v = (a + (b - a) * share for a, b in zip(poll, withers, strict=True))
        s.taper([(u + 0.01, v - 0.01), (u - 0.03, v + 0.035)], [0.03, 0.012],
                (40, 36, 40) if nth % 3 else coat)  # fmt: skip
