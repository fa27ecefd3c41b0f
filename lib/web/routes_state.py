"""The addresses of the status: for people, for monitoring, and for scaling."""

from __future__ import annotations

from enum import Enum

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from lib.http.app import refusal
from lib.http.bodies import UNCACHED, PlainMetrics, json_answer
from lib.http.guard import AccessGuard
from lib.http.openapi import Refused
from lib.web.answers import HealthShape, WorkersShape
from lib.web.host_report import HostReport, trouble
from lib.web.live import LIVE, Hub
from lib.web.metrics import OwnCounts, exposition
from lib.web.preview import BOUNDARY, Preview
from lib.wire.messages import encode_json

MOVING_PICTURE, ONE_PICTURE = "/preview.mjpg", "/picture.jpg"
PICTURE_WITHIN_S = 3.0  # paused sequences send theirs twice a second


def add_state(
    app: FastAPI, report: HostReport, preview: Preview, guard: AccessGuard, hub: Hub
) -> None:
    tags: list[str | Enum] = ["state"]

    @app.get(
        "/status",
        summary="the state of everything",
        tags=tags,
        responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
    )
    async def status() -> Response:
        return Response(report.encoded(), media_type="application/json", headers=UNCACHED)

    @app.get(
        "/workers",
        summary="the workers",
        tags=tags,
        responses={200: {"model": WorkersShape}},
    )
    async def workers() -> Response:
        stream = report.status().stream
        there = b",".join(encode_json(worker) for worker in (stream.workers if stream else ()))
        return Response(
            b'{"workers":[' + there + b"]}", media_type="application/json", headers=UNCACHED
        )

    @app.get("/metrics", summary="for Prometheus", tags=tags, response_class=PlainMetrics)
    async def metrics() -> Response:
        counts = OwnCounts(guard.tally.counts, len(hub.pages), hub.let_go)
        return PlainMetrics(exposition(report.status(), counts), headers=UNCACHED)

    @app.get(
        "/healthz",
        summary="200 while frames flow, or are meant not to",
        tags=tags,
        responses={200: {"model": HealthShape}, 503: {"model": Refused}},
    )
    async def health() -> Response:
        now = report.status()
        reason = trouble(now)
        if reason:
            raise HTTPException(503, reason)
        return json_answer({"status": "paused" if now.stream and now.stream.paused else "flowing"})

    @app.get(
        MOVING_PICTURE,
        summary="the moving picture",
        tags=tags,
        response_class=MovingPicture,
        responses={503: {"model": Refused}},
    )
    async def moving_picture() -> Response:
        return MovingPicture(preview)

    @app.get(
        ONE_PICTURE,
        summary="the current picture",
        tags=tags,
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}, 503: {"model": Refused}},
    )
    async def one_picture() -> Response:
        with preview.watched() as has_room:
            if not has_room:
                raise HTTPException(503, too_many(preview))
            jpg = await preview.one(PICTURE_WITHIN_S)
        if not jpg:
            raise HTTPException(503, "there is no current picture")
        return Response(jpg, media_type="image/jpeg", headers=UNCACHED)

    @app.get(LIVE, include_in_schema=False)
    async def live() -> Response:
        raise HTTPException(426, "this is a WebSocket; docs/wire.md says what it tells")


class MovingPicture(StreamingResponse):
    media_type = f"multipart/x-mixed-replace; boundary={BOUNDARY.decode()}"

    # FastAPI takes the status that it describes from here.
    def __init__(self, preview: Preview, status_code: int = 200) -> None:
        super().__init__(preview.parts(), status_code, UNCACHED)
        self._preview = preview

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer. There is room or there is none at the moment at which it begins: a hundred
        requests may have come at once."""
        with self._preview.watched() as has_room:
            if has_room:
                await super().__call__(scope, receive, send)
            else:
                await refusal(503, too_many(self._preview))(scope, receive, send)


def too_many(preview: Preview) -> str:
    return f"{preview.most} browsers are watching, which is the most"
