"""The addresses of jobs: ask, see, leave."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from lib.core.model_names import meant
from lib.core.still import Still
from lib.http.bodies import MEGABYTE, JsonObject, json_answer, read_model
from lib.http.openapi import json_body, schema_of
from lib.stills.ledger.queue import Asker, StillRequest
from lib.stills.service.asking import LANES, JobBody, UsualSize, still_request
from lib.stills.service.inputs import input_of
from lib.stills.service.parts import StillParts, unless_gone
from lib.stills.service.people import is_operator
from lib.stills.service.shapes import GONE, JobShape, JobsShape
from lib.stills.service.views import Viewer, owners_of

# Of a request with the pictures in it: reading 12 MB of JSON holds everybody up for 60 ms. Larger
# pictures are uploaded as they are.
LONGEST_JSON = 12 * MEGABYTE
MOST_LISTED = 200
LONGEST_WAIT_S = 60.0
NEWEST = 2**62

Limit = Annotated[int, Query(ge=1, le=MOST_LISTED, description="how many")]
Before = Annotated[
    "int | None", Query(ge=0, le=NEWEST, description="only older ones than this number")
]
Own = Annotated[str, Query(max_length=100, description="what a program calls itself")]
Secret = Annotated[
    str, Query(max_length=100, description="of a private job, as its asker was told")
]


class JobCredentials(NamedTuple):
    """What a program shows for a job to be its own."""

    owner: str = ""
    secret: str = ""


def _credentials(owner: Own = "", secret: Secret = "") -> JobCredentials:
    return JobCredentials(owner, secret)


Credentials = Annotated[JobCredentials, Depends(_credentials)]
NO_CREDENTIALS = JobCredentials()


class Accepted(BaseModel):
    id: str
    state: str
    place: int | None = Field(description="how many stand before it")
    secret: str = Field("", description="of a private job: what shows it to who is no browser")


def add_jobs(app: FastAPI, parts: StillParts) -> None:
    tags: list[str | Enum] = ["jobs"]
    one_job: dict[str, Any] = {"tags": tags, "responses": {200: {"model": JobShape}, **GONE}}

    @app.post(
        "/jobs",
        summary="ask for a still; only the prompt is needed",
        tags=tags,
        status_code=202,
        responses={202: {"model": Accepted}, **GONE},
        openapi_extra=json_body(schema_of(JobBody)),
    )
    async def ask(request: Request) -> Response:
        async with parts.bodies.body(request, LONGEST_JSON) as data:
            body = read_model(JobBody, data)
            viewer = parts.viewer(request, body.owner)
            return json_answer(await submit(parts, body, viewer), 202)

    @app.get(
        "/jobs",
        summary="the newest jobs",
        tags=tags,
        responses={200: {"model": JobsShape}},
    )
    async def jobs(
        request: Request, limit: Limit = 50, before: Before = None, owner: Own = ""
    ) -> Response:
        viewer = parts.viewer(request, owner)
        return json_answer(await parts.ledgers.run(lambda: listed(parts, viewer, before, limit)))

    @app.get("/jobs/{job}", summary="one job", **one_job)
    async def one(
        request: Request,
        job: str,
        wait_s: Annotated[
            float, Query(ge=0, le=LONGEST_WAIT_S, description="answer when it has ended")
        ] = 0,
        credentials: Credentials = NO_CREDENTIALS,
    ) -> Response:
        viewer = parts.viewer(request, *credentials)
        if wait_s:
            await unless_gone(request, until_ended(parts, job, wait_s))
        return json_answer(await parts.ledgers.run(lambda: viewer.job(*parts.ledgers.still(job))))

    @app.delete("/jobs/{job}", summary="leave the queue; ?all=1 cancels for all", **one_job)
    async def leave(
        request: Request,
        job: str,
        everybody: Annotated[
            bool, Query(alias="all", description="for everybody; for operators")
        ] = False,
        stop: Annotated[
            bool, Query(description="also end a running job, if nobody else waits for it")
        ] = False,
        credentials: Credentials = NO_CREDENTIALS,
    ) -> Response:
        if everybody and not is_operator(request):
            raise HTTPException(403, "only the operator cancels other people's jobs")
        viewer = parts.viewer(request, *credentials)
        answer = await parts.ledgers.run(lambda: left(parts, job, viewer, everybody, stop))
        parts.hub.poke()
        if not (answer["owner_is_me"] or everybody or answer["ended"]):
            raise HTTPException(403, "this job is not yours; an operator cancels it with ?all=1")
        return json_answer(answer)

    @app.get(
        "/jobs/{job}/preview",
        summary="the latest preview while it is made",
        tags=tags,
        responses={200: {"content": {"image/jpeg": {}}}, **GONE},
        response_class=Response,
    )
    async def preview(request: Request, job: str) -> Response:
        running = parts.progress.of(job)
        if not running or not running.preview or await _is_closed(request, job):
            raise HTTPException(404, "there is no preview of this job")
        headers = {"Cache-Control": "no-store"}
        return Response(running.preview, media_type="image/jpeg", headers=headers)

    async def _is_closed(request: Request, job: str) -> bool:
        viewer = parts.viewer(request)
        _, still = await parts.ledgers.run(lambda: parts.ledgers.still(job))
        return viewer.is_shut_out(still)


async def submit(parts: StillParts, body: JobBody, viewer: Viewer, home: str = "") -> JsonObject:
    """Into the ledger, once its words and pictures are fit for it. `home`: the map it is of."""
    asked = await request_of(parts, body, viewer.person)
    asked = replace(asked, home=home) if home else asked
    asker = Asker(viewer.owner, LANES[body.lane], body.kept, body.key)
    ledger = parts.ledgers.keeping(body.kept)

    def add() -> JsonObject:
        still = ledger.queue.submit(asked, asker)
        told: JsonObject = {"id": still.id, "state": still.state, "place": _place(parts, still)}
        if ledger.private:
            told["secret"] = ledger.secret_of(still.id)
        return told

    answer = await parts.ledgers.run(add)
    parts.hub.poke()
    return answer


async def request_of(parts: StillParts, body: JobBody, person: str | None = "") -> StillRequest:
    """Its words are checked and translated, its pictures are in the ledger, and its model has the
    name that workers know it by. `person`: on maps, whose pictures may be seen; None for an
    operator."""
    body = body.model_copy(update={"model": meant(body.model, parts.models_there())})
    words = await parts.prompts.used(body.prompt, body.negative)
    image = await input_of(parts, body.image, body.kept, "image", person)
    mask = await input_of(parts, body.mask, body.kept, "mask", person)
    usual = UsualSize(parts.settings.machine, parts.settings.still_side)
    return still_request(body, words, image, mask, usual)


def _place(parts: StillParts, still: Still) -> int | None:
    return parts.ledgers.of(still.id).queue.place(still) if still.state == "queued" else None


def listed(parts: StillParts, viewer: Viewer, before: int | None, limit: int) -> JsonObject:
    """Private ones of both ends first: they are few, and gone soon."""
    kept = parts.ledgers.kept.stills(NEWEST if before is None else before, limit + 1)
    private = parts.ledgers.private.stills(NEWEST, limit) if before is None else []
    jobs = viewer.jobs(parts.ledgers.private, private)
    jobs += viewer.jobs(parts.ledgers.kept, kept[:limit])
    return {"jobs": jobs, "more": len(kept) > limit}


def left(parts: StillParts, job: str, viewer: Viewer, everybody: bool, stop: bool) -> JsonObject:
    """The job as it was for this owner, and its state as it is now."""
    ledger, still = parts.ledgers.still(job)
    mine = viewer.owns(ledger, job)
    if everybody:
        still = ledger.queue.cancel(job, "The operator cancelled it.")
    elif mine:
        # A private job has one owner, who has shown the secret of it.
        owners = owners_of(ledger, job) if ledger.private else {viewer.owner}
        for owner in owners:
            still = ledger.queue.leave(job, owner, stop=stop)
    return viewer.job(ledger, still) | {"owner_is_me": mine}


async def until_ended(parts: StillParts, job: str, wait_s: float) -> None:
    with parts.hub.watch(job) as watch:
        _, still = await parts.ledgers.run(lambda: parts.ledgers.still(job))
        if still.open:
            with suppress(TimeoutError):
                await asyncio.wait_for(watch.end(), wait_s)
