"""Maps as a part of the stills service: its addresses, its rooms, its page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI

from lib.canvas.json_canvas import MOST_BYTES
from lib.canvas.rooms import CanvasRooms
from lib.canvas.routes import SYNC, MapDesk, add_maps
from lib.canvas.routes_files import add_archive, add_devices, add_live
from lib.canvas.store import MapNameTakenError, NoSuchMapError, TooManyMapsError
from lib.canvas.sync import CanvasSync
from lib.http.token import Scope
from lib.stills.service.parts import StillParts

PAGE = Path(__file__).parent / "page"


class CanvasService:
    """What lib/stills/service/app.py asks of whatever serves at its port besides."""

    folder = PAGE
    pages: Mapping[str, str] = {"/canvas": "canvas.html", "/canvas/{ref}": "canvas.html"}
    people_below = frozenset({"canvas"})
    websockets = frozenset({SYNC})
    scopes: Mapping[str, Scope] = {"canvas": Scope.GUEST, "maps": Scope.GUEST}
    longest_at: Mapping[str, int] = {"maps": MOST_BYTES}
    statuses: Mapping[type[Exception], int] = {
        NoSuchMapError: 404, MapNameTakenError: 409, TooManyMapsError: 409,
    }  # fmt: skip

    def __init__(self, parts: StillParts) -> None:
        self.rooms = CanvasRooms(parts)
        self._desk = MapDesk(self.rooms)

    def add(self, app: FastAPI) -> None:
        add_live(app, self._desk)  # before what takes any name
        add_devices(app, self._desk)
        add_archive(app, self._desk)
        add_maps(app, self._desk, CanvasSync(self.rooms))

    async def start(self) -> None:
        await self.rooms.start()

    async def tick(self, beats: int) -> None:
        await self.rooms.tick(beats)

    async def stop(self) -> None:
        self._desk.close()
        await self.rooms.stop()
