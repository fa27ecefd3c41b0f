"""The port of stills: its addresses, who may use them, and how they are served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from lib.config.controls import RefusedError
from lib.config.settings import PrimarySettings
from lib.core.still import StaleTokenError
from lib.core.still_params import StillParamsError
from lib.http.access import AccessRules
from lib.http.app import new_app, refusal
from lib.http.bodies import MEGABYTE
from lib.http.connections import HttpLimits
from lib.http.guard import AccessGuard
from lib.http.pages import add_pages, add_reference
from lib.http.phone import add_phone
from lib.http.rate_limit import RateLimit
from lib.http.server import HttpService, LoopPart
from lib.http.token import AccessTokens, Scope
from lib.stills.adapters.ports import AdapterPorts
from lib.stills.ledger.errors import (
    DiskFullError,
    EventsGoneError,
    InvalidStillError,
    KeyTakenError,
    LedgerError,
    NoSuchStillError,
    PictureInUseError,
    TooManyStillsError,
)
from lib.stills.service.parts import StillParts
from lib.stills.service.routes_jobs import LONGEST_JSON, add_jobs
from lib.stills.service.routes_pictures import add_pictures
from lib.stills.service.routes_state import EVENTS, add_adapters, add_state
from lib.stills.service.routes_tunnel import TUNNELS, add_tunnel
from lib.stills.service.routes_wall import add_wall
from lib.stills.service.routes_work import LONGEST_PICTURE, add_work

A_SECOND, AT_ONCE = 200, 400  # requests of one address
# Bytes a second of an upload: 32 MB may take a quarter of an hour, as over a bad line it does.
SLOWEST = 32 * 1024
ABOUT = "Single pictures: asked for here, made by workers, kept in a ledger."
OF_THE_PAGE = "The WebSocket at /events is described in docs/stills.md."
PAGE = Path(__file__).parents[1] / "page"
STYLES = ("/static/base.css", "/static/shell.css")
OPEN_TO_ALL = frozenset({"/healthz", *STYLES})
# By the first part of a path; what is not here needs the control token.
SCOPES = {
    **dict.fromkeys(("", "stills", "docs", "openapi.json", "static"), Scope.GUEST),
    **dict.fromkeys(("jobs", "pictures", "events", "gallery", "models", "health"), Scope.GUEST),
    **dict.fromkeys(("phone", "phone.svg"), Scope.GUEST),
    **dict.fromkeys(("work", "tunnel"), Scope.WORKER),
}
STATUS: dict[type[Exception], int] = {
    NoSuchStillError: 404,
    KeyTakenError: 409,
    PictureInUseError: 409,
    StaleTokenError: 409,
    EventsGoneError: 409,
    InvalidStillError: 422,
    RefusedError: 422,
    StillParamsError: 422,
    TooManyStillsError: 429,
    DiskFullError: 507,
}


class ServedBeside(LoopPart, Protocol):
    """What serves at this port besides: the first parts of its paths are its own."""

    @property
    def folder(self) -> Path:
        """Of its pages' files."""

    @property
    def pages(self) -> Mapping[str, str]: ...
    @property
    def people_below(self) -> frozenset[str]: ...
    @property
    def websockets(self) -> frozenset[str]: ...
    @property
    def scopes(self) -> Mapping[str, Scope]: ...
    @property
    def longest_at(self) -> Mapping[str, int]: ...
    @property
    def statuses(self) -> Mapping[type[Exception], int]:
        """Of its errors' answers."""

    def add(self, app: FastAPI) -> None:
        """Its addresses."""


def stills_service(
    settings: PrimarySettings, parts: StillParts, besides: Sequence[ServedBeside] = ()
) -> HttpService:
    adapters = AdapterPorts(settings, parts)

    def open_app(resources: ExitStack) -> ASGIApp:
        resources.callback(parts.close)
        return make_app(parts, settings, adapters, besides)

    limits = HttpLimits(
        connections=2 * settings.max_connections,  # waiting workers and clients hold one each
        of_one_address=2 * settings.max_connections_per_address,
        slowest=SLOWEST,
    )
    return HttpService(
        settings.bind, settings.stills_port, open_app, limits,
        websockets=frozenset({EVENTS, *TUNNELS}).union(*(one.websockets for one in besides)),
        trusted_proxy=settings.trusted_proxy, beside=(adapters, *besides),
    )  # fmt: skip


def make_app(
    parts: StillParts,
    settings: PrimarySettings,
    adapters: AdapterPorts,
    besides: Sequence[ServedBeside] = (),
) -> ASGIApp:
    app = new_app("Afterimage stills", ABOUT)
    _add_refusals(app, besides)
    add_jobs(app, parts)
    add_pictures(app, parts)
    add_wall(app, parts, parts.wall)
    add_work(app, parts)
    add_tunnel(app, parts.run_dir)
    guard = AccessGuard(
        app,
        _rules(settings, besides),
        AccessTokens(settings, "the stills"),
        RateLimit(A_SECOND, AT_ONCE),
    )
    add_state(app, parts, guard, adapters)
    add_phone(app, settings, "/stills")
    add_adapters(app, parts, adapters)
    for one in besides:
        one.add(app)
    pages = {"/stills": "stills.html"}
    for one in besides:
        pages |= one.pages
    add_pages(app, (PAGE, *(one.folder for one in besides)), pages)

    @app.get("/", include_in_schema=False)
    async def first() -> Response:
        return RedirectResponse("/stills")

    add_reference(app, OF_THE_PAGE)

    async def served(scope: AsgiScope, receive: Receive, send: Send) -> None:
        parts.link.note()
        await guard(scope, receive, send)

    return served


def _rules(settings: PrimarySettings, besides: Sequence[ServedBeside]) -> AccessRules:
    upload = settings.max_upload_mb * MEGABYTE
    longest = {"pictures": upload, "jobs": LONGEST_JSON, "work": LONGEST_PICTURE}
    longest |= {"adapters": LONGEST_JSON}
    scopes = dict(SCOPES)
    for one in besides:
        longest |= one.longest_at
        scopes |= one.scopes
    return AccessRules(
        settings.bind,
        MEGABYTE,
        longest_at=longest,
        scopes=scopes,
        people_below=frozenset[str]().union(*(one.people_below for one in besides)),
        allowed_names=settings.allowed_names,
        allowed_origins=settings.allowed_origins,
        knows_owners=True,
        open_to_all=OPEN_TO_ALL,
        for_people=frozenset({"/", "/stills", "/docs"}),
        styles=STYLES,
    )


def _add_refusals(app: FastAPI, besides: Sequence[ServedBeside]) -> None:
    """Every error of the ledger has its status and its own sentence."""
    status = dict(STATUS)
    for one in besides:
        status |= one.statuses

    async def answer(_request: Request, error: Exception) -> Response:
        return refusal(next((status[kind] for kind in type(error).mro() if kind in status), 503),
                       str(error))  # fmt: skip

    for kind in (LedgerError, StaleTokenError, RefusedError, StillParamsError):
        app.add_exception_handler(kind, answer)
