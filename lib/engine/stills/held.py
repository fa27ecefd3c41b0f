"""The models that are loaded for stills: the least recently used goes where memory is short."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch

from lib.engine.stills.checkpoint import StillCheckpoint
from lib.engine.turbo.memory import ShortOfMemoryError, empty_cache

log = logging.getLogger(__name__)

WORK_BYTES = 1_000_000_000  # that a still needs beside its model
GB = 1e9


class HeldModels:
    """Used by the thread that makes stills."""

    def __init__(
        self, place: torch.device, free_bytes: Callable[[], int | None], limit_gb: float
    ) -> None:
        """`free_bytes`: that stills may use there; None where the system does not say. `limit_gb`:
        of all that are held, 0 for as many as there is memory for."""
        self._place, self._free_bytes = place, free_bytes
        self._limit = int(limit_gb * GB)
        self._held: dict[str, StillCheckpoint] = {}  # the most recently used last
        self.loads = 0  # models that were loaded, all in all

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(reversed(self._held))

    def is_distilled(self, name: str) -> bool:
        """Of those that are held."""
        return name in self._held and self._held[name].distilled

    @property
    def bytes(self) -> int:
        """Of their own: what the live picture has in memory costs nothing more."""
        return sum(one.bytes for one in self._held.values() if not one.shared)

    def get(self, name: str) -> StillCheckpoint | None:
        one = self._held.pop(name, None)
        if one:
            self._held[name] = one
        return one

    def put(self, one: StillCheckpoint) -> None:
        self.loads += 1
        self._held.pop(one.name, None)
        self._held[one.name] = one

    def make_room(self, name: str, needed: int) -> None:
        """ShortOfMemoryError where even without any other model there is too little."""
        while not self._fits(needed):
            oldest = next((one for one in self._held.values() if not one.shared), None)
            if oldest is None:
                free = self._free_bytes() or 0
                raise ShortOfMemoryError(too_little(f"the model {name}", needed, free, self._place))
            log.info("stills: %s is no longer held: its memory is for %s", oldest.name, name)
            del self._held[oldest.name], oldest
            empty_cache(self._place)

    def clear(self) -> None:
        self._held.clear()
        empty_cache(self._place)

    def _fits(self, needed: int) -> bool:
        if self._limit and self._held and self.bytes + needed > self._limit and self.bytes:
            return False
        free = self._free_bytes()
        return free is None or needed + WORK_BYTES <= free


def too_little(name: str, needed: int, free: int, place: torch.device) -> str:
    return (
        f"not enough memory for {name}: it needs {needed / GB:.1f} GB and {WORK_BYTES / GB:.0f} GB "
        f"to work in, and {max(0, free) / GB:.1f} GB are there for stills on {place}"
    )
