"""Waves at fixed frequencies, all computed from the time alone."""

from __future__ import annotations

import time
from contextlib import ExitStack

from lib.core.waves import phase, ramp, sine, square, triangle, walk
from lib.signals.pace import Pace
from lib.signals.parts import SignalParts
from lib.signals.source import SignalSource

RATES = {"slow": 0.05, "": 0.25, "fast": 1.0}  # hertz, by what stands behind a wave's name
SHAPES = {"sine": sine, "ramp": ramp, "triangle": triangle, "square": square}


class LfoSource(SignalSource):
    name = "lfo"

    def __init__(self, parts: SignalParts) -> None:
        super().__init__(parts)
        self._pace = Pace(self)

    def open(self, resources: ExitStack) -> None:
        """It needs nothing."""

    def step(self) -> None:
        now_ns = time.monotonic_ns()
        for name, value in waves(now_ns).items():
            self.put(name, value)
        self._pace.wait()

    def describe(self) -> str:
        return f"{len(SHAPES) + 1} waves at {', '.join(f'{rate:g}' for rate in RATES.values())} Hz"


def waves(now_ns: int) -> dict[str, float]:
    """By name, all of them at that moment."""
    found = {}
    for number, (suffix, hertz) in enumerate(RATES.items()):
        end = f".{suffix}" if suffix else ""
        part = phase(hertz, now_ns)
        for name, shape in SHAPES.items():
            found[name + end] = shape(part)
        found["walk" + end] = walk(hertz, now_ns, number)
    return found
