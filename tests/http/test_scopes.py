"""What each of the three tokens opens, and what a service learns of who asks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2 as httpx
import pytest
from fastapi import FastAPI, Request, Response, WebSocket
from starlette.types import ASGIApp
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from lib.http.access import AccessRules
from lib.http.app import new_app
from lib.http.bodies import json_answer, read_body
from lib.http.guard import AccessGuard
from lib.http.rate_limit import RateLimit
from lib.http.server import HttpServer, HttpService
from lib.http.token import Scope, caller_of, warn_of_short_tokens
from tests.http.tokens import token_settings, tokens_of
from tests.ports import free_ports

CONTROL, GUEST, WORKER = "control" * 4, "guest" * 5, "worker" * 4
TOKENS = {"control": CONTROL, "guest": GUEST, "worker": WORKER}
SCOPES = dict.fromkeys(("", "jobs", "events"), Scope.GUEST) | {"work": Scope.WORKER}
# Path -> the tokens that open it.
OPENED = {
    "/": {"control", "guest"},
    "/jobs": {"control", "guest"},
    "/jobs/7": {"control", "guest"},
    "/work/claim": {"control", "worker"},
    "/work": {"control", "worker"},
    "/to-wall": {"control"},
    "/workers": {"control"},
    "//jobs": {"control", "guest"},  # nothing is there
    "/%6Aobs": {"control", "guest"},
    "/jobs%2F7": {"control", "guest"},
}
BROWSER = {"Accept": "text/html,*/*"}


def shown(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def stills() -> FastAPI:
    """An app that tells who asks, wherever it is asked."""
    app = new_app("Stills", "For tests.")

    @app.websocket("/events")
    async def events(socket: WebSocket) -> None:
        await socket.accept()
        caller = caller_of(socket)
        await socket.send_json([caller.scope, caller.owner])
        await socket.close()

    @app.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    async def tell(request: Request) -> Response:
        body, caller = await read_body(request), caller_of(request)
        return json_answer({"scope": caller.scope, "owner": caller.owner, "length": len(body)})

    return app


@contextmanager
def serving(allowed_names: str = "", **tokens: str) -> Iterator[httpx.Client]:
    (port,) = free_ports(1)
    rules = AccessRules(
        "127.0.0.1",
        longest=100,
        longest_at={"work": 1000},
        scopes=SCOPES,
        open_to_all=frozenset({"/healthz"}),
        allowed_names=allowed_names,
        knows_owners=True,
    )

    def open_app(_resources: ExitStack) -> ASGIApp:
        guarded = tokens_of(service="the stills", **tokens)
        return AccessGuard(stills(), rules, guarded, RateLimit(1000, 1000))

    websockets = frozenset({"/events"})
    service = HttpService("127.0.0.1", port, open_app, websockets=websockets)
    server = HttpServer(service)
    server.start()
    assert not server.failure
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
            yield client
    finally:
        assert server.stop() and not server.failure


@pytest.fixture(scope="module")
def locked() -> Iterator[httpx.Client]:
    with serving(**TOKENS) as client:
        yield client


@pytest.fixture
def anybody(locked: httpx.Client) -> Iterator[httpx.Client]:
    """A program or browser that was never here."""
    with httpx.Client(base_url=locked.base_url, timeout=5) as client:
        yield client


def test_a_client_that_is_gone_already_has_no_address_and_ends_nothing() -> None:
    """It said what it wanted and was reset before its connection was looked at."""
    rules, told = AccessRules("127.0.0.1", longest=100), list[Any]()
    guard = AccessGuard(stills(), rules, tokens_of(service="the stills"), RateLimit(1000, 1000))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "scheme": "http", "method": "GET", "path": "/jobs",
        "raw_path": b"/jobs", "root_path": "", "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")], "client": None, "server": ("127.0.0.1", 80),
    }  # fmt: skip
    asyncio.run(guard(scope, receive, send))
    assert told[0]["status"] == 200


@pytest.mark.parametrize("path", OPENED)
def test_each_token_opens_what_it_is_for_and_nothing_else(locked: httpx.Client, path: str) -> None:
    for name, token in TOKENS.items():
        for answer in (
            locked.get(path, headers=shown(token)),
            locked.post(path, headers=shown(token)),
            locked.get(f"{path}?token={token}", headers={"Authorization": "none"}),
        ):
            if name in OPENED[path]:
                assert answer.status_code == 200 and answer.json()["scope"] == name, answer.text
            else:
                assert answer.status_code == 403, (path, name, answer.text)
                assert f"the {name} token does not open this" in answer.json()["detail"]
    assert locked.get(path).status_code == 401


def test_a_right_token_at_a_closed_address_is_no_guess(locked: httpx.Client) -> None:
    for _ in range(70):
        assert locked.get("/to-wall", headers=shown(WORKER)).status_code == 403
    assert locked.get("/to-wall", headers=shown("a wrong one")).status_code == 401


def test_a_link_gives_a_guest_a_cookie_that_opens_the_same(anybody: httpx.Client) -> None:
    welcome = anybody.get(f"/?token={GUEST}", headers=BROWSER)
    assert welcome.status_code == 303 and GUEST not in welcome.headers["set-cookie"]
    assert anybody.get("/jobs").json()["scope"] == "guest"
    assert anybody.get("/to-wall").status_code == 403
    assert anybody.get(f"/?token={CONTROL}", headers=BROWSER).status_code == 303
    assert anybody.get("/to-wall").json()["scope"] == "control"
    refused = anybody.get(f"/?token={WORKER}", headers=BROWSER)
    assert refused.status_code == 403 and "set-cookie" not in refused.headers
    assert "The worker token does not open this" in refused.text and "<form" in refused.text
    assert anybody.get("/to-wall").json()["scope"] == "control", "it keeps the one it had"


def test_no_cookie_stands_for_the_workers_token(locked: httpx.Client) -> None:
    made = tokens_of(CONTROL, guest=WORKER).cookie(Scope.GUEST).split(b";")[0].decode()
    assert locked.get("/work/claim", headers={"Cookie": made}).status_code == 401


def test_a_wrong_token_is_said_on_the_page(anybody: httpx.Client) -> None:
    first = anybody.get("/", headers=BROWSER)
    assert "This needs the token of the stills." in first.text
    wrong = anybody.get("/?token=wrong", headers=BROWSER)
    assert wrong.status_code == 401 and "This is not the token of the stills." in wrong.text
    assert "<form" in wrong.text and "role=alert" in wrong.text
    from_mail = {**BROWSER, "Sec-Fetch-Site": "cross-site"}
    wrong = anybody.get("/?token=wrong", headers=from_mail)
    assert "This is not the token" in wrong.text, "a wrong link in a mail does not lead to itself"


def test_too_many_wrong_tokens_are_said_on_the_page() -> None:
    with serving(**TOKENS) as client:
        for number in range(50):
            client.get(f"/?token=wrong{number}", headers=BROWSER)
        late = client.get("/?token=late", headers=BROWSER)
        assert late.status_code == 429 and "Too many wrong tokens" in late.text
        assert "<form" in late.text
        for name, token in TOKENS.items():
            there = {"control": "/to-wall", "guest": "/jobs", "worker": "/work/claim"}[name]
            assert client.get(there, headers=shown(token)).status_code == 200


def test_a_short_token_beside_long_ones_is_still_not_to_be_guessed() -> None:
    with serving(control=CONTROL, guest="party") as client:
        for number in range(50):
            client.get("/jobs", headers=shown(f"wrong{number}"))
        assert client.get("/jobs", headers=shown("party")).status_code == 429
        assert client.get("/jobs", headers=shown(CONTROL)).status_code == 200


# --- who asks


def test_a_browser_gets_a_key_of_its_own_and_keeps_it(anybody: httpx.Client) -> None:
    assert anybody.get(f"/?token={GUEST}", headers=BROWSER).status_code == 303
    assert "set-cookie" not in anybody.get("/jobs", headers=BROWSER).headers
    page = anybody.get("/", headers=BROWSER)
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("afterimage-owner=") and "HttpOnly" in cookie
    owner = page.json()["owner"]
    assert len(owner) == 22 and owner in cookie
    again = anybody.get("/", headers=BROWSER)
    assert again.json()["owner"] == owner and "set-cookie" not in again.headers
    assert anybody.get("/jobs").json()["owner"] == owner
    both = "; ".join(f"{name}={value}" for name, value in anybody.cookies.items())
    address = str(anybody.base_url).replace("http", "ws")
    with connect(
        f"{address}/events", additional_headers={"Cookie": both, "Origin": _http(anybody)}
    ) as ws:
        assert ws.recv() == f'["guest","{owner}"]'


def _http(client: httpx.Client) -> str:
    return str(client.base_url).rstrip("/")


def test_a_program_has_none_and_a_made_up_one_is_not_taken(locked: httpx.Client) -> None:
    assert locked.get("/jobs", headers=shown(GUEST)).json()["owner"] == ""
    for made_up in ("x", "x" * 500, "<script>alert(12345)</", "ünïcode-ünïcode-ünïc"):
        headers = [
            ("Authorization", f"Bearer {GUEST}"),
            ("Cookie", f"afterimage-owner={made_up}".encode()),
        ]
        assert locked.get("/jobs", headers=headers).json()["owner"] == ""


def test_a_websocket_needs_a_token_that_opens_it(locked: httpx.Client) -> None:
    address = str(locked.base_url).replace("http", "ws") + "/events"
    with connect(f"{address}?token={GUEST}") as socket:
        assert socket.recv() == '["guest",""]'
    for token, status in (("", 401), (WORKER, 403)):
        with pytest.raises(InvalidStatus) as refused, connect(f"{address}?token={token}"):
            pass
        assert refused.value.response.status_code == status


def test_without_a_token_everybody_on_this_machine_is_an_operator() -> None:
    with serving() as client:
        assert client.get("/to-wall").json()["scope"] == "control"
        assert client.get("/work/claim", headers=shown("any")).json()["scope"] == "control"


# --- names and lengths


def test_with_a_token_in_its_header_a_program_may_come_by_any_name(locked: httpx.Client) -> None:
    foreign = {"Host": "abc.tunnel.example"}
    assert locked.post("/work/claim", headers={**shown(WORKER), **foreign}).status_code == 200
    refused = locked.get("/jobs", headers={**shown("wrong"), **foreign})
    assert refused.status_code == 401
    for headers in (foreign, {**foreign, "Authorization": "Basic eDp5"}):
        answer = locked.get(f"/jobs?token={GUEST}", headers=headers)
        assert answer.status_code == 403 and "ALLOWED_NAMES" in answer.json()["detail"]


def test_where_no_token_is_needed_a_header_is_no_proof() -> None:
    """A foreign name that points to this machine: its page may send any header."""
    with serving() as client:
        headers = {"Host": "evil.example", **shown("any")}
        assert client.get("/jobs", headers=headers).status_code == 403


def test_some_addresses_take_longer_bodies(locked: httpx.Client) -> None:
    for path, token, most in (("/jobs", GUEST, 100), ("/work/finish", WORKER, 1000)):
        ok = locked.post(path, headers=shown(token), content=b"x" * most)
        assert ok.json()["length"] == most
        assert locked.post(path, headers=shown(token), content=b"x" * (most + 1)).status_code == 413
        chunks = iter([b"x" * most, b"x"])
        assert locked.post(path, headers=shown(token), content=chunks).status_code == 413


def test_a_short_token_starts_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_short_tokens(token_settings(CONTROL, "party", "x" * 22))
    (record,) = caplog.records
    assert record.message.startswith("GUEST_TOKEN has 5 characters and can be guessed; automation")
