"""The shape of every engine: frames and parameters in, frames of the same shape out. Some engines
also make stills: one picture at a time, in steps, from words and perhaps from another picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lib.config.params import Params
from lib.core.pixels import Pixels
from lib.core.still_params import StillKind, StillParams

Frames: TypeAlias = NDArray[np.uint8]  # N x height x width x 3, RGB
Batch: TypeAlias = Frames | Sequence[Pixels]  # frames as one array, or each by itself


class EngineError(Exception):
    """The engine cannot run here; the text is one sentence for the person at the machine."""


def first_line(error: BaseException) -> str:
    """What an error says, short enough for a sentence; its kind, where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


class SpoiltError(Exception):
    """Some of the pictures are no pictures; the others are good, and nothing else is wrong."""

    def __init__(self, why: str, pictures: Frames, spoilt: frozenset[int]) -> None:
        super().__init__(why)
        self.pictures = pictures
        self.spoilt = spoilt  # positions in the batch


class BegunBatch(Protocol):
    """A batch that an engine has begun and perhaps not finished."""

    def wait(self) -> tuple[Frames, NDArray[np.bool_]]:
        """The pictures, and which of them are whole: the others are no pictures."""


class UnfitStillError(EngineError):
    """What a still asks for cannot be, and the engine is not to blame: an unknown model, one that
    is damaged."""


class StillCancelledError(Exception):
    """Nobody wants the still any more, or the worker is to end: it is left unfinished."""


@dataclass(frozen=True, slots=True)
class StillOffer:
    """What stills an engine makes."""

    kinds: tuple[StillKind, ...]
    models: tuple[str, ...] | None  # None: takes any name
    held: tuple[str, ...] = ()  # models that are loaded
    largest: int = 1024  # the longest side
    rank: int = 0  # of the engines that could make a still, the highest gets it
    # Models that by themselves heed no negative words; "" where the engine's own is one.
    unguided: tuple[str, ...] = ()
    memory: str = ""  # in words, how it gets by with less memory, which is slower


class StillProgress(Protocol):
    """How an engine that makes a still reports, and lets the live picture come first."""

    def piece(self) -> None:
        """Called between two pieces of work, each of which takes at most one frame interval (some
        30 ms). It may wait for as long as live frames need the engine; StillCancelledError ends the
        still."""

    def loads(self) -> None:
        """The same while a model is loaded on another thread; called every now and then."""

    def step(self, done: int, total: int, preview: Callable[[], Pixels] | None = None) -> None:
        """So many of all steps of all samples are done; counts as a piece, too. `preview` draws the
        picture as it is by now, of any size; it is called at most twice a second, here."""


class Engine(ABC):
    """Made once, warmed up once, then called by one thread."""

    name: str
    about: str  # one line: what runs, on what, and why it was chosen
    device: str = "CPU"  # what it runs on, for the status
    offer: StillOffer | None = None  # None: it makes no stills
    # Whether a worker with a live picture opens it a second time for stills, in a process that runs
    # only while a processor is idle: where it computes on the CPU, and its weights are small.
    stills_apart: bool = False
    # Whether its pictures change more than their frames do where these stand still: they are then
    # averaged there.
    flickers: bool = True

    def warm_up(self, batch: int, height: int, width: int) -> None:
        """Bring the first frame's cost forward."""
        self.generate(np.zeros((batch, height, width, 3), np.uint8), Params())

    def interrupt(self) -> None:  # noqa: B027 - most warm up at once
        """Called by another thread while `warm_up` runs: end it soon, for nobody needs it."""

    @abstractmethod
    def generate(self, frames: Frames, params: Params) -> Frames:
        """Pictures of the same number and shape."""

    def offered(self) -> StillOffer | None:
        """What it offers now: asked before each still, since models come and go."""
        return self.offer

    @property
    def is_busy(self) -> bool:
        """After `close`: whether a thread of the engine is still inside a library. Python cannot
        end such a thread, so the process ends without waiting for it."""
        return False

    def overlaps(self, frames: Batch, params: Params) -> bool:  # noqa: ARG002 - most never do
        """Whether `begin` takes these frames while one other batch is on its way, and returns long
        before that one is finished."""
        return False

    def begin(self, frames: Batch, params: Params) -> BegunBatch:
        """Set off; called only where `overlaps` allows it."""
        raise NotImplementedError

    def make(
        self,
        params: StillParams,
        image: Pixels | None,
        mask: NDArray[np.uint8] | None,
        progress: StillProgress,
    ) -> Iterator[Pixels]:
        """The samples of a still, one after the other, each of exactly the size of `params`. Called
        only where there is an `offer`. All kinds but txt2img come with an image, inpaint also with
        a mask. Both have the size of `params`; for outpaint their own, see `outpaint_canvas`."""
        raise NotImplementedError

    def close(self) -> None:  # noqa: B027 - most engines hold nothing
        """Give back what the engine holds."""
