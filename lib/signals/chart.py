"""Pages that watch: each is told the same, ten times a second, while there are any."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from lib.http.outbox import Outbox
from lib.signals.report import SignalReport

CHART = "/chart"
EVERY_S = 0.1


class ChartHub:
    """Used on the event loop's thread."""

    def __init__(self, report: SignalReport, most: int) -> None:
        self._report, self._most = report, most
        self.pages: set[Outbox] = set()
        self._telling: asyncio.Task[None] | None = None

    async def serve(self, socket: WebSocket) -> None:
        """Until the page has gone."""
        await socket.accept()
        if len(self.pages) >= self._most:
            await socket.close(1013, f"{self._most} pages are open, which is the most")
            return
        page = Outbox(socket)
        self.pages.add(page)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())
        tasks = {asyncio.create_task(page.send()), asyncio.create_task(_until_gone(socket))}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.pages.discard(page)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self) -> None:
        while self.pages:
            text = json.dumps(self._report.status(), separators=(",", ":"))
            for page in tuple(self.pages):
                page.put(text)
            await asyncio.sleep(EVERY_S)


async def _until_gone(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()
