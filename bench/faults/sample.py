"""What each process of a show holds: memory, descriptors, threads."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Held(NamedTuple):
    """By one process. Memory is what it has in RAM and what of it was swapped out."""

    memory_mb: float
    descriptors: int
    threads: int


class Sample(NamedTuple):
    """Of all processes at one moment; one that is not there is left out."""

    at_s: float
    held: dict[str, Held]

    @property
    def memory_mb(self) -> float:
        return sum(one.memory_mb for one in self.held.values())

    @property
    def descriptors(self) -> int:
        return sum(one.descriptors for one in self.held.values())

    @property
    def threads(self) -> int:
        return sum(one.threads for one in self.held.values())


def sample(pids: Mapping[str, int]) -> Sample:
    """By name of the process."""
    held = {name: _held(pid) for name, pid in pids.items()}
    return Sample(time.monotonic(), {name: one for name, one in held.items() if one})


def _held(pid: int) -> Held | None:
    try:
        text = Path(f"/proc/{pid}/status").read_text("utf-8")
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names are all it takes
    except OSError:
        return None
    said = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    kilobytes = sum(int(said.get(name, "0").split()[0]) for name in ("VmRSS", "VmSwap"))
    return Held(kilobytes / 1024, descriptors, int(said.get("Threads", "0")))
