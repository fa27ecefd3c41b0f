"""Workers that need a lognormal time for a frame, and a network that is never quite even."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial

from bench.simulated.events import MS, Events
from bench.simulated.scenarios import Kind

WAY_NS = MS // 2  # the least that a message needs in one direction

Back = Callable[[float, int, float], None]  # token, number, milliseconds of a frame


class Worker:
    """Does one job after the other, the frames of a job together, as one connection brings them."""

    def __init__(
        self, kind: Kind, loss: float, dies_ns: int | None, dice: random.Random, events: Events
    ) -> None:
        self._kind, self._loss, self._dice, self._events = kind, loss, dice, events
        self._dies_ns = math.inf if dies_ns is None else dies_ns
        self._free_ns = self._last_back_ns = 0

    def send(self, frames: list[tuple[float, int]], back: Back) -> None:
        """A job: token and number of each frame; `back` is called with each result."""
        dice = self._dice
        each_ms = dice.lognormvariate(math.log(self._kind.median_ms), self._kind.spread)
        start_ns = max(self._free_ns, self._events.now_ns + self._way_ns())
        self._free_ns = start_ns + int(each_ms * MS * len(frames))
        back_ns = max(self._last_back_ns, self._free_ns + self._way_ns())
        self._last_back_ns = back_ns
        for token, number in frames:
            lost = dice.random() < self._loss
            if not lost and self._free_ns < self._dies_ns:
                self._events.at(back_ns, partial(back, token, number, each_ms))

    def _way_ns(self) -> int:
        return WAY_NS + int(self._dice.lognormvariate(0, 1) * 0.2 * MS)
