"""The picture that goes out now, as the wall shows it: brightness and black applied.

However many pages look, the control port is asked a few times a second; with the raw source on the
wall there is no picture.
"""

from __future__ import annotations

import asyncio
import time

from lib.pictures.examine import darkened, rendition
from lib.stills.service.parts import StillParts
from lib.stills.service.routes_wall import WallPicture, captured

FRESH_S = 0.25


class LivePicture:
    """Used on the loop's thread."""

    def __init__(self, parts: StillParts) -> None:
        self._parts = parts
        self._last: bytes = b""
        self._small: dict[int, bytes] = {}
        self._at_s = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def now(self, side: int | None = None) -> bytes:
        """A JPEG; whoever asks while it is being fetched gets the same one. HTTPException or
        RefusedError says why there is none."""
        if not self._last or time.monotonic() - self._at_s > FRESH_S:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._fetched())
            await asyncio.shield(self._asking)
        if side is None:
            return self._last
        if side not in self._small:
            last = self._last
            self._small[side] = await self._parts.decoding.run(
                lambda: rendition(last, "jpeg", side)
            )
        return self._small[side]

    async def _fetched(self) -> None:
        shown: WallPicture = await self._parts.wall.run(lambda: captured(self._parts.settings))
        data = shown.picture
        if shown.light < 1:
            data = await self._parts.decoding.run(lambda: darkened(data, shown.light))
        self._last, self._small, self._at_s = data, {}, time.monotonic()
