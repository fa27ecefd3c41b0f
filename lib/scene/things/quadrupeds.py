"""Animals on four legs: one way of drawing, and a table of builds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lib.scene.ink import Ink, darker, lighter
from lib.scene.sprite import Sprite


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
    marks: tuple[Callable[[Sprite, Build, Ink], None], ...] = ()

    @property
    def back(self) -> float:
        return self.leg + self.deep

    @property
    def seat(self) -> float:
        """Where a rider's feet are, before its flank."""
        return self.leg + self.deep * 0.2


def _legs(s: Sprite, build: Build, ink: Ink, near: bool) -> None:
    """Hind and fore leg; the far pair stands a little before the near one."""
    step, w = (0.0 if near else 0.1), build.long
    t = build.thick
    high = build.leg + build.deep * 0.35
    hind = -w * 0.78 + step
    knee = build.leg * 0.55
    s.taper(
        [(hind, high), (hind + 0.03, knee * 1.35), (hind - 0.035, knee * 0.75), (hind, 0.02)],
        [t * 2.1, t * 1.15, t * 0.72, t * 0.72],
        ink,
    )
    fore = w * 0.74 - step
    s.taper(
        [(fore, high), (fore + 0.01, knee), (fore, knee * 0.5), (fore + 0.01, 0.02)],
        [t * 1.7, t * 0.9, t * 0.68, t * 0.68],
        ink,
    )
    for u in (hind, fore):
        s.oval((u + t * 0.3, 0.015), (t * 0.62, 0.02), darker(ink, 0.55))


def _trunk(s: Sprite, build: Build, ink: Ink) -> None:
    w, leg, back = build.long, build.leg, build.back
    s.curve(
        [
            (-w * 1.08, leg + build.deep * 0.6),
            (-w * 0.95, back - 0.02),
            (-w * 0.35, back - build.deep * 0.06 + build.hump * 0.4),
            (w * 0.3, back + build.hump),
            (w * 0.9, back + 0.01),
            (w * 1.12, leg + build.deep * 0.55),
            (w * 0.85, leg + 0.01),
            (w * 0.1, leg - 0.02 - build.belly),
            (-w * 0.7, leg + build.deep * 0.12),
        ],
        ink,
        8,
    )


def _head(s: Sprite, build: Build, ink: Ink) -> None:
    w, (hx, hy), (mx, my) = build.long, build.head, build.muzzle
    shoulder = (w * 0.72, build.leg + build.deep * 0.62)
    middle = ((shoulder[0] + hx) / 2 + 0.01, (shoulder[1] + hy) / 2 + 0.01)
    s.taper(
        [shoulder, middle, (hx - build.skull * 0.2, hy)],
        [build.neck, build.neck * 0.78, build.skull * 1.5],
        ink,
    )
    long, wide = build.ears
    for side, shade in ((-0.5, 0.8), (0.1, 1.0)):
        root = (hx + side * build.skull, hy + build.skull * 0.6)
        s.taper([root, (root[0] - 0.01, root[1] + long)], [wide * 1.6, wide * 0.5],
                darker(ink, shade))  # fmt: skip
    s.oval((hx, hy), (build.skull, build.skull * 0.94), ink)
    nose = (hx + mx, hy + my)
    s.taper(
        [(hx, hy), (hx + mx * 0.6, hy + my * 0.7), nose],
        [build.skull * 1.7, build.skull * (0.7 + 0.53 * build.point), build.skull * build.point],
        ink,
    )
    s.oval((nose[0] + build.skull * 0.28, nose[1]), (build.skull * 0.16, build.skull * 0.2),
           darker(ink, 0.35))  # fmt: skip
    s.eye((hx + build.skull * 0.45 + mx * 0.1, hy + build.skull * 0.25), build.skull * 0.16)


def quadruped(build: Build) -> Callable[[Sprite, Ink | None], None]:
    """The drawing of an animal of that build."""

    def animal(s: Sprite, ink: Ink | None) -> None:
        coat = ink or s.chosen(*build.coats)
        rump = (-build.long, build.back - 0.05)
        tail = [rump, *((rump[0] + u, rump[1] + v) for u, v in build.tail)]
        widths = np.linspace(0.035, build.brush, len(tail)).tolist()
        s.taper(tail, widths, darker(coat, 0.72))
        _legs(s, build, darker(coat, 0.72), False)
        _trunk(s, build, coat)
        _legs(s, build, coat, True)
        _head(s, build, coat)
        for mark in build.marks:
            mark(s, build, coat)

    return animal


# --- what one animal has and another has not


def _mane(s: Sprite, build: Build, coat: Ink) -> None:
    (hx, hy), w = build.head, build.long
    hair = darker(coat, 0.45) if sum(coat) > 240 else lighter(coat, 0.3)
    s.curve(
        [(hx - 0.02, hy + 0.1), (hx - 0.08, hy + 0.02), (w * 0.62, build.back + 0.02),
         (w * 0.5, build.back - 0.02), (hx - 0.16, hy - 0.04), (hx - 0.1, hy + 0.07)],
        hair,
    )  # fmt: skip
    s.taper([(-w, build.back - 0.04), (-w - 0.11, build.back - 0.1), (-w - 0.13, 0.3)],
            [0.05, 0.1, 0.04], hair)  # fmt: skip


def _horn(s: Sprite, build: Build, _coat: Ink) -> None:
    hx, hy = build.head
    s.taper([(hx + 0.04, hy + 0.06), (hx + 0.14, hy + 0.3)], [0.04, 0.008], (244, 216, 150))


def _stripes(s: Sprite, build: Build, coat: Ink) -> None:
    dark, w = ((34, 30, 34) if sum(coat) > 500 else darker(coat, 0.3)), build.long
    for u in np.linspace(-0.95, 0.9, 11):
        lean = 0.05 * (1 - abs(u))
        low, high = build.leg + build.deep * 0.15, build.back - 0.015 - 0.03 * u * u
        s.taper([(u * w, high), (u * w - lean, (low + high) / 2), (u * w + lean * 0.3, low)],
                [0.03, 0.026, 0.008], dark)  # fmt: skip
    shoulder, (hx, hy) = (w * 0.8, build.leg + build.deep * 0.7), build.head
    for t in (0.35, 0.55, 0.75):
        u = shoulder[0] + (hx - shoulder[0]) * t
        v = shoulder[1] + (hy - shoulder[1]) * t
        s.line([(u - 0.05, v + 0.045), (u + 0.04, v - 0.04)], dark, 0.022)
    for u in (-w * 0.78, w * 0.74):
        for v in (0.1, 0.2, 0.3):
            if v < build.leg:
                s.line([(u - 0.03, v), (u + 0.03, v)], dark, 0.016)


def _patches(s: Sprite, build: Build, coat: Ink) -> None:
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


def _cow_head(s: Sprite, build: Build, _coat: Ink) -> None:
    (hx, hy), (mx, my), w = build.head, build.muzzle, build.long
    s.oval((hx + mx, hy + my), (0.055, 0.05), (226, 160, 150))
    for u in (-0.04, 0.06):
        s.taper([(hx + u, hy + 0.08), (hx + u * 1.8, hy + 0.17)], [0.035, 0.012], (226, 210, 176))
    s.oval((-w * 0.35, build.leg - 0.02), (0.09, 0.055), (232, 176, 166))


def _goat_head(s: Sprite, build: Build, coat: Ink) -> None:
    (hx, hy), (mx, my) = build.head, build.muzzle
    for u in (-0.03, 0.03):
        s.taper([(hx + u, hy + 0.06), (hx + u - 0.04, hy + 0.18), (hx + u - 0.14, hy + 0.24)],
                [0.04, 0.03, 0.01], (150, 130, 104))  # fmt: skip
    s.taper([(hx + mx * 0.6, hy + my - 0.03), (hx + mx * 0.5, hy + my - 0.15)], [0.04, 0.01],
            darker(coat, 0.8))  # fmt: skip


def _lion_mane(s: Sprite, build: Build, _coat: Ink) -> None:
    hx, hy = build.head
    s.dabs([(hx - 0.06, hy - 0.02, 0.17, 0.19)], 70, 0.05,
           [(96, 52, 24), (140, 80, 36), (176, 110, 52), (200, 140, 70)], 1.0)  # fmt: skip
    face = (214, 168, 104)
    s.oval((hx + 0.06, hy - 0.01), (0.095, 0.1), face)
    s.taper([(hx + 0.08, hy - 0.02), (hx + 0.17, hy - 0.05)], [0.11, 0.08], lighter(face, 0.2))
    s.oval((hx + 0.2, hy - 0.035), (0.022, 0.02), (60, 40, 36))
    s.eye((hx + 0.1, hy + 0.025), 0.014)
    s.oval((-build.long - 0.2, build.back - 0.28), (0.04, 0.06), (110, 64, 32))


def _fox_face(s: Sprite, build: Build, coat: Ink) -> None:
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
    for u in (-w * 0.78, w * 0.74):
        s.taper([(u, 0.17), (u, 0.08), (u, 0.02)], [0.05, 0.05, 0.05], (50, 38, 36))


def _antlers(s: Sprite, build: Build, _coat: Ink) -> None:
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


def _humps(s: Sprite, build: Build, coat: Ink) -> None:
    w, back = build.long, build.back
    for u in (-0.45, 0.3):
        shape = ((-0.13, -0.06), (-0.06, 0.14), (0.02, 0.2), (0.08, 0.12), (0.13, -0.06))
        s.curve([(u * w + x, back + y) for x, y in shape], coat, 7)
        s.oval((u * w + 0.01, back + 0.17), (0.05, 0.035), darker(coat, 0.8))


def _panda_marks(s: Sprite, build: Build, _coat: Ink) -> None:
    (hx, hy), black, w = build.head, (38, 36, 40), build.long
    _legs(s, build, black, True)
    s.curve([(w * 0.5, build.back), (w * 0.8, build.back), (w, build.leg), (w * 0.6, build.leg)],
            black)  # fmt: skip
    _head(s, build, (240, 238, 232))
    for u in (-0.08, 0.05):
        s.oval((hx + u, hy + 0.12), (0.045, 0.045), black)
    s.oval((hx + 0.07, hy + 0.02), (0.035, 0.045), black, 30)
    s.eye((hx + 0.08, hy + 0.03), 0.012, (250, 250, 250))


def _rhino_horn(s: Sprite, build: Build, _coat: Ink) -> None:
    (hx, hy), (mx, my) = build.head, build.muzzle
    s.taper([(hx + mx, hy + my + 0.05), (hx + mx + 0.08, hy + my + 0.26)], [0.09, 0.015],
            (224, 214, 196))  # fmt: skip
    s.taper([(hx + mx * 0.5, hy + my * 0.5 + 0.08), (hx + mx * 0.6, hy + 0.16)], [0.06, 0.015],
            (210, 200, 184))  # fmt: skip


def _giraffe_net(s: Sprite, build: Build, coat: Ink) -> None:
    (hx, hy), w, dark = build.head, build.long, darker(coat, 0.6)
    for u in np.linspace(-0.85, 0.75, 6):
        for row in (0.3, 0.75):
            s.oval((u * w + s.rng.uniform(-0.01, 0.01), build.leg + build.deep * row),
                   (0.034, 0.04), dark, s.rng.uniform(-40, 40))  # fmt: skip
    low = (w * 0.72, build.leg + build.deep * 0.6)
    for t in np.linspace(0.15, 0.9, 8):
        at = (low[0] + (hx - low[0]) * t, low[1] + (hy - low[1]) * t)
        s.oval(at, (0.02, 0.024), dark, s.rng.uniform(-40, 40))
    for u in (-0.02, 0.01):
        s.line([(hx + u, hy + 0.02), (hx + u - 0.01, hy + 0.075)], dark, 0.012)


def _pig_face(s: Sprite, build: Build, coat: Ink) -> None:
    (hx, hy), (mx, my) = build.head, build.muzzle
    s.oval((hx + mx + 0.03, hy + my), (0.035, 0.07), darker(coat, 0.82))
    rump = (-build.long * 1.05, build.back - 0.1)
    s.line([rump, (rump[0] - 0.06, rump[1] + 0.04), (rump[0] - 0.02, rump[1] + 0.08),
            (rump[0] - 0.09, rump[1] + 0.1)], darker(coat, 0.8), 0.025)  # fmt: skip


def _floppy_ears(s: Sprite, build: Build, coat: Ink) -> None:
    hx, hy = build.head
    s.taper([(hx - 0.07, hy + 0.08), (hx - 0.12, hy - 0.02), (hx - 0.08, hy - 0.14)],
            [0.06, 0.11, 0.06], darker(coat, 0.66))  # fmt: skip
    s.line([(hx - 0.1, hy - 0.14), (hx + 0.02, hy - 0.17)], (190, 50, 46), 0.035)


_HORSE = Build(
    ((140, 88, 56), (90, 62, 48), (220, 206, 190), (60, 52, 54)),
    *(0.42, 0.25, 0.36, 0.055, (0.52, 0.86), 0.075, (0.15, -0.12), 0.24),
    tail=((-0.08, -0.08), (-0.1, -0.3)), ears=(0.07, 0.025), marks=(_mane,),
)  # fmt: skip
_DOG = Build(
    ((150, 98, 60), (210, 170, 110), (70, 60, 58), (236, 226, 210)),
    *(0.36, 0.26, 0.36, 0.075, (0.48, 0.8), 0.13, (0.17, -0.04), 0.24),
    tail=((-0.12, 0.06), (-0.16, 0.24)), brush=0.04, ears=(0.02, 0.03), marks=(_floppy_ears,),
)  # fmt: skip

BUILDS = {
    "horse": _HORSE,
    "unicorn": Build(
        ((244, 238, 240),),
        *(0.42, 0.25, 0.36, 0.055, (0.52, 0.84), 0.075, (0.15, -0.12), 0.24),
        tail=((-0.08, -0.08), (-0.1, -0.3)), ears=(0.07, 0.025), marks=(_mane, _horn),
    ),
    "zebra": Build(
        ((240, 236, 230),),
        *(0.4, 0.27, 0.36, 0.055, (0.5, 0.86), 0.08, (0.14, -0.11), 0.24),
        ears=(0.07, 0.03), marks=(_stripes,),
    ),
    "cow": Build(
        ((240, 234, 224), (160, 96, 60)),
        *(0.32, 0.4, 0.5, 0.075, (0.66, 0.8), 0.11, (0.15, -0.12), 0.3),
        tail=((-0.06, -0.1), (-0.07, -0.36)), ears=(0.02, 0.05), belly=0.02,
        marks=(_patches, _cow_head),
    ),
    "goat": Build(
        ((222, 212, 198), (120, 96, 80)),
        *(0.36, 0.3, 0.34, 0.05, (0.46, 0.78), 0.085, (0.13, -0.09), 0.2),
        tail=((-0.06, 0.08),), ears=(0.02, 0.04), marks=(_goat_head,),
    ),
    "pig": Build(
        ((238, 176, 166),),
        *(0.2, 0.6, 0.56, 0.09, (0.6, 0.56), 0.2, (0.2, -0.07), 0.4),
        tail=((-0.02, 0.0),), ears=(0.12, 0.09), belly=0.03, marks=(_pig_face,),
    ),
    "dog": _DOG,
    "wolf": Build(
        ((128, 124, 124), (90, 88, 92)),
        *(0.38, 0.28, 0.38, 0.06, (0.52, 0.82), 0.1, (0.18, -0.06), 0.26),
        tail=((-0.12, -0.06), (-0.18, -0.24)), brush=0.09, ears=(0.11, 0.04),
    ),
    "fox": Build(
        ((210, 104, 44),),
        *(0.27, 0.27, 0.42, 0.06, (0.55, 0.7), 0.115, (0.25, -0.08), 0.27),
        tail=((0.06, -0.04),), ears=(0.17, 0.07), point=0.4, marks=(_fox_face,),
    ),
    "lion": Build(
        ((206, 158, 92),),
        *(0.36, 0.3, 0.46, 0.075, (0.54, 0.8), 0.13, (0.13, -0.05), 0.32),
        tail=((-0.12, -0.1), (-0.2, -0.24)), marks=(_lion_mane,),
    ),
    "tiger": Build(
        ((226, 138, 56),),
        *(0.36, 0.32, 0.5, 0.075, (0.6, 0.74), 0.13, (0.13, -0.05), 0.28),
        tail=((-0.16, -0.06), (-0.26, 0.12)), brush=0.04, ears=(0.04, 0.05), marks=(_stripes,),
    ),
    "bear": Build(
        ((104, 72, 54), (70, 54, 48)),
        *(0.26, 0.5, 0.5, 0.11, (0.6, 0.66), 0.16, (0.18, -0.06), 0.44),
        tail=((-0.03, 0.0),), ears=(0.05, 0.06), belly=0.03, hump=0.05,
    ),
    "panda": Build(
        ((240, 238, 232),),
        *(0.24, 0.52, 0.48, 0.12, (0.56, 0.68), 0.18, (0.14, -0.05), 0.44),
        tail=((-0.03, 0.0),), ears=(0.05, 0.06), belly=0.04, marks=(_panda_marks,),
    ),
    "camel": Build(
        ((196, 150, 96),),
        *(0.42, 0.22, 0.38, 0.05, (0.62, 0.9), 0.07, (0.14, -0.05), 0.15),
        tail=((-0.05, -0.12), (-0.06, -0.22)), ears=(0.03, 0.025), marks=(_humps,),
    ),
    "rhino": Build(
        ((138, 134, 136),),
        *(0.26, 0.58, 0.62, 0.13, (0.78, 0.62), 0.17, (0.2, -0.12), 0.46),
        tail=((-0.04, -0.24),), ears=(0.09, 0.04), belly=0.04, marks=(_rhino_horn,),
    ),
    "giraffe": Build(
        ((226, 184, 112),),
        *(0.36, 0.15, 0.19, 0.032, (0.34, 0.93), 0.036, (0.08, -0.035), 0.11),
        tail=((-0.03, -0.08), (-0.04, -0.18)), ears=(0.01, 0.02), marks=(_giraffe_net,),
    ),
    "deer": Build(
        ((160, 104, 64),),
        *(0.36, 0.2, 0.28, 0.036, (0.42, 0.72), 0.058, (0.11, -0.05), 0.13),
        tail=((-0.02, 0.02),), ears=(0.05, 0.03), marks=(_antlers,),
    ),
    "kangaroo": Build(
        ((176, 124, 84),),
        *(0.3, 0.3, 0.2, 0.075, (0.3, 0.84), 0.075, (0.1, -0.05), 0.2),
        tail=((-0.14, -0.24), (-0.4, -0.46)), brush=0.03, ears=(0.14, 0.035),
    ),
}  # fmt: skip
