"""Runs the engine on the waiting frames, as many at once as the job allows.

Where the engine overlaps its batches (turbo on a GPU), the next one begins before the last one is
waited for: but only one that is already there, and that nothing could be added to. So no frame
waits for a later one to come, and no batch gets smaller.

Where the engine makes stills, too, they are made here, in pieces, while no frame waits or as far as
their share goes.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np

from lib.core.counters import Drop
from lib.core.ladder import Rung
from lib.core.pixels import Pixels
from lib.engine.engine import BegunBatch, Engine, EngineError, Frames, SpoiltError
from lib.observe import OncePerSecond, Tally
from lib.stage import REST_S, Inbox, Stage
from lib.transform.fetch import Fetch
from lib.transform.reuse import Reuse
from lib.transform.stills.makers import LOOK_S, StillsBesideFrames
from lib.transform.task import Task

log = logging.getLogger(__name__)
loud = OncePerSecond(log)

TELL_NS = 1_000_000_000  # how often the engine's name is reported to the primary
FAILURES = 5  # in a row, before the process ends so that the supervisor starts a fresh one
SPOILT = 300  # invalid pictures in a row: a frame may be odd, but not all of ten seconds


class _InFlight(NamedTuple):
    """A batch that the engine has begun."""

    batch: list[Task]
    pending: BegunBatch
    start_ns: int


class Generate(Stage):
    """A frame on which the engine fails is lost: the camera's own picture is never shown in its
    place."""

    def __init__(
        self,
        engine: Engine,
        after: Fetch,
        warm_up: Callable[[], None] = lambda: None,
        stills: StillsBesideFrames | None = None,
    ) -> None:
        """`warm_up` is called on the engine's thread before the first frame: what the libraries
        keep for each thread is then there. An EngineError of it becomes the stage's `failure`."""
        super().__init__()
        self.tally = Tally()  # durations: the engine's time for each frame
        self.done: Inbox[Task] = Inbox(64)
        self._engine = engine
        self._tasks = after.tasks
        self._warm_up = warm_up
        self._stills = stills
        if stills:
            stills.attach(self)
        self._next: deque[Task] = deque()
        self._in_flight: _InFlight | None = None
        self._finished_ns = 0  # when the latest batch was
        self._reuse = Reuse()
        self._tell_ns = 0
        self._failures = 0
        self._spoilt = 0

    def open(self, resources: ExitStack) -> None:
        resources.callback(self._engine.close)
        resources.callback(self._finish)
        try:
            self._warm_up()
        except EngineError as error:  # a sentence for the person at the machine, no traceback
            self.failure = error
            self._quit.set()

    def stop(self, timeout: float = 2.0) -> bool:
        if not self._opened.is_set():  # what is warmed up may take minutes
            self._engine.interrupt()
        return super().stop(timeout)

    def step(self) -> None:
        if self._stills is None or not self._stills.waiting:
            self.step_live(REST_S)
        elif self._stills.may_advance():
            self._finish()
            self._stills.advance()
        else:
            self.step_live(LOOK_S)

    @property
    def frames_wait(self) -> bool:
        return bool(self._next or self._in_flight or len(self._tasks))

    def step_live(self, most_s: float) -> None:
        """Make what waits, or wait for it for so long."""
        self.stepped_ns = time.monotonic_ns()  # also from inside a still's making
        wait_s = 0 if self._in_flight else most_s
        task = self._next.popleft() if self._next else self._tasks.get(wait_s)
        if task is None or not _stands_alone(task):
            self._finish()
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
        self._fill(batch)
        if self._in_flight and len(batch) < first.batch_size and not self._next:
            self._finish()  # which takes a while: more may have come
            self._fill(batch)
        return batch

    def _fill(self, batch: list[Task]) -> None:
        first = batch[0]
        while len(batch) < first.batch_size and not self._next and (task := self._tasks.get(0)):
            if _alike(first, task):
                batch.append(task)
            else:
                self._next.append(task)

    def _make(self, batch: list[Task]) -> None:
        seen = [self._reuse.mixed(task) for task in batch]
        frames = [frame for frame in seen if frame is not None]
        start_ns, params = time.monotonic_ns(), batch[0].params
        if _stands_alone(batch[0]) and self._engine.overlaps(frames, params):
            begun = self._begin(frames, batch)
            earlier, self._in_flight = self._in_flight, begun
            if earlier:
                self._wait_for(earlier)
            if begun:
                return
        self._finish()
        spoilt: frozenset[int] = frozenset()
        stack = frames[0][None] if len(frames) == 1 else np.stack(frames)
        try:
            pictures = self._engine.generate(stack, params)
        except SpoiltError as error:
            pictures, spoilt = error.pictures, error.spoilt
        except Exception as error:  # noqa: BLE001 - an engine may fail in any way it likes
            self._failed(batch, error)
            return
        self._finished(batch, pictures, spoilt, start_ns)

    def _begin(self, frames: Sequence[Pixels], batch: list[Task]) -> _InFlight | None:
        """None where it cannot be begun. It is then made by itself: memory that does for one batch
        may not do for two."""
        start_ns = time.monotonic_ns()
        try:
            return _InFlight(batch, self._engine.begin(frames, batch[0].params), start_ns)
        except Exception as error:  # noqa: BLE001 - the same
            loud.warning("begin", "a batch failed and its frames are tried one by one: %s", error)
            return None

    def _finish(self) -> None:
        """Wait for the batch in flight, if there is one, and hand its pictures on."""
        earlier, self._in_flight = self._in_flight, None
        if earlier:
            self._wait_for(earlier)

    def _wait_for(self, begun: _InFlight) -> None:
        try:
            pictures, whole = begun.pending.wait()
        except Exception as error:  # noqa: BLE001 - the same
            self._failed(begun.batch, error)
            return
        spoilt = frozenset(int(at) for at in np.flatnonzero(~whole))
        self._finished(begun.batch, pictures, spoilt, begun.start_ns)

    def _finished(
        self, batch: list[Task], pictures: Frames, spoilt: frozenset[int], start_ns: int
    ) -> None:
        of_frames = None if batch[0].pixels is None else (len(batch), *batch[0].pixels.shape)
        if pictures.shape != of_frames or pictures.dtype != np.uint8:
            made = f"the engine made {pictures.dtype} {pictures.shape}"
            self._failed(batch, ValueError(made))
            return
        self._failures = 0
        now_ns = time.monotonic_ns()
        self._count_spoilt(len(spoilt))
        # A batch that was begun beside another waited for it at first.
        each_ns = (now_ns - max(start_ns, self._finished_ns)) // len(batch)
        self._finished_ns = now_ns
        rest_ns = self._stills.frame_took(each_ns * len(batch), now_ns) if self._stills else 0
        for position, (task, picture) in enumerate(zip(batch, pictures, strict=True)):
            if position in spoilt:
                continue
            self.tally.count("in")
            self.tally.took(each_ns)
            task.timings[Rung.ENGINE] = each_ns / 1e6
            self._reuse.keep(task, picture, now_ns)
            task.frame, task.pixels = task.pixels, picture
            self._hand_on(task)
        if rest_ns:
            self._quit.wait(rest_ns / 1e9)

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


def _stands_alone(task: Task) -> bool:
    """Whether its picture needs the engine, and no earlier picture."""
    params = task.params
    plays = task.pixels is not None and not params.passthrough
    return plays and not params.similar and not params.feedback
