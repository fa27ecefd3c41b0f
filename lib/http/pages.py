"""The pages of a service: its own, the description of its port, and the sign-in page.

All of them work offline: they load nothing from other hosts.
"""

from __future__ import annotations

import asyncio
import mimetypes
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse

from lib.files import read_regular

_HEAD = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
    "<meta name=viewport content='width=device-width'><meta name=color-scheme content=dark>"
)


SHARED = Path(__file__).parent / "static"  # of every service: looks, and what all pages do alike
PARTS = Path(__file__).parent / "parts"  # of every page, where it says <!-- part NAME -->


def add_pages(app: FastAPI, folders: Sequence[Path], pages: Mapping[str, str]) -> None:
    """Each page at its address, by the name of its file; and at /static all of the folders and what
    all services share.

    The files are few and read once, so that no path from a request ever reaches the disk.
    """
    files = {
        path.relative_to(start).as_posix(): (
            _whole(read_regular(path)),
            mimetypes.guess_type(path.name)[0] or "text/plain",
        )
        for start in (SHARED, *folders)
        for path in start.rglob("*")
        if path.is_file()
    }

    def answer(name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        content, kind = files[name]
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})

    for path, name in pages.items():
        app.get(path, include_in_schema=False)(_page(partial(answer, name)))

    @app.get("/static/{name:path}", include_in_schema=False)
    async def static(name: str) -> Response:
        return answer(name)


def _whole(content: bytes) -> bytes:
    """A page with its shared parts in their places; any other file as it is."""
    return re.sub(
        rb"<!-- part (\w+) -->\n",
        lambda found: read_regular(PARTS / f"{found[1].decode()}.html"),
        content,
    )


def _page(answer: Callable[[], Response]) -> Callable[[], Awaitable[Response]]:
    async def page() -> Response:
        return answer()

    return page


def add_reference(app: FastAPI, more: str = "") -> None:
    """Add the page that describes the port. It is made from the routes when it is first asked for:
    to make it takes a third of the time in which the whole port is ready, and few ask. On another
    thread, so that nobody else waits for it."""
    page = cache(lambda: reference(app.openapi(), more))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        text = await asyncio.to_thread(page)
        return HTMLResponse(text, headers={"Cache-Control": "no-cache"})


def reference(openapi: Mapping[str, Any], more: str = "") -> str:
    """One table for each group of addresses, in the order in which they were added; `more` is a
    sentence on what the description cannot tell."""
    groups: dict[str, list[str]] = {}
    for path, methods in openapi["paths"].items():
        for method, facts in methods.items():
            groups.setdefault(facts["tags"][0], []).append(_row(method.upper(), path, facts))
    tables = "".join(
        f"<h2>{escape(name)}</h2><table>{''.join(rows)}</table>" for name, rows in groups.items()
    )
    title = escape(openapi["info"]["title"])
    head = _HEAD.format(title=f"{title}: addresses")
    head += "<link rel=icon href=/static/icon.svg><link rel=stylesheet href=/static/docs.css>"
    about = escape(openapi["info"]["description"])
    links = "The same for programs: <a href=/openapi.json>openapi.json</a>. "
    links += f"{escape(more)} <a href=/>To the page</a>"
    return f"{head}<main><h1>Addresses</h1><p>{about}</p><p>{links}</p>{tables}</main></html>"


def _row(method: str, path: str, facts: Mapping[str, Any]) -> str:
    words = [facts.get("summary", ""), facts.get("description", ""), *_parameters(facts)]
    told = "<br>".join(escape(str(word)) for word in words if word)
    return f"<tr><td>{escape(method)}</td><td><code>{escape(path)}</code></td><td>{told}</td></tr>"


def _parameters(facts: Mapping[str, Any]) -> Iterator[str]:
    for one in facts.get("parameters", ()):
        if one["in"] == "query":
            yield f"?{one['name']}= {one.get('description', '')}"
    if "requestBody" in facts:
        yield "takes a JSON body"


def coming_from_elsewhere(path: str) -> str:
    """A page that sends the browser on to this path. It does not send a strict cookie if a link on
    another site led here, but does if a page of ours did."""
    head = _HEAD.format(title="Afterimage")
    refresh = f"<meta http-equiv=refresh content='0;url={escape(path)}'>"
    return f"{head}{refresh}<p>One moment.</p></html>"


def sign_in_page(path: str, sentence: str, styles: Sequence[str]) -> str:
    """The page that asks for the token of the page at `path`, under the reason why it asks; its
    style sheets must need no token."""
    links = "".join(f"<link rel=stylesheet href={one}>" for one in styles)
    head = _HEAD.format(title="Afterimage")
    return (
        f"{head}{links}<main id=locked><form method=get action='{escape(path)}'><h1>Afterimage</h1>"
        f"<p role=alert>{escape(sentence[:1].upper() + sentence[1:])}.</p>"
        "<p>Open the link that has it, or write it here.</p>"
        "<label for=token>Token</label><div class=line><input id=token name=token type=password "
        "autocomplete=current-password required autofocus><button class=main>Open</button></div>"
        "</form></main></html>"
    )
