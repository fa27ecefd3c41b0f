"""The procession that walks through the scene, and its dog."""

from __future__ import annotations

import math
from typing import NamedTuple

from lib.scene.brush import Brush, Point, limb
from lib.scene.ink import Ink, darker

STRIDE = 76.0  # units, of 512 in the height: the ground covered by two steps
_SKINS: tuple[Ink, ...] = ((236, 188, 150), (150, 98, 66), (214, 160, 120), (244, 206, 170))
_TOYS: tuple[Ink, ...] = ((232, 60, 80), (70, 150, 220), (252, 210, 70), (120, 190, 90))


class Walker(NamedTuple):
    """One walker: the place in the procession, and what he or she wears and carries."""

    place: float  # across the scene, 0 to 1
    tall: float  # of 512
    coat: Ink
    trim: Ink
    hair: Ink
    carries: str


PROCESSION = (
    Walker(0.14, 128, (206, 44, 58), (250, 206, 80), (58, 34, 28), "umbrella"),
    Walker(0.37, 88, (248, 172, 40), (40, 96, 150), (120, 62, 24), "balloons"),
    Walker(0.62, 138, (36, 72, 158), (236, 232, 220), (28, 26, 34), "ribbon"),
    Walker(0.86, 122, (34, 138, 122), (246, 120, 90), (196, 140, 70), "lantern"),
)


class Figure:
    """One walker at one moment. `gone` is the ground covered, in strides, so that the feet move
    with the land."""

    def __init__(self, brush: Brush, number: int, gone: float, time_s: float) -> None:
        self._brush, self._walker = brush, PROCESSION[number]
        self._skin, self._time_s = _SKINS[number], time_s
        self._size = self._walker.tall * brush.unit
        self._phase = 2 * math.pi * gone * (138 / self._walker.tall) ** 0.5 + number * 1.7

    def draw(self, foot: Point) -> None:
        size, walker = self._size, self._walker
        dances = walker.carries == "ribbon"
        lively = 0.07 if dances or walker.tall < 100 else 0.025
        lean = 0.10 * math.sin(self._phase / 2) if dances else 0.04
        hip = (foot[0], foot[1] - size * (0.46 + lively * abs(math.sin(self._phase))))
        neck = (hip[0] + size * math.sin(lean), hip[1] - size * 0.34)
        shoulder = (neck[0] + size * 0.01, neck[1] + size * 0.05)
        self._draw_legs(hip)
        swing = -0.44 * math.sin(self._phase)
        self._line(limb(shoulder, swing, 0.35, size * 0.36), darker(walker.coat, 0.7), 0.05)
        self._draw_coat(hip, neck)
        self._draw_head((neck[0] + size * 0.015, neck[1] - size * 0.085))
        hand = getattr(self, f"_{walker.carries}")(shoulder)
        self._line([shoulder, hand], walker.coat, 0.05)
        self._brush.disc(hand, size * 0.03, self._skin)

    def _line(self, points: list[Point], ink: Ink, width: float) -> None:
        self._brush.lines([points], ink, self._walker.tall * width)

    def _draw_legs(self, hip: Point) -> None:
        for side in (-1, 1):
            bend = -0.5 * max(0.0, side * math.cos(self._phase))
            leg = limb(hip, side * 0.55 * math.sin(self._phase), bend, self._size * 0.46)
            toe = (leg[2][0] + self._size * 0.07, leg[2][1])
            self._line([*leg, toe], darker(self._walker.trim, 0.45), 0.055)

    def _draw_coat(self, hip: Point, neck: Point) -> None:
        size, trim = self._size, self._walker.trim
        flare = size * (0.20 + 0.03 * math.sin(self._phase))
        hem, waist = hip[1] + size * 0.20, hip[1] - size * 0.06
        left, right = hip[0] - size * 0.085, hip[0] + size * 0.085
        outline = [
            (neck[0] - size * 0.07, neck[1]),
            (neck[0] + size * 0.08, neck[1]),
            (right, waist),
            (hip[0] + flare * 0.9, hem),
            (hip[0] - flare * 1.1, hem),
            (left, waist),
        ]
        self._brush.shape(outline, self._walker.coat)
        self._line([(hip[0] - flare * 1.08, hem), (hip[0] + flare * 0.88, hem)], trim, 0.03)
        self._line([(left, waist), (right, waist)], trim, 0.03)
        scarf = [
            (
                neck[0] - size * (0.02 + 0.075 * k),
                neck[1] + size * (0.01 + 0.03 * math.sin(self._phase - k)),
            )
            for k in range(5)
        ]
        self._line(scarf, trim, 0.045)

    def _draw_head(self, at: Point) -> None:
        size, hair = self._size, self._walker.hair
        self._brush.disc((at[0] - size * 0.025, at[1] - size * 0.015), size * 0.088, hair)
        self._brush.disc(at, size * 0.074, self._skin)
        fringe = (at[0] - size * 0.02, at[1] - size * 0.06)
        self._brush.ellipse(fringe, (size * 0.08, size * 0.04), hair)
        self._brush.disc((at[0] + size * 0.035, at[1] - size * 0.005), size * 0.011, (40, 30, 30))

    def _umbrella(self, shoulder: Point) -> Point:
        size, trim = self._size, self._walker.trim
        hand = (shoulder[0] + size * 0.13, shoulder[1] + size * 0.02)
        tilt = 0.12 * math.sin(self._time_s * 1.3)
        top = (hand[0] + size * 0.46 * math.sin(tilt), hand[1] - size * 0.46)
        self._line([hand, top], (70, 50, 50), 0.016)
        for nth in range(4):
            left, right = -0.30 + 0.15 * nth, -0.15 + 0.15 * nth
            rim = [
                (top[0] + size * x, top[1] + size * (0.13 + 0.25 * x * x))
                for x in (left, (left + right) / 2, right)
            ]
            crown = [
                (top[0] + size * x * 0.62, top[1] + size * (0.62 * x * x - 0.02))
                for x in (right, left)
            ]
            panel = [*rim, *crown, (top[0], top[1] - size * 0.04)]
            self._brush.shape(panel, (236, 96, 70) if nth % 2 else trim)
        return hand

    def _balloons(self, shoulder: Point) -> Point:
        size = self._size
        hand = (shoulder[0] + size * 0.10, shoulder[1] - size * 0.12)
        heads = []
        for nth in range(4):
            across = (nth - 1.5) * 0.19 + 0.10 * math.sin(self._time_s * 1.6 + nth * 1.9)
            heads.append((hand[0] + size * across, hand[1] - size * (0.72 + 0.13 * (nth % 2))))
        self._brush.lines([[hand, head] for head in heads], (110, 96, 90), 1)
        for head, ink in zip(heads, _TOYS, strict=True):
            self._brush.ellipse(head, (size * 0.125, size * 0.155), ink)
            shine = (head[0] - size * 0.04, head[1] - size * 0.05)
            self._brush.disc(shine, size * 0.03, (255, 250, 240))
        return hand

    def _ribbon(self, shoulder: Point) -> Point:
        size, time_s = self._size, self._time_s
        angle = 2.4 + 0.5 * math.sin(time_s * 2.6)
        reach = size * 0.25
        hand = (shoulder[0] + reach * math.sin(angle), shoulder[1] + reach * math.cos(angle))
        path = [
            (
                hand[0] - size * 0.055 * k,
                hand[1] + size * k * (0.012 * math.sin(time_s * 5.2 - k * 0.62) - 0.02),
            )
            for k in range(16)
        ]
        self._brush.lines([path], (250, 96, 130), 6)
        self._brush.lines([path[8:]], (255, 206, 90), 4)
        return hand

    def _lantern(self, shoulder: Point) -> Point:
        size = self._size
        hand = (shoulder[0] + size * 0.17, shoulder[1] + size * 0.10)
        swing = 0.05 + 0.2 * math.sin(0.16 * math.sin(self._time_s * 2.2))
        lamp = (hand[0] + size * swing, hand[1] + size * 0.17)
        pole = (hand[0] + size * 0.05, hand[1] - size * 0.03)
        self._line([hand, pole, lamp], (60, 44, 40), 0.016)
        self._brush.ellipse(lamp, (size * 0.075, size * 0.095), (232, 92, 48))
        self._brush.ellipse(lamp, (size * 0.042, size * 0.085), (255, 226, 130))
        return hand


def draw_dog(brush: Brush, foot: Point, gone: float) -> None:
    unit, phase = brush.unit, 2 * math.pi * gone * 1.9
    ink, dark = (150, 92, 52), (110, 64, 38)
    body = (foot[0], foot[1] - 27 * unit - abs(math.sin(phase)) * 3 * unit)
    legs = []
    for nth, across in enumerate((-15, -10, 11, 16)):
        swing = 0.6 * math.sin(phase + nth * math.pi / 2)
        legs.append(limb((body[0] + across * unit, body[1] + 3 * unit), swing, -0.3, 24 * unit))
    brush.lines(legs, dark, 5)
    brush.ellipse(body, (23 * unit, 11 * unit), ink, -4)
    head = (body[0] + 25 * unit, body[1] - 12 * unit)
    rump = (body[0] - 21 * unit, body[1] - 5 * unit)
    brush.lines([limb(rump, 0.5 * math.sin(phase * 2) - 2.2, -0.4, 22 * unit)], ink, 4)
    brush.ellipse(head, (10 * unit, 8.5 * unit), ink, 12)
    brush.ellipse((head[0] + 9 * unit, head[1] + 2 * unit), (6 * unit, 4 * unit), dark)
    brush.ellipse((head[0] - 5 * unit, head[1] + 1 * unit), (4 * unit, 8 * unit), dark, 20)
