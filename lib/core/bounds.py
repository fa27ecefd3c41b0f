"""How large one picture may be that comes from elsewhere."""

from __future__ import annotations

from typing import NamedTuple

from lib.core.geometry import LARGEST


class Bounds(NamedTuple):
    """Of its file, and of each of its sides."""

    bytes: int = 4 * 1024 * 1024
    side: int = LARGEST

    @property
    def message(self) -> int:
        """Of a message that brings one, with all that is said about it."""
        return self.bytes + 4096
