"""Pages that are connected live: each event is encoded once and put into each page's outbox.

Each outbox is bounded. A page that stops reading is disconnected, and reconnects when it can; a
page that shows pictures slowly is sent fewer of them.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import deque
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from lib.control.console import Console
from lib.control.journal import Entry
from lib.http.bodies import JsonObject, write_json
from lib.observe import OncePerSecond
from lib.web.json_forms import controls_json, cues_json, entry_json, presets_json
from lib.web.page import Page
from lib.web.page_requests import PageRequests
from lib.web.preview import Preview

LIVE = "/live"  # where pages connect
BEAT_S = 0.2
STATUS_BEATS, KEPT_BEATS = 2, 5  # beats between two statuses, and two countdowns of the cues (1 s)
TELL_EVERY_S = 1 / 30  # entries are collected so long: a fader makes hundreds of changes a second
MOST_FRESH = 2000
MOST_SHOWN = 50  # entries that a new page is sent
LONGEST_TOLD = 100_000  # characters of entries in one message; the longest entry has 30 000

log = logging.getLogger(__name__)


class Hub:
    """Knows every page. Used on the event loop's thread, except for `_note`."""

    def __init__(
        self,
        console: Console,
        preview: Preview,
        status: Callable[[], bytes],
        requests: PageRequests,
    ) -> None:
        self._most = preview.most
        self._console, self._preview = console, preview
        self._status, self._requests = status, requests
        self._fresh: deque[Entry] = deque(maxlen=MOST_FRESH)
        self._telling = False
        self._told_s = 0.0
        self._said: dict[str, str] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._beat: asyncio.Task[None] | None = None
        self.pages: set[Page] = set()
        self.let_go = 0
        self._warn = OncePerSecond(log)
        console.session.listen(self._note)

    async def serve(self, socket: WebSocket) -> None:
        """Serve a page until it disconnects."""
        await socket.accept()
        if len(self.pages) >= self._most:
            await socket.close(1013, f"{self._most} pages are open, which is the most")
            return
        page = Page(socket, self._preview)
        self._enter(page)
        tasks = {
            asyncio.create_task(page.send()),
            asyncio.create_task(self._requests.listen(socket, page)),
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._leave(page)
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception) and not isinstance(ended, WebSocketDisconnect):
                    self._warn.warning("page", "a page was dropped: %r", ended)

    def tell_kept(self) -> None:
        """Send presets and cues if they have changed since they were last sent."""
        if not self.pages:
            return
        self._say_if_new("presets", presets_json(self._console.presets))
        self._say_if_new("cues", cues_json(self._console.cues))

    def _enter(self, page: Page) -> None:
        self._loop = asyncio.get_running_loop()
        self._tell()  # sends the collected entries to the other pages; this one begins after them
        self.pages.add(page)  # before its first message, or a change meanwhile would not be sent
        page.put(self._hello(page))
        if not self._beat or self._beat.done():
            self._said.clear()
            self._beat = asyncio.create_task(self._beats())

    def _leave(self, page: Page) -> None:
        self.pages.discard(page)
        self.let_go += page.was_let_go
        page.want(0)
        if not self.pages and self._beat:
            self._beat.cancel()
            self._beat = None

    async def _beats(self) -> None:
        for beat in itertools.count(1):
            await asyncio.sleep(BEAT_S)
            for page in [page for page in self.pages if page.is_asleep]:
                page.let_go()
            if beat % STATUS_BEATS == 0:
                self._say('{"type":"status",' + self._status().decode()[1:])
            if beat % KEPT_BEATS == 0:
                self.tell_kept()

    def _note(self, entry: Entry) -> None:
        """Called on the thread that made a change: only hand the entry on to the loop."""
        loop = self._loop
        if not loop or not self.pages:
            return
        self._fresh.append(entry)
        if not self._telling:
            self._telling = True
            try:
                loop.call_soon_threadsafe(self._tell_soon)
            except RuntimeError:  # the server has ended
                self._telling = False

    def _tell_soon(self) -> None:
        assert self._loop
        wait_s = self._told_s + TELL_EVERY_S - time.monotonic()
        if wait_s > 0:
            self._loop.call_later(wait_s, self._tell)
        else:
            self._tell()

    def _tell(self) -> None:
        """Send all entries that came since the last time, together."""
        self._telling = False
        self._told_s = time.monotonic()
        while self._fresh:
            entries = [write_json(entry_json(self._fresh.popleft()))]
            while self._fresh and sum(map(len, entries)) < LONGEST_TOLD:
                entries.append(write_json(entry_json(self._fresh.popleft())))
            # Read after the entries were taken, so that the state is never older than they are.
            head = write_json({"type": "played", **self._played()})[:-1]
            self._say(f'{head},"entry":{entries[-1]},"entries":[{",".join(entries)}]}}')

    def _hello(self, page: Page) -> str:
        facts: JsonObject = {
            "type": "hello",
            **self._played(),
            "table": controls_json(),
            "presets": self._console.presets.names(),
            "kept": presets_json(self._console.presets),
            "cues": cues_json(self._console.cues),
            "you": page.who,
        }
        entries: list[str] = []
        for entry in reversed(self._console.session.entries[-MOST_SHOWN:]):
            entries.insert(0, write_json(entry_json(entry)))
            if sum(map(len, entries)) > LONGEST_TOLD:
                break
        more = f'"entries":[{",".join(entries)}],"status":{self._status().decode()}'
        return f"{write_json(facts)[:-1]},{more}}}"

    def _played(self) -> JsonObject:
        change = self._console.played_state.message()
        return {"number": change.number, "params": change.params}

    def _say_if_new(self, kind: str, facts: JsonObject) -> None:
        text = write_json({"type": kind, **facts})
        if self._said.get(kind) != text:
            self._said[kind] = text
            self._say(text)

    def _say(self, text: str) -> None:
        for page in tuple(self.pages):
            page.put(text)
