"""What flies above the scene."""

from __future__ import annotations

import math

from lib.scene.brush import Brush, Ink, Point

_STRIPES: tuple[tuple[Ink, Ink], ...] = (
    ((226, 58, 62), (252, 214, 90)),
    ((40, 108, 190), (244, 244, 236)),
    ((150, 60, 150), (250, 160, 70)),
)


def draw_airship(brush: Brush, number: int, at: Point, size: float) -> None:
    """A hot-air balloon in stripes."""
    x, y = at
    skirt, basket = y + size * 0.95, y + size * 1.42
    ropes = [
        [(x + side * size * 0.36, skirt), (x + side * size * 0.13, basket)] for side in (-1, 1)
    ]
    brush.lines(ropes, (84, 62, 50), 1.4)
    for nth, wide in enumerate((1.0, 0.72, 0.44, 0.16)):
        ink = _STRIPES[number % len(_STRIPES)][nth % 2]
        brush.ellipse(at, (size * wide, size), ink)
        # Below the point where the curve is steep, the stripes run straight down to the mouth.
        low, mouth = size * wide * 0.91, size * wide * 0.33
        cone = [
            (x - low, y + size * 0.4),
            (x + low, y + size * 0.4),
            (x + mouth, y + size * 1.12),
            (x - mouth, y + size * 1.12),
        ]
        brush.shape(cone, ink)
    sides = [
        (x - size * 0.17, basket),
        (x + size * 0.17, basket),
        (x + size * 0.13, basket + size * 0.24),
        (x - size * 0.13, basket + size * 0.24),
    ]
    brush.shape(sides, (128, 84, 50))


def draw_birds(brush: Brush, at: Point, time_s: float) -> None:
    """A flock in a wedge; each bird beats its wings at its own time."""
    unit = brush.unit
    wings = []
    for nth in range(9):
        row, side = (nth + 1) // 2, -1 if nth % 2 else 1
        x = at[0] + (3 * math.sin(time_s * 1.1 + nth) - row * 17) * unit
        y = at[1] + (side * row * 8 + 2 * math.sin(time_s * 1.7 + nth * 2)) * unit
        tip, wide = y - math.sin(time_s * 9 + nth * 1.3) * 6 * unit, 9 * unit
        bow = 2 * unit
        wings.append(
            [
                (x - wide, tip),
                (x - wide * 0.4, y - bow),
                (x, y + bow),
                (x + wide * 0.4, y - bow),
                (x + wide, tip),
            ]
        )
    brush.lines(wings, (44, 36, 62), 2.2)
