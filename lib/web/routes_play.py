"""Playing: each control at an address of its own, several at once, and taking it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request, Response

from lib.config.controls import CONTROLS, PROMPTS, Control, RefusedError, UnsafeError
from lib.control.console import Console
from lib.control.desk import Desk
from lib.control.journal import Entry
from lib.control.presets import MissingError
from lib.web.aside import Aside
from lib.web.asked import by, read_body
from lib.web.described import (
    CONFLICT,
    EntryShape,
    JournalShape,
    ParamsShape,
    body,
    change_schema,
    value_parameter,
)
from lib.web.raw import VALUE
from lib.web.shapes import Facts, as_json, latest, read_object, table, write_json

LONGEST_GLIDE_MS = 600_000
MOST_ENTRIES = 200
UNCACHED = {"Cache-Control": "no-store"}
GLIDE = Query(ge=0, le=LONGEST_GLIDE_MS, description="how long this change glides, in ms")
OVERRIDE = Query(description="use the words without looking at them; for operators")

GlideMs = Annotated["int | None", GLIDE]
Override = Annotated[bool, OVERRIDE]


def said(facts: Mapping[str, object]) -> Response:
    """An answer as JSON, written once and not looked through again."""
    return Response(write_json(facts), media_type="application/json", headers=UNCACHED)


@contextmanager
def nothing_to_do() -> Iterator[None]:
    """A refusal that comes of how things stand, not of what was asked."""
    try:
        yield
    except MissingError:
        raise
    except RefusedError as refusal:
        raise HTTPException(409, str(refusal)) from refusal


def add_controls(app: FastAPI, desk: Desk, aside: Aside) -> None:
    """`GET /strength/0.5` and so on: for phones, show software and curl."""
    for control in CONTROLS.values():
        app.get(
            f"/{control.name}/{{value}}",
            summary=f"{control.name}: {control.help}",
            description=f"{control.allowed}; {control.default!r} at first",
            openapi_extra=value_parameter(control.name),
            tags=["one control"],
        )(_player(desk, control, aside))


def _player(desk: Desk, control: Control, aside: Aside) -> Callable[[Request], Awaitable[Response]]:
    async def play(request: Request) -> Response:
        change = {control.field: request.scope[VALUE]}
        try:
            entry = await _played(desk, aside, change, request)
        except UnsafeError as refusal:
            # Controllers expect an answer to every prompt, and read from it whether it was safe.
            return said({"safety": "unsafe", "detail": str(refusal)})
        answer: Facts = {"safety": "safe"} if control.field in PROMPTS else {"status": "updated"}
        if entry.remark:
            answer["remark"] = entry.remark
        return said({**answer, control.name: entry.change[control.field]})

    return play


async def _played(
    desk: Desk, aside: Aside, change: Mapping[str, object], request: Request
) -> Entry:
    who = by(request)
    if aside.is_needed(change):
        return await aside.run(lambda: desk.play(change, who))
    return desk.play(change, who)


def add_params(app: FastAPI, console: Console, aside: Aside) -> None:
    desk = console.desk
    tags: list[str | Enum] = ["params"]
    controls = table()

    @app.get(
        "/params",
        summary="what is played, and all controls",
        tags=tags,
        responses={200: {"model": ParamsShape}},
    )
    async def params() -> Response:
        change = console.board.message()
        return said({"number": change.number, "params": change.params, "table": controls})

    @app.patch(
        "/params",
        summary="change several at once: all of it or nothing",
        tags=tags,
        responses={200: {"model": EntryShape}},
        openapi_extra=body(change_schema()),
    )
    async def change(
        request: Request, glide_ms: GlideMs = None, override: Override = False
    ) -> Response:
        asked, who = read_object(await read_body(request)), by(request)

        def play() -> Entry:
            return desk.play(asked, who, glide_ms=glide_ms, override=override)

        return said(as_json(await aside.run(play) if aside.is_needed(asked) else play()))

    @app.post(
        "/undo",
        summary="take back the last change that still stands",
        tags=tags,
        responses={200: {"model": EntryShape}, **CONFLICT},
    )
    async def undo(request: Request) -> Response:
        with nothing_to_do():
            return said(as_json(desk.undo(by(request))))

    @app.post(
        "/redo",
        summary="put back what undo took",
        tags=tags,
        responses={200: {"model": EntryShape}, **CONFLICT},
    )
    async def redo(request: Request) -> Response:
        with nothing_to_do():
            return said(as_json(desk.redo(by(request))))

    @app.get(
        "/journal",
        summary="who changed what, and what was refused",
        tags=tags,
        responses={200: {"model": JournalShape}},
    )
    async def journal(
        most: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = MOST_ENTRIES,
    ) -> Response:
        return said({"entries": latest(desk, most)})
