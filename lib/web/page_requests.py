"""The requests of pages that are connected live, and their answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from starlette.websockets import WebSocket

from lib.config.controls import RefusedError
from lib.control.journal import Entry, Origin
from lib.control.session import Session
from lib.http.bodies import JsonObject, UnreadableError, read_object, write_json
from lib.http.rate_limit import RateLimit, network_of
from lib.web.json_forms import entry_json
from lib.web.page import Page
from lib.web.prompt_checks import PromptChecks

MESSAGES_A_SECOND, MESSAGES_AT_ONCE = 200, 400  # messages of one page; 15 a second confirm pictures
LONGEST_GLIDE_MS = 600_000
LONGEST_ID = 64


class PageRequests:
    """Takes the messages of all pages, each page's in order and no faster than allowed."""

    def __init__(self, session: Session, checks: PromptChecks, rate: RateLimit) -> None:
        self._session, self._checks, self._rate = session, checks, rate
        self._being_checked: set[asyncio.Task[None]] = set()

    async def listen(self, socket: WebSocket, page: Page) -> None:
        """Take a page's messages until it disconnects."""
        own = RateLimit(MESSAGES_A_SECOND, MESSAGES_AT_ONCE)
        network = network_of(page.who)
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            # A page that is too fast is read more slowly, since refusing could drop the last value
            # of a fader.
            while wait_s := own.take(network, time.monotonic()):
                await asyncio.sleep(wait_s)
            await page.room()
            try:
                facts = read_object(message.get("text") or b"")
            except UnreadableError as error:
                page.put(_refusal(None, str(error)))
                continue
            await self._take(facts, page, network)

    async def _take(self, facts: Mapping[str, object], page: Page, network: str) -> None:
        kind = facts.get("type")
        if kind == "seen":
            page.saw()
        elif kind == "preview":
            fps = facts.get("fps")
            page.want(int(fps) if isinstance(fps, int | float) and 0 <= fps <= 1000 else 0)
        elif kind == "ping":
            page.put(write_json({"type": "pong"}))
        elif kind in ("play", "undo", "redo"):
            while wait_s := self._rate.take(network, time.monotonic()):
                await asyncio.sleep(wait_s)
            self._ask(facts, page)
        else:
            page.put(_refusal(_id(facts), "unknown message; docs/wire.md lists them"))

    def _ask(self, facts: Mapping[str, object], page: Page) -> None:
        number = _id(facts)
        try:
            ask = self._request(facts, Origin("page", page.who))
            if not self._may_take_long(facts):
                page.put(_answer(number, ask()))
                return
        except RefusedError as refusal:
            page.put(_refusal(number, str(refusal)))
            return
        # Checking a prompt may take seconds, and the page's other requests go on meanwhile.
        task = asyncio.create_task(self._ask_later(ask, number, page))
        self._being_checked.add(task)
        task.add_done_callback(self._being_checked.discard)

    def _may_take_long(self, facts: Mapping[str, object]) -> bool:
        if facts["type"] == "play":
            return self._checks.are_needed(facts.get("change"))
        return self._session.step_may_take_long(str(facts["type"]))

    async def _ask_later(self, ask: Callable[[], Entry], number: object, page: Page) -> None:
        try:
            page.put(_answer(number, await self._checks.run(ask)))
        except RefusedError as refusal:
            page.put(_refusal(number, str(refusal)))

    def _request(self, facts: Mapping[str, object], by: Origin) -> Callable[[], Entry]:
        if facts["type"] == "undo":
            return lambda: self._session.undo(by)
        if facts["type"] == "redo":
            return lambda: self._session.redo(by)
        change, glide_ms = facts.get("change"), facts.get("glide_ms")
        how = {name: facts.get(name) is True for name in ("override", "sure")}
        if not isinstance(change, dict):
            raise RefusedError('a play needs a change such as {"strength": 0.5}')
        if glide_ms is not None and (not isinstance(glide_ms, int) or isinstance(glide_ms, bool)):
            raise RefusedError("glide_ms must be a whole number of milliseconds")
        return lambda: self._session.play(change, by, glide_ms=glide_ms, **how)


def _id(facts: Mapping[str, object]) -> object:
    number = facts.get("id")
    if isinstance(number, int) or (isinstance(number, str) and len(number) <= LONGEST_ID):
        return number
    return None


def _answer(number: object, entry: Entry) -> str:
    return _answer_text({"id": number, "ok": True, "entry": entry_json(entry)})


def _refusal(number: object, sentence: str) -> str:
    return _answer_text({"id": number, "ok": False, "detail": sentence})


def _answer_text(facts: JsonObject) -> str:
    return write_json({"type": "answer", **facts})
