"""What holds behind every address: those that are described, and those that are not."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from lib.http.connections import LONGEST_HEAD, LONGEST_HEADER
from lib.http.pages import SHARED
from lib.web.app import STATIC
from tests.web.client import live_page
from tests.web.conftest import Host, running_host

TOKEN = "a token that nobody guesses"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ENDLESS = "/preview.mjpg"


@pytest.fixture(scope="module")
def locked() -> Iterator[Host]:
    with running_host(control_token=TOKEN) as host:
        yield host


def addresses(host: Host) -> list[str]:
    shown = {"Authorization": f"Bearer {TOKEN}"}
    described = host.client.get("/openapi.json", headers=shown).json()["paths"]
    static = [f"/static/{path.name}" for path in (*SHARED.iterdir(), *STATIC.iterdir())]
    others = ["/", "/docs", "/openapi.json", "/live", "/nothing", *static]
    found = [*(re.sub(r"{\w+}", "x", path) for path in described), *others]
    assert len(found) > 70
    return found


@pytest.mark.parametrize("has_token", [False, True])
def test_a_head_costs_little_everywhere(shared: Host, locked: Host, has_token: bool) -> None:
    """A cookie of 64 kB took four seconds at each of them, with and without a token."""
    bombs = {
        "Cookie": 'x="' + r"\a" * 30_000 + '"',
        "Range": "bytes=" + "0-1," * 15_000,
    }
    begin = time.monotonic()
    paths = addresses(shared)
    for host in (shared, locked):
        headers = {"Authorization": f"Bearer {TOKEN}"} if has_token else {}
        for path in paths:
            for name, value in bombs.items():
                method = "post" if path == ENDLESS else "get"
                answer = host.client.request(method, path, headers={**headers, name: value})
                assert answer.status_code < 500 or path == "/healthz", (path, name)
            too_long = host.client.get(path, headers={"X": "x" * LONGEST_HEAD})
            assert too_long.status_code == 431, path
    assert time.monotonic() - begin < 4 * len(paths)


def test_no_address_breaks_when_it_is_written_in_another_way(shared: Host) -> None:
    before = shared.console.played_state.number
    connection = HTTPConnection("127.0.0.1", shared.http_port)  # it sends an address as it is
    for path in addresses(shared):
        if path.startswith("/static/") or path == ENDLESS:
            continue
        first, *rest = path[1:].split("/")
        for odd in (
            "/" + "%2F".join([first, *rest]) + ("" if rest else "%2F"),
            "/" + "%5C".join([first, *rest, ""]),
            f"/.{path}",
            f"/{path}",
            f"/%2e%2e{path}",
            f"/%2F{path[1:]}",
            f"/nothing/..{path}",
            f"{path};a=b" if not rest else f"/{first};a=b/x",
            f"/%00{path[1:]}",
        ):
            for method in METHODS:
                connection.request(method, odd)
                answer = connection.getresponse()
                assert answer.read() is not None and answer.status < 500, (method, odd)
    connection.close()
    assert shared.console.played_state.number == before


def test_a_head_of_a_websocket_costs_little(shared: Host, locked: Host) -> None:
    bomb = 'x="' + r"\a" * (LONGEST_HEADER // 2 - 10) + '"'
    begin = time.monotonic()
    with live_page(shared, Cookie=bomb):
        pass
    with live_page(locked, f"?token={TOKEN.replace(' ', '+')}", Cookie=bomb):
        pass
    assert time.monotonic() - begin < 5
