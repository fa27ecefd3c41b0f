"""The addresses of presets, and of the safe look."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from fastapi import FastAPI, HTTPException, Request, Response

from lib.control.console import Console
from lib.control.journal import Entry
from lib.control.presets import PresetRequest
from lib.http.bodies import json_answer, read_body, read_model
from lib.http.openapi import json_body, schema_of
from lib.http.raw_path import TEXT
from lib.web.answers import (
    MISSING,
    EntryShape,
    MoveBody,
    NamesShape,
    PresetShape,
    RenameBody,
    SafeShape,
    name_parameter,
)
from lib.web.json_forms import entry_json, presets_json
from lib.web.preset_pictures import PresetPhotographer
from lib.web.prompt_checks import PromptChecks
from lib.web.routes_play import GlideMs, caller

KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}  # its address names its values
NAME = {"parameters": [name_parameter("of a preset")]}


def add_presets(
    app: FastAPI,
    console: Console,
    checks: PromptChecks,
    pictures: PresetPhotographer,
    changed: Callable[[], None],
) -> None:
    tags: list[str | Enum] = ["presets"]
    session, presets = console.session, console.presets

    @app.get("/presets", summary="their names", tags=tags, responses={200: {"model": NamesShape}})
    async def names() -> Response:
        return json_answer(presets_json(presets))

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
        name = request.scope[TEXT]
        entry = presets.save(name, caller(request), asked.contents)
        pictures.take(name)
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

    @app.post(
        "/presets/{name}/rename",
        summary="give one another name",
        tags=tags,
        openapi_extra={**NAME, **json_body(schema_of(RenameBody))},
        responses={200: {"model": EntryShape}, **MISSING},
    )
    async def rename(request: Request) -> Response:
        body = read_model(RenameBody, await read_body(request))
        entry = presets.rename(request.scope[TEXT], body.name, caller(request))
        changed()
        return json_answer(entry_json(entry))

    @app.post(
        "/presets/{name}/move",
        summary="put one before another",
        tags=tags,
        openapi_extra={**NAME, **json_body(schema_of(MoveBody))},
        responses={200: {"model": EntryShape}, **MISSING},
    )
    async def move(request: Request) -> Response:
        body = read_model(MoveBody, await read_body(request))
        entry = presets.move(request.scope[TEXT], body.before, caller(request))
        changed()
        return json_answer(entry_json(entry))

    @app.get(
        "/presets/{name}/picture",
        summary="what the show looked like when it was saved",
        tags=tags,
        openapi_extra=NAME,
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}, **MISSING},
    )
    async def picture(request: Request) -> Response:
        jpg = presets.picture(request.scope[TEXT])
        if not jpg:
            raise HTTPException(404, "this preset has no picture")
        return Response(jpg, media_type="image/jpeg", headers=KEPT)

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


def add_safe_look(
    app: FastAPI, console: Console, checks: PromptChecks, changed: Callable[[], None]
) -> None:
    tags: list[str | Enum] = ["safe look"]
    session, presets = console.session, console.presets

    @app.get(
        "/safe",
        summary="what the safe look plays",
        tags=tags,
        responses={200: {"model": SafeShape}},
    )
    async def shown() -> Response:
        return json_answer({"own": presets.has_own_safe_look, "values": presets.safe_look})

    @app.post(
        "/safe",
        summary="glide to the safe look",
        tags=tags,
        responses={200: {"model": EntryShape}},
    )
    async def play(request: Request, glide_ms: GlideMs = None) -> Response:
        who = caller(request)

        def ask() -> Entry:
            return presets.play_safe(who, glide_ms)

        return json_answer(entry_json(await checks.run(ask) if session.checks_prompts else ask()))

    @app.put(
        "/safe",
        summary="make what is played now the safe look",
        tags=tags,
        responses={200: {"model": EntryShape}},
    )
    async def keep(request: Request) -> Response:
        entry = presets.keep_safe(caller(request))
        changed()
        return json_answer(entry_json(entry))

    @app.delete(
        "/safe",
        summary="the safe look is again what the show started with",
        tags=tags,
        responses={200: {"model": EntryShape}},
    )
    async def reset(request: Request) -> Response:
        entry = presets.reset_safe(caller(request))
        changed()
        return json_answer(entry_json(entry))
