"""What a page that is connected live may ask for, and the answer that it gets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from starlette.websockets import WebSocket

from lib.config.controls import RefusedError
from lib.control.desk import Desk
from lib.control.journal import By, Entry
from lib.web.aside import Aside
from lib.web.limits import Buckets, neighbour
from lib.web.page import Page
from lib.web.shapes import Facts, UnreadableError, as_json, read_object, write_json

TALK_A_SECOND, TALK_AT_ONCE = 200, 400  # messages of one page; its pictures are 15 of them
LONGEST_GLIDE_MS = 600_000
LONGEST_ID = 64


class Talk:
    """Takes the messages of all pages, each page's in order and no faster than is allowed."""

    def __init__(self, desk: Desk, aside: Aside, buckets: Buckets) -> None:
        self._desk, self._aside, self._buckets = desk, aside, buckets
        self._looked_at: set[asyncio.Task[None]] = set()

    async def listen(self, socket: WebSocket, page: Page) -> None:
        """Until the page is gone."""
        own = Buckets(TALK_A_SECOND, TALK_AT_ONCE)
        place = neighbour(page.who)
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            # Who is too fast is read more slowly: a fader's last value is not to be refused.
            while wait_s := own.take(place, time.monotonic()):
                await asyncio.sleep(wait_s)
            await page.room()
            try:
                facts = read_object(message.get("text") or b"")
            except UnreadableError as error:
                page.put(_refusal(None, str(error)))
                continue
            await self._take(facts, page, place)

    async def _take(self, facts: Mapping[str, object], page: Page, place: str) -> None:
        kind = facts.get("type")
        if kind == "seen":
            page.saw()
        elif kind == "preview":
            fps = facts.get("fps")
            page.want(int(fps) if isinstance(fps, int | float) and 0 <= fps <= 1000 else 0)
        elif kind == "ping":
            page.put(write_json({"type": "pong"}))
        elif kind in ("play", "undo", "redo"):
            while wait_s := self._buckets.take(place, time.monotonic()):
                await asyncio.sleep(wait_s)
            self._ask(facts, page)
        else:
            page.put(_refusal(_id(facts), "there is no such message; docs/wire.md lists them"))

    def _ask(self, facts: Mapping[str, object], page: Page) -> None:
        number = _id(facts)
        try:
            ask = self._request(facts, By("page", page.who))
            if not self._aside.is_needed(facts.get("change")):
                page.put(_answer(number, ask()))
                return
        except RefusedError as refusal:
            page.put(_refusal(number, str(refusal)))
            return
        # Words may be looked at for seconds; meanwhile the page goes on.
        task = asyncio.create_task(self._ask_aside(ask, number, page))
        self._looked_at.add(task)
        task.add_done_callback(self._looked_at.discard)

    async def _ask_aside(self, ask: Callable[[], Entry], number: object, page: Page) -> None:
        try:
            page.put(_answer(number, await self._aside.run(ask)))
        except RefusedError as refusal:
            page.put(_refusal(number, str(refusal)))

    def _request(self, facts: Mapping[str, object], by: By) -> Callable[[], Entry]:
        if facts["type"] == "undo":
            return lambda: self._desk.undo(by)
        if facts["type"] == "redo":
            return lambda: self._desk.redo(by)
        change, glide_ms = facts.get("change"), facts.get("glide_ms")
        override = facts.get("override") is True
        if not isinstance(change, dict):
            raise RefusedError('a play needs a change such as {"strength": 0.5}')
        if glide_ms is not None and (not isinstance(glide_ms, int) or isinstance(glide_ms, bool)):
            raise RefusedError("glide_ms must be a whole number of milliseconds")
        return lambda: self._desk.play(change, by, glide_ms=glide_ms, override=override)


def _id(facts: Mapping[str, object]) -> object:
    number = facts.get("id")
    if isinstance(number, int) or (isinstance(number, str) and len(number) <= LONGEST_ID):
        return number
    return None


def _answer(number: object, entry: Entry) -> str:
    return _said({"id": number, "ok": True, "entry": as_json(entry)})


def _refusal(number: object, sentence: str) -> str:
    return _said({"id": number, "ok": False, "detail": sentence})


def _said(facts: Facts) -> str:
    return write_json({"type": "answer", **facts})
