"""A service that is not the control port: a small app with limits and a token of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Annotated

import httpx2 as httpx
import pytest
from fastapi import Query, Request, Response
from pydantic import BaseModel
from starlette.types import ASGIApp

from lib.http.access import AccessRules
from lib.http.app import new_app
from lib.http.bodies import json_answer, read_body, read_model
from lib.http.connections import HttpLimits
from lib.http.guard import AccessGuard
from lib.http.pages import add_reference
from lib.http.rate_limit import RateLimit
from lib.http.raw_path import TEXT, TextPaths, TextPathsMiddleware
from lib.http.server import HttpServer, HttpService
from tests.http.tokens import tokens_of
from tests.ports import free_ports

PATHS = TextPaths(
    names=frozenset({"title"}), typed=frozenset({"title"}), inside={"shelves": ("/open",)}
)


class Wish(BaseModel):
    width: int


def small_app(token: str, longest: int) -> ASGIApp:
    app = new_app("Small <service>", "Takes wishes.")

    @app.post("/wishes", tags=["wishes"])
    async def wish(request: Request, most: Annotated[int, Query(ge=1, le=9)] = 1) -> Response:
        body = read_model(Wish, await read_body(request))
        return json_answer({"width": body.width, "most": most})

    @app.get("/title/{text}", tags=["titles"])
    async def title(request: Request) -> Response:
        return json_answer({"title": request.scope[TEXT]})

    @app.get("/shelves/{text}/open", tags=["titles"])
    async def shelf(request: Request) -> Response:
        return json_answer({"open": request.scope[TEXT]})

    @app.get("/broken", tags=["titles"])
    async def broken() -> Response:
        raise ZeroDivisionError("what is inside")

    add_reference(app, "More stands elsewhere.")
    rules = AccessRules("127.0.0.1", longest, changing=frozenset({"title"}))
    guard = AccessGuard(app, rules, tokens_of(token, "the wishes"), RateLimit(1000, 1000))
    return TextPathsMiddleware(guard, PATHS)


@contextmanager
def serving(token: str = "", limits: HttpLimits | None = None) -> Iterator[httpx.Client]:
    (port,) = free_ports(1)
    limits = limits or HttpLimits(request=32 * 1024)
    closed: list[str] = []

    def open_app(resources: ExitStack) -> ASGIApp:
        resources.callback(closed.append, "the app")
        return small_app(token, limits.request)

    server = HttpServer(HttpService("127.0.0.1", port, open_app, limits, PATHS))
    server.start()
    assert not server.failure
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", verify=False, timeout=5) as client:
            yield client
    finally:
        assert server.stop() and not server.failure
    assert closed == ["the app"]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving() as client:
        yield client


def test_it_serves_what_it_was_given(client: httpx.Client) -> None:
    answer = client.post("/wishes?most=3", content=b'{"width": 512}')
    assert answer.json() == {"width": 512, "most": 3}
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert client.get("/title/why? not/so").json() == {"title": "why? not/so"}
    assert client.get("/shelves/a%2Fb/open").json() == {"open": "a/b"}


@pytest.mark.parametrize(
    ("query", "body", "status", "said"),
    [
        ("", b'{"width": "wide"}', 422, "width must be a whole number, not 'wide'"),
        ("", b"{}", 422, "width is missing"),
        ("?most=10", b'{"width": 5}', 422, "most must be less than or equal to 9, not '10'"),
        ("?most=many", b'{"width": 5}', 422, "most must be a whole number, not 'many'"),
        ("", b"[5]", 422, "this must be a JSON object"),
        ("", b'{"width": NaN}', 422, "this is not valid JSON"),
        ("", b" " * 33_000, 413, "this is too long: at most 32 kB are taken"),
    ],
)
def test_each_mistake_is_one_sentence_of_ours(
    client: httpx.Client, query: str, body: bytes, status: int, said: str
) -> None:
    answer = client.post(f"/wishes{query}", content=body)
    assert (answer.status_code, set(answer.json())) == (status, {"detail"})
    assert said in answer.json()["detail"]


def test_what_goes_wrong_inside_stays_inside(client: httpx.Client) -> None:
    answer = httpx.get(f"{client.base_url}/broken")  # its connection is closed after that
    assert answer.status_code == 500
    assert answer.json() == {"detail": "this failed on the server; its log says why"}


def test_its_description_has_its_own_names(client: httpx.Client) -> None:
    page = client.get("/docs").text
    assert "Small &lt;service&gt;: addresses" in page and "Takes wishes." in page
    assert "More stands elsewhere." in page and "/live" not in page


def test_it_has_a_token_of_its_own() -> None:
    with serving(token="open sesame") as client:
        refused = client.get("/title/a")
        assert refused.status_code == 401
        assert refused.json() == {"detail": "this needs the token of the wishes"}
        page = client.get("/", headers={"Accept": "text/html"})
        assert "the token of the wishes" in page.text and "stylesheet" not in page.text
        shown = {"Authorization": "Bearer open sesame"}
        assert client.get("/title/a", headers=shown).json() == {"title": "a"}
        assert client.get("/title/a?token=open+sesame").status_code == 401
        assert client.get("/title/a?token=open sesame").json() == {"title": "a"}


def test_it_has_limits_of_its_own() -> None:
    with serving(limits=HttpLimits(connections=2)) as client, ExitStack() as resources:
        address = (client.base_url.host, client.base_url.port)
        for _ in range(2):  # they are in the middle of a request, so neither makes room
            one = resources.enter_context(closing(socket.create_connection(address, timeout=5)))
            one.sendall(b"POST /wishes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n")
            one.sendall(b"Expect: 100-continue\r\n\r\n")
            assert b"100" in one.recv(100)
        answer = client.get("/title/a")
        assert answer.status_code == 503
        assert answer.json() == {"detail": "2 connections are open, which is the most"}


def test_where_there_is_no_websocket_none_is_opened(client: httpx.Client) -> None:
    wish = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    answer = client.get("/live", headers={**wish, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})
    assert answer.status_code == 404
