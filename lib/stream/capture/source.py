"""What every source of pictures offers to Capture, which alone calls it, on its own thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack
from fractions import Fraction

from lib.core.geometry import Size
from lib.observe import Tally
from lib.stream.frame import Frame


class Source(ABC):
    """`about` and `warning` may be read from any thread."""

    about: str  # in words: where the pictures come from
    warning: str | None = None  # in plain words: what is wrong right now
    tally: Tally  # Capture's, set before open: what is dropped is counted by its reason

    def open(self, resources: ExitStack) -> None:  # noqa: B027 - most open when first read
        """Open what the source needs. What may be missing is no failure: it is tried again."""

    @abstractmethod
    def fit(self, size: Size, quality: int | None = None) -> None:
        """The next picture read is of this size, and at most of this JPEG quality; None: as set,
        and a JPEG of the right size goes through as it is."""


class PacedSource(Source):
    """Has no time of its own: Capture keeps its rate, and it can stand still and be wound."""

    rate: Fraction
    length: int = 0  # pictures in one round, 0 where there is no round
    position: int = 0  # of the picture read last

    @abstractmethod
    def read(self, steps: int) -> bytes | None:
        """The picture `steps` after the last one, or None when there is none to show now."""

    @abstractmethod
    def seek(self, number: int) -> None:
        """A read of one step gives this picture next, counted from 0."""


class LiveSource(Source):
    """Gives pictures when they happen."""

    @abstractmethod
    def read(self) -> Frame | None:
        """The newest picture, or None when none came within 100 ms."""
