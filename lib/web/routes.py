"""The addresses of the control port; those that play parameters are made from one table."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from lib.config.settings import Primary
from lib.control.desk import By, Desk
from lib.control.params_table import CONTROLS, Control, RefusedError
from lib.control.sync import Sync
from lib.web.guard import Guard
from lib.web.preview import BOUNDARY, MOST_WATCHERS, Preview
from lib.web.raw import VALUE, Values
from lib.wire.messages import HostStatus, encode_json

STATIC = Path(__file__).parent / "static"
UNCACHED = {"Cache-Control": "no-store"}
STARTING_S = 10  # a stream may take so long until its first word


def make_app(desk: Desk, sync: Sync, preview: Preview, settings: Primary) -> ASGIApp:
    # The interactive documentation of FastAPI loads its scripts from elsewhere.
    app = FastAPI(title="Afterimage", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(404, _unknown)
    app.add_exception_handler(Exception, _broken)
    for control in CONTROLS.values():
        app.get(f"/{control.name}/{{value}}")(_player(desk, control))
    started_ns = time.monotonic_ns()

    @app.get("/status")
    async def status() -> Response:
        facts = host_status(desk, sync, preview, (time.monotonic_ns() - started_ns) / 1e9)
        return Response(encode_json(facts), media_type="application/json", headers=UNCACHED)

    @app.get("/preview.mjpg")
    async def moving_picture() -> Response:
        if preview.full:
            raise HTTPException(503, f"{MOST_WATCHERS} browsers are watching, which is the most")
        return StreamingResponse(
            preview.parts(),
            media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY.decode()}",
            headers=UNCACHED,
        )

    _add_page(app)
    return Guard(Values(app, CONTROLS.keys()), settings.bind, CONTROLS.keys())


def host_status(desk: Desk, sync: Sync, preview: Preview, uptime_s: float) -> HostStatus:
    stream = sync.status()
    change = sync.board.message()
    warnings = list(stream.warnings) if stream else [_silence(sync, uptime_s)]
    warnings += desk.warnings
    return HostStatus(
        warnings=warnings,
        params=change.params,
        params_number=change.number,
        control_uptime_s=round(uptime_s, 1),
        watchers=preview.watchers,
        stream=stream,
        stream_silent_s=round(sync.silent_s, 1),
    )


def _silence(sync: Sync, uptime_s: float) -> str:
    if not sync.heard and uptime_s < STARTING_S:
        return "the stream is starting"
    return f"the stream is silent for {sync.silent_s:.0f} s; it is started again by itself"


def _player(desk: Desk, control: Control) -> Callable[[Request], Awaitable[dict[str, object]]]:
    async def play(request: Request) -> dict[str, object]:
        by = By("http", request.client.host if request.client else "")
        try:
            # Words may be looked at for seconds, and the page has only this one thread.
            entry = await run_in_threadpool(desk.play, {control.field: request.scope[VALUE]}, by)
        except RefusedError as refusal:
            raise HTTPException(422, str(refusal)) from refusal
        answer = {"safety": "safe"} if control.name == "prompt" else {"status": "updated"}
        return {**answer, control.name: entry.change[control.field]}

    return play


def _add_page(app: FastAPI) -> None:
    """The page's few files are read once: no path from outside ever reaches the disk."""
    files = {
        path.name: (path.read_bytes(), mimetypes.guess_type(path.name)[0] or "text/plain")
        for path in STATIC.iterdir()
        if path.is_file()
    }

    @app.get("/")
    async def page() -> Response:
        return await static("index.html")

    @app.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        content, kind = files[name]
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})


async def _unknown(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"detail": "there is nothing at this address; the page is at /"}, 404)


async def _broken(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"detail": "this went wrong here; the log says more"}, 500)
