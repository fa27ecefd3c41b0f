"""The interface of every source of pictures. Only Capture calls it, on its own thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from lib.camera.devices import Devices
from lib.core.geometry import Size
from lib.observe import Tally
from lib.stream.frame import Frame


class SourcePlace(NamedTuple):
    """What a source needs to know beside the settings."""

    devices: Devices | None = None  # the cameras; None: those of this machine
    within: Path | None = None  # the folder that links in a directory must not lead out of
    shown: str = ""  # what the directory is called where people read it; empty: its path


class Source(ABC):
    """`about` and `warning` may be read from any thread."""

    about: str  # where the pictures come from, in words
    warning: str | None = None  # what is wrong right now, in plain words
    tally: Tally  # Capture's, set before open: drops are counted there by reason

    def open(self, resources: ExitStack) -> None:  # noqa: B027 - most open when first read
        """Open what the source needs. A missing camera or file is no failure: it is tried again."""

    @abstractmethod
    def fit(self, size: Size, quality: int | None = None) -> None:
        """Give the next pictures this size, and at most this JPEG quality. None: the quality of the
        settings, and a JPEG of the right size passes unchanged."""


class PacedSource(Source):
    """Has no rate of its own: Capture paces it, can freeze it and wind it."""

    rate: Fraction
    length: int = 0  # pictures in one round, 0 if there are no rounds
    position: int = 0  # of the picture read last

    @abstractmethod
    def read(self, steps: int) -> bytes | None:
        """The picture `steps` after the last one, or None when there is none to show now."""

    @abstractmethod
    def seek(self, number: int) -> None:
        """Make this picture, counted from 0, the one that a read of one step gives next."""


class LiveSource(Source):
    """Gives pictures at its own times."""

    @abstractmethod
    def read(self) -> Frame | None:
        """The newest picture, or None when none came within 100 ms."""
