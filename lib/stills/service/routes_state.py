"""The addresses that tell how the service is, what was made, and what can be."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, HTTPException, Query, Request, Response
from starlette.websockets import WebSocket

from lib.core.still import Still, StillState
from lib.core.still_workers import StillWorker
from lib.http.bodies import (
    UNCACHED,
    JsonObject,
    PlainMetrics,
    json_answer,
    read_body,
    read_model,
)
from lib.http.guard import AccessGuard
from lib.http.openapi import Refused, json_body, schema_of
from lib.stills.adapters.ports import AdapterPorts
from lib.stills.adapters.sde_import import ImportBody, import_result
from lib.stills.adapters.web_sd_defaults import DefaultsFile, WebSdDefaults
from lib.stills.ledger.ledger import Ledger
from lib.stills.service.asking import asked_for
from lib.stills.service.events import workers_there
from lib.stills.service.parts import ServiceCounts, StillParts
from lib.stills.service.people import is_operator
from lib.stills.service.routes_jobs import LONGEST_JSON, NEWEST, Before, Limit, Own
from lib.stills.service.shapes import (
    GONE,
    AliveShape,
    ImportedShape,
    JobsShape,
    ModelsShape,
    ServiceHealthShape,
)
from lib.stills.service.views import LANE_NAMES, Viewer

EVENTS = "/events"
MOST_SEARCHED = 20_000  # rows that one search reads
ROWS_AT_ONCE = 200
LONGEST_SEARCH = 200


def add_state(app: FastAPI, parts: StillParts, guard: AccessGuard, adapters: AdapterPorts) -> None:
    tags: list[str | Enum] = ["state"]

    @app.get(
        "/gallery",
        summary="what is done and has pictures, the newest first",
        tags=tags,
        responses={200: {"model": JobsShape}},
    )
    async def gallery(
        request: Request,
        q: Annotated[str, Query(max_length=LONGEST_SEARCH, description="words in the prompt")] = "",
        limit: Limit = 50,
        before: Before = None,
        owner: Own = "",
    ) -> Response:
        viewer = parts.viewer(request, owner)
        words = tuple(q.casefold().split())
        return json_answer(
            await parts.ledgers.run(
                lambda: searched(parts.ledgers.kept, viewer, Search(words, before, limit))
            )
        )

    @app.get(
        "/models",
        summary="what the connected workers can make",
        tags=tags,
        responses={200: {"model": ModelsShape}},
    )
    async def models() -> Response:
        there = parts.roster.there(time.monotonic_ns())
        return json_answer({**can_make(there), "machine_size": parts.settings.machine,
                            "side": parts.settings.still_side})  # fmt: skip

    @app.get(
        "/health",
        summary="the state of the service",
        tags=tags,
        responses={200: {"model": ServiceHealthShape}, 503: {"model": Refused}},
    )
    async def health(request: Request) -> Response:
        viewer = parts.viewer(request)
        counts = await parts.ledgers.run(lambda: counted(parts))
        jobs = Counter[str]()
        for (state, _), count in counts.jobs.items():
            jobs[state] += count
        return json_answer(
            {
                "status": "fine",
                "workers": workers_there(viewer),
                "jobs": {state: jobs[state] for state in StillState},
                "oldest_waits_s": round(counts.oldest_s, 1),
                "kept_bytes": counts.kept_bytes,
                "free_bytes": counts.free_bytes,
                "machine_size": parts.settings.machine,
                "adapters": adapters.report(),
            }
        )

    @app.get(
        "/healthz",
        summary="200 while the ledger answers",
        tags=tags,
        responses={200: {"model": AliveShape}, 503: {"model": Refused}},
    )
    async def healthz() -> Response:
        await parts.ledgers.run(parts.ledgers.kept.history.last_event)
        return json_answer({"status": "fine"})

    @app.get("/metrics", summary="for Prometheus", tags=tags, response_class=PlainMetrics)
    async def metrics() -> Response:
        from lib.stills.service.metrics import exposition  # noqa: PLC0415 - 1 MB that few need

        counts = await parts.ledgers.run(lambda: counted(parts))
        return PlainMetrics(exposition(counts, parts, guard.tally.counts), headers=UNCACHED)

    @app.websocket(EVENTS)
    async def events(socket: WebSocket, since: int | None = None) -> None:
        plays = is_operator(socket)  # a guest plays neither the wall nor what is others'
        about: JsonObject = {
            "you": {"operator": plays, "wall": plays, "capture": plays},
            "live_port": parts.settings.settings_port if plays else 0,
            "signals_port": parts.settings.signals_port if plays else 0,
        }
        await parts.hub.serve(socket, parts.viewer(socket), since, about)

    @app.get(EVENTS, include_in_schema=False)
    async def no_events() -> Response:
        raise HTTPException(426, "this is a WebSocket; docs/stills.md says what it tells")


def add_adapters(app: FastAPI, parts: StillParts, adapters: AdapterPorts) -> None:
    """What requests of an older protocol leave out."""
    tags: list[str | Enum] = ["older protocols"]

    def defaults() -> DefaultsFile:
        found = adapters.defaults()
        if found is None:
            raise HTTPException(
                404, "the protocol web_sd is not spoken; ADAPTERS names those that are"
            )
        return found

    @app.get(
        "/adapters/web_sd",
        summary="what a request of web_sd has that leaves it out",
        tags=tags,
        responses={200: {"model": WebSdDefaults}, **GONE},
    )
    async def see() -> Response:
        return json_answer(defaults().now.model_dump())

    @app.put(
        "/adapters/web_sd",
        summary="change all of it",
        tags=tags,
        responses={200: {"model": WebSdDefaults}, **GONE},
        openapi_extra=json_body(schema_of(WebSdDefaults)),
    )
    async def change(request: Request) -> Response:
        there, fresh = defaults(), read_model(WebSdDefaults, await read_body(request))
        try:
            await parts.ledgers.run(lambda: there.replace(fresh))
        except OSError as error:
            raise HTTPException(507, f"it cannot be kept: {error.strerror}") from error
        return json_answer(there.now.model_dump())

    @app.put(
        "/adapters/sde/{uuid}",
        summary="take a result that a server of sde made elsewhere into the gallery",
        tags=tags,
        responses={200: {"model": ImportedShape}, **GONE},
        openapi_extra=json_body(schema_of(ImportBody)),
    )
    async def take_in(request: Request, uuid: UUID) -> Response:
        async with parts.bodies.body(request, LONGEST_JSON) as data:
            return json_answer(await import_result(parts, uuid, read_model(ImportBody, data)))


@dataclass(frozen=True, slots=True)
class Search:
    words: tuple[str, ...]  # in one case
    before: int | None
    limit: int


def searched(ledger: Ledger, viewer: Viewer, search: Search) -> JsonObject:
    """Read here and not by the database, so that requests may be encrypted there."""
    found: list[Still] = []
    for still in _pictured(ledger, NEWEST if search.before is None else search.before):
        if _fits(still, search.words, viewer):
            found.append(still)
            if len(found) > search.limit:
                break
    jobs = viewer.jobs(ledger, found[: search.limit])
    return {"jobs": jobs, "more": len(found) > search.limit}


def _pictured(ledger: Ledger, before: int) -> Iterator[Still]:
    for _ in range(MOST_SEARCHED // ROWS_AT_ONCE):
        rows = ledger.pictured(before, ROWS_AT_ONCE)
        yield from rows
        if len(rows) < ROWS_AT_ONCE:
            return
        before = rows[-1].number


def _fits(still: Still, words: tuple[str, ...], viewer: Viewer) -> bool:
    if viewer.is_shut_out(still):
        return False
    if not words:
        return True
    body = asked_for(still)
    text = f"{body['prompt']}\n{body['params']['prompt']}".casefold()
    return all(word in text for word in words)


def can_make(workers: list[StillWorker]) -> JsonObject:
    return {
        "models": sorted({name for one in workers for name in one.models or ()}),
        "held": sorted({name for one in workers for name in one.held}),
        "unguided": sorted({name for one in workers for name in one.unguided}),
        "any_name": any(one.models is None for one in workers),
        "engines": sorted({one.engine for one in workers}),
        "kinds": sorted({kind for one in workers for kind in one.kinds}),
        "largest": max((one.largest for one in workers), default=0),
    }


def counted(parts: StillParts) -> ServiceCounts:
    """On a thread of the ledger."""
    kept = parts.ledgers.kept
    begin_ns = time.monotonic_ns()
    jobs: Counter[tuple[str, str]] = Counter()
    for ledger in parts.ledgers.both:
        for state, lane, count in ledger.counts():
            jobs[state, LANE_NAMES[lane]] += count
    took_s = (time.monotonic_ns() - begin_ns) / 1e9
    return ServiceCounts(
        jobs, kept.oldest_s(), took_s, sum(one.history.kept_bytes() for one in parts.ledgers.both),
        shutil.disk_usage(parts.folder).free,
    )  # fmt: skip
