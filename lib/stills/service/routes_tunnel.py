"""The addresses of the tunnel: WebSockets that carry a worker's ZMTP to the live picture's ports.

Only the request is looked at here. The connection itself goes to the process of the tunnel, so what
this one computes delays no picture.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Response
from starlette.websockets import WebSocket

from lib.http.app import refusal
from lib.http.connections import RAW, RawConnection
from lib.wire.handover import HandoverTo, Introduction, hand_over

TUNNELS = {"/tunnel/jobs": HandoverTo.JOBS, "/tunnel/results": HandoverTo.RESULTS}
NO_WEBSOCKET = (
    "a WebSocket is opened here; if a proxy stands between, it must hand on Upgrade and Connection"
)
NO_TUNNEL = "there is no live picture to carry here at the moment"


def add_tunnel(app: FastAPI, run_dir: Path | None) -> None:
    """`run_dir`: where the other processes of this show are met; None: there are none."""
    for path, to in TUNNELS.items():
        _add(app, path, to, run_dir)


def _add(app: FastAPI, path: str, to: HandoverTo, run_dir: Path | None) -> None:
    @app.get(path, include_in_schema=False)
    async def no_websocket() -> Response:
        return refusal(426, NO_WEBSOCKET)

    @app.websocket(path)
    async def carry(websocket: WebSocket) -> None:
        host, port = websocket.scope["client"]
        raw: RawConnection | None = websocket.scope["extensions"][RAW]()
        if raw is None:
            await websocket.send_denial_response(refusal(400, "the answer has to be waited for"))
            return
        introduction = Introduction(host, port, to, raw.opening)
        if run_dir and hand_over(run_dir, HandoverTo.TUNNEL, introduction, raw.descriptor):
            raw.let_go()
        else:
            await websocket.send_denial_response(refusal(503, NO_TUNNEL))
