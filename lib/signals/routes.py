"""The addresses of signals: how they are, the mapping, sources on and off, values from a page."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict
from enum import Enum
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.websockets import WebSocket

from lib.core.mapping import MOST_ROWS, MappingError, read_rows, write_mapping
from lib.http.bodies import (
    UNCACHED,
    JsonObject,
    PlainMetrics,
    json_answer,
    read_body,
    read_model,
)
from lib.http.openapi import json_body, schema_of
from lib.signals.chart import CHART, ChartHub
from lib.signals.modulate import rows_of
from lib.signals.parts import SignalParts
from lib.signals.report import SignalReport
from lib.signals.sources import Sources
from lib.signals.table import row_named

STATE: list[str | Enum] = ["state"]
MAPPING: list[str | Enum] = ["mapping"]
SOURCES: list[str | Enum] = ["sources"]
BROWSER_SOURCES = frozenset({"webmidi", "page"})  # whose values a browser may put
MOST_PUT = 64  # signals in one message of a page


class RowsBody(BaseModel):
    """A whole mapping. Each row is checked by the one place that knows rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: Annotated[list[dict[str, Any]], Field(max_length=MOST_ROWS)]


class SwitchBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    on: bool


class PutBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    signals: Annotated[dict[str, float], Field(max_length=MOST_PUT)]
    holds: bool = True


class PresetBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=64)]


def add_state(app: FastAPI, report: SignalReport, hub: ChartHub) -> None:
    @app.get("/status", summary="sources, signals, rows, and what they move", tags=STATE)
    async def status() -> Response:
        return json_answer(report.status())

    @app.get("/healthz", summary="200 while this answers", tags=STATE)
    async def healthz() -> Response:
        return json_answer({"status": "fine"})

    @app.get("/metrics", summary="for Prometheus", tags=STATE, response_class=PlainMetrics)
    async def metrics() -> Response:
        return PlainMetrics(report.metrics(), headers=UNCACHED)

    @app.websocket(CHART)
    async def chart(socket: WebSocket) -> None:
        await hub.serve(socket)

    @app.get(CHART, include_in_schema=False)
    async def no_chart() -> Response:
        raise HTTPException(426, "this is a WebSocket; it tells what /status tells")


def add_mapping(app: FastAPI, parts: SignalParts) -> None:
    """What changes the mapping goes to control, which keeps it, journals it and can undo it."""

    async def asked(method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        return await parts.away.run(lambda: parts.control.ask(method, path, body))

    @app.get("/mapping", summary="the rows as they are played", tags=MAPPING)
    async def mapping() -> Response:
        return json_answer({"rows": [asdict(row) for row in rows_of(parts.played().mapping)]})

    @app.put(
        "/mapping",
        summary="play these rows in place of all others",
        tags=MAPPING,
        openapi_extra=json_body(schema_of(RowsBody)),
    )
    async def put_mapping(request: Request) -> Response:
        body = read_model(RowsBody, await read_body(request))
        try:
            rows = read_rows(body.rows)
        except MappingError as error:
            raise HTTPException(422, f"the mapping {error}") from error
        await asked("PATCH", "/params", {"mapping": write_mapping(rows)})
        return json_answer({"rows": [asdict(row) for row in rows]})

    @app.put(
        "/switch",
        summary="let signals move the picture, or let none of them",
        tags=MAPPING,
        openapi_extra=json_body(schema_of(SwitchBody)),
    )
    async def switch(request: Request) -> Response:
        body = read_model(SwitchBody, await read_body(request))
        await asked("PATCH", "/params", {"signals": body.on})
        return json_answer({"on": body.on})

    @app.post("/undo", summary="undo the latest change of the show", tags=MAPPING)
    async def undo() -> Response:
        return json_answer(await asked("POST", "/undo"))

    @app.post("/redo", summary="put back what undo took away", tags=MAPPING)
    async def redo() -> Response:
        return json_answer(await asked("POST", "/redo"))

    @app.get("/presets", summary="presets of the show that hold a mapping", tags=MAPPING)
    async def presets() -> Response:
        found = (await asked("GET", "/presets")).get("presets")
        known = found if isinstance(found, list) else []
        names = [one["name"] for one in known if "signals" in one.get("parts", ())]
        return json_answer({"presets": names})

    @app.post(
        "/presets",
        summary="save the mapping as a preset of this name",
        tags=MAPPING,
        openapi_extra=json_body(schema_of(PresetBody)),
    )
    async def save(request: Request) -> Response:
        body = read_model(PresetBody, await read_body(request))
        path = f"/presets/{quote(body.name, safe='')}"
        return json_answer(await asked("PUT", path, {"parts": ["signals"]}))

    @app.post(
        "/presets/recall",
        summary="play this preset",
        tags=MAPPING,
        openapi_extra=json_body(schema_of(PresetBody)),
    )
    async def recall(request: Request) -> Response:
        body = read_model(PresetBody, await read_body(request))
        path = f"/presets/{quote(body.name, safe='')}/recall"
        return json_answer(await asked("POST", path))


def add_sources(app: FastAPI, parts: SignalParts, sources: Sources) -> None:
    @app.post(
        "/sources/{name}",
        summary="switch a source on, or off",
        tags=SOURCES,
        openapi_extra=json_body(schema_of(SwitchBody)),
    )
    async def switch_source(name: str, request: Request) -> Response:
        body = read_model(SwitchBody, await read_body(request))
        row = row_named(name)
        if row is None or not row.plug:
            raise HTTPException(404, "there is no source of this name that can be switched")
        on, off = (parts.switched, parts.held) if body.on else (parts.held, parts.switched)
        on.add(name)
        off.discard(name)
        sources.stir()
        return json_answer({"name": name, "on": body.on})

    @app.post(
        "/signal",
        summary="put values from this page on the bus",
        tags=SOURCES,
        openapi_extra=json_body(schema_of(PutBody)),
    )
    async def put(request: Request) -> Response:
        body = read_model(PutBody, await read_body(request))
        counts = parts.counts.setdefault("webmidi", Counter())
        taken = 0
        for name, value in body.signals.items():
            source = name.partition(".")[0]
            if source not in BROWSER_SOURCES:
                raise HTTPException(422, "a page puts signals whose names begin with webmidi")
            taken += parts.bus.put(name, value, source=source, holds=body.holds)
        counts["in"] += taken
        return json_answer({"taken": taken, "refused": len(body.signals) - taken})

    @app.post("/learn", summary="the next knob that moves is the one that is meant", tags=SOURCES)
    async def learn() -> Response:
        parts.learn.arm(time.monotonic_ns())
        return json_answer({"listens": True})

    @app.delete("/learn", summary="stop listening for a knob", tags=SOURCES)
    async def no_learn() -> Response:
        parts.learn.cancel()
        return json_answer({"listens": False})
