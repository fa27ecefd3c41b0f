"""A page and the description of a port: read once, and nothing is loaded from elsewhere."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse

from lib.http.reference import reference


def add_page(app: FastAPI, folder: Path) -> None:
    """`index.html` at /, and all of the folder at /static.

    The few files are read once: no path from outside ever reaches the disk.
    """
    files = {
        path.relative_to(folder).as_posix(): (
            path.read_bytes(),
            mimetypes.guess_type(path.name)[0] or "text/plain",
        )
        for path in folder.rglob("*")
        if path.is_file()
    }

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return await static("index.html")

    @app.get("/static/{name:path}", include_in_schema=False)
    async def static(name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        content, kind = files[name]
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})


def add_reference(app: FastAPI, more: str = "") -> None:
    """Made from the routes, so it comes last."""
    page = reference(app.openapi(), more)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})
