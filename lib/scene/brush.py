"""Draws smooth shapes at fractions of a pixel, so that slow movement does not jump from pixel to
pixel."""

from __future__ import annotations

import math
from typing import TypeAlias

import cv2
import numpy as np

from lib.core.pixels import Pixels
from lib.scene.ink import Ink

Point: TypeAlias = "tuple[float, float]"
_SHIFT = 4
_ONE = 1 << _SHIFT


class Brush:
    """`unit` is the number of pixels to one unit of a scene that is 512 units high."""

    def __init__(self, surface: Pixels, unit: float) -> None:
        self.surface, self.unit = surface, unit

    def disc(self, at: Point, radius: float, ink: Ink) -> None:
        centre = (round(at[0] * _ONE), round(at[1] * _ONE))
        cv2.circle(self.surface, centre, round(radius * _ONE), ink, -1, cv2.LINE_AA, _SHIFT)

    def ellipse(self, at: Point, axes: Point, ink: Ink, angle: float = 0.0) -> None:
        centre = (round(at[0] * _ONE), round(at[1] * _ONE))
        radii = (max(1, round(axes[0] * _ONE)), max(1, round(axes[1] * _ONE)))
        cv2.ellipse(self.surface, centre, radii, angle, 0, 360, ink, -1, cv2.LINE_AA, _SHIFT)

    def shape(self, points: list[Point], ink: Ink) -> None:
        corners = np.array(points) * _ONE
        cv2.fillPoly(self.surface, [corners.astype(np.int32)], ink, cv2.LINE_AA, _SHIFT)

    def lines(self, lines: list[list[Point]], ink: Ink, width: float) -> None:
        """Draw several lines at once: a call costs as much as ten short lines."""
        paths = [(np.array(line) * _ONE).astype(np.int32) for line in lines]
        thick = max(1, round(width * self.unit))
        cv2.polylines(self.surface, paths, False, ink, thick, cv2.LINE_AA, _SHIFT)


def limb(root: Point, angle: float, bend: float, length: float) -> list[Point]:
    """A leg or an arm of two equal parts; angles are in radians from straight down."""
    joint = (root[0] + math.sin(angle) * length / 2, root[1] + math.cos(angle) * length / 2)
    lower = angle + bend
    return [
        root,
        joint,
        (joint[0] + math.sin(lower) * length / 2, joint[1] + math.cos(lower) * length / 2),
    ]
