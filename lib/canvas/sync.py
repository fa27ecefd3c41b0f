"""The way of a page into a room: reads what it says, in order and no faster than it may."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import OrderedDict, deque
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from lib.canvas.inbox import RoomEndedError
from lib.canvas.messages import (
    AskedFor,
    CalledMe,
    CanvasMessage,
    CursorAt,
    Dragged,
    HelloMessage,
    ToldOps,
    read_message,
)
from lib.canvas.page import CanvasPage
from lib.canvas.room import CanvasRoom
from lib.canvas.rooms import CanvasRooms
from lib.canvas.store import NoSuchMapError
from lib.core.canvas.allowance import OpAllowance
from lib.core.canvas.fields import WORDS
from lib.core.canvas.order import Writer
from lib.http.bodies import JsonObject, UnreadableError
from lib.stills.ledger.errors import LedgerError
from lib.stills.service.people import is_operator, key_of

HELLO_WITHIN_S = 10
OPS_A_SECOND, OPS_AT_ONCE = 200, 400
CHARACTERS_OF_AN_OP = 200  # of a text: the word list takes its time
MOST_AHEAD = 8  # messages with operations of one page that wait to be written together
SLOW_S = 0.25  # a page is told of waits that are longer
ANSWERS, ANSWERS_S = 1000, 600  # that are remembered, and for how long


class CanvasSync:
    """Used on the loop's thread."""

    def __init__(self, rooms: CanvasRooms) -> None:
        self.rooms, self.parts = rooms, rooms.parts
        self._who = itertools.count(1)
        self._answers: OrderedDict[tuple[str, str, str], tuple[float, asyncio.Task[JsonObject]]] = (
            OrderedDict()
        )

    async def serve(self, socket: WebSocket, ref: str) -> None:
        """One page, until it goes or is closed."""
        await socket.accept()
        person, operator = self.parts.locks.person_of(key_of(socket)), is_operator(socket)
        page = CanvasPage(socket, next(self._who), person, operator, self.rooms.facts_of)
        if operator:
            page.live_port = self.parts.settings.settings_port
            page.signals_port = self.parts.settings.signals_port
        line = CanvasLine(self, page, socket)
        tasks = {asyncio.create_task(page.send()), asyncio.create_task(page.over.wait()),
                 asyncio.create_task(line.listen(ref))}  # fmt: skip
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await page.flush()
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(1000)
        finally:
            line.leave()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def answer(
        self, room: CanvasRoom, page: CanvasPage, socket: WebSocket, asked: AskedFor
    ) -> None:
        """Once for each question, however often it is sent."""
        key, now_s = (room.id, page.person or str(page.who), asked.ask), time.monotonic()
        while self._answers and (
            len(self._answers) > ANSWERS
            or now_s - next(iter(self._answers.values()))[0] > ANSWERS_S
        ):
            self._answers.popitem(last=False)
        if key not in self._answers:
            doing = self.rooms.jobs.ask(room, page, self.parts.viewer(socket), asked)
            self._answers[key] = now_s, asyncio.create_task(doing)
        try:
            told = await asyncio.shield(self._answers[key][1])
        except RoomEndedError:
            self._answers.pop(key, None)  # the page asks again when it is back
            return
        page.say({"what": "answer", "ask": asked.ask, **told})


class CanvasLine:
    def __init__(self, sync: CanvasSync, page: CanvasPage, socket: WebSocket) -> None:
        self._sync, self._page, self._socket = sync, page, socket
        self._rooms, self._parts = sync.rooms, sync.parts
        self._room: CanvasRoom | None = None
        self._allowed = OpAllowance(OPS_A_SECOND, OPS_AT_ONCE)
        self._asking: set[asyncio.Task[None]] = set()
        self._ahead: deque[asyncio.Future[None]] = deque()  # operations that are being written

    def leave(self) -> None:
        if self._room:
            self._room.leave(self._page)

    async def listen(self, ref: str) -> None:
        """Until the page goes, or there is nothing to stay for."""
        try:
            self._room = await self._enter(ref)
            while self._room:
                await self._read(self._room, await self._socket.receive_text())
        except (RoomEndedError, WebSocketDisconnect):
            return
        except NoSuchMapError as error:
            self._refuse("gone", str(error))
        except LedgerError as error:  # the page tries again, and keeps what it has to send
            self._refuse("unavailable", str(error))

    async def _enter(self, ref: str) -> CanvasRoom | None:
        room = await self._rooms.enter(ref)
        page = self._page
        page.row = room.loaded.row
        if self._parts.locks.closes(room.id, None if page.operator else page.person):
            self._refuse("password", "this map has a password")
            return None
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                hello = read_message(await self._socket.receive_text())
        except (TimeoutError, UnreadableError) as error:
            self._refuse("hello", f"a page says hello first: {error}")
            return None
        if not isinstance(hello, HelloMessage) or not room.may_be(hello.client, page.person):
            self._refuse("hello", "a page says hello first, as a client of its own")
            return None
        page.client = hello.client
        person, store = page.person, self._rooms.store
        if person and not room.people.find(person):  # as it is called on other maps
            page.known_as = await self._parts.ledgers.run(lambda: store.name_of(person))
        await room.join(page, hello.client, hello.epoch, hello.since, hello.n)
        return room

    def _refuse(self, why: str, detail: str) -> None:
        self._page.finish({"what": "closed", "why": why, "detail": detail})

    async def _read(self, room: CanvasRoom, text: str) -> None:
        cost = 1.0
        try:
            message = read_message(text)
        except UnreadableError as error:
            self._rooms.counts.unreadable += 1
            self._page.say({"what": "refused-message", "detail": str(error)})
            cost = 10.0
        else:
            if isinstance(message, ToldOps):
                cost = sum(_cost_of(one.field, one.value) for one in message.ops)
            await self._do(room, message)
        wait_s = self._allowed.spend(cost, time.monotonic())
        if wait_s > SLOW_S:
            self._rooms.counts.slowed += 1
            self._page.say({"what": "slow", "wait_ms": round(wait_s * 1000)})
        if wait_s:
            await asyncio.sleep(wait_s)
        await self._page.room()

    async def _do(self, room: CanvasRoom, message: CanvasMessage) -> None:
        page = self._page
        match message:
            case ToldOps():
                await self._take(room, message)
            case CursorAt():
                room.presence.cursor(page, message.at)
            case Dragged():
                room.presence.drag(page, message.nodes)
            case AskedFor():
                await self._written(0)  # it may be about a node that is only just drawn
                asking = self._sync.answer(room, page, self._socket, message)
                task = asyncio.create_task(asking)
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)
            case CalledMe():
                objection = self._parts.prompts.listed(message.name)
                if objection:
                    page.say({"what": "refused-message", "detail": objection})
                elif message.name.isprintable():
                    await room.rename_person(page, message.name.strip())
            case HelloMessage():
                page.say({"what": "refused-message", "detail": "hello has been said"})

    async def _take(self, room: CanvasRoom, message: ToldOps) -> None:
        page = self._page
        ops = [one.op() for one in message.ops]
        wanted = {
            str(op.value)
            for op in ops
            if op.field in ("reference", "mask") and op.value is not None
        }
        person = None if page.operator else page.person
        usable: frozenset[str] = frozenset()
        if wanted:
            usable = await self._parts.ledgers.run(lambda: self._rooms.usable(wanted, person))
        writer = Writer(page.client, page.person, page.operator, usable.__contains__)
        await self._written(MOST_AHEAD)
        self._ahead.append(room.take(page, writer, ops))

    async def _written(self, most_ahead: int) -> None:
        """Wait until no more than so many messages are still to be written."""
        while self._ahead and (self._ahead[0].done() or len(self._ahead) > most_ahead):
            await self._ahead.popleft()


def _cost_of(name: str, value: object) -> float:
    is_text = name in WORDS and isinstance(value, str)
    return 1 + len(str(value)) / CHARACTERS_OF_AN_OP if is_text else 1.0
