"""One run of one scenario."""

from __future__ import annotations

import random
from functools import partial

from bench.simulated.events import MS, SECOND, Events
from bench.simulated.primary import READY_NS, Made, Primary
from bench.simulated.scenarios import Scenario

CAMERA_MS = 0.5  # standard deviation of a camera's moments
FIRST_NS = 5 * MS
DRAIN_NS = 13 * SECOND  # after the last frame: every number has found its fate


def run(scenario: Scenario, how: str, seconds: float, seed: int) -> Made:
    """What was on its way when the source ended is waited for."""
    events = Events()
    primary = Primary(scenario, how, seed, int(seconds / 2 * SECOND), events)
    dice = random.Random(f"{seed} camera")
    for number in range(int(seconds * scenario.at)):
        captured_ns = FIRST_NS + int(number * SECOND / scenario.at + dice.gauss(0, CAMERA_MS) * MS)
        events.at(captured_ns + READY_NS, partial(primary.take, captured_ns))
    events.run(int(seconds * SECOND) + DRAIN_NS)
    return primary.made
