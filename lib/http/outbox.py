"""What a WebSocket is still to be sent: bounded, so that a page that stops reading costs little."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from starlette.websockets import WebSocket
from websockets.frames import Frame, Opcode

from lib.http.connections import ABORT, WRITE

MOST_UNSENT = 256  # texts: about ten seconds of a fader that is moved on another page
LONGEST_UNSENT = 8_000_000  # characters of unsent text; pages share the texts
READS_WITHIN_NS = 10_000_000_000


def frame_of(text: str) -> bytes:
    """A text as it goes over the line, alike to each page: a server masks nothing."""
    return bytes(Frame(Opcode.TEXT, text.encode()).serialize(mask=False))


class Outbox:
    """Texts for one page. It sends on a task of its own, so that nobody waits for a page."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._abort: Callable[[], None] = socket.scope["extensions"][ABORT]
        self._write: Callable[[bytes], bool] = socket.scope["extensions"][WRITE]
        self._texts: deque[str] = deque()
        self._unsent = 0  # characters
        self._wake, self._sent = asyncio.Event(), asyncio.Event()
        self.was_let_go = False
        self._sending_ns = 0

    def put(self, text: str, frame: bytes = b"") -> None:
        """Add a text. If it is full, the page has stopped reading and is disconnected. `frame` is
        the same as it goes over the line: where nothing waits, it goes at once."""
        if self.was_let_go:
            return
        if frame and not self._texts and not self._sending_ns and self._write(frame):
            return
        self._unsent += len(text)
        if len(self._texts) >= MOST_UNSENT or self._unsent > LONGEST_UNSENT:
            self.let_go()
            return
        self._texts.append(text)
        self._wake.set()

    async def room(self) -> None:
        """Wait until most of it is sent: a page that sends many requests must read the answers."""
        while len(self._texts) > MOST_UNSENT // 2 and not self.was_let_go:
            self._sent.clear()
            await self._sent.wait()

    def let_go(self) -> None:
        self.was_let_go = True
        self._texts.clear()
        self._sent.set()
        self._abort()

    @property
    def is_asleep(self) -> bool:
        """Whether the same message has been waiting for too long."""
        return bool(self._sending_ns) and time.monotonic_ns() - self._sending_ns > READS_WITHIN_NS

    async def send(self) -> None:
        """Send what is put in, until the connection ends."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._texts:
                self._sending_ns = time.monotonic_ns()
                text = self._texts.popleft()
                await self._socket.send_text(text)
                self._unsent -= len(text)
                self._sent.set()
            await self._send_more()
            self._sending_ns = 0

    async def _send_more(self) -> None:
        """What is due beside texts, once they are sent."""
