"""What capture hands on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A captured picture, already of the wanted size."""

    jpg: bytes
    captured_ns: int  # monotonic: every latency is a difference of two readings of this clock
    timestamp: float  # wall clock, seconds since the Unix epoch: for the public feed alone
