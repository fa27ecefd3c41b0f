"""The addresses for playing: each control at its own, several at once, undo and redo."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request, Response

from lib.config.controls import CONTROLS, PROMPTS, Control, RefusedError, UnsafeError
from lib.config.data_folder import choices_in
from lib.control.console import Console
from lib.control.journal import Entry, Origin
from lib.control.presets import MissingError
from lib.control.session import Session
from lib.http.bodies import JsonObject, json_answer, read_body, read_object
from lib.http.openapi import json_body
from lib.http.raw_path import TEXT
from lib.web.answers import (
    CONFLICT,
    UNCONFIRMED,
    EntryShape,
    JournalShape,
    ParamsShape,
    SourcesShape,
    change_schema,
    value_parameter,
)
from lib.web.json_forms import controls_json, entry_json, latest_entries
from lib.web.prompt_checks import PromptChecks

LONGEST_GLIDE_MS = 600_000
MOST_ENTRIES = 200
# How other programs of this project name themselves in requests, and the door that each is.
DOORS = {
    "input-publisher": "chat",
    "afterimage-stills": "stills",
    "afterimage-signals": "signals",
}
GLIDE = Query(ge=0, le=LONGEST_GLIDE_MS, description="how long this change glides, in ms")
SURE = Query(description="it was confirmed already that the source itself goes on the wall")
OVERRIDE = Query(description="play a prompt without checking it; for operators")

GlideMs = Annotated["int | None", GLIDE]
Override = Annotated[bool, OVERRIDE]
Sure = Annotated[bool, SURE]


def caller(request: Request) -> Origin:
    """The origin of a request: its door and its address."""
    address = request.client.host if request.client else ""
    if request.headers.get("sec-fetch-site") == "same-origin":
        return Origin("page", address)
    program = request.headers.get("user-agent", "")
    return Origin(next((DOORS[one] for one in DOORS if program.startswith(one)), "http"), address)


@contextmanager
def nothing_to_do() -> Iterator[None]:
    """Answer refusals with 409: they are due to the current state, not to the request."""
    try:
        yield
    except MissingError:
        raise
    except RefusedError as refusal:
        raise HTTPException(409, str(refusal)) from refusal


def add_controls(app: FastAPI, session: Session, checks: PromptChecks) -> None:
    """`GET /strength/0.5` and so on: for phones, show software and curl."""
    for control in CONTROLS.values():
        app.get(
            f"/{control.name}/{{value}}",
            summary=f"{control.name}: {control.help}",
            description=f"{control.allowed}; {control.default!r} at first",
            openapi_extra=value_parameter(control.name),
            responses=UNCONFIRMED if control.field == "passthrough" else {},
            tags=["one control"],
        )(_player(session, control, checks))


def _player(
    session: Session, control: Control, checks: PromptChecks
) -> Callable[[Request], Awaitable[Response]]:
    async def play(request: Request) -> Response:
        change = {control.field: request.scope[TEXT]}
        try:
            entry = await _played(session, checks, change, request)
        except UnsafeError as refusal:
            # Controllers expect an answer to every prompt that tells whether it was safe.
            return json_answer({"safety": "unsafe", "detail": str(refusal)})
        answer: JsonObject = (
            {"safety": "safe"} if control.field in PROMPTS else {"status": "updated"}
        )
        if entry.remark:
            answer["remark"] = entry.remark
        return json_answer({**answer, control.name: entry.change[control.field]})

    return play


async def _played(
    session: Session, checks: PromptChecks, change: Mapping[str, object], request: Request
) -> Entry:
    who = caller(request)
    if checks.are_needed(change):
        return await checks.run(lambda: session.play(change, who))
    return session.play(change, who)


def add_sources(app: FastAPI, data_dir: str) -> None:
    @app.get(
        "/sources",
        summary="what `directory` may be: folders and films of the data folder",
        tags=["params"],
        responses={200: {"model": SourcesShape}},
    )
    def sources() -> Response:  # on a thread of its own, since a disk may be slow
        return json_answer({"sources": choices_in(data_dir)})


def add_params(app: FastAPI, console: Console, checks: PromptChecks) -> None:
    session = console.session
    tags: list[str | Enum] = ["params"]
    controls = controls_json()

    @app.get(
        "/params",
        summary="what is played, and all controls",
        tags=tags,
        responses={200: {"model": ParamsShape}},
    )
    async def params() -> Response:
        change = console.played_state.message()
        return json_answer({"number": change.number, "params": change.params, "table": controls})

    @app.patch(
        "/params",
        summary="change several at once: all of it or nothing",
        tags=tags,
        responses={200: {"model": EntryShape}, **UNCONFIRMED},
        openapi_extra=json_body(change_schema()),
    )
    async def change(
        request: Request,
        glide_ms: GlideMs = None,
        override: Override = False,
        sure: Sure = False,
    ) -> Response:
        asked, who = read_object(await read_body(request)), caller(request)

        def play() -> Entry:
            return session.play(asked, who, glide_ms=glide_ms, override=override, sure=sure)

        return json_answer(
            entry_json(await checks.run(play) if checks.are_needed(asked) else play())
        )

    async def step(action: str, request: Request) -> Response:
        who = caller(request)

        def take() -> Entry:
            return session.undo(who) if action == "undo" else session.redo(who)

        with nothing_to_do():
            later = session.step_may_take_long(action)
            return json_answer(entry_json(await checks.run(take) if later else take()))

    @app.post(
        "/undo",
        summary="undo the latest change",
        tags=tags,
        responses={200: {"model": EntryShape}, **CONFLICT},
    )
    async def undo(request: Request) -> Response:
        return await step("undo", request)

    @app.post(
        "/redo",
        summary="put back what undo took away",
        tags=tags,
        responses={200: {"model": EntryShape}, **CONFLICT},
    )
    async def redo(request: Request) -> Response:
        return await step("redo", request)

    @app.get(
        "/journal",
        summary="who changed what, and what was refused",
        tags=tags,
        responses={200: {"model": JournalShape}},
    )
    async def journal(
        most: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = MOST_ENTRIES,
    ) -> Response:
        return json_answer({"entries": latest_entries(session, most)})
