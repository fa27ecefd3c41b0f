"""A captured frame, and the mailbox through which Capture hands it to Dispatch."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import NamedTuple

from lib.core.geometry import Size
from lib.stage import Inbox
from lib.wire.wake import Wake


@dataclass(frozen=True, slots=True)
class Frame:
    """A captured picture, fitted to the size that was played when it was captured."""

    jpg: bytes
    captured_ns: int  # monotonic: every latency is a difference of two readings of this clock
    timestamp: float  # wall clock, seconds since the Unix epoch: for the public feed alone
    size: Size
    ready_ns: int = field(default_factory=time.monotonic_ns)  # when it was handed on
    shown: Size | None = None  # the size of its finished picture, where that is larger

    @property
    def wanted(self) -> Size:
        """The size of the finished picture."""
        return self.shown or self.size

    def alike(self, other: Frame) -> bool:
        """Whether both may travel in one job."""
        return (self.size, self.shown) == (other.size, other.shown)


class Entrance(NamedTuple):
    """Between Capture and Dispatch. Dispatch waits for frames, results and workers at once, so a
    frame wakes it like a message."""

    mailbox: Inbox[Frame]  # of one frame: the newest wins
    wake: Wake
