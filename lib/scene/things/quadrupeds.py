"""Animals on four legs: one way of drawing them all, from the measures of a build."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite

Point: TypeAlias = "tuple[float, float]"


@dataclass(frozen=True, slots=True)
class Build:
    """A body seen from the side, its head to the right; measures in heights of the animal."""

    coats: tuple[Ink, ...]
    leg: float  # from the ground to the belly
    deep: float  # the trunk, from belly to back
    long: float  # half the trunk's length
    thick: float  # a leg, above
    head: tuple[float, float]  # where the skull is
    skull: float
    muzzle: tuple[float, float]  # from the skull to the nose
    neck: float  # its width at the shoulders
    tail: tuple[tuple[float, float], ...] = ((-0.05, -0.1), (-0.08, -0.3))  # from the rump
    brush: float = 0.03  # the tail's width at its end
    ears: tuple[float, float] = (0.06, 0.03)  # long, wide
    belly: float = 0.0  # how far it hangs
    hump: float = 0.0
    point: float = 0.95  # the nose's width, in skulls
    tuck: float = 0.16  # how far the belly rises to the hind legs, in shares of its depth
    sag: float = 0.0  # how far the neck hangs between shoulders and head
    hoofed: bool = False
    marks: tuple[Callable[[Sprite, Build, Ink], None], ...] = ()

    @property
    def back(self) -> float:
        return self.leg + self.deep

    @property
    def seat(self) -> float:
        """Where a rider's feet are, before its flank."""
        return self.leg + self.deep * 0.2


def leg_paths(build: Build, near: bool) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Hind and fore leg in a walk, from the trunk down; the far ones are a step ahead."""
    w, leg, thick = build.long, build.leg, build.thick
    gait = 0.13 * leg * (1 if near else -1)
    inner = 0.0 if near else 0.14 * w
    hip = (-w * 0.74 + inner, leg + build.deep * 0.52)
    foot = hip[0] - gait - 0.02
    hind = (
        hip, (hip[0] + 0.14 * leg - gait * 0.3, leg * 0.94), (foot - 0.12 * leg, leg * 0.46),
        (foot - 0.03 * leg, 0.07), (foot + thick * 0.15, 0.025),
    )  # fmt: skip
    shoulder = (w * 0.74 - inner, leg + build.deep * 0.45)
    foot = shoulder[0] + gait * 1.1
    fore = (
        shoulder, (shoulder[0] - 0.02 * leg, leg * 0.95), (foot - gait * 0.35, leg * 0.5),
        (foot - 0.02 * leg, 0.07), (foot + thick * 0.1, 0.025),
    )  # fmt: skip
    return hind, fore


def draw_legs(s: Sprite, build: Build, ink: Ink, near: bool) -> None:
    hind, fore = leg_paths(build, near)
    thick = build.thick
    s.taper(hind, [build.deep * 0.62, thick * 2.1, thick * 0.95, thick * 0.7, thick * 0.85], ink)
    s.taper(fore, [build.deep * 0.5, thick * 1.7, thick * 0.98, thick * 0.68, thick * 0.85], ink)
    for path in (hind, fore):
        draw_foot(s, build, path[-1][0], ink)


def draw_foot(s: Sprite, build: Build, u: float, ink: Ink) -> None:
    """A hoof, or a paw."""
    t = build.thick
    if build.hoofed:
        s.shape([(u - t * 0.42, 0.05), (u + t * 0.42, 0.05), (u + t * 0.75, 0.0),
                 (u - t * 0.55, 0.0)], (58, 46, 42))  # fmt: skip
        return
    s.oval((u + t * 0.34, 0.022), (t * 0.78, 0.028), darker(ink, 0.9))
    for toe in (0.3, 0.75):
        s.line([(u + t * toe, 0.03), (u + t * toe + 0.004, 0.006)], darker(ink, 0.55), 0.008)


def _trunk(s: Sprite, build: Build, ink: Ink) -> None:
    w, leg, back, deep = build.long, build.leg, build.back, build.deep
    outline = [
        (-w * 1.06, leg + deep * 0.62),
        (-w * 0.92, back - deep * 0.08),
        (-w * 0.55, back + deep * 0.02),
        (-w * 0.05, back - deep * 0.05 + build.hump * 0.5),
        (w * 0.45, back + build.hump),
        (w * 0.86, back - deep * 0.08),
        (w * 1.08, leg + deep * 0.5),
        (w * 0.88, leg + deep * 0.06),
        (w * 0.35, leg - deep * 0.06 - build.belly),
        (-w * 0.2, leg + deep * build.tuck * 0.6 - build.belly),
        (-w * 0.62, leg + deep * build.tuck),
    ]
    s.curve(outline, ink, 8)
    # Its belly lies in shade.
    s.curve([(-w * 0.6, leg + deep * (build.tuck + 0.06)), (w * 0.1, leg + deep * 0.2),
             (w * 0.9, leg + deep * 0.2), (w * 0.86, leg + deep * 0.07),
             (w * 0.33, leg - deep * 0.05 - build.belly),
             (-w * 0.2, leg + deep * build.tuck * 0.62 - build.belly)],
            darker(ink, 0.8))  # fmt: skip


def _neck(s: Sprite, build: Build, ink: Ink) -> None:
    """From the withers and the chest to the skull, in one outline."""
    w, (hx, hy), skull = build.long, build.head, build.skull
    withers, chest = (w * 0.42, build.back - 0.01), (w * 1.07, build.leg + build.deep * 0.42)
    poll, throat = (hx - skull * 0.8, hy + skull * 0.5), (hx - skull * 0.1, hy - skull * 0.8)

    def between(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
        return ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2 - build.sag)

    upper, under = between(withers, poll), between(chest, throat)
    s.curve(
        [(w * 0.3, build.leg + build.deep * 0.5), withers, (upper[0] - 0.01, upper[1] + 0.012),
         poll, (hx, hy), throat, (under[0] - 0.012, under[1]), chest,
         (w * 0.8, build.leg + build.deep * 0.2)], ink, 8,
    )  # fmt: skip
    s.taper([throat, (under[0] - 0.03, under[1] + 0.005), (chest[0] - 0.06, chest[1] - 0.02)],
            [skull * 0.5, build.neck * 0.34, build.neck * 0.36], darker(ink, 0.85))  # fmt: skip


def draw_head(s: Sprite, build: Build, ink: Ink) -> None:
    (hx, hy), (mx, my), skull = build.head, build.muzzle, build.skull
    long, wide = build.ears
    for side, shade in ((-0.55, 0.72), (0.02, 1.0)):
        u, v = hx + side * skull, hy + skull * 0.55
        tip = (u - 0.012 - long * 0.12, v + long)
        s.curve([(u - wide, v), (u - wide * 0.7, v + long * 0.6), tip, (u + wide * 0.8, v)],
                darker(ink, shade), 4)  # fmt: skip
        if shade == 1.0 and long > 0.05:
            s.curve([(u - wide * 0.4, v + long * 0.15), tip, (u + wide * 0.4, v + long * 0.12)],
                    darker(ink, 0.6), 4)  # fmt: skip
    s.oval((hx, hy), (skull, skull * 0.92), ink)
    nose = (hx + mx, hy + my)
    s.taper(
        [(hx - skull * 0.1, hy - skull * 0.08), (hx + mx * 0.55, hy + my * 0.62), nose],
        [skull * 1.75, skull * (0.72 + 0.5 * build.point), skull * build.point],
        ink,
    )
    # The jaw's shade, the nostril, the mouth.
    s.taper([(hx - skull * 0.2, hy - skull * 0.7), (hx + mx * 0.5, hy + my - skull * 0.4)],
            [skull * 0.4, skull * 0.22], darker(ink, 0.82))  # fmt: skip
    s.oval((nose[0] + skull * 0.24, nose[1] + skull * 0.1), (skull * 0.17, skull * 0.16),
           darker(ink, 0.3))  # fmt: skip
    s.line([(nose[0] + skull * 0.2, nose[1] - skull * 0.25),
            (hx + mx * 0.6, hy + my - skull * 0.32)], darker(ink, 0.5), 0.01)  # fmt: skip
    at = (hx + skull * 0.35 + mx * 0.08, hy + skull * 0.22)
    s.oval((at[0], at[1] + skull * 0.02), (skull * 0.24, skull * 0.2), darker(ink, 0.7))
    s.eye(at, skull * 0.15)
    s.oval((at[0] + skull * 0.05, at[1] + skull * 0.07), (skull * 0.045, skull * 0.045),
           (240, 236, 226))  # fmt: skip


def _coat(s: Sprite, build: Build, ink: Ink) -> None:
    """A few strokes of hair, light on the back and dark below."""
    w, leg, deep = build.long, build.leg, build.deep
    for _ in range(26):
        u, share = s.rng.uniform(-0.8, 0.8), s.rng.uniform(0.2, 0.95)
        v = leg + deep * share
        shade = lighter(ink, 0.14) if share > 0.6 else darker(ink, 0.88)
        s.line([(u * w, v), (u * w - 0.05, v - 0.012)], s.varied(shade, 0.05), 0.012)


def quadruped(build: Build) -> Callable[[Sprite, Ink | None], None]:
    """The drawing of an animal of that build."""

    def animal(s: Sprite, ink: Ink | None) -> None:
        coat = ink or s.chosen(*build.coats)
        rump = (-build.long, build.back - 0.05)
        tail = [rump, *((rump[0] + u, rump[1] + v) for u, v in build.tail)]
        widths = np.linspace(0.035, build.brush, len(tail)).tolist()
        s.taper(tail, widths, darker(coat, 0.72))
        draw_legs(s, build, darker(coat, 0.66), False)
        _trunk(s, build, coat)
        _neck(s, build, coat)
        draw_legs(s, build, coat, True)
        _coat(s, build, coat)
        draw_head(s, build, coat)
        for mark in build.marks:
            mark(s, build, coat)

    return animal
