"""The addresses of the cue sheet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum

from fastapi import FastAPI, Request, Response

from lib.control.console import Console
from lib.control.cue_sheet import SheetDocument
from lib.control.journal import Origin
from lib.http.bodies import json_answer, read_body, read_json
from lib.http.openapi import json_body, schema_of
from lib.web.answers import CONFLICT, MISSING, CuesShape
from lib.web.json_forms import cues_json
from lib.web.prompt_checks import PromptChecks
from lib.web.routes_play import caller, nothing_to_do


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
