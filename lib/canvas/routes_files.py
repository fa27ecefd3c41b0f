"""The addresses of whole maps, of the live picture, and of a person on another device."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import IO, Annotated
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from lib.canvas.archive import MapArchive, scratch
from lib.canvas.json_canvas import MOST_BYTES
from lib.canvas.people import VALID_S, DeviceCodes
from lib.canvas.routes import LONGEST_SAID, TAGS, MapDesk
from lib.canvas.shapes import DeviceShape, MapShape, PersonShape
from lib.http.bodies import UNCACHED, json_answer, read_body, read_model, too_long
from lib.http.openapi import Refused, json_body, schema_of
from lib.http.phone import drawn, link_of
from lib.http.token import owner_cookie
from lib.stills.service.people import key_of
from lib.stills.service.shapes import GONE, AliveShape

PIECE = 1 << 16
Ref = Annotated[str, Query(alias="map", max_length=200, description="that it opens there")]
Code = Annotated[str, Query(max_length=40, description="of another device")]


class CodeBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, Field(max_length=40)]


def add_archive(app: FastAPI, desk: MapDesk) -> None:
    archive = MapArchive(desk.parts, desk.store)

    @app.get("/maps/{ref}/export", summary="the map as JSON Canvas 1.0 and its pictures, in a zip",
             tags=TAGS, response_class=Response,
             responses={200: {"content": {"application/zip": {}}}, **GONE})  # fmt: skip
    async def export(request: Request, ref: str) -> Response:
        row = await desk.open_map(request, ref)
        out = await desk.packing.run(lambda: archive.export(row))
        name = quote(f"{row.name}.zip".replace("/", "_"))
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", **UNCACHED}
        return StreamingResponse(_pieces(out), media_type="application/zip", headers=headers)

    @app.post("/maps/import", summary="a new map from such a zip, as the body", tags=TAGS,
              status_code=201, responses={201: {"model": MapShape}, **GONE})  # fmt: skip
    async def take(
        request: Request,
        name: Annotated[str, Query(max_length=60, description="other than the zip's")] = "",
    ) -> Response:
        person = desk.drawer(request)
        desk.check_words(name)
        desk.may_make(request)
        with desk.arrival(), scratch(desk.parts) as file:
            size = 0
            async for piece in request.stream():
                size += len(piece)
                if size > MOST_BYTES:
                    raise HTTPException(413, too_long(MOST_BYTES))
                file.write(piece)
            file.seek(0)
            row = await desk.packing.run(lambda: archive.take(file, name, person))
        held = await desk.run(desk.store.contents)
        return json_answer(desk.facts(request, row, held.get(row.id)), 201)


def _pieces(out: IO[bytes]) -> Iterator[bytes]:
    with out:
        while piece := out.read(PIECE):
            yield piece


def add_live(app: FastAPI, desk: MapDesk) -> None:
    @app.get("/maps/live.jpg", summary="the picture that goes out now, as bright as the screen is",
             tags=TAGS, response_class=Response,
             responses={200: {"content": {"image/jpeg": {}}}, 503: {"model": Refused}})  # fmt: skip
    async def live(
        request: Request,
        side: Annotated[int | None, Query(ge=16, le=1024, description="its longer side")] = None,
    ) -> Response:
        desk.only_operator(request, "sees the live picture here")
        data = await desk.rooms.live.now(side)
        return Response(data, media_type="image/jpeg", headers=UNCACHED)


def add_devices(app: FastAPI, desk: MapDesk) -> None:
    codes, settings = DeviceCodes(), desk.parts.settings

    @app.post("/maps/device", summary="a link that takes you to another device, once", tags=TAGS,
              responses={200: {"model": DeviceShape}})  # fmt: skip
    async def device(request: Request, ref: Ref = "") -> Response:
        key = key_of(request)
        if not key:
            raise HTTPException(403, "open the page first: this browser has no key yet")
        code = codes.new(key, time.monotonic())
        try:
            address, why_not = link_of(settings, request, _page(code, ref)).whole, ""
        except ValueError as error:
            address, why_not = "", str(error)
        return json_answer(
            {"address": address, "why_not": why_not, "code": code, "seconds": int(VALID_S)}
        )

    @app.get("/maps/device.svg", summary="the same as a QR code", tags=TAGS,
             response_class=Response,
             responses={200: {"content": {"image/svg+xml": {}}},
                        404: {"model": Refused}, 409: {"model": Refused}})  # fmt: skip
    async def code_drawn(request: Request, code: Code, ref: Ref = "") -> Response:
        if codes.key(code, time.monotonic()) != key_of(request) or not key_of(request):
            raise HTTPException(404, "this code is not yours, or no longer valid")
        try:
            link = link_of(settings, request, _page(code, ref))
        except ValueError as error:
            raise HTTPException(409, str(error)) from None
        return Response(drawn(link.whole), media_type="image/svg+xml", headers=UNCACHED)

    @app.get("/maps/person", summary="who would come to this device", tags=TAGS,
             responses={200: {"model": PersonShape}, **GONE})  # fmt: skip
    async def person(code: Code) -> Response:
        key = codes.key(code, time.monotonic())
        if not key:
            raise HTTPException(404, "this code was used, or is older than ten minutes")
        name = await desk.run(lambda: desk.store.name_of(desk.parts.locks.person_of(key)))
        return json_answer({"name": name})

    @app.post("/maps/person", summary="be that person on this device from now on", tags=TAGS,
              responses={200: {"model": AliveShape}, **GONE},
              openapi_extra=json_body(schema_of(CodeBody)))  # fmt: skip
    async def move_in(request: Request) -> Response:
        body = read_model(CodeBody, await read_body(request, LONGEST_SAID))
        key = codes.use(body.code, time.monotonic())
        if not key:
            raise HTTPException(403, "this code was used, or is older than ten minutes")
        answer = json_answer({"status": "here"})
        answer.headers["set-cookie"] = owner_cookie(key, request.url.scheme).decode()
        return answer


def _page(code: str, ref: str) -> str:
    return f"/canvas{'/' if ref else ''}{quote(ref, safe='')}?person={code}"
