"""One page that is connected live: its outbox, and the pictures that it wants."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from starlette.websockets import WebSocket

from lib.http.connections import ABORT
from lib.web.preview import MOST_FPS, Preview

MOST_UNSENT = 256  # texts: about ten seconds of a fader that is moved on another page
LONGEST_UNSENT = 8_000_000  # characters of unsent text; pages share the texts
MOST_UNDER_WAY = 2  # pictures that a page has not yet confirmed
EARLY_S = 0.5 / MOST_FPS  # a picture may be so early, since none comes between it and the next
READS_WITHIN_NS = 10_000_000_000


class Page:
    """A WebSocket session. It sends on a task of its own, so that the hub waits for no page."""

    def __init__(self, socket: WebSocket, preview: Preview) -> None:
        self.who = socket.client.host if socket.client else ""
        self._socket, self._preview = socket, preview
        self._leave: Callable[[], None] | None = None
        self._abort: Callable[[], None] = socket.scope["extensions"][ABORT]
        self._outbox: deque[str] = deque()
        self._unsent = 0  # characters in the outbox
        self._wake, self._sent = asyncio.Event(), asyncio.Event()
        self.was_let_go = False
        self._sending_ns = 0
        self._fps = 0
        self._under_way = 0
        self._shown = 0  # the number of the picture sent last
        self._next_s = 0.0

    def put(self, text: str) -> None:
        """Put a text into the outbox. If that is full, the page has stopped reading and is
        disconnected."""
        if self.was_let_go:
            return
        self._unsent += len(text)
        if len(self._outbox) >= MOST_UNSENT or self._unsent > LONGEST_UNSENT:
            self.let_go()
            return
        self._outbox.append(text)
        self._wake.set()

    async def room(self) -> None:
        """Wait until most of its outbox is sent: a page that sends many requests must read the
        answers."""
        while len(self._outbox) > MOST_UNSENT // 2 and not self.was_let_go:
            self._sent.clear()
            await self._sent.wait()

    def let_go(self) -> None:
        self.was_let_go = True
        self._outbox.clear()
        self._sent.set()
        self._abort()

    @property
    def is_asleep(self) -> bool:
        """Whether the same message has been waiting for too long."""
        return bool(self._sending_ns) and time.monotonic_ns() - self._sending_ns > READS_WITHIN_NS

    def want(self, fps: int) -> None:
        """Send pictures, at most so many a second; 0: none."""
        self._fps, self._under_way = min(fps, MOST_FPS), 0
        if self._fps and not self._leave:
            self._leave = self._preview.join(self._wake.set)
        elif not self._fps and self._leave:
            self._leave()
            self._leave = None

    def saw(self) -> None:
        self._under_way = max(0, self._under_way - 1)
        self._wake.set()

    async def send(self) -> None:
        """Send texts first, then the newest picture if it is due, until the connection ends."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._outbox:
                self._sending_ns = time.monotonic_ns()
                text = self._outbox.popleft()
                await self._socket.send_text(text)
                self._unsent -= len(text)
                self._sent.set()
            if self._is_due(self._preview.number):
                self._sending_ns = time.monotonic_ns()
                await self._socket.send_bytes(self._preview.picture)
            self._sending_ns = 0

    def _is_due(self, number: int) -> bool:
        now_s = time.monotonic()
        if not self._fps or number <= self._shown or now_s < self._next_s - EARLY_S:
            return False
        if self._under_way >= MOST_UNDER_WAY:
            return False
        self._shown = number
        self._under_way += 1
        self._next_s = max(self._next_s, now_s - EARLY_S) + 1 / self._fps
        return True
