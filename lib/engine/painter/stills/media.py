"""The media that a prompt can name: how each is laid on, and how it is finished.

A new one is a line in `MEDIA`: its name, the network's styles that suit it, and what differs from
thin oil; and a line of the words that name it in lib/scene/vocabulary.txt. The first one here that
a prompt names decides; `TONES` go over any of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.engine.painter.graph import STYLES
from lib.engine.painter.stills import finishes
from lib.engine.painter.stills.brush_layers import Hand
from lib.engine.painter.stills.finishes import Finish
from lib.scene.description import SceneDescription

_STEADY = Hand()


@dataclass(frozen=True, slots=True)
class Medium:
    """How a picture is laid on."""

    name: str  # as the list of words has it
    styles: dict[int, float]  # of the network, by number
    finish: Finish
    hand: Hand = _STEADY
    laid: float = 1.0  # share of the strokes; the rest is the drawing itself
    detail: float = 1.0  # how much of the network's detail
    recolour: float = 0.04  # the share of the network's own light and colour


_PLAIN = {0: 0.35, 12: 0.25, 25: 0.2, 5: 0.2}
MEDIA = (
    Medium(
        "watercolour", {2: 0.45, 12: 0.3, 14: 0.15, 8: 0.1},
        finishes.watercolour, hand=Hand(0.8), laid=0.75, detail=0.5,
    ),
    Medium("ink", {2: 0.6, 11: 0.4}, finishes.ink, hand=Hand(0.6), laid=0.25, detail=0.5),
    Medium(
        "colouredpencil", {8: 0.8, 12: 0.2},
        finishes.coloured_pencil, hand=Hand(0.7), laid=0.3, detail=0.6,
    ),
    Medium(
        "charcoal", {23: 0.7, 11: 0.3}, finishes.charcoal, hand=Hand(0.9), laid=0.5, detail=0.7
    ),
    Medium("pencil", {11: 0.6, 23: 0.4}, finishes.pencil, hand=Hand(0.6), laid=0.2, detail=0.5),
    Medium(
        "pastel", {12: 0.6, 8: 0.4},
        finishes.pastel, hand=Hand(1.1, exact=0.7), laid=0.9, detail=0.8,
    ),
    Medium(
        "woodblock", {24: 0.7, 18: 0.3},
        finishes.woodblock, hand=Hand(0.5), laid=0.2, detail=0.6, recolour=0.2,
    ),
    Medium(
        "pop", {21: 0.5, 1: 0.2, 15: 0.3},
        finishes.pop, hand=Hand(0.5), laid=0.15, detail=0.4, recolour=0.15,
    ),
    Medium(
        "glass", {15: 0.8, 9: 0.2},
        finishes.glass, hand=Hand(0.6), laid=0.3, detail=0.4, recolour=0.1,
    ),
    Medium(
        "mosaic", {9: 0.6, 15: 0.4}, finishes.mosaic, hand=Hand(0.6), laid=0.3, detail=0.4
    ),
    Medium(
        "cubist", {1: 0.5, 15: 0.2, 9: 0.3}, finishes.cubist, hand=Hand(0.8), laid=0.5, detail=0.5
    ),
    Medium(
        "pointillist", {25: 0.5, 16: 0.5},
        finishes.dotted, hand=Hand(1.2, exact=0.5), laid=0.8, detail=0.4,
    ),
    Medium("pixel", {0: 0.6, 5: 0.4}, finishes.pixelated, hand=Hand(0.3), laid=0.1, detail=0.1),
    Medium(
        "impasto", {19: 0.5, 25: 0.25, 16: 0.25},
        finishes.oil, hand=Hand(1.6, swirl=3.5, exact=0.3), detail=1.6, recolour=0.3,
    ),
    Medium(
        "impressionist", {25: 0.4, 16: 0.3, 12: 0.3},
        finishes.impression, hand=Hand(1.7, swirl=1.6, exact=0.25), detail=0.9, recolour=0.1,
    ),
    Medium(
        "oil", {25: 0.4, 19: 0.1, 0: 0.3, 5: 0.2},
        finishes.oil, hand=Hand(1.3, exact=0.7), detail=1.2,
    ),
    Medium(
        "photo", {23: 0.6, 0: 0.4},
        finishes.photograph, hand=Hand(0.3), laid=0.2, detail=0.35, recolour=0.0,
    ),
)  # fmt: skip
PLAIN = Medium("", _PLAIN, finishes.painted)
# They go over any medium.
TONES: dict[str, Finish] = {"bw": finishes.grey, "sepia": finishes.sepia}
_PROMPTS_OWN = 0.35  # the share of the styles that the rest of the prompt suggests
_PROMPTS_OWN_PLAIN = 0.5  # and where no medium was named


@dataclass(frozen=True, slots=True)
class Look:
    """What a prompt says of how its picture is to look."""

    medium: Medium
    finishes: tuple[Finish, ...]
    styles: NDArray[np.float32]  # of the network, by weight


def look_of(described: SceneDescription, suggested: NDArray[np.float32]) -> Look:
    """`suggested`: the styles of the network that the whole prompt is likest to."""
    medium = medium_of(described)
    tones = [TONES[style] for style in described.styles if style in TONES]
    return Look(medium, (medium.finish, *tones[:1]), weights_of(medium, suggested))


def medium_of(described: SceneDescription) -> Medium:
    return next((one for one in MEDIA if one.name in described.styles), PLAIN)


def weights_of(medium: Medium, suggested: NDArray[np.float32]) -> NDArray[np.float32]:
    """The styles that suit the medium, with some of those that the prompt suggests."""
    weights = np.zeros(STYLES, np.float32)
    weights[list(medium.styles)] = list(medium.styles.values())
    own = _PROMPTS_OWN if medium.name else _PROMPTS_OWN_PLAIN
    mixed = (1 - own) * weights / weights.sum() + own * suggested
    return np.asarray(mixed, np.float32)
