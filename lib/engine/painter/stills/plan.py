"""What each step of a still does, coarse to fine: pure.

Every step is work that changes the picture: first layers of strokes with ever smaller brushes, then
passes of the network, each at another phase. More steps are more layers and more passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lib.engine.painter.stills.brush_layers import COARSEST, FINEST

_LEAST_LAYERS = 4
_LEAST_PASSES, _MOST_PASSES = 1, 16
_PASSES = 0.25  # of all steps


@dataclass(frozen=True, slots=True)
class Layer:
    radius: float  # of the brush, in shares of the picture's shorter side


@dataclass(frozen=True, slots=True)
class Pass:
    phase: int


Work = Layer | Pass


def planned(steps: int, network: bool) -> list[list[Work]]:
    """The work of each step; a few steps have several pieces of work each."""
    passes = min(max(round(steps * _PASSES), _LEAST_PASSES), _MOST_PASSES) if network else 0
    layers = max(_LEAST_LAYERS, steps - passes)
    sizes = np.geomspace(COARSEST, FINEST, layers).tolist()
    work: list[Work] = [Layer(size) for size in sizes]
    work += [Pass(number) for number in range(passes)]
    ends = np.rint(np.linspace(0, len(work), steps + 1)).astype(int).tolist()
    return [work[first:last] for first, last in pairwise(ends)]
