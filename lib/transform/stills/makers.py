"""Where stills are made: on a thread of their own, or on the live picture's, between its frames."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Protocol

from lib.core.still_turns import StillTurns
from lib.engine.engine import Engine, EngineError, StillCancelledError
from lib.stage import REST_S, Inbox, Stage
from lib.transform.stills.making import Making

log = logging.getLogger(__name__)


class MakeStills(Stage):
    """The engine's thread in a worker that makes nothing but stills."""

    watched = False  # Beats does, while there is a still

    def __init__(
        self, open_engine: Callable[[], Engine], begin: Callable[[], None] = lambda: None
    ) -> None:
        """Both are called on this stage's thread: `begin` first of all, `open_engine` before the
        first still."""
        super().__init__()
        self._open_engine, self._begin = open_engine, begin
        self._todo: Inbox[Making] = Inbox(1)
        self._engine: Engine | None = None

    def open(self, resources: ExitStack) -> None:
        self._begin()
        resources.callback(self._close)

    def stop(self, timeout: float = 2.0) -> bool:
        """The still was cancelled before; a library that does not return is not waited for."""
        super().stop(min(timeout, 0.5))
        return True

    def _close(self) -> None:
        if self._engine:
            self._engine.close()

    def make(self, making: Making) -> None:
        self._todo.put(making)

    def step(self) -> None:
        making = self._todo.get(REST_S)
        if making is None:
            return
        making.taken()
        try:
            if self._engine is None:
                self._engine = self._open_engine()
        except EngineError as error:
            making.fail(str(error))
            return
        for _ in _logged(making, self._engine):
            while making.full and not self._quit.is_set():
                making.wait_for_room(0.1)

    def stir(self) -> None:
        self._todo.stir()


class LiveFrames(Protocol):
    """The live picture's stage, on whose thread the engine is called."""

    @property
    def frames_wait(self) -> bool: ...

    def step_live(self, most_s: float) -> None:
        """Make what waits, or wait for it for so long."""

    def stir(self) -> None:
        """End a wait for frames."""


class StillsBesideFrames(Protocol):
    """What the live picture's stage knows of stills. All is called on its thread."""

    def attach(self, live: LiveFrames) -> None: ...

    @property
    def waiting(self) -> bool:
        """Whether there is something to make."""

    def may_advance(self) -> bool: ...

    def advance(self) -> None:
        """Make until the next sample is finished, and the frames that come meanwhile."""

    def frame_took(self, took_ns: int, now_ns: int) -> int:
        """Frames were made; for how many nanoseconds the live picture shall rest after them."""


class MakeBetweenFrames:
    """Makes stills with the live picture's engine, which one thread alone calls: the live stage's,
    which calls `advance` when it may. Between two pieces of a still's work the frames that wait are
    made, from inside the engine's `make`."""

    def __init__(self, engine: Engine, share: float) -> None:
        self._engine, self._turns = engine, StillTurns(share)
        self._todo: Inbox[Making] = Inbox(1)
        self._making: Making | None = None
        self._samples: Iterator[None] = iter(())
        self._live: LiveFrames | None = None
        self._live_failure: Exception | None = None
        self._piece_ns = 0  # when the piece that runs began
        self._frame_ns = 0  # when the latest frame was made
        self._said = False

    def attach(self, live: LiveFrames) -> None:
        self._live = live

    def make(self, making: Making) -> None:
        self._todo.put(making)
        if self._live:
            self._live.stir()

    @property
    def suited(self) -> bool:
        """Whether a still may be begun: not beside a live picture that its pieces would hold up."""
        return not self._turns.too_long or self.frames_rest

    @property
    def frames_rest(self) -> bool:
        """Whether there is no live picture to hold up."""
        return time.monotonic_ns() - self._frame_ns > _REST_NS

    @property
    def waiting(self) -> bool:
        return len(self._todo) > 0 or (self._making is not None and not self._making.full)

    def may_advance(self) -> bool:
        now_ns = time.monotonic_ns()
        return self._live is not None and self._turns.may_run(self._live.frames_wait, now_ns)

    def frame_took(self, took_ns: int, now_ns: int) -> int:
        self._frame_ns = now_ns
        self._turns.frame_took(took_ns, now_ns)
        return 0  # a piece takes its turn by itself

    def advance(self) -> None:
        if self._making is None:
            self._making = self._todo.get(0)
            if self._making is None:
                return
            self._making.between = self._between
            self._samples = _logged(self._making, self._engine)
        self._begin_piece()
        over = next(self._samples, _END) is _END
        self._end_piece()
        if over:
            self._making = None
        if self._live_failure:  # the live stage's own, and not the still's
            raise self._live_failure

    def _between(self) -> None:
        self._end_piece()
        assert self._live
        while not self.may_advance() and self._making and not self._making.cancelled:
            try:
                self._live.step_live(LOOK_S)
            except Exception as failure:
                self._live_failure = failure
                raise StillCancelledError from failure
        self._begin_piece()

    def _begin_piece(self) -> None:
        self._piece_ns = time.monotonic_ns()

    def _end_piece(self) -> None:
        now_ns = time.monotonic_ns()
        self._turns.piece_took(now_ns - self._piece_ns, now_ns)
        if self._turns.too_long and self._making:
            if not self._said:
                self._said = True
                log.warning(
                    "the pieces of a still make the live picture wait: left to --role stills"
                )
            self._making.cancel()


LOOK_S = 0.005  # between two looks whether a still may go on; a frame ends the wait at once
_REST_NS = 60_000_000_000  # so long without a frame, there is no live picture to hold up
_END = object()


def _logged(making: Making, engine: Engine) -> Iterator[None]:
    began_ns = time.monotonic_ns()
    yield from making.samples(engine)
    if making.error:
        log.warning("engine %s: %s", engine.name, making.error)
    elif not making.cancelled:
        log.info("still made in %.1f s", (time.monotonic_ns() - began_ns) / 1e9)
