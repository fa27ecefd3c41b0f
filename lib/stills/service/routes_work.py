"""The addresses of workers: claim, beat, finish, give back. Nothing that they say is believed
unchecked, and a lie costs its own job's try and no more."""

from __future__ import annotations

import time
from enum import Enum
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lib.core.bounds import Bounds
from lib.core.plain import printable
from lib.core.still import LEASE_NS, SECOND_NS, Still, StillState
from lib.core.still_params import LARGEST_SIDE, StillKind, StillParams
from lib.core.still_workers import StillWorker, WorkerName
from lib.http.bodies import JsonObject, json_answer, read_model
from lib.http.openapi import json_body, schema_of
from lib.http.token import caller_of
from lib.pictures.bare import bare
from lib.pictures.examine import examine
from lib.pictures.files import PictureError
from lib.pictures.header import JpegError, read_header
from lib.pictures.xmp import marked
from lib.stills.ledger.errors import InvalidStillError
from lib.stills.ledger.leases import BeatAnswer
from lib.stills.service.asking import asked_for, source_of
from lib.stills.service.claims import ClaimedStill
from lib.stills.service.parts import (
    PictureJudge,
    StillParts,
    TooLongError,
    UnfitPictureError,
    unless_gone,
)
from lib.stills.service.running import PREVIEW_EVERY_NS, WRITE_EVERY_NS, HowFar
from lib.stills.service.shapes import GONE, BeatShape, LeaseShape, StateShape

VERSION = 1
LONGEST_WAIT_S = 60.0  # proxies cut at 100
LONGEST_PREVIEW, LARGEST_PREVIEW = 64 * 1024, 1024
LONGEST_SAID = 64 * 1024  # of JSON
MOST_MODELS = 2000
LONGEST_CLAIM = 1024 * 1024  # with the names of so many
MADE, LOSSLESS = ("png", "webp"), b"VP8L"
# A PNG of noise needs this many bytes for a pixel, and some for its rows.
BYTES_OF_PIXEL, BYTES_BESIDE = 3.1, 65_536

TAGS: list[str | Enum] = ["workers"]
Name = Annotated[str, Field(max_length=200)]
Job = Annotated[str, Query(alias="id", max_length=40)]
Token = Annotated[int, Query(ge=1, le=2**62)]


class ClaimBody(BaseModel):
    """What a worker can do. A newer worker may say more, which is not read."""

    model_config = ConfigDict(frozen=True)

    claim: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    worker: Annotated[str, Field(max_length=100)] = ""
    version: int = VERSION
    role: Literal["both", "stills"] = "both"
    engine: Annotated[str, Field(pattern="^[a-z0-9_-]{1,32}$")]
    rank: Annotated[int, Field(ge=0, le=9)] = 1
    kinds: Annotated[list[StillKind], Field(max_length=len(StillKind))]
    models: Annotated[list[Name], Field(max_length=MOST_MODELS)] | None = None
    held: Annotated[list[Name], Field(max_length=64)] = []
    largest: Annotated[int, Field(ge=64, le=16384)] = 1024
    unguided: Annotated[list[Name], Field(max_length=MOST_MODELS)] = []
    memory_use: Annotated[str, Field(max_length=100)] = ""
    wait_s: Annotated[float, Field(ge=0, le=LONGEST_WAIT_S)] = 25.0

    def as_worker(self) -> StillWorker:
        models = None if self.models is None else tuple(self.models)
        return StillWorker(
            self.engine, tuple(map(str, self.kinds)), models, tuple(self.held), self.largest,
            self.rank, self.role == "stills", printable(self.worker), tuple(self.unguided),
            printable(self.memory_use),
        )  # fmt: skip


class BeatBody(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(max_length=40)]
    token: Annotated[int, Field(ge=1, le=2**62)]
    step: Annotated[int, Field(ge=0, le=100_000)] = 0
    total: Annotated[int, Field(ge=0, le=100_000)] = 0
    phase: Literal["loading", "queued", "painting", ""] = ""


class GiveBackBody(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(max_length=40)]
    token: Annotated[int, Field(ge=1, le=2**62)]
    error: Annotated[str, Field(max_length=4000)] = ""
    unfit: bool = Field(False, description="by what it asks for: its worker is not to blame")


def add_work(app: FastAPI, parts: StillParts) -> None:
    _add_leases(app, parts, {"tags": TAGS})
    _add_pictures_of_work(app, parts, {"tags": TAGS})


def _add_leases(app: FastAPI, parts: StillParts, described: dict[str, Any]) -> None:

    @app.post(
        "/work/claim",
        summary="lease the next still; held until there is one or wait_s is over",
        responses={200: {"model": LeaseShape}, 204: {"description": "there is none"}, **GONE},
        openapi_extra=json_body(schema_of(ClaimBody)),
        **described,
    )
    async def claim(request: Request) -> Response:
        body = read_model(ClaimBody, await parts.bodies.read(request, LONGEST_CLAIM))
        if body.version != VERSION:
            raise HTTPException(422, f"this service speaks version {VERSION} with workers")
        who = WorkerName(body.worker, caller_of(request).address)
        waiting = parts.claims.claim(body.claim, who, body.as_worker(), body.wait_s)
        lease = await unless_gone(request, waiting)
        if lease is None:
            return Response(status_code=204)
        parts.hub.poke()
        return json_answer(_lease(lease))

    @app.post(
        "/work/beat",
        summary="still at it; says whether to go on",
        responses={200: {"model": BeatShape}, **GONE},
        openapi_extra=json_body(schema_of(BeatBody)),
        **described,
    )
    async def beat(request: Request) -> Response:
        body = read_model(BeatBody, await parts.bodies.read(request, LONGEST_SAID))
        return json_answer(await _beat(parts, body))

    @app.post(
        "/work/give_back",
        summary="cannot make it, or not now; an error costs a try",
        responses={200: {"model": StateShape}, **GONE},
        openapi_extra=json_body(schema_of(GiveBackBody)),
        **described,
    )
    async def give_back(request: Request) -> Response:
        body = read_model(GiveBackBody, await parts.bodies.read(request, LONGEST_SAID))
        error = " ".join(printable(body.error).split())
        after = await _given_back(parts, body.id, body.token, error, blamed=not body.unfit)
        return json_answer({"state": after.state})


def _add_pictures_of_work(app: FastAPI, parts: StillParts, described: dict[str, Any]) -> None:
    @app.get(
        "/work/input",
        summary="the image or the mask of a still",
        responses={200: {"content": {"image/*": {}}}, **GONE},
        response_class=Response,
        **described,
    )
    async def work_input(job: Job, token: Token, what: Literal["image", "mask"]) -> Response:
        def read() -> tuple[str, bytes]:
            ledger, still = parts.ledgers.still(job)
            ledger.leases.check(still, token)
            picture = str(asked_for(still)[what])
            if not picture:
                raise HTTPException(404, f"this job has no {what}")
            kept, data = parts.ledgers.picture(picture)[1]
            return kept.kind, data

        kind, data = await parts.ledgers.run(read)
        return Response(data, media_type=f"image/{kind}", headers={"Cache-Control": "no-store"})

    @app.post(
        "/work/preview",
        summary="what can be seen of it so far: a small JPEG",
        responses={200: {"model": StateShape}, **GONE},
        openapi_extra=_binary("image/jpeg"),
        **described,
    )
    async def preview(request: Request, job: Job, token: Token) -> Response:
        data = await parts.bodies.read(request, LONGEST_PREVIEW)
        try:
            read_header(data, Bounds(LONGEST_PREVIEW, LARGEST_PREVIEW))
        except JpegError as error:
            raise HTTPException(422, f"this preview cannot be used: {error}") from error
        running, now_ns = parts.progress.of(job), time.monotonic_ns()
        if not running or running.token != token:
            raise HTTPException(409, "this job is no longer leased under this token")
        if await parts.ledgers.run(lambda: parts.ledgers.private.has(job)):
            return json_answer({"state": StillState.RUNNING})  # whoever looks could see it
        if now_ns - running.preview_ns >= PREVIEW_EVERY_NS:
            running.preview, running.preview_ns = data, now_ns
            parts.hub.progress(job)
        return json_answer({"state": StillState.RUNNING})

    @app.post(
        "/work/finish",
        summary="hand in one picture: a PNG, or a WebP; with the last sample the job is done",
        responses={200: {"model": StateShape}, **GONE},
        openapi_extra=_binary("image/png"),
        **described,
    )
    async def finish(
        request: Request, job: Job, token: Token, sample: Annotated[int, Query(le=2**31)] = 0
    ) -> Response:
        ledger, still = await parts.ledgers.run(lambda: parts.ledgers.still(job))
        await parts.ledgers.run(lambda: ledger.leases.check(still, token))
        if still.kind == StillKind.CONVERT:
            after = await parts.ledgers.run(lambda: ledger.leases.done(job, token))
            parts.hub.poke()
            return json_answer({"state": after.state})
        params = asked_for(still)["params"]
        try:
            async with parts.bodies.body(request, _longest(params)) as body:
                data, kind = await parts.decoding.run(partial(handed_in, parts.judge, body, still))
                parts.progress.handed_in(job, token, time.monotonic_ns())
                after = await parts.ledgers.run(
                    lambda: ledger.leases.finish(job, token, sample, data, kind)
                )
        except (PictureError, InvalidStillError, TooLongError) as error:
            await _lied(parts, still, token, f"the worker handed in no picture of it: {error}")
            status = 413 if isinstance(error, TooLongError) else 422
            raise HTTPException(status, f"this picture is not taken: {error}") from error
        except UnfitPictureError as error:  # of its words, and no fault of the worker's
            words = f"{error}"
            after = await parts.ledgers.run(lambda: ledger.leases.fail(job, token, words))
        if (running := parts.progress.of(job)) and running.who:
            parts.roster.went_well(running.who)
        parts.hub.poke()
        return json_answer({"state": after.state})


def _binary(kind: str) -> dict[str, Any]:
    content = {kind: {"schema": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"required": True, "content": content}}


def _lease(lease: ClaimedStill) -> JsonObject:
    body = asked_for(lease.still)
    params = StillParams.from_wire(body["params"])
    return {
        "id": lease.still.id,
        "token": lease.still.token,
        "samples_done": list(lease.done),
        "lease_s": LEASE_NS / SECOND_NS,
        "params": params.to_wire(),
        "image": bool(body["image"]),
        "mask": bool(body["mask"]),
        "private": lease.private,
    }


async def _beat(parts: StillParts, body: BeatBody) -> JsonObject:
    now_ns = time.monotonic_ns()
    how_far = HowFar(min(body.step, body.total), body.total, body.phase)
    running = parts.progress.of(body.id)
    fresh = running and now_ns - running.written_ns < WRITE_EVERY_NS
    answer = BeatAnswer(cancel=False)
    if not (running and fresh and running.token == body.token):
        answer = await parts.ledgers.run(
            lambda: parts.ledgers.of(body.id).leases.beat(body.id, body.token)
        )
        if answer.running:
            parts.progress.at(body.id, body.token, now_ns).written_ns = now_ns
            parts.hub.poke()  # it may have come back from a lapse
    if answer.running:
        if parts.progress.moved(body.id, body.token, how_far, now_ns):
            parts.hub.progress(body.id)
        if (heard := parts.progress.of(body.id)) and heard.who:
            parts.roster.heard(heard.who, now_ns)
    return {"cancel": answer.cancel, "lease_s": answer.lease_s}


def _longest_of(width: int, height: int) -> int:
    return int(width * height * BYTES_OF_PIXEL) + BYTES_BESIDE


LONGEST_PICTURE = _longest_of(LARGEST_SIDE, LARGEST_SIDE)


def _longest(params: dict[str, Any]) -> int:
    return _longest_of(params["width"], params["height"])


def handed_in(
    judge: PictureJudge | None, data: bytes, still: Still, *, any_size: bool = False
) -> tuple[bytes, str]:
    """On the thread of pictures: what was handed in as it is kept, with the mark of how it came to
    be; PictureError where it is not what was asked for."""
    facts, params = examine(data, MADE), asked_for(still)["params"]
    if facts.size != (params["width"], params["height"]) and not any_size:
        asked = f"{params['width']}x{params['height']}"
        raise PictureError(f"it has {facts.width}x{facts.height} pixels, not {asked}")
    if not facts.upright:
        raise PictureError("its Exif says that it is to be turned; its pixels must be upright")
    if judge:
        judge.check(data)
    alone = bare(data)
    if facts.kind == "webp" and alone[12:16] != LOSSLESS:
        raise PictureError("a WebP must be lossless")
    return marked(alone, source_of(still)), facts.kind


async def _lied(parts: StillParts, still: Still, token: int, error: str) -> None:
    """The job's try is used up; its worker gets no other job for a while."""
    await _given_back(parts, still.id, token, error)


async def _given_back(
    parts: StillParts, job: str, token: int, error: str, *, blamed: bool = True
) -> Still:
    running = parts.progress.of(job)
    after = await parts.ledgers.run(
        lambda: parts.ledgers.of(job).leases.give_back(job, token, error)
    )
    if running and running.token == token:
        parts.progress.end(job)
        if error and blamed and running.who:
            parts.roster.went_wrong(running.who, time.monotonic_ns())
    parts.hub.poke()
    return after
