"""Sheds load: reduces what the pictures cost while the workers cannot keep up.

`lib.core.shedding` decides what is taken, and when it is given back. Here the load is measured and
the decision carried out.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import ExitStack
from typing import NamedTuple

from lib.config.settings import PrimarySettings
from lib.core.counters import Drop
from lib.core.ladder import Rung
from lib.core.shedding.levels import Cut, Demand, Levels, most_levels
from lib.core.shedding.shedder import LoadShedder, Move
from lib.core.shedding.window import LoadCounts
from lib.stage import Stage
from lib.stream.capture.capture import Capture
from lib.stream.dispatch.dispatch import Dispatch
from lib.stream.publish import Publish

log = logging.getLogger(__name__)

EVERY_S = 0.4
FLOWING_S = 2.0
LEARN_AFTER_S = 1.5  # after a move, until frames sent before it are back
MOVES_KEPT = 10
# If workers spend more of a frame's time than this on making it, smaller JPEGs bring nothing.
MAKING = 0.7


class Stages(NamedTuple):
    """The stages that a frame passes, for the stages beside them that measure it."""

    capture: Capture
    dispatch: Dispatch
    publish: Publish


class Taken(NamedTuple):
    """One kind of relief that is taken from the pictures."""

    cut: Cut
    since_s: float
    words: str


class Shedding(NamedTuple):
    """What is taken now, and the latest moves, each with its time."""

    taken: tuple[Taken, ...] = ()
    moves: tuple[tuple[float, str], ...] = ()


class Shed(Stage):
    """Measures and decides a few times a second. It never changes what is played."""

    def __init__(self, settings: PrimarySettings, stages: Stages) -> None:
        super().__init__()
        self.state = Shedding()  # replaced as a whole: any thread may read it
        self._settings = settings
        self._capture, self._dispatch, self._publish = stages
        self._shedder = LoadShedder(settings.relief_order)
        self._moves: deque[tuple[float, str]] = deque(maxlen=MOVES_KEPT)
        self._demand = self._ask()
        self._played: object = None
        self._came, self._came_s = 0, float("-inf")
        self._small = 0
        self._learn_s: float | None = None

    def open(self, resources: ExitStack) -> None:
        """Nothing to open: the stages that it measures open what they need."""

    def step(self) -> None:
        if not self.pause(EVERY_S):
            self._steer(time.monotonic())

    def _steer(self, now_s: float) -> None:
        params = self._dispatch.playing.params
        played = params.size, params.num_inference_steps, params.batch_size, params.guidance_scale
        if played != self._played:
            self._played = played
            self._shedder.asked_anew(now_s)
        self._demand = self._ask()
        counts = self._dispatch.tally.counts
        if counts["in"] != self._came:
            self._came, self._came_s = counts["in"], now_s
        if counts["small"] > self._small:
            self._small = counts["small"]
            why = "a worker does not enlarge its pictures"
            self._follow(self._shedder.refuse("size", now_s, why), now_s)
        self._follow(self._shedder.decide(self._seen(now_s), self._most(), now_s), now_s)
        if self._learn_s is not None and now_s >= self._learn_s:
            self._learn_s = None
            self._publish.learn_anew()
        taken = (
            Taken(cut, since_s, self._shedder.levels.words(cut, self._demand))
            for cut, since_s in self._shedder.since_s.items()
        )
        self.state = Shedding(tuple(one for one in taken if one.words), tuple(self._moves))

    def _ask(self) -> Demand:
        params = self._dispatch.playing.params
        return Demand(
            fps=self._dispatch.source_rate,
            size=params.size,
            quality=self._settings.quality,
            steps=params.num_inference_steps,
            strength=params.strength,
        )

    def _seen(self, now_s: float) -> LoadCounts:
        counts, answered = self._dispatch.tally.counts, self._publish.tally.counts
        speed = sum(
            1000 / max(worker.service_ms, 1e-3)
            for worker in self._dispatch.workers
            if worker.state == "active" and worker.service_ms
        )
        flowing = now_s - self._came_s < FLOWING_S and not self._capture.frozen
        return LoadCounts(
            offered=counts["in"] - counts[Drop.RELIEF],
            thinned=counts[Drop.THINNED],
            done=answered["in"],
            slow=answered["slow"],
            waited_s=self._publish.waited_ns / 1e9,
            fps=self._demand.fps,
            speed=speed,
            working=flowing and speed > 0,
        )

    def _most(self) -> Levels:
        """How many levels of each kind are of use with these workers."""
        most = most_levels(self._demand)
        active = [worker for worker in self._dispatch.workers if worker.state == "active"]
        if not all(worker.engine for worker in active):  # a foreign worker would not enlarge
            most = most._replace(size=0)
        known = [
            (worker.timings[Rung.ENGINE], worker.service_ms)
            for worker in active
            if worker.service_ms and Rung.ENGINE in worker.timings
        ]
        if sum(engine for engine, _ in known) > MAKING * sum(whole for _, whole in known) > 0:
            most = most._replace(quality=0)
        return most

    def _follow(self, move: Move | None, now_s: float) -> None:
        if move is None:
            return
        self._capture.cut(move.levels)
        self._dispatch.cut(move.levels)
        self._learn_s = now_s + LEARN_AFTER_S
        said = self._words(move)
        self._moves.append((now_s, said))
        log.info("%s", said)

    def _words(self, move: Move) -> str:
        """What a move takes or gives back, and why, for the log."""
        now = move.levels.words(move.cut, self._demand)
        if move.way == "down":
            return f"relief: {now or move.cut} from now on, since {move.why}"
        if move.way == "back":
            return f"relief: {move.cut} is given back, since {move.why}; now {now or 'as played'}"
        return f"relief: {now or f'{move.cut} as played'} again, since {move.why}"
