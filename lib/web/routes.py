"""The addresses of the control port, and what it says when there is nothing to do."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from lib.config.controls import CONTROLS, RefusedError
from lib.config.sentences import sentence
from lib.config.settings import Primary
from lib.control.console import Console
from lib.control.presets import MissingError
from lib.web.aside import Aside
from lib.web.described import REFUSALS
from lib.web.facts import Door, Facts
from lib.web.guard import Guard
from lib.web.limits import Buckets
from lib.web.live import Hub
from lib.web.preview import Preview
from lib.web.protocol import LIVE
from lib.web.raw import Values
from lib.web.routes_kept import add_cues, add_presets
from lib.web.routes_page import add_page, add_reference
from lib.web.routes_play import add_controls, add_params
from lib.web.routes_state import add_state
from lib.web.shapes import UnreadableError
from lib.web.talk import Talk
from lib.web.token import Token

A_SECOND, AT_ONCE = 200, 400  # requests and changes of one address: ten faders that are moved
PRESET = "preset"  # recalls one by a GET, for phones
CHANGING = {*CONTROLS, PRESET}
ABOUT = "Plays the wall and says how it is. Every control of the table has an address of its own."


@dataclass(frozen=True)
class Behind:
    """What stands behind the addresses."""

    console: Console
    preview: Preview
    aside: Aside
    osc: Door | None = None


def make_app(behind: Behind, settings: Primary) -> ASGIApp:
    console, preview, aside = behind.console, behind.preview, behind.aside
    # The interactive documentation of FastAPI loads its scripts from elsewhere.
    app = FastAPI(
        title="Afterimage",
        description=ABOUT,
        version="1",
        docs_url=None,
        redoc_url=None,
        responses=REFUSALS,
        redirect_slashes=False,
    )
    _add_sentences(app)
    buckets = Buckets(A_SECOND, AT_ONCE)
    facts = Facts(console, preview, behind.osc)
    hub = Hub(console, preview, facts.encoded, Talk(console.desk, aside, buckets))
    add_controls(app, console.desk, aside)
    add_params(app, console, aside)
    add_presets(app, console, aside, hub.look)
    add_cues(app, console, aside, hub.look)

    @app.websocket(LIVE)
    async def live(socket: WebSocket) -> None:
        await hub.serve(socket)

    token = Token(settings.control_token, settings.settings_port)
    guard = Guard(app, settings, CHANGING, token, buckets)
    add_state(app, facts, preview, guard, hub)
    add_page(app)
    add_reference(app)
    return Values(guard, CHANGING)


def _add_sentences(app: FastAPI) -> None:
    """Every refusal is one sentence, and none shows what is inside."""

    @app.exception_handler(RefusedError)
    async def refused(_request: Request, error: RefusedError) -> Response:
        return _said(404 if isinstance(error, MissingError) else 422, str(error))

    @app.exception_handler(UnreadableError)
    async def unreadable(_request: Request, error: UnreadableError) -> Response:
        return _said(422, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        _where, *field = first["loc"]  # query or body, the field, and perhaps a place in it
        return _said(422, sentence({**first, "loc": field}))

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        words, headers = str(error.detail), error.headers
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            methods = ", ".join(_methods(app, request))
            words = f"this address does not take {request.method} but {methods}"
            headers = {"Allow": methods}
        elif words == HTTPStatus.NOT_FOUND.phrase:
            words = "there is nothing at this address; the page is at /"
        return JSONResponse({"detail": words}, error.status_code, headers=headers)

    @app.exception_handler(Exception)
    async def broken(_request: Request, _error: Exception) -> Response:
        return _said(500, "this went wrong here; the log says more")


def _methods(app: FastAPI, request: Request) -> list[str]:
    """Of all routes at this address; FastAPI makes one for each method."""
    there = (route for route in app.routes if isinstance(route, APIRoute))
    fitting = (route for route in there if route.matches(request.scope)[0] != Match.NONE)
    return sorted({method for route in fitting for method in route.methods or ()})


def _said(status: int, words: str) -> Response:
    return JSONResponse({"detail": words}, status)
