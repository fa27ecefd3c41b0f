"""Looks that are kept under a name, and the sheet of cues that plays them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum

from fastapi import FastAPI, Request, Response

from lib.control.console import Console
from lib.control.cuesheet import SheetDocument
from lib.control.journal import By, Entry
from lib.control.presets import PresetRequest
from lib.web.aside import Aside
from lib.web.asked import by, read_body, read_model
from lib.web.described import (
    CONFLICT,
    MISSING,
    CuesShape,
    EntryShape,
    NamesShape,
    PresetShape,
    body,
    name_parameter,
    schema_of,
)
from lib.web.raw import VALUE
from lib.web.routes_play import GlideMs, nothing_to_do, said
from lib.web.shapes import as_json, cues, read_json

NAME = {"parameters": [name_parameter("of a preset")]}


def add_presets(app: FastAPI, console: Console, aside: Aside, changed: Callable[[], None]) -> None:
    tags: list[str | Enum] = ["presets"]
    desk, presets = console.desk, console.presets

    @app.get("/presets", summary="their names", tags=tags, responses={200: {"model": NamesShape}})
    async def names() -> Response:
        return said({"names": presets.names()})

    @app.get(
        "/presets/{name}",
        summary="what one plays",
        tags=tags,
        openapi_extra=NAME,
        responses={200: {"model": PresetShape}, **MISSING},
    )
    async def one(request: Request) -> Response:
        name = request.scope[VALUE]
        return said({"name": name, "values": presets.get(name)})

    @app.put(
        "/presets/{name}",
        summary="save what is played now, only some fields of it, or values of its own",
        tags=tags,
        openapi_extra={**NAME, **body(schema_of(PresetRequest), required=False)},
        responses={200: {"model": EntryShape}},
    )
    async def save(request: Request) -> Response:
        text = await read_body(request)
        asked = read_model(PresetRequest, text) if text.strip() else PresetRequest()
        contents = asked.values if asked.values is not None else asked.fields
        entry = presets.save(request.scope[VALUE], by(request), contents)
        changed()
        return said(as_json(entry))

    @app.delete(
        "/presets/{name}",
        summary="forget one",
        tags=tags,
        openapi_extra=NAME,
        responses={200: {"model": EntryShape}, **MISSING},
    )
    async def delete(request: Request) -> Response:
        entry = presets.delete(request.scope[VALUE], by(request))
        changed()
        return said(as_json(entry))

    async def recall(request: Request, glide_ms: GlideMs = None) -> Response:
        name, who = request.scope[VALUE], by(request)

        def play() -> Entry:
            return presets.recall(name, who, glide_ms)

        return said(as_json(await aside.run(play) if desk.checks_prompts else play()))

    app.post(
        "/presets/{name}/recall",
        summary="play one",
        tags=tags,
        openapi_extra=NAME,
        responses={200: {"model": EntryShape}, **MISSING},
    )(recall)
    app.get(
        "/preset/{name}",
        summary="play one, for phones",
        tags=tags,
        openapi_extra=NAME,
        responses={200: {"model": EntryShape}, **MISSING},
    )(recall)


def add_cues(app: FastAPI, console: Console, aside: Aside, changed: Callable[[], None]) -> None:
    tags: list[str | Enum] = ["cues"]

    @app.get(
        "/cues",
        summary="the sheet, and where it is",
        tags=tags,
        responses={200: {"model": CuesShape}},
    )
    async def sheet() -> Response:
        return said(cues(console.cues))

    @app.put(
        "/cues",
        summary="another sheet",
        tags=tags,
        openapi_extra=body(schema_of(SheetDocument)),
        responses={200: {"model": CuesShape}},
    )
    async def replace(request: Request) -> Response:
        console.cues.replace(read_json(await read_body(request)), by(request))
        changed()
        return said(cues(console.cues))

    for verb, act in {
        "start": console.cues.start,
        "stop": console.cues.stop,
        "go": console.cues.go,
        "back": console.cues.back,
        "pause": console.cues.pause,
        "resume": console.cues.resume,
    }.items():
        app.post(
            f"/cues/{verb}",
            summary=(act.__doc__ or verb).strip(),
            tags=tags,
            responses={200: {"model": CuesShape}, **MISSING, **CONFLICT},
        )(_actor(console, aside, act, changed))


def _actor(
    console: Console, aside: Aside, act: Callable[[By], None], changed: Callable[[], None]
) -> Callable[[Request], Awaitable[Response]]:
    async def play(request: Request) -> Response:
        who = by(request)
        with nothing_to_do():
            if console.desk.checks_prompts:
                await aside.run(lambda: act(who))
            else:
                act(who)
        changed()
        return said(cues(console.cues))

    return play
