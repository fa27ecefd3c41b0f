"""How large a picture from elsewhere may be."""

from __future__ import annotations

from typing import NamedTuple

from lib.core.geometry import LARGEST


class Bounds(NamedTuple):
    """The most bytes of its file, and the most pixels of each side."""

    bytes: int = 4 * 1024 * 1024
    side: int = LARGEST

    @property
    def message(self) -> int:
        """The most bytes of a message that carries a picture and its metadata."""
        return self.bytes + 4096
