"""Runs the engine on the waiting frames, as many at once as the job allows."""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import ExitStack

import numpy as np

from lib.core.counters import Drop
from lib.core.ladder import Rung
from lib.engine.engine import Engine, SpoiltError
from lib.observe import OncePerSecond, Tally
from lib.stage import REST_S, Inbox, Stage
from lib.transform.fetch import Fetch
from lib.transform.reuse import Reuse
from lib.transform.task import Task

log = logging.getLogger(__name__)
loud = OncePerSecond(log)

TELL_NS = 1_000_000_000  # how often the engine's name is reported to the primary
FAILURES = 5  # in a row, before the process ends so that the supervisor starts a fresh one
SPOILT = 300  # invalid pictures in a row: a frame may be odd, but not all of ten seconds


class Generate(Stage):
    """A frame on which the engine fails is lost: the camera's own picture is never shown in its
    place."""

    def __init__(self, engine: Engine, after: Fetch) -> None:
        super().__init__()
        self.tally = Tally()  # durations: the engine's time for each frame
        self.done: Inbox[Task] = Inbox(64)
        self._engine = engine
        self._tasks = after.tasks
        self._next: deque[Task] = deque()
        self._reuse = Reuse()
        self._tell_ns = 0
        self._failures = 0
        self._spoilt = 0

    def open(self, resources: ExitStack) -> None:
        resources.callback(self._engine.close)

    def step(self) -> None:
        task = self._next.popleft() if self._next else self._tasks.get(REST_S)
        if task is None:
            return
        now_ns = time.monotonic_ns()
        if now_ns >= self._tell_ns:
            self._tell_ns = now_ns + TELL_NS
            task.engine, task.device = self._engine.name[:64], self._engine.device[:64]
        if task.pixels is None or task.params.passthrough:
            self._reuse.forget()
        elif self._reuse.spares(task, now_ns):
            self.tally.count("similar")
        else:
            self._make(self._batch(task))
            return
        task.timings[Rung.ENGINE] = 0.0
        self._hand_on(task)

    def stir(self) -> None:
        self._tasks.stir()

    def _batch(self, first: Task) -> list[Task]:
        """The first task and those already waiting that fit to it; it does not wait for more."""
        batch = [first]
        while len(batch) < first.batch_size and (task := self._tasks.get(0)):
            if not _alike(first, task):
                self._next.append(task)
                break
            batch.append(task)
        return batch

    def _make(self, batch: list[Task]) -> None:
        seen = [self._reuse.mixed(task) for task in batch]
        frames = [frame for frame in seen if frame is not None]
        stack = frames[0][None] if len(frames) == 1 else np.stack(frames)
        start_ns = time.monotonic_ns()
        spoilt: frozenset[int] = frozenset()
        try:
            try:
                pictures = self._engine.generate(stack, batch[0].params)
            except SpoiltError as error:
                pictures, spoilt = error.pictures, error.spoilt
            if pictures.shape != stack.shape or pictures.dtype != np.uint8:
                raise ValueError(f"the engine made {pictures.dtype} {pictures.shape}")
        except Exception as error:  # noqa: BLE001 - an engine may fail in any way it likes
            self._failed(batch, error)
            return
        self._failures = 0
        now_ns = time.monotonic_ns()
        self._count_spoilt(len(spoilt))
        each_ns = (now_ns - start_ns) // len(batch)
        for position, (task, picture) in enumerate(zip(batch, pictures, strict=True)):
            if position in spoilt:
                continue
            self.tally.count("in")
            self.tally.took(each_ns)
            task.timings[Rung.ENGINE] = each_ns / 1e6
            self._reuse.keep(task, picture, now_ns)
            task.pixels = picture
            self._hand_on(task)

    def _hand_on(self, task: Task) -> None:
        if self.done.put(task):
            self.tally.count(Drop.OVERRUN)

    def _count_spoilt(self, lost: int) -> None:
        if lost and not self._spoilt:
            log.warning("frame lost: the engine's output was no picture (NaN or infinity in it)")
        self._spoilt = self._spoilt + lost if lost else 0
        self.tally.count("failed", lost)
        if self._spoilt >= SPOILT:
            raise RuntimeError(f"{self._spoilt} pictures in a row were none")

    def _failed(self, batch: list[Task], error: Exception) -> None:
        self._failures += 1
        self._reuse.forget()
        self.tally.count("failed", len(batch))
        loud.warning("failed", "frame lost, the engine failed: %s: %s", type(error).__name__, error)
        if self._failures >= FAILURES:
            raise RuntimeError(f"the engine failed {FAILURES} times in a row") from error


def _alike(one: Task, other: Task) -> bool:
    return other.pixels is not None and other.size == one.size and other.params == one.params
