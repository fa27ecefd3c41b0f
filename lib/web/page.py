"""One page that is connected live: its outbox, and the pictures that it wants."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.websockets import WebSocket

from lib.http.outbox import Outbox
from lib.web.preview import MOST_FPS, Preview

MOST_UNDER_WAY = 2  # pictures that a page has not yet confirmed
EARLY_S = 0.5 / MOST_FPS  # a picture may be so early, since none comes between it and the next


class Page(Outbox):
    """A WebSocket session: texts first, then the newest picture."""

    def __init__(self, socket: WebSocket, preview: Preview) -> None:
        super().__init__(socket)
        self.who = socket.client.host if socket.client else ""
        self._preview = preview
        self._leave: Callable[[], None] | None = None
        self._fps = 0
        self._under_way = 0
        self._shown = 0  # the number of the picture sent last
        self._next_s = 0.0

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

    async def _send_more(self) -> None:
        """The newest picture if it is due."""
        if self._is_due(self._preview.number):
            self._sending_ns = time.monotonic_ns()
            await self._socket.send_bytes(self._preview.picture)

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
