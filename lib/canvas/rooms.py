"""The maps that are open: a room for each, and what time does to them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable
from contextlib import suppress

from lib.canvas.inbox import RoomEndedError
from lib.canvas.jobs import NodeJobs
from lib.canvas.live import LivePicture
from lib.canvas.page import CanvasPage
from lib.canvas.room import CanvasRoom, RoomCounts
from lib.canvas.store import (
    BIN_S,
    LedgerReplacedError,
    MapContent,
    MapRow,
    MapStore,
    NoSuchMapError,
)
from lib.core.canvas.fields import MOST_COUNT, CanvasLimits
from lib.core.canvas.order import CanvasOrder
from lib.core.still_params import LARGEST_SIDE, MOST_STEPS, SIDE_STEP, SMALLEST_SIDE
from lib.http.bodies import JsonObject
from lib.stills.ledger.errors import LedgerError
from lib.stills.service.parts import StillParts

log = logging.getLogger(__name__)

BEATS_ALIVE, BEATS_PLACES, BEATS_SWEEP = 10, 2, 120  # two of them a second


class CanvasRooms:
    """A part of the stills service. Used on the loop's thread."""

    def __init__(self, parts: StillParts) -> None:
        self.parts = parts
        self.ledgers = parts.ledgers
        self.store = MapStore(parts.ledgers.kept)
        self.counts = counts = RoomCounts()
        parts.tallies.update(
            {
                "map_ops_total": ("operations on maps", lambda: counts.ops),
                "map_ops_refused_total": (
                    "operations that were not applied",
                    lambda: counts.refused,
                ),
                "map_commits_total": ("times that they were written", lambda: counts.commits),
                "map_pages_slowed_total": (
                    "times that a page was read later",
                    lambda: counts.slowed,
                ),
                "map_unreadable_total": ("messages that were none", lambda: counts.unreadable),
            }
        )
        self.live = LivePicture(parts)
        self.jobs = NodeJobs(parts, self.live)
        self.rooms: dict[str, CanvasRoom] = {}
        self._opening: dict[str, asyncio.Task[CanvasRoom]] = {}
        self._incarnation = ""
        self._tasks: set[asyncio.Future[None]] = set()
        self._resuming: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._again = False

    # --- rooms

    async def enter(self, ref: str) -> CanvasRoom:
        """The room of a map, by its name or its id; NoSuchMapError."""
        row = await self.ledgers.run(lambda: self.store.find(ref))
        if there := self.rooms.get(row.id):
            there.is_asked_for = True
            return there
        opening = self._opening.get(row.id)
        if opening is None:
            opening = self._opening[row.id] = asyncio.create_task(self._open(row.id))
            opening.add_done_callback(lambda _: self._opening.pop(row.id, None))
        return await asyncio.shield(opening)

    async def _open(self, map_id: str) -> CanvasRoom:
        limits = CanvasLimits(prompt=self.parts.settings.max_prompt)
        order = CanvasOrder(limits, listed=self.parts.prompts.listed)
        loaded = await self.ledgers.run(lambda: self.store.load(map_id, order))
        told: JsonObject = {
            "prompt": limits.prompt, "nodes": limits.nodes, "edges": limits.edges,
            "count": MOST_COUNT, "steps": MOST_STEPS, "side": self.parts.settings.still_side,
            "sides": [SMALLEST_SIDE, LARGEST_SIDE, SIDE_STEP],
        }  # fmt: skip
        room = CanvasRoom(loaded, self.store, self.ledgers, self.counts, self._ended, told)
        self.rooms[map_id] = room
        self.jobs.resume(room)
        return room

    def _ended(self, room: CanvasRoom) -> None:
        if self.rooms.get(room.id) is room:
            del self.rooms[room.id]

    def close_map(self, map_id: str, told: JsonObject) -> None:
        if room := self.rooms.get(map_id):
            room.end(told)

    def changed(self, row: MapRow) -> None:
        """It was renamed, or has another password."""
        room = self.rooms.get(row.id)
        if room is None:
            return
        room.loaded = room.loaded._replace(row=row)
        for page in tuple(room.pages):
            if self.parts.locks.closes(row.id, None if page.operator else page.person):
                page.finish({"what": "closed", "why": "password",
                             "detail": "this map has another password now"})  # fmt: skip
        room.tell_map()

    def facts_of(self, page: CanvasPage) -> JsonObject:
        """The map that a page is on."""
        assert page.row
        room = self.rooms.get(page.row.id)
        return self.facts(room.loaded.row if room else page.row, page.person, page.operator)

    def facts(
        self, row: MapRow, person: str, operator: bool, held: MapContent | None = None
    ) -> JsonObject:
        """A map as one person sees it."""
        room = self.rooms.get(row.id)
        nodes = held.nodes if held else 0
        if room:
            nodes = sum(not one.get("deleted") for one in room.loaded.order.document.nodes.values())
        closed = self.parts.locks.closes(row.id, None if operator else person)
        return {
            "id": row.id, "name": row.name, "created": row.created_s, "changed": row.changed_s,
            "locked": bool(row.password), "open": not closed,
            "mine": bool(person) and row.made_by == person,
            "cover": list(held.cover) if held and not closed else [],
            "nodes": nodes, "deleted": row.deleted_s or None,
            "here": len({page.person or page.who for page in room.pages}) if room else 0,
        }  # fmt: skip

    def usable(self, pictures: set[str], person: str | None) -> frozenset[str]:
        """Those of them that are there and that this person can see. Waits for the ledger."""
        kept = [self.ledgers.kept.history.kept(one) for one in pictures]
        return frozenset(
            one.id
            for one in kept
            if one and not self.parts.locks.closes_picture(one.id, one.home, person)
        )

    # --- time

    async def start(self) -> None:
        self.parts.link.note()
        self.parts.map_listeners.add(self._others_changed)
        self._resuming = asyncio.create_task(self._resume())

    async def _resume(self) -> None:
        """Jobs that were on their way when the service ended are followed again."""
        try:
            self._incarnation = await self.ledgers.run(lambda: self.store.incarnation)
            for map_id in await self.ledgers.run(self.store.unfinished):
                with suppress(NoSuchMapError):
                    await self.enter(map_id)
        except LedgerError as error:
            log.warning("the maps cannot be read: %s", error)

    async def tick(self, beats: int) -> None:
        """Twice a second; nothing here makes the server wait."""
        if beats % BEATS_ALIVE == 0:
            self._later(self._check_ledger())
            for room in tuple(self.rooms.values()):
                room.beat()
                if not room.is_idle:
                    continue
                if not room.is_asked_for:
                    room.end()
                room.is_asked_for = False
        if beats % BEATS_PLACES == 0:
            self._later(self.jobs.tell_places())
        if beats % BEATS_SWEEP == 0:
            self._later(self._sweep())

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        self.jobs.close()
        for task in (*self._tasks, self._resuming, self._following):
            if task:
                task.cancel()
        for room in tuple(self.rooms.values()):
            room.end()

    def _others_changed(self) -> None:
        """Several changes at once are looked at once, and what comes meanwhile once more."""
        self._again = True
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow_others())

    async def _follow_others(self) -> None:
        while self._again:
            self._again = False
            for room in tuple(self.rooms.values()):
                with suppress(LedgerError, RoomEndedError):
                    await self._follow(room)

    async def _follow(self, room: CanvasRoom) -> None:
        row = await self.ledgers.run(lambda: self.store.row(room.id))
        if row is None or row.deleted_s:
            room.end({"what": "closed", "why": "deleted", "detail": "this map was deleted"})
            return
        await room.follow(row)
        before = room.loaded.row
        if (row.name, row.password) != (before.name, before.password):
            self.changed(row)

    async def _check_ledger(self) -> None:
        """Whether another one was put in its place: then nothing that pages hold is true."""
        with suppress(LedgerError):
            there = await self.ledgers.run(lambda: self.store.incarnation)
            if there != self._incarnation:
                for room in tuple(self.rooms.values()):
                    room.end()
                await self.ledgers.run(self.parts.locks.read)
                await self._resume()

    async def _sweep(self) -> None:
        """What was in a bin for seven days is gone for good."""
        now_s = int(time.time())
        try:
            await self.ledgers.run(lambda: self.store.sweep(now_s))
            for map_id in await self.ledgers.run(lambda: self.store.to_purge(now_s - BIN_S)):
                room = await self.enter(map_id)
                document = room.loaded.order.document
                old = [
                    item
                    for items in (document.nodes, document.edges)
                    for item, fields in items.items()
                    if fields.get("deleted")
                    and int(str(fields.get("deleted_s", 0))) <= now_s - BIN_S
                ]
                await room.write_ops((), old)
        except (NoSuchMapError, RoomEndedError, LedgerReplacedError):
            return  # next time
        except LedgerError as error:
            log.warning("the maps cannot be swept: %s", error)
