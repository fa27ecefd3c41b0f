"""The addresses of the cue sheet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Annotated

from fastapi import FastAPI, Header, Query, Request, Response

from lib.control.console import Console
from lib.control.cue_run import FASTEST, SLOWEST
from lib.control.cue_sheet import MOST_CUES, SheetDocument
from lib.control.journal import Origin
from lib.http.bodies import json_answer, read_body, read_json
from lib.http.openapi import json_body, schema_of
from lib.web.answers import CONFLICT, MISSING, STALE, CuesShape
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
        return told()

    def told() -> Response:
        answer = json_answer(cues_json(console.cues))
        answer.headers["ETag"] = f'"{console.cues.version}"'
        return answer

    @app.put(
        "/cues",
        summary="another sheet",
        tags=tags,
        openapi_extra=json_body(schema_of(SheetDocument)),
        responses={200: {"model": CuesShape}, **STALE},
    )
    async def replace(
        request: Request,
        if_match: Annotated[str, Header(description="the version that this one is made from")] = "",
    ) -> Response:
        document = read_json(await read_body(request))
        console.cues.replace(document, caller(request), if_match.strip('" '))
        changed()
        return told()

    @app.post(
        "/cues/rehearse",
        summary="play all of it once in fast time, on the wall",
        tags=tags,
        responses={200: {"model": CuesShape}, **CONFLICT},
    )
    async def rehearse(
        request: Request, speed: Annotated[float | None, Query(ge=SLOWEST, le=FASTEST)] = None
    ) -> Response:
        with nothing_to_do():
            console.cues.rehearse(caller(request), speed)
        changed()
        return told()

    @app.post(
        "/cues/jump",
        summary="play a cue now, counted from 1, and go on from there",
        tags=tags,
        responses={200: {"model": CuesShape}, **MISSING, **CONFLICT},
    )
    async def jump(request: Request, cue: Annotated[int, Query(ge=1, le=MOST_CUES)]) -> Response:
        return await _actor(console, checks, lambda who: console.cues.jump(cue, who), changed)(
            request
        )

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
