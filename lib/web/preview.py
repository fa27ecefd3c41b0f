"""The feed as a moving picture for browsers: one reader for all, and none while nobody watches.

Over HTTP it is Motion JPEG; a page that is connected live takes each picture when it has shown the
one before (`lib/web/live.py`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from lib.feed.reader import FeedAddress, FeedReader
from lib.observe import Tally
from lib.stage import Stage
from lib.wire.keys import Key

MOST_FPS = 15
BOUNDARY = b"frame"


class PreviewReader(Stage):
    """Reads the feed, and hands on only as many pictures as a browser needs."""

    def __init__(self, address: FeedAddress, on_picture: Callable[[bytes], None]) -> None:
        super().__init__()
        self._address, self._on_picture = address, on_picture

    def open(self, resources: ExitStack) -> None:
        self._feed = FeedReader(resources, self._address, Tally())

    def step(self) -> None:
        picture = self._feed.read(100)
        if picture is None:
            self._feed.keep_connected()
            return
        self._feed.put_out(picture, time.monotonic_ns())
        self._on_picture(picture.jpg)
        self.pause(1 / MOST_FPS)  # meanwhile the socket keeps only the newest picture


class Preview:
    """Used on the event loop's thread only."""

    def __init__(self, host: str, port: int, key: Key | None = None, most: int = 32) -> None:
        self._address = FeedAddress(host, port, key)
        self.most = most  # browsers that may watch
        self._fresh = asyncio.Event()
        self._reader: PreviewReader | None = None
        self._closed = False
        self._told: list[Callable[[], None]] = []
        self.picture = b""
        self.number = 0  # of the latest picture
        self.watchers = 0

    @property
    def full(self) -> bool:
        return self.watchers >= self.most

    def join(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call `told` for every new picture, until the returned function is called."""
        self._enter()
        self._told.append(told)

        def leave() -> None:
            self._told.remove(told)
            self._leave()

        return leave

    async def one(self, wait_s: float) -> bytes:
        """The next picture; b"" if none comes. For whoever is counted as watching."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._fresh.wait(), wait_s)
            return b"" if self._closed else self.picture
        return b""

    async def parts(self) -> AsyncIterator[bytes]:
        """A multipart body. A slow reader is sent fewer pictures, never older ones."""
        yield b"--" + BOUNDARY
        while not self._closed:
            await self._fresh.wait()
            if self.picture:
                yield _part(self.picture)

    @contextmanager
    def watched(self) -> Iterator[bool]:
        """Count a browser that watches, while the context lasts; False where there is no room."""
        if self.full:
            yield False
            return
        self._enter()
        try:
            yield True
        finally:
            self._leave()

    def close(self) -> None:
        """End all watching, so that the server can end."""
        self._closed = True
        self._unsubscribe(wait_s=0.3)
        self._fresh.set()

    def _enter(self) -> None:
        self.watchers += 1
        if self._closed or (self._reader and self._reader.alive):
            return
        loop = asyncio.get_running_loop()
        self._reader = PreviewReader(
            self._address, lambda jpg: _hand_over(loop, self._arrived, jpg)
        )
        self._reader.start()

    def _leave(self) -> None:
        self.watchers -= 1
        if not self.watchers:
            self._unsubscribe()

    def _unsubscribe(self, wait_s: float = 0) -> None:
        if self._reader:
            self._reader.stop(wait_s)
            self._reader = None

    def _arrived(self, jpg: bytes) -> None:
        if self._closed:
            return
        self.picture = jpg
        self.number += 1
        fresh, self._fresh = self._fresh, asyncio.Event()
        fresh.set()
        for told in tuple(self._told):
            told()


def _hand_over(loop: asyncio.AbstractEventLoop, take: Callable[[bytes], None], jpg: bytes) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(take, jpg)


def _part(jpg: bytes) -> bytes:
    """A picture with its closing boundary, without which browsers do not show it."""
    head = b"\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpg)
    return head + jpg + b"\r\n--" + BOUNDARY
