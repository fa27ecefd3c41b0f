"""The addresses of pictures: hand one in, see one, forget one."""

from __future__ import annotations

from collections import OrderedDict
from enum import Enum
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Query, Request, Response

from lib.http.bodies import json_answer
from lib.pictures.examine import KINDS, rendition
from lib.pictures.xmp import SourceType, marked
from lib.stills.ledger.book import KeptPicture
from lib.stills.ledger.ledger import Ledger
from lib.stills.service.accept import best_kind
from lib.stills.service.asking import KEEPS, source_of
from lib.stills.service.inputs import take_upload
from lib.stills.service.parts import StillParts
from lib.stills.service.people import is_operator
from lib.stills.service.routes_jobs import Own
from lib.stills.service.shapes import GONE, AliveShape, UploadShape

THUMBNAIL_BYTES = 8_000_000  # that are remembered
SMALLEST_THUMBNAIL, LARGEST_THUMBNAIL = 16, 1024
PICTURES: dict[int | str, dict[str, Any]] = {
    200: {"content": {f"image/{kind}": {} for kind in KINDS}}
}

Picture = Annotated[str, "its id"]


class Thumbnails:
    """Small pictures that were made lately."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[str, int, str], bytes] = OrderedDict()
        self.bytes = 0

    def get(self, key: tuple[str, int, str]) -> bytes | None:
        if key in self._made:
            self._made.move_to_end(key)
        return self._made.get(key)

    def put(self, key: tuple[str, int, str], data: bytes) -> None:
        if key in self._made or len(data) > THUMBNAIL_BYTES:
            return
        self._made[key] = data
        self.bytes += len(data)
        while self.bytes > THUMBNAIL_BYTES:
            self.bytes -= len(self._made.popitem(last=False)[1])

    def drop(self, picture: str) -> None:
        for key in [key for key in self._made if key[0] == picture]:
            self.bytes -= len(self._made.pop(key))


def add_pictures(app: FastAPI, parts: StillParts) -> None:
    tags: list[str | Enum] = ["pictures"]
    thumbnails = Thumbnails()

    @app.post(
        "/pictures",
        summary="upload a picture to make stills from: PNG, JPEG or WebP, as the body",
        tags=tags,
        responses={200: {"model": UploadShape}, **GONE},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {f"image/{kind}": {"schema": {"type": "string", "format": "binary"}}
                            for kind in KINDS},
            }
        },
    )  # fmt: skip
    async def upload(
        request: Request,
        keep: Annotated[
            Literal["history", "canvas", "none"], Query(description="as of a job")
        ] = "history",
    ) -> Response:
        async with parts.bodies.body(request, parts.longest_upload) as data:
            taken = await take_upload(parts, data, KEEPS[keep])
        facts = taken.facts
        return json_answer({"id": taken.id, "width": facts.width, "height": facts.height})

    @app.get(
        "/pictures/{picture}",
        summary="a picture, in the form that Accept asks for",
        tags=tags,
        responses={**PICTURES, 304: {"description": "not changed"}, **GONE},
        response_class=Response,
    )
    async def picture(
        request: Request,
        picture: str,
        side: Annotated[
            int | None,
            Query(ge=SMALLEST_THUMBNAIL, le=LARGEST_THUMBNAIL,
                  description="a smaller form, with this longest side"),
        ] = None,
    ) -> Response:  # fmt: skip
        person = parts.viewer(request).person
        ledger, kept = await parts.ledgers.run(lambda: _kept(parts, picture, person))
        kind = best_kind(request.headers.get("accept", ""), kept.kind, small=side is not None)
        etag = f'"{picture}-{side or 0}-{kind}"'
        headers = {
            "ETag": etag,
            "Vary": "Accept",
            "Cache-Control": "no-store" if ledger.private else "private, max-age=3600",
        }
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        data = thumbnails.get((picture, side or 0, kind))
        if data is None:
            data = await _made(parts, ledger, picture, side, kind)
            if side and not ledger.private:
                thumbnails.put((picture, side, kind), data)
        return Response(data, media_type=f"image/{kind}", headers=headers)

    @app.delete(
        "/pictures/{picture}",
        summary="delete a picture, and with the last one of a job its request",
        tags=tags,
        responses={
            200: {"model": AliveShape},
            409: {"description": "a job on its way is made from it"},
            **GONE,
        },
    )
    async def forget(request: Request, picture: str, owner: Own = "") -> Response:
        viewer, operator = parts.viewer(request, owner), is_operator(request)

        def drop() -> None:
            ledger, kept = _kept(parts, picture, viewer.person)
            jobs = [kept.job] if kept.job else ledger.history.made_from(picture)
            # Of a private job only its asker has been told the number.
            mine = ledger.private or all(viewer.owns(ledger, job) for job in jobs)
            if not (mine or operator):
                raise HTTPException(403, "this picture is of a job that is not yours")
            ledger.history.forget(picture)

        await parts.ledgers.run(drop)
        thumbnails.drop(picture)
        parts.hub.poke()
        return json_answer({"status": "forgotten"})


def _kept(parts: StillParts, picture: str, person: str | None) -> tuple[Ledger, KeptPicture]:
    """As `person` on maps may see it; None for an operator."""
    for ledger in parts.ledgers.both[::-1]:
        kept = ledger.history.kept(picture)
        if kept and not parts.locks.closes_picture(picture, kept.home, person):
            return ledger, kept
    raise HTTPException(404, f"There is no picture {picture[:40]!r}.")


async def _made(
    parts: StillParts, ledger: Ledger, picture: str, side: int | None, kind: str
) -> bytes:
    """In the form that is asked for; what is of a still says in each form where it comes from."""

    def read() -> tuple[KeptPicture, bytes, SourceType | None]:
        kept, data = ledger.history.picture(picture)
        return kept, data, source_of(ledger.still(kept.job)) if kept.job else None

    kept, data, source = await parts.ledgers.run(read)
    if side is None and kind == kept.kind:
        return data
    made = await parts.decoding.run(lambda: rendition(data, kind, side))
    return marked(made, source) if source else made
