"""A still that is being made: what its engine's thread, its beats and its lease know of it."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.core.still_params import StillParams
from lib.core.still_watch import StillWatch
from lib.engine.engine import Engine, EngineError, StillCancelledError, UnfitStillError

log = logging.getLogger(__name__)

MOST_WAITING = 2  # pictures that wait to be handed in; then the engine waits
PREVIEW_NS = 1_000_000_000  # between two previews
_QUEUED_NS = 2_000_000_000  # held back for so long, it is said to wait


class Phase(StrEnum):
    LOADING = "loading"
    QUEUED = "queued"
    PAINTING = "painting"


class Reached(NamedTuple):
    """How far a still is."""

    step: int
    total: int
    phase: Phase


class MadeSample(NamedTuple):
    number: int
    pixels: Pixels


class Making:
    """Its engine's thread calls `samples`, and from there, as the engine's progress, `piece` and
    `step`; all else may be called by any thread."""

    def __init__(self, params: StillParams, samples_done: frozenset[int], load_ns: int) -> None:
        self.params = params
        self.image: Pixels | None = None
        self.mask: NDArray[np.uint8] | None = None
        self.error = ""  # a sentence, where it failed
        self.unfit = False  # it failed by what it asks for, and not by this worker
        self.begun = False  # whether the engine has it
        self._todo = [one for one in range(params.samples) if one not in samples_done]
        self._total = params.samples * params.steps
        self._before, self._count = 0, 1  # samples before the ones that the engine makes now
        self._step = 0
        self._phase, self._waits_since_ns = Phase.LOADING, 0
        # Since when the engine has had nothing to compute of it; None while it computes.
        self._rests_since_ns: int | None = time.monotonic_ns()
        self._watch = StillWatch(self._rests_since_ns, load_ns)
        self._preview: Pixels | None = None
        self._preview_ns = 0
        self._made: deque[MadeSample] = deque()
        self._over = self._cancelled = False
        self._changed = threading.Condition()
        self.between: Callable[[], None] = lambda: None  # between two pieces of work

    # --- on the engine's thread

    def taken(self) -> None:
        """The engine is loaded for it, or computes: from here on it may hang."""
        with self._changed:
            if self._rests_since_ns is not None:
                self._watch.held(time.monotonic_ns() - self._rests_since_ns)
            self._rests_since_ns = None

    def _rest(self) -> None:
        with self._changed:
            self._rests_since_ns = time.monotonic_ns()

    def samples(self, engine: Engine) -> Iterator[None]:
        """Make them all; back after each. What fails is in `error` afterwards."""
        self.taken()
        try:
            for first, count in _runs(self._todo):
                self._before, self._count = first, count
                params = replace(self.params, seed=self.params.seed + first, samples=count)
                made = engine.make(params, self.image, self.mask, self)
                for at, pixels in enumerate(made):
                    self._rest()
                    self._put(MadeSample(first + at, _checked(pixels, params)))
                    yield
                    self.taken()
        except StillCancelledError:
            pass
        except EngineError as error:
            self.error, self.unfit = str(error), isinstance(error, UnfitStillError)
        except Exception as error:  # noqa: BLE001 - an engine may fail in any way it likes
            # Only its kind and place: the message of an error may hold a private prompt.
            log.warning(
                "the engine failed at a still: %s in %s", type(error).__name__, _place(error)
            )
            self.error = f"The engine failed ({type(error).__name__})."
        finally:
            self._end()

    def fail(self, error: str) -> None:
        """Before it began."""
        self.error = error
        self._end()

    def _end(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def piece(self) -> None:
        with self._changed:
            if self._phase is Phase.LOADING:
                self._phase = Phase.PAINTING
                self._changed.notify_all()
        self._give_way()

    def loads(self) -> None:
        self._give_way()

    def _give_way(self) -> None:
        with self._changed:
            self._rests_since_ns = self._waits_since_ns = time.monotonic_ns()
        try:
            self.between()
        finally:
            self.taken()
        with self._changed:
            self._waits_since_ns = 0
            if self._cancelled:
                raise StillCancelledError

    def step(self, done: int, total: int, preview: Callable[[], Pixels] | None = None) -> None:
        now_ns = time.monotonic_ns()
        drawn = None
        if preview and now_ns - self._preview_ns >= PREVIEW_NS:
            self._preview_ns, drawn = now_ns, preview()
        with self._changed:
            self._watch.stepped(now_ns)
            each = total / self._count  # an engine may count other steps than it was asked for
            self._total = max(1, round(each * self.params.samples))
            self._step = min(self._total, round(each * self._before) + done)
            self._preview = self._preview if drawn is None else drawn
            self._changed.notify_all()
        self.piece()

    def _put(self, sample: MadeSample) -> None:
        with self._changed:
            self._made.append(sample)
            self._changed.notify_all()

    @property
    def full(self) -> bool:
        """Whether the next sample is to wait until one is handed in."""
        return len(self._made) >= MOST_WAITING and not self._cancelled

    def wait_for_room(self, within_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self.full, within_s)

    # --- on others

    def cancel(self) -> None:
        """It ends at its next piece of work."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    @property
    def over(self) -> bool:
        return self._over

    def next_sample(self, within_s: float) -> MadeSample | None:
        """The next that is made; None when there is none in time, or will be none any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._made or self._over or self._cancelled, within_s)
            with suppress(IndexError):
                sample = self._made.popleft()
                self._changed.notify_all()
                return sample
        return None

    def reached(self) -> Reached:
        phase, since_ns = self._phase, self._waits_since_ns
        if since_ns and time.monotonic_ns() - since_ns > _QUEUED_NS:
            phase = Phase.QUEUED
        return Reached(self._step, self._total, phase)

    def wait_for_news(self, known: Reached, within_s: float) -> None:
        """Until it has got further, or is over."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._over or self._cancelled or self._step != known.step, within_s
            )

    def take_preview(self) -> Pixels | None:
        with self._changed:
            preview, self._preview = self._preview, None
            return preview

    def held(self, for_ns: int) -> None:
        """The processor did other things for so long."""
        with self._changed:
            self._watch.held(for_ns)

    def hung(self, now_ns: int) -> str | None:
        """A sentence, where the engine hangs. What only waits does not: for its turn, for the live
        picture, or for samples to be handed in."""
        with self._changed:
            rests = self._over or self._rests_since_ns is not None
            return None if rests else self._watch.hung(now_ns)


def _runs(todo: list[int]) -> Iterator[tuple[int, int]]:
    """What is left, as pairs of a first sample and how many follow each other from there."""
    first = 0
    while first < len(todo):
        last = first
        while last + 1 < len(todo) and todo[last + 1] == todo[last] + 1:
            last += 1
        yield todo[first], last - first + 1
        first = last + 1


def _checked(pixels: Pixels, params: StillParams) -> Pixels:
    if pixels.shape != (params.height, params.width, 3) or pixels.dtype != np.uint8:
        raise ValueError(f"the engine made {pixels.dtype} {pixels.shape}")
    return pixels


def _place(error: Exception) -> str:
    """Where it was raised, as file and line."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
