"""Waves whose phase is computed from the time alone, so that an hour adds no error.

Time is in nanoseconds since a zero of the caller's; a rate is a whole number of periods in a whole
number of nanoseconds, or a frequency that is a float and then as exact as a float's product.
"""

from __future__ import annotations

import math
import random

SECOND_NS = 1_000_000_000
GOLDEN = 1.68  # a client of the broker expects this ratio, and not the golden section's


def phase(hertz: float, at_ns: int) -> float:
    """Where in its period a wave is, 0..1. Whole seconds and the rest are multiplied apart: the
    product of an hour in nanoseconds would lose the digits that matter."""
    seconds, rest_ns = divmod(at_ns, SECOND_NS)
    return (math.fmod(hertz * seconds, 1.0) + hertz * (rest_ns / SECOND_NS)) % 1.0


def sine(part: float) -> float:
    return 0.5 + 0.5 * math.sin(2 * math.pi * part)


def ramp(part: float) -> float:
    return part


def triangle(part: float) -> float:
    return 1.0 - abs(2.0 * part - 1.0)


def square(part: float) -> float:
    return 1.0 if part < 0.5 else 0.0


def walk(hertz: float, at_ns: int, seed: int = 0) -> float:
    """A random walk without memory: a smooth curve through random points, `hertz` of them a
    second. The same moment always has the same value."""
    seconds, rest_ns = divmod(at_ns, SECOND_NS)
    steps = hertz * seconds
    whole = math.floor(steps)
    rest = steps - whole + hertz * (rest_ns / SECOND_NS)
    number, part = whole + math.floor(rest), rest % 1.0
    soft = part * part * (3 - 2 * part)
    return _point(number, seed) * (1 - soft) + _point(number + 1, seed) * soft


def _point(number: int, seed: int) -> float:
    # Not for secrets: the same number is to give the same point.
    return random.Random(number * 1_000_003 + seed).random()


def look_ahead(
    lists: int, at_ns: int, samples: int = 10, ahead_s: float = 1.0
) -> list[list[float]]:
    """The broker's own numbers: each list a slower sine, sample i of ten looking i/9 s ahead."""
    step_ns = ahead_s * SECOND_NS / (samples - 1)
    return [
        [sine(phase(GOLDEN**-number, at_ns + round(sample * step_ns))) for sample in range(samples)]
        for number in range(lists)
    ]
