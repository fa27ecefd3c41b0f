"""The control port: the page, its addresses, and how they are served."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from lib.config.controls import CONTROLS, RefusedError, UnconfirmedError
from lib.config.settings import PrimarySettings
from lib.control.console import Console
from lib.control.cue_sheet import StaleSheetError
from lib.control.presets import MissingError
from lib.http.access import AccessRules
from lib.http.app import new_app, refusal
from lib.http.connections import HttpLimits
from lib.http.guard import AccessGuard
from lib.http.pages import add_pages, add_reference
from lib.http.phone import add_phone
from lib.http.rate_limit import RateLimit
from lib.http.raw_path import TextPaths, TextPathsMiddleware
from lib.http.server import HttpService
from lib.http.token import AccessTokens
from lib.web.host_report import ControlInput, HostReport
from lib.web.live import LIVE, Hub
from lib.web.page_requests import PageRequests
from lib.web.preset_pictures import PresetPhotographer
from lib.web.preview import Preview
from lib.web.prompt_checks import PromptChecks
from lib.web.routes_cues import add_cues
from lib.web.routes_kept import add_presets, add_safe_look
from lib.web.routes_play import add_controls, add_params, add_sources
from lib.web.routes_state import MOVING_PICTURE, add_state
from lib.wire.keys import viewer_key
from lib.wire.ports import local_name

A_SECOND, AT_ONCE = 200, 400  # requests and changes of one address: enough for ten moving faders
LONGEST_MESSAGE = 64 * 1024  # from a page; the longest holds two prompts
PRESET = "preset"  # the address that recalls a preset by a GET, for phones
CHANGING = frozenset({*CONTROLS, PRESET})
TEXT_PATHS = TextPaths(
    names=CHANGING,
    typed=frozenset({"prompt", "prompt2", "directory", PRESET}),
    inside={"presets": ("/recall", "/rename", "/move", "/picture")},
)
# Open without a token: they only reveal whether the wall lives, and how the sign-in page looks.
STYLES = ("/static/base.css", "/static/shell.css")
OPEN_TO_ALL = frozenset({"/healthz", *STYLES})
ALONE = "/picture"  # the picture and nothing else, for browser sources
STATIC = Path(__file__).parent / "static"
ABOUT = "Plays the wall and reports its state. Each control has an address of its own."
OF_THE_PAGE = f"The WebSocket at {LIVE} is described in docs/wire.md."


@dataclass(frozen=True)
class ControlParts:
    """The objects that the addresses use."""

    console: Console
    preview: Preview
    checks: PromptChecks
    osc: ControlInput | None = None  # for its counts in the status

    @classmethod
    def of(
        cls, settings: PrimarySettings, console: Console, osc: ControlInput | None = None
    ) -> ControlParts:
        key = viewer_key(settings.keys)
        host = local_name(settings.bind)
        preview = Preview(host, settings.output_port, key, settings.max_pages)
        return cls(console, preview, PromptChecks(console.session), osc)


def control_service(settings: PrimarySettings, parts: ControlParts) -> HttpService:
    """The service for the HTTP server, which closes the page's own parts when it ends."""

    def open_app(resources: ExitStack) -> ASGIApp:
        resources.callback(parts.preview.close)
        resources.callback(parts.checks.close)
        return make_app(parts, settings)

    limits = HttpLimits(
        settings.max_connections,
        settings.max_connections_per_address,
        settings.max_request_kb * 1024,
        LONGEST_MESSAGE,
    )
    websockets = frozenset({LIVE})
    return HttpService(
        settings.bind,
        settings.settings_port,
        open_app,
        limits,
        TEXT_PATHS,
        websockets,
        settings.trusted_proxy,
    )


def make_app(parts: ControlParts, settings: PrimarySettings) -> ASGIApp:
    console, preview, checks = parts.console, parts.preview, parts.checks
    app = new_app("Afterimage", ABOUT)
    _add_refusals(app)
    rate = RateLimit(A_SECOND, AT_ONCE)
    report = HostReport(console, preview, parts.osc, settings)
    hub = Hub(console, preview, report.encoded, PageRequests(console.session, checks, rate))
    add_controls(app, console.session, checks)
    add_params(app, console, checks)
    add_sources(app, settings.data_dir)
    pictures = PresetPhotographer(console, preview, hub.tell_kept)
    add_presets(app, console, checks, pictures, hub.tell_kept)
    add_safe_look(app, console, checks, hub.tell_kept)
    add_cues(app, console, checks, hub.tell_kept)

    @app.websocket(LIVE)
    async def live(socket: WebSocket) -> None:
        await hub.serve(socket)

    rules = AccessRules(
        settings.bind,
        settings.max_request_kb * 1024,
        changing=CHANGING,
        open_to_all=OPEN_TO_ALL,
        for_people=frozenset({"/", "/docs", ALONE}),
        endless=frozenset({MOVING_PICTURE}),
        styles=STYLES,
        allowed_names=settings.allowed_names,
        allowed_origins=settings.allowed_origins,
        framable=frozenset({ALONE}),
    )
    # Until there were several services, each port had a cookie of its own: who has it stays in.
    tokens = AccessTokens(settings, "the control port", f"afterimage-{settings.settings_port}")
    guard = AccessGuard(app, rules, tokens, rate)
    add_state(app, report, preview, guard, hub)
    add_phone(app, settings, "/")
    add_pages(app, (STATIC,), {"/": "index.html", ALONE: "picture.html"})
    add_reference(app, OF_THE_PAGE)
    return TextPathsMiddleware(guard, TEXT_PATHS)


def _add_refusals(app: FastAPI) -> None:
    """Answer refusals of the control room with its own sentences."""

    @app.exception_handler(RefusedError)
    async def refused(_request: Request, error: RefusedError) -> Response:
        kinds = {MissingError: 404, StaleSheetError: 412, UnconfirmedError: 428}
        code = next((kinds[kind] for kind in type(error).__mro__ if kind in kinds), 422)
        return refusal(code, str(error))
