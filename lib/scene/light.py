"""The light of a day that lasts two minutes: all colours that change with the hour."""

from __future__ import annotations

import math
from typing import NamedTuple

from lib.scene.ink import Ink, mixed

DAY_S = 120.0
STEP_S = 0.5  # between two tints of the layers: no step is visible, and it saves CPU time


class Light(NamedTuple):
    zenith: Ink
    sky: Ink
    horizon: Ink
    cloud: Ink  # added to the sky
    far: Ink  # the others multiply: 255 leaves a layer as it was painted
    hill: Ink
    near: Ink
    glow: Ink
    stars: float


# The hours of a day, which repeats; the scene begins with the first, an hour before sunset.
_HOURS = (
    (0.00, Light((52, 96, 186), (205, 168, 160), (255, 208, 120),
                 (112, 70, 42), (178, 140, 180), (236, 196, 140),
                 (255, 236, 200), (255, 190, 90), 0.0)),
    (0.20, Light((46, 34, 112), (182, 62, 128), (255, 128, 66),
                 (120, 38, 62), (124, 68, 148), (168, 104, 150),
                 (222, 172, 186), (255, 110, 60), 0.25)),
    (0.42, Light((12, 16, 66), (26, 58, 128), (48, 146, 150),
                 (24, 42, 70), (54, 76, 148), (70, 108, 158),
                 (140, 160, 214), (150, 180, 235), 1.0)),
    (0.62, Light((72, 84, 170), (232, 142, 176), (255, 206, 162),
                 (92, 60, 70), (166, 126, 190), (204, 164, 180),
                 (236, 214, 212), (255, 200, 170), 0.1)),
    (0.80, Light((28, 108, 216), (104, 180, 240), (208, 236, 240),
                 (84, 82, 78), (140, 170, 222), (206, 232, 178),
                 (255, 255, 250), (190, 170, 120), 0.0)),
)  # fmt: skip


def hour_at(seconds: float) -> float:
    """The time of the day, 0 to 1."""
    return (seconds / DAY_S) % 1.0


def light_at(hour: float) -> Light:
    for at, ((begin, before), (end, after)) in enumerate(
        zip(_HOURS, (*_HOURS[1:], (1.0, _HOURS[0][1])), strict=True)
    ):
        if hour < end or at == len(_HOURS) - 1:
            share = (hour - begin) / (end - begin)
            share = share * share * (3 - 2 * share)
            return _mixed(before, after, share)
    raise ValueError(f"{hour} is no hour")


def _mixed(before: Light, after: Light, share: float) -> Light:
    stars = before.stars + (after.stars - before.stars) * share
    zenith, sky, horizon, cloud, far, hill, near, glow = (
        mixed(a, b, share) for a, b in zip(before[:8], after[:8], strict=True)
    )
    return Light(zenith, sky, horizon, cloud, far, hill, near, glow, stars)


def arc(hour: float, rise: float, length: float) -> tuple[float, float] | None:
    """How far along its arc and how high the sun or moon is, each 0 to 1; None below the
    horizon."""
    along = ((hour - rise) % 1.0) / length
    return (along, math.sin(math.pi * along)) if along <= 1 else None
