"""The addresses of presets, and of the cue sheet that plays them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum

from fastapi import FastAPI, Request, Response

from lib.control.console import Console
from lib.control.cue_sheet import SheetDocument
from lib.control.journal import Entry, Origin
from lib.control.presets import PresetRequest
from lib.http.bodies import json_answer, read_body, read_json, read_model
from lib.http.openapi import json_body, schema_of
from lib.http.raw_path import TEXT
from lib.web.answers import (
    CONFLICT,
    MISSING,
    CuesShape,
    EntryShape,
    NamesShape,
    PresetShape,
    name_parameter,
)
from lib.web.json_forms import cues_json, entry_json
from lib.web.prompt_checks import PromptChecks
from lib.web.routes_play import GlideMs, caller, nothing_to_do

NAME = {"parameters": [name_parameter("of a preset")]}


def add_presets(
    app: FastAPI, console: Console, checks: PromptChecks, changed: Callable[[], None]
) -> None:
    tags: list[str | Enum] = ["presets"]
    session, presets = console.session, console.presets

    @app.get("/presets", summary="their names", tags=tags, responses={200: {"model": NamesShape}})
    async def names() -> Response:
        return json_answer({"names": presets.names()})

    @app.get(
        "/presets/{name}",
        summary="what a preset plays",
        tags=tags,
        openapi_extra=NAME,
        responses={200: {"model": PresetShape}, **MISSING},
    )
    async def one(request: Request) -> Response:
        name = request.scope[TEXT]
        return json_answer({"name": name, "values": presets.get(name)})

    @app.put(
        "/presets/{name}",
        summary="save what is played now, some fields of it, or given values",
        tags=tags,
        openapi_extra={**NAME, **json_body(schema_of(PresetRequest), required=False)},
        responses={200: {"model": EntryShape}},
    )
    async def save(request: Request) -> Response:
        text = await read_body(request)
        asked = read_model(PresetRequest, text) if text.strip() else PresetRequest()
        contents = asked.values if asked.values is not None else asked.fields
        entry = presets.save(request.scope[TEXT], caller(request), contents)
        changed()
        return json_answer(entry_json(entry))

    @app.delete(
        "/presets/{name}",
        summary="forget one",
        tags=tags,
        openapi_extra=NAME,
        responses={200: {"model": EntryShape}, **MISSING},
    )
    async def delete(request: Request) -> Response:
        entry = presets.delete(request.scope[TEXT], caller(request))
        changed()
        return json_answer(entry_json(entry))

    async def recall(request: Request, glide_ms: GlideMs = None) -> Response:
        name, who = request.scope[TEXT], caller(request)

        def play() -> Entry:
            return presets.recall(name, who, glide_ms)

        return json_answer(entry_json(await checks.run(play) if session.checks_prompts else play()))

    app.post(
        "/presets/{name}/recall",
        summary="play one",
        tags=tags,
        openapi_extra=NAME,
        responses={200: {"model": EntryShape}, **MISSING},
    )(recall)
    app.get(
        "/preset/{name}",
        summary="play a preset, by a link",
        tags=tags,
        openapi_extra=NAME,
        responses={200: {"model": EntryShape}, **MISSING},
    )(recall)


def add_cues(
    app: FastAPI, console: Console, checks: PromptChecks, changed: Callable[[], None]
) -> None:
    tags: list[str | Enum] = ["cues"]

    @app.get(
        "/cues",
        summary="the cue sheet, and where it is",
        tags=tags,
        responses={200: {"model": CuesShape}},
    )
    async def sheet() -> Response:
        return json_answer(cues_json(console.cues))

    @app.put(
        "/cues",
        summary="another sheet",
        tags=tags,
        openapi_extra=json_body(schema_of(SheetDocument)),
        responses={200: {"model": CuesShape}},
    )
    async def replace(request: Request) -> Response:
        console.cues.replace(read_json(await read_body(request)), caller(request))
        changed()
        return json_answer(cues_json(console.cues))

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
        )(_actor(console, checks, act, changed))


def _actor(
    console: Console,
    checks: PromptChecks,
    act: Callable[[Origin], None],
    changed: Callable[[], None],
) -> Callable[[Request], Awaitable[Response]]:
    async def play(request: Request) -> Response:
        who = caller(request)
        with nothing_to_do():
            if console.session.checks_prompts:
                await checks.run(lambda: act(who))
            else:
                act(who)
        changed()
        return json_answer(cues_json(console.cues))

    return play
