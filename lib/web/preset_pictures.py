"""Takes the small picture of a preset from the feed, a moment after it was saved."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from lib.control.console import Console
from lib.control.preset_store import Values
from lib.core.geometry import Size
from lib.observe import OncePerSecond
from lib.pictures.codec import open_codec
from lib.pictures.fit import fit_jpeg
from lib.pictures.header import JpegError, read_header
from lib.web.preview import Preview

WITHIN_S = 2.0
SIDE, QUALITY = 176, 72
MOST_AT_ONCE = 8  # saved within the same moment; a script may save hundreds

log = logging.getLogger(__name__)


class PresetPhotographer:
    """Used on the event loop's thread. Where no picture comes, a preset has none."""

    def __init__(self, console: Console, preview: Preview, changed: Callable[[], None]) -> None:
        self._console, self._preview, self._changed = console, preview, changed
        self._codec = open_codec()
        self._under_way: set[asyncio.Task[None]] = set()
        self._warn = OncePerSecond(log)

    def take(self, name: str) -> None:
        """Of what goes out now; never of the source itself, which may show the public."""
        values = self._console.presets.get(name)
        if not self._is_played(values) or len(self._under_way) >= MOST_AT_ONCE:
            return
        task = asyncio.create_task(self._take(name, values))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _take(self, name: str, values: Values) -> None:
        with self._preview.watched() as has_room:
            jpg = await self._preview.one(WITHIN_S) if has_room else b""
        if not jpg or not self._is_played(values):
            return
        try:
            small = await asyncio.to_thread(self._small, jpg)
        except JpegError as error:
            self._warn.warning("picture", "no picture of the preset %r: %s", name, error)
            return
        self._console.presets.add_picture(values, small)
        self._changed()

    def _is_played(self, values: Values) -> bool:
        """Whether the feed shows these values: some are saved without being played."""
        played = self._console.session.played.model_dump()
        return not played["passthrough"] and values.items() <= played.items()

    def _small(self, jpg: bytes) -> bytes:
        size = read_header(jpg).size
        scale = min(1.0, SIDE / max(size))
        wanted = Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))
        return fit_jpeg(self._codec, jpg, wanted, QUALITY)
