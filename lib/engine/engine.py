"""The shape of every engine: frames and parameters in, frames of the same shape out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lib.config.params import Params
from lib.core.pixels import Pixels

Frames: TypeAlias = NDArray[np.uint8]  # N x height x width x 3, RGB
Batch: TypeAlias = Frames | Sequence[Pixels]  # frames as one array, or each by itself


class EngineError(Exception):
    """The engine cannot run here; the text is one sentence for the person at the machine."""


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


class Engine(ABC):
    """Made once, warmed up once, then called by one thread."""

    name: str
    about: str  # one line: what runs, on what, and why it was chosen
    device: str = "CPU"  # what it runs on, for the status

    def warm_up(self, batch: int, height: int, width: int) -> None:
        """Bring the first frame's cost forward."""
        self.generate(np.zeros((batch, height, width, 3), np.uint8), Params())

    @abstractmethod
    def generate(self, frames: Frames, params: Params) -> Frames:
        """Pictures of the same number and shape."""

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

    def close(self) -> None:  # noqa: B027 - most engines hold nothing
        """Give back what the engine holds."""
