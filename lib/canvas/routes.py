"""The addresses of maps: list, make, rename, lock, open, delete, bring back; their pictures."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.websockets import WebSocket

from lib.canvas.inbox import RoomEndedError
from lib.canvas.passwords import LONGEST, fits, hashed
from lib.canvas.rooms import CanvasRooms
from lib.canvas.shapes import MapNodeShape, MapShape, MapsShape
from lib.canvas.store import MapContent, MapRow
from lib.canvas.sync import CanvasSync
from lib.config.controls import RefusedError
from lib.core.canvas.document import NODE, CanvasOp, Fields, free_place
from lib.core.still import Keep
from lib.http.away import AwayWork
from lib.http.bodies import JsonObject, json_answer, read_body, read_model
from lib.http.openapi import json_body, schema_of
from lib.http.rate_limit import RateLimit
from lib.http.token import caller_of
from lib.stills.service.inputs import take_upload
from lib.stills.service.people import is_operator, key_of
from lib.stills.service.shapes import GONE, AliveShape, UploadShape

SYNC = "/maps/sync"
LONGEST_SAID = 4096
MOST_HASHED = 2  # passwords at once
MOST_PACKED = 2  # maps that come or go as a whole at once
MOST_ARRIVING = 4  # maps that are being received, each of which may be 500 MB
NAME = r"^[^/\x00-\x1f\x7f]{1,60}$"


def _said(name: str) -> str:
    """A name that can be read and stands in an address: no marks that turn the text around, and
    nothing that a browser takes for a folder."""
    name = name.strip()
    if not name or not name.isprintable() or name in (".", ".."):
        raise ValueError("a name has letters or digits")
    return name


MapName = Annotated[str, Field(pattern=NAME), AfterValidator(_said)]
Password = Annotated[str, Field(max_length=LONGEST)]
TAGS: list[str | Enum] = ["maps"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewMap(_Body):
    name: MapName
    password: Password = ""


class MapNameBody(_Body):
    name: MapName


class PasswordBody(_Body):
    password: Password


class ToMapBody(_Body):
    """A picture of the ledger, or the first one of a job."""

    picture: Annotated[str, Field(max_length=40)] = ""
    job: Annotated[str, Field(max_length=40)] = ""
    at: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None


class MapDesk:
    """What several addresses do alike: who asks, and whether this map is open to them."""

    def __init__(self, rooms: CanvasRooms) -> None:
        self.rooms, self.parts, self.store = rooms, rooms.parts, rooms.store
        self.run = rooms.ledgers.run
        self.hashing = AwayWork(MOST_HASHED, "passwords", partial(HTTPException, 503))
        self.packing = AwayWork(MOST_PACKED, "maps", partial(HTTPException, 503))
        self.guesses = RateLimit(a_second=0.1, at_once=10)
        # Else one guest could make all the maps that there may be, and nobody another one.
        self._arriving = 0
        self._making = RateLimit(a_second=1 / 30, at_once=20)

    def close(self) -> None:
        """Answer all that wait, because the server ends."""
        for one in (self.hashing, self.packing):
            one.close()

    @contextmanager
    def arrival(self) -> Iterator[None]:
        """While a map is being received, which takes as much of the disk as it is long."""
        if self._arriving >= MOST_ARRIVING:
            raise HTTPException(503, f"{MOST_ARRIVING} maps are arriving; try again in a moment")
        if self.parts.ledgers.kept.room.is_full():
            raise HTTPException(507, "less than 1 GB of the disk is free, so no map can be taken")
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1

    def person(self, request: Request) -> str:
        return self.parts.locks.person_of(key_of(request))

    def drawer(self, request: Request) -> str:
        person = self.person(request)
        if not person and not is_operator(request):
            raise HTTPException(403, "open the page first: this browser has no key yet")
        return person

    def may_make(self, request: Request) -> None:
        """Whether one more map is not too much of this address."""
        if is_operator(request):
            return
        if wait_s := self._making.take(caller_of(request).address, time.monotonic()):
            raise HTTPException(
                429, f"too many maps from this address; try again in {max(1, round(wait_s))} s"
            )

    def only_operator(self, request: Request, what: str) -> None:
        if not is_operator(request):
            raise HTTPException(403, f"only the operator {what}")

    async def open_map(self, request: Request, ref: str) -> MapRow:
        """One that is open to whoever asks."""
        row = await self.run(lambda: self.store.find(ref))
        person = None if is_operator(request) else self.person(request)
        if self.parts.locks.closes(row.id, person):
            raise HTTPException(403, "this map has a password; open it first")
        return row

    def facts(self, request: Request, row: MapRow, held: MapContent | None = None) -> JsonObject:
        return self.rooms.facts(row, self.person(request), is_operator(request), held)

    @staticmethod
    async def written(work: Awaitable[None]) -> None:
        """What goes into an open map."""
        try:
            await work
        except RoomEndedError:
            raise HTTPException(503, "the map is read anew; try again in a moment") from None

    def check_words(self, text: str) -> None:
        if objection := self.parts.prompts.listed(text):
            raise RefusedError(objection)


def add_maps(app: FastAPI, desk: MapDesk, sync: CanvasSync) -> None:
    store, run = desk.store, desk.run
    one_map: dict[str, Any] = {"tags": TAGS, "responses": {200: {"model": MapShape}, **GONE}}

    @app.websocket(SYNC)
    async def synced(
        socket: WebSocket, ref: Annotated[str, Query(alias="map", max_length=200)] = ""
    ) -> None:
        await sync.serve(socket, ref)

    @app.get(SYNC, include_in_schema=False)
    async def no_sync() -> Response:
        raise HTTPException(426, "this is a WebSocket; docs/canvas.md says what it tells")

    @app.get("/maps", summary="the maps, the last changed first", tags=TAGS,
             responses={200: {"model": MapsShape}})  # fmt: skip
    async def maps(
        request: Request,
        deleted: Annotated[bool, Query(description="those that can be brought back")] = False,
    ) -> Response:
        if deleted:
            desk.only_operator(request, "brings maps back")
        rows, held = await run(lambda: (store.maps(deleted=deleted), store.contents()))
        facts = [desk.facts(request, row, held.get(row.id)) for row in rows]
        person, operator = desk.person(request), is_operator(request)
        you = {"person": person, "operator": operator, "wall": operator, "draws": bool(person)}
        one = desk.parts.settings
        live, signals = (one.settings_port, one.signals_port) if operator else (0, 0)
        ports = {"live_port": live, "signals_port": signals}
        return json_answer({"maps": facts, "you": you, **ports})

    @app.post("/maps", summary="a new map", tags=TAGS, status_code=201,
              responses={201: {"model": MapShape}, **GONE},
              openapi_extra=json_body(schema_of(NewMap)))  # fmt: skip
    async def make(request: Request) -> Response:
        body, person = (
            read_model(NewMap, await read_body(request, LONGEST_SAID)),
            desk.drawer(request),
        )
        desk.check_words(body.name)
        desk.may_make(request)
        password = await desk.hashing.run(lambda: hashed(body.password))
        row = await run(lambda: store.add(body.name, person, password))
        await run(desk.parts.locks.read)
        return json_answer(desk.facts(request, row), 201)

    @app.get("/maps/{ref}", summary="one map, by its name or its id", **one_map)
    async def one(request: Request, ref: str) -> Response:
        row = await run(lambda: store.find(ref))
        held = await run(store.contents)
        return json_answer(desk.facts(request, row, held.get(row.id)))

    _add_changes(app, desk, one_map)
    _add_contents(app, desk)


def _add_changes(app: FastAPI, desk: MapDesk, one_map: dict[str, Any]) -> None:
    store, run = desk.store, desk.run

    @app.patch("/maps/{ref}", summary="another name; for the operator",
               openapi_extra=json_body(schema_of(MapNameBody)), **one_map)  # fmt: skip
    async def rename(request: Request, ref: str) -> Response:
        desk.only_operator(request, "renames maps")
        body = read_model(MapNameBody, await read_body(request, LONGEST_SAID))
        row = await run(lambda: store.rename(ref, body.name))
        desk.rooms.changed(row)
        return json_answer(desk.facts(request, row))

    @app.put("/maps/{ref}/password", summary="a password, or none; for who made it",
             openapi_extra=json_body(schema_of(PasswordBody)), **one_map)  # fmt: skip
    async def lock(request: Request, ref: str) -> Response:
        body = read_model(PasswordBody, await read_body(request, LONGEST_SAID))
        row, person = await desk.open_map(request, ref), desk.person(request)
        if not (person and row.made_by == person):
            desk.only_operator(request, "and who made this map change its password")
        password = await desk.hashing.run(lambda: hashed(body.password))
        row = await run(lambda: store.lock(row.id, password, person))
        await run(desk.parts.locks.read)
        desk.rooms.changed(row)
        return json_answer(desk.facts(request, row))

    @app.post("/maps/{ref}/open", summary="show its password",
              openapi_extra=json_body(schema_of(PasswordBody)), **one_map)  # fmt: skip
    async def open_it(request: Request, ref: str) -> Response:
        body = read_model(PasswordBody, await read_body(request, LONGEST_SAID))
        row, person = await run(lambda: store.find(ref)), desk.drawer(request)
        if not desk.facts(request, row)["open"]:
            address, now_s = caller_of(request).address, time.monotonic()
            if wait_s := desk.guesses.take(address, now_s):
                raise HTTPException(429, f"too many tries; try again in {max(1, round(wait_s))} s")
            if not await desk.hashing.run(lambda: fits(body.password, row.password)):
                raise HTTPException(403, "this is not the password of this map")
            await run(lambda: store.opened(row.id, person))
            await run(desk.parts.locks.read)
        return json_answer(desk.facts(request, row))

    @app.delete("/maps/{ref}", summary="into the bin for seven days; for the operator", **one_map)
    async def delete(request: Request, ref: str) -> Response:
        desk.only_operator(request, "deletes maps")
        row = await run(lambda: store.find(ref))
        await run(lambda: store.delete(row.id))
        desk.rooms.close_map(
            row.id, {"what": "closed", "why": "deleted", "detail": "this map was deleted"}
        )
        return json_answer({**desk.facts(request, row), "deleted": int(time.time())})

    @app.post("/maps/{ref}/restore", summary="out of the bin; for the operator", **one_map)
    async def restore(request: Request, ref: str) -> Response:
        desk.only_operator(request, "brings maps back")
        return json_answer(desk.facts(request, await run(lambda: store.restore(ref))))


def _add_contents(app: FastAPI, desk: MapDesk) -> None:
    parts, run = desk.parts, desk.run

    @app.post("/maps/{ref}/pictures", summary="upload a picture for this map, as the body",
              tags=TAGS, responses={200: {"model": UploadShape}, **GONE})  # fmt: skip
    async def upload(request: Request, ref: str) -> Response:
        row = await desk.open_map(request, ref)
        desk.drawer(request)
        async with parts.bodies.body(request, parts.longest_upload) as data:
            taken = await take_upload(parts, data, Keep.CANVAS, home=row.id)
        facts = taken.facts
        return json_answer({"id": taken.id, "width": facts.width, "height": facts.height})

    @app.post("/maps/{ref}/nodes", summary="a picture of the gallery becomes a node of yours",
              tags=TAGS, status_code=201, responses={201: {"model": MapNodeShape}, **GONE},
              openapi_extra=json_body(schema_of(ToMapBody)))  # fmt: skip
    async def to_map(request: Request, ref: str) -> Response:
        body = read_model(ToMapBody, await read_body(request, LONGEST_SAID))
        row, person = await desk.open_map(request, ref), desk.drawer(request)
        if not person:
            raise HTTPException(403, "open the page first: this browser has no key yet")
        room = await desk.rooms.enter(row.id)
        viewer = parts.viewer(request)
        fields = await desk.rooms.jobs.of_gallery(viewer, body.picture, body.job)
        room.people.come(person, await run(lambda: desk.store.name_of(person)))
        node, at = secrets.token_hex(8), body.at or free_place(room.loaded.order.document)
        first: Fields = {"type": "still", "owner": person, "made": int(time.time()), "at": list(at)}
        ops = [CanvasOp(NODE, node, name, value) for name, value in (first | fields).items()]
        await desk.written(room.write_ops(ops, person=person))
        return json_answer({"map": desk.facts(request, row), "node": node}, 201)

    @app.delete("/maps/{ref}/nodes/{node}", summary="a node of the bin, for good",
                tags=TAGS, responses={200: {"model": AliveShape}, **GONE})  # fmt: skip
    async def purge(request: Request, ref: str, node: str) -> Response:
        row, person = await desk.open_map(request, ref), desk.person(request)
        room = await desk.rooms.enter(row.id)
        there = room.loaded.order.document.nodes.get(node)
        if there is None:
            raise HTTPException(404, "this node is not there any more")
        if not (is_operator(request) or (person and there.get("owner") == person)):
            raise HTTPException(403, "this node is somebody else's")
        if not there.get("deleted"):
            raise HTTPException(409, "delete it first: only what is in the bin goes for good")
        await desk.written(room.write_ops((), [node]))
        return json_answer({"status": "gone"})
