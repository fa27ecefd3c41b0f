"""A frame visits few rooms: each room is a Stage, one thread, with at most one Inbox before it."""

from __future__ import annotations

import gc
import logging
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from typing import Generic, TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)


class Inbox(Generic[T]):
    """Bounded mailbox between two threads: when it is full the oldest item makes room."""

    def __init__(self, size: int, on_drop: Callable[[T], None] | None = None) -> None:
        self._size = size
        self._on_drop = on_drop
        self._queue: queue.SimpleQueue[T] = queue.SimpleQueue()

    def __len__(self) -> int:
        return self._queue.qsize()

    def put(self, item: T) -> None:
        # One thread puts and one takes, so between the look and the taking the queue only shrinks.
        while self._queue.qsize() >= self._size:
            try:
                dropped = self._queue.get_nowait()
            except queue.Empty:
                break
            if self._on_drop:
                self._on_drop(dropped)
        self._queue.put(item)

    def get(self, timeout: float) -> T | None:
        """The oldest item, or None when none came within `timeout` seconds."""
        try:
            return self._queue.get(timeout=timeout) if timeout > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None


class Stage(ABC):
    """One thread with one job. What it opens is opened, used and closed on that thread."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self._opened, self._quit = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    @abstractmethod
    def open(self, resources: ExitStack) -> None:
        """Open what the stage needs; register each closing with `resources` at once."""

    @abstractmethod
    def step(self) -> None:
        """One unit of work; back within 100 ms even if there is none."""

    def start(self) -> None:
        """Return when open() has ended: started means ready, and a model takes its minute."""
        self._thread.start()
        self._opened.wait()

    def stop(self, timeout: float = 2.0) -> bool:
        """Ask the stage to end; True when its thread is gone."""
        self._quit.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def started(self) -> bool:
        return self._thread.ident is not None

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def pause(self, seconds: float) -> bool:
        """Wait without work, but no longer than the stage lives; True when it shall end."""
        return self._quit.wait(seconds)

    def _run(self) -> None:
        try:
            with ExitStack() as resources:
                self.open(resources)  # a subclass registers each closing where it opens
                self._opened.set()
                while not self._quit.is_set():
                    self.step()
        except Exception as failure:
            log.exception("%s failed", self._thread.name)
            self.failure = failure
        finally:
            self._opened.set()


class Flow:
    """The stages of one process, named source first."""

    def __init__(self, *stages: Stage) -> None:
        self.stages = stages

    def start(self) -> bool:
        """Sinks first, so that nothing is made that nobody takes; False when a stage failed."""
        for stage in reversed(self.stages):
            stage.start()
            if stage.failure:
                return False
        return True

    def run(self, quit_event: threading.Event) -> int:
        """Run until asked to end or until a stage fails; return the process's exit code."""
        try:
            if self.start():
                gc.collect()
                gc.freeze()  # what lives as long as the process need not be looked at again
                while not quit_event.wait(0.25):  # a signal ends the wait at once
                    if not all(stage.alive for stage in self.stages):
                        break
        finally:
            stopped = self.stop()
        return 0 if stopped and not any(stage.failure for stage in self.stages) else 1

    def stop(self) -> bool:
        """Sources first; True when every thread is gone."""
        stopped = [stage.stop() for stage in self.stages if stage.started]  # each one, always
        return all(stopped)
