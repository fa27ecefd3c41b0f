"""The port of signals: its addresses, who may use them, and how they are served."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp

from lib.config.settings import PrimarySettings
from lib.http.access import AccessRules
from lib.http.app import new_app, refusal
from lib.http.connections import HttpLimits
from lib.http.guard import AccessGuard
from lib.http.pages import add_pages, add_reference
from lib.http.phone import add_phone
from lib.http.rate_limit import RateLimit
from lib.http.server import HttpService, LoopPart
from lib.http.token import AccessTokens
from lib.http_client.control_client import ControlError
from lib.signals.chart import CHART, ChartHub
from lib.signals.parts import Doors, SignalParts
from lib.signals.report import SignalReport
from lib.signals.routes import add_mapping, add_sources, add_state
from lib.signals.sources import Sources
from lib.signals.table import SOURCES

A_SECOND, AT_ONCE = 200, 400  # requests of one address
LONGEST_MESSAGE = 256 * 1024  # of a WebSocket: a second of sound, in base64
ABOUT = "Signals that move the picture: their sources, the mapping, and how all of it is now."
OF_THE_PAGE = f"The WebSocket at {CHART} tells pages what /status tells, ten times a second."
PAGE = Path(__file__).parent / "page"
STYLES = ("/static/base.css", "/static/shell.css")
OPEN_TO_ALL = frozenset({"/healthz", *STYLES})


@dataclass(frozen=True)
class ServiceParts:
    """What the port shows and changes."""

    parts: SignalParts
    sources: Sources
    report: SignalReport


def signals_service(
    settings: PrimarySettings, service: ServiceParts, beside: tuple[LoopPart, ...] = ()
) -> HttpService:
    doors = [found for row in SOURCES if (found := row.open_doors(service.parts))]

    def open_app(resources: ExitStack) -> ASGIApp:
        resources.callback(service.parts.away.close)
        for one in doors:
            resources.callback(one.close)
        return make_app(settings, service, doors)

    websockets = frozenset({CHART}).union(*(one.websockets for one in doors))
    parts = (*beside, *(part for one in doors for part in one.beside))
    return HttpService(
        settings.bind, settings.signals_port, open_app,
        HttpLimits(message=LONGEST_MESSAGE), websockets=websockets,
        trusted_proxy=settings.trusted_proxy, beside=parts,
    )  # fmt: skip


def make_app(settings: PrimarySettings, service: ServiceParts, doors: list[Doors]) -> ASGIApp:
    app = new_app("Afterimage signals", ABOUT)
    _add_refusals(app)
    hub = ChartHub(service.report, settings.max_pages)
    add_state(app, service.report, hub)
    add_mapping(app, service.parts)
    add_sources(app, service.parts, service.sources)
    pages = {"/signals": "signals.html", "/room-notice": "room-notice.html"}
    for one in doors:
        one.add(app)
        pages |= one.pages
    guard = AccessGuard(
        app, _rules(settings, doors, frozenset(pages)), AccessTokens(settings, "signals"),
        RateLimit(A_SECOND, AT_ONCE),
    )  # fmt: skip
    add_phone(app, settings, "/signals")
    add_pages(app, (PAGE,), pages)

    @app.get("/", include_in_schema=False)
    async def first() -> Response:
        return RedirectResponse("/signals")

    add_reference(app, OF_THE_PAGE)
    return guard


def _rules(settings: PrimarySettings, doors: list[Doors], pages: frozenset[str]) -> AccessRules:
    return AccessRules(
        settings.bind,
        settings.max_request_kb * 1024,
        longest_at={name: most for one in doors for name, most in one.longest.items()},
        scopes={name: scope for one in doors for name, scope in one.scopes.items()},
        allowed_names=settings.allowed_names,
        allowed_origins=settings.allowed_origins,
        knows_owners=True,
        open_to_all=OPEN_TO_ALL,
        for_people=frozenset({"/", "/docs"}) | pages,
        styles=STYLES,
    )


def _add_refusals(app: FastAPI) -> None:
    @app.exception_handler(ControlError)
    async def refused(_request: Request, error: ControlError) -> Response:
        return refusal(503 if error.away else 422, str(error))
