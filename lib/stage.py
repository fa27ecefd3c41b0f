"""Stages, and the flow that runs them: a stage is one thread, with at most one bounded Inbox.

Owns how stages are started, stopped and watched in any process: sinks start first, sources stop
first, and a stage that fails or hangs ends its process. It knows nothing of a stage's work, and
restarts nothing: that is the parent process's task.
"""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import queue
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import Generic, TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)

REST_S = 0.5  # the longest wait of a stage while nothing comes; `stir` ends such a wait at once
LOOK_S = 0.5  # between two checks of the stages; a signal, or a stage's end, ends the wait at once
SLEPT_NS = 2_000_000_000  # if so much time passes between two checks, the machine stood still
HUNG = 70  # exit code of a process in which a stage hung


class Inbox(Generic[T]):
    """A bounded mailbox between two threads: when it is full, the oldest item is dropped."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._queue: queue.SimpleQueue[T | None] = queue.SimpleQueue()

    def __len__(self) -> int:
        return self._queue.qsize()

    def put(self, item: T) -> int:
        """Put an item; return how many older ones were dropped for it, for the caller to count."""
        dropped = 0
        # Only one thread puts, so no other item can take the place that is made here. A None of
        # `stir` can, and then the queue is longer by it until it is taken.
        while self._queue.qsize() >= self._size:
            try:
                dropped += self._queue.get_nowait() is not None
            except queue.Empty:
                break
        self._queue.put(item)
        return dropped

    def drop(self, unwanted: Callable[[T], bool]) -> int:
        """Take out what is unwanted; return how much. Belongs to the thread that puts."""
        items: list[T | None] = []
        with suppress(queue.Empty):
            while True:
                items.append(self._queue.get_nowait())
        kept = [item for item in items if item is None or not unwanted(item)]
        for item in kept:
            self._queue.put(item)
        return len(items) - len(kept)

    def get(self, timeout: float) -> T | None:
        """The oldest item, or None when none came within `timeout` seconds."""
        try:
            return self._queue.get(timeout=timeout) if timeout > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None

    def stir(self) -> None:
        """Make a `get` that waits return None at once."""
        self._queue.put(None)


class Stage(ABC):
    """One thread with one job. What it opens is opened, used and closed on that thread."""

    watched = True  # whether a step that takes long is a hang

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.stepped_ns = 0  # when it ended its latest step; 0 before the first
        self._on_end: Callable[[], None] = lambda: None
        self._opened, self._quit = threading.Event(), threading.Event()
        self._stirred = threading.Event()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    @abstractmethod
    def open(self, resources: ExitStack) -> None:
        """Open what the stage needs; register each closing with `resources` at once."""

    @abstractmethod
    def step(self) -> None:
        """Do one unit of work. A wait for work ends after REST_S, or when `stir` is called; any
        other wait ends within 100 ms."""

    def start(
        self,
        on_end: Callable[[], None] = lambda: None,
        quit_event: threading.Event | None = None,
    ) -> None:
        """Return when open() has ended, since started means ready; loading a model may take a
        minute. The stage's thread calls `on_end` as the last thing it does. If it is to end before,
        return soon: `stop` follows."""
        self._on_end = on_end
        self._thread.start()
        while not self._opened.wait(LOOK_S):
            if quit_event is not None and quit_event.is_set():
                return

    def stop(self, timeout: float = 2.0) -> bool:
        """Ask the stage to end; True when its thread is gone."""
        self._quit.set()
        self.stir()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def started(self) -> bool:
        return self._thread.ident is not None

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def stir(self) -> None:
        """End the stage's wait, because there is something to do. Any thread may call this.

        A stage that waits in another way than by `pause` overrides this to end that wait.
        """
        self._stirred.set()

    def pause(self, seconds: float) -> bool:
        """Wait up to `seconds`, or until `stir` is called; True when the stage is to end.

        What a thread wrote before it called `stir` is visible after the wait.
        """
        self._stirred.wait(seconds)
        self._stirred.clear()
        return self._quit.is_set()

    def _run(self) -> None:
        try:
            with ExitStack() as resources:
                self.open(resources)  # a subclass registers each closing where it opens
                self.stepped_ns = time.monotonic_ns()
                self._opened.set()
                while not self._quit.is_set():
                    self.step()
                    self.stepped_ns = time.monotonic_ns()
        except Exception as failure:
            log.exception("%s failed", self._thread.name)
            self.failure = failure
        finally:
            self._opened.set()
            self._on_end()


class Flow:
    """The stages of one process, named source first."""

    def __init__(self, *stages: Stage) -> None:
        self.stages = stages

    def start(
        self,
        on_end: Callable[[], None] = lambda: None,
        quit_event: threading.Event | None = None,
    ) -> bool:
        """Start sinks first, so that no stage produces what none takes; False when one failed, or
        all are to end already."""
        for stage in reversed(self.stages):
            stage.start(on_end, quit_event)
            if stage.failure or (quit_event is not None and quit_event.is_set()):
                return False
        return True

    def run(
        self,
        quit_event: threading.Event,
        hang_s: float | None = None,
        on_look: Callable[[], None] = lambda: None,
    ) -> int:
        """Run until asked to end or until a stage fails; return the process's exit code.

        A stage whose step takes longer than `hang_s` ends the process at once, with the stacks of
        all threads in the log: what hangs cannot be asked to end. `on_look` is called twice a
        second while all stages run.
        """
        try:
            if self.start(quit_event.set, quit_event):
                gc.collect()
                gc.freeze()  # the collector need not visit what lives as long as the process
                watchdog = HangWatchdog(self.stages, hang_s)
                while not quit_event.wait(LOOK_S):
                    if not all(stage.alive for stage in self.stages):
                        break
                    watchdog.check(time.monotonic_ns())
                    on_look()
        finally:
            stopped = self.stop()
        return 0 if stopped and not any(stage.failure for stage in self.stages) else 1

    def stop(self) -> bool:
        """Stop sources first; True when every thread is gone."""
        stopped = [stage.stop() for stage in self.stages if stage.started]  # all, even if one fails
        return all(stopped)


class HangWatchdog:
    """Checks that each stage still returns from its steps, and ends the process if one does not."""

    def __init__(self, stages: Sequence[Stage], hang_s: float | None) -> None:
        self._stages, self._hang_s = stages, hang_s
        self._awake_ns = self._looked_ns = time.monotonic_ns()

    def check(self, now_ns: int) -> None:
        if now_ns - self._looked_ns > SLEPT_NS:
            self._awake_ns = now_ns  # no stage could step meanwhile
        self._looked_ns = now_ns
        hung = self.hung(now_ns)
        if hung is not None:
            name = type(hung).__name__
            log.critical("%s has not got on for %g s; all stacks follow", name, self._hang_s)
            faulthandler.dump_traceback(sys.__stderr__ or 2, all_threads=True)
            os._exit(HUNG)

    def hung(self, now_ns: int) -> Stage | None:
        """The first stage that hangs."""
        if self._hang_s is None:
            return None
        for stage in self._stages:
            if (
                stage.watched
                and now_ns - max(stage.stepped_ns, self._awake_ns) > self._hang_s * 1e9
            ):
                return stage
        return None
