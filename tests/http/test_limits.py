"""How much one address may ask for, and how long it may take."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import product

import httpx2 as httpx
import pytest

from lib.http import connections
from lib.http.connections import BoundedHttp, HttpLimits
from lib.http.rate_limit import (
    LOOPBACK_SHARE,
    MOST_ADDRESSES,
    RateLimit,
    is_one_of,
    network_of,
)
from lib.web import app
from tests.web.client import UPGRADE, live_page
from tests.web.conftest import Host, running_host


@pytest.fixture(scope="module")
def locked() -> Iterator[Host]:
    with running_host(control_token="nobody shows this one") as host:
        yield host


def test_so_many_at_once_and_so_many_a_second() -> None:
    rate = RateLimit(a_second=10, at_once=3)
    assert [rate.take("a", 0.0) for _ in range(3)] == [0, 0, 0]
    assert rate.take("a", 0.0) == pytest.approx(0.1)
    assert rate.take("b", 0.0) == 0, "one address is not another's matter"
    assert rate.take("a", 0.05) == pytest.approx(0.05)
    assert rate.take("a", 0.1001) == 0
    assert [rate.take("a", 99.0) for _ in range(4)].count(0) == 3, "it does not pile up"


def test_this_machine_stands_for_many_and_a_network_of_ipv6_for_one() -> None:
    rate = RateLimit(a_second=1, at_once=2)
    assert [rate.take("127.0.0.1", 0.0) for _ in range(20)].count(0) == 2 * LOOPBACK_SHARE
    assert (
        network_of("2001:db8::1") == network_of("2001:db8::ffff") != network_of("2001:db8:0:1::1")
    )
    assert network_of("::ffff:10.0.0.7") == "10.0.0.7"
    assert network_of("::1") == "::1" and network_of("not one") == "not one"


def test_strangers_do_not_fill_the_memory() -> None:
    rate = RateLimit(a_second=1, at_once=1)
    for number in range(MOST_ADDRESSES + 500):
        rate.take(f"10.{number >> 8}.{number & 255}.1", 0.0)
    assert len(rate._left) <= MOST_ADDRESSES
    assert rate.take(f"10.{(MOST_ADDRESSES + 499) >> 8}.{(MOST_ADDRESSES + 499) & 255}.1", 0.0)


def test_who_asks_too_much_is_told_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "A_SECOND", 0.1)
    monkeypatch.setattr(app, "AT_ONCE", 2)
    with running_host() as host:
        for _ in range(2 * LOOPBACK_SHARE):
            assert host.client.get("/seed/1").status_code == 200
        answer = host.client.get("/seed/2")
        assert answer.status_code == 429
        assert "too many requests from this address; try again in" in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) >= 1
        assert host.session.played.seed == 1


def test_a_hand_on_many_faders_is_not_too_much(shared: Host) -> None:
    before = shared.session.number
    for step in range(250):
        answer = shared.client.get(f"/strength/{step / 250}")
        assert answer.status_code == 200
    assert shared.session.number == before + 250


# --- connections


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"GET /sta",
        b"GET /status HTTP/1.1\r\nHost: localhost\r\n",
        b"PATCH /params HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{",
        b"PATCH /params HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_who_drips_is_cut_off(shared: Host, monkeypatch: pytest.MonkeyPatch, words: bytes) -> None:
    monkeypatch.setattr(connections, "ARRIVES_WITHIN_S", 0.3)
    with socket.create_connection(("127.0.0.1", shared.http_port), timeout=5) as connection:
        before = time.monotonic()
        connection.sendall(words)
        with suppress(ConnectionError):
            while time.monotonic() - before < 3:
                connection.settimeout(0.05)
                with suppress(TimeoutError):
                    if not connection.recv(1000):
                        break
                connection.sendall(b"a")  # each byte is a sign of life, and counts for nothing
        assert time.monotonic() - before < 2


def test_a_prompt_in_pieces_is_one_prompt(shared: Host) -> None:
    with socket.create_connection(("127.0.0.1", shared.http_port), timeout=5) as connection:
        for piece in (b"GE", b"T /prompt/wh", "y? 猫#2".encode()[:6], "y? 猫#2".encode()[6:]):
            connection.sendall(piece)
            time.sleep(0.02)
        connection.sendall(b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in connection.recv(4096)
    assert shared.session.played.prompt == "why? 猫#2"


def test_there_is_a_limit_to_connections() -> None:
    with running_host(max_connections=8) as host, ExitStack() as resources:
        for _ in range(8):  # they watch, so none of them may be let go for another
            watcher = resources.enter_context(connected(host))
            watcher.sendall(b"GET /preview.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200" in watcher.recv(100)
        answer = host.client.get("/status")
        assert answer.status_code == 503
        assert answer.json() == {"detail": "8 connections are open, which is the most"}
        resources.close()
        host.wait_until("room", lambda: host.client.get("/status").status_code == 200)


def test_who_asks_for_nothing_makes_room_for_who_asks() -> None:
    with running_host(max_connections=8) as host, ExitStack() as resources:
        crowd = [resources.enter_context(connected(host)) for _ in range(30)]
        for one in crowd[::2]:
            one.sendall(b"GET /sta")
        assert httpx.get(f"{host.address}/status").status_code == 200
        with live_page(host):  # and who is in stays, however many come after
            crowd += [resources.enter_context(connected(host)) for _ in range(30)]
            # Each by a connection of its own: one that rests would make room itself.
            assert "afterimage_pages 1" in httpx.get(f"{host.address}/metrics").text


def test_a_crowd_that_says_nothing_is_not_looked_through_for_each_that_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[object] = []
    plain = BoundedHttp.is_idle
    monkeypatch.setattr(
        BoundedHttp, "is_idle", property(lambda one: looked.append(one) or plain.fget(one))
    )
    with running_host(max_connections=8) as host, ExitStack() as resources:
        for _ in range(40):
            resources.enter_context(connected(host))
        assert httpx.get(f"{host.address}/status").status_code == 200
        assert len(looked) <= 8


def connected(host: Host) -> socket.socket:
    return socket.create_connection(("127.0.0.1", host.http_port), timeout=5)


def test_there_is_a_limit_for_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "is_loopback", lambda address: address == "127.0.0.1")
    with running_host(max_connections_per_address=2) as host, ExitStack() as resources:
        for _ in range(3):
            connection = resources.enter_context(socket.socket())
            connection.bind(("127.0.0.9", 0))
            connection.settimeout(5)
            connection.connect(("127.0.0.1", host.http_port))
            connection.sendall(b"GET /preview.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = connection.recv(4096)
        assert b"from one address are open" in answer
        assert host.client.get("/status").status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 99999999\r\n\r\n",
        b"Content-Length: " + b"9" * 400 + b"\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"20000\r\n" + b"x" * 0x20000 + b"\r\n20001\r\n"
        b"x" * 0x20001,
    ],
)
def test_a_body_has_an_end(shared: Host, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", shared.http_port), timeout=5) as connection:
        connection.sendall(b"PATCH /params HTTP/1.1\r\nHost: localhost\r\n" + head)
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(65536)
    assert answer.split(b"\r\n")[0].split()[1] in (b"413", b"400")
    assert b"detail" in answer


@pytest.mark.parametrize(
    "frames",
    [
        b"\x81\x82" + bytes(4) + b"\xff\xfe",
        (b"\x81\x82" + bytes(4) + b"\xff\xfe") * 9,
        b"\x88\x80" + bytes(4) + (b"\x81\x82" + bytes(4) + b"\xff\xfe") * 9,
        b"\x01\x81" + bytes(4) + b"a" + (b"\x00\x80" + bytes(4)) * 1000,
        b"\x83\x80" + bytes(4),
    ],
)
def test_a_page_that_sends_no_text_is_let_go_without_a_word(
    shared: Host, caplog: pytest.LogCaptureFixture, frames: bytes
) -> None:
    upgrade = (
        b"GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    )
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    with connected(shared) as page:
        page.sendall(upgrade + key)
        assert b"101" in page.recv(100)
        page.sendall(frames)
        with suppress(ConnectionResetError):
            while page.recv(65536):
                pass
    assert shared.client.get("/status").status_code == 200
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_garbage_is_answered_and_is_not_logged(
    shared: Host, caplog: pytest.LogCaptureFixture
) -> None:
    upgrade = b"GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    for garbage, answer in {
        b"\x00\xff\n\n": b"400",
        b"GET\r\n\r\n": b"400",
        b"GET / HTTP/1.1\r\nHost\r\n\r\n": b"400",
        b"x" * (HttpLimits().request + 1): b"414",
        b"GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n\x00\xff\r\n\r\n": b"200",
        upgrade % b"/live" + b"\r\n": b"400",
        upgrade % b"/status" + key + b"\r\n": b"200",
        upgrade % b"/live" + key + b"Cookie: " + b"x" * 20_000 + b"\r\n\r\n": b"426",
        upgrade % b"/live" + key + b"X: 1\r\n" * 200 + b"\r\n": b"426",
        upgrade % b"/live" + key + b"Origin: http://evil.example\r\n\r\n": b"403",
        upgrade % b"/live" + key + b"\r\n" + b"\xff" * 300: b"101",
    }.items():
        with socket.create_connection(("127.0.0.1", shared.http_port), timeout=5) as connection:
            connection.sendall(garbage)
            assert connection.recv(65536).split()[1] == answer, garbage[:80]
    assert shared.client.get("/status").status_code == 200
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not errors


# --- heads


@pytest.mark.parametrize("token", ["", "secret"])
def test_a_long_cookie_holds_up_nobody(token: str) -> None:
    """Python's reader of cookies took 4 s for 64 kB, on the thread that serves everybody."""
    with running_host(control_token=token) as host:
        paths = ["/status", "/healthz", "/static/base.css", "/params", "/seed/7", "/nothing"]
        for path, size in product(paths, [60_000, 128_000]):
            bomb = 'x="' + r"\a" * (size // 2) + '"'
            before = time.monotonic()
            answer = host.client.get(path, headers={"Cookie": bomb})
            assert time.monotonic() - before < 0.5, path
            fine = (200, 401, 404, 503) if size < connections.LONGEST_HEAD else (431,)
            assert answer.status_code in fine, path


@pytest.mark.parametrize(
    "head",
    [
        b"a:\r\n" * 60_000,
        b"a:\n" * 600,
        b"x: " + b"y" * 200_000 + b"\r\n",
        b"x: y\r\n" + b" z\r\n" * 20_000,
        (b"x: " + b"y" * 7000 + b"\r\n") * 10,
        UPGRADE.partition(b"\r\n")[2][:-2] + (b"x: " + b"y" * 7000 + b"\r\n") * 10,
    ],
)
def test_a_head_has_an_end(shared: Host, head: bytes) -> None:
    first = b"GET /live HTTP/1.1\r\nHost: localhost\r\n"
    for before in (b"", b"GET /seed/7 HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        with connected(shared) as connection:
            connection.sendall(before + first + head + b"\r\n")
            answer = b""
            with suppress(ConnectionResetError):
                while more := connection.recv(65536):
                    answer += more
        assert b"HTTP/1.1 431" in answer and b"too many lines" in answer
    with connected(shared) as connection:  # a long prompt is refused with a sentence of its own
        connection.sendall(
            b"GET /prompt/" + b"x" * 30_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        assert b"HTTP/1.1 422" in connection.recv(65536)


END = b"Host: localhost\r\nConnection: close\r\n\r\n"
CHUNKED = b"POST /undo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + END


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        (
            b"GET /healthz?" + b"a=%41&" * 700 + b" HTTP/1.1\r\n" + END,
            b"414",
            b"the query of this address",
        ),
        (b"GET /" + b"%" * 200_000 + b" HTTP/1.1\r\n" + END, b"414", b"at most 32 kB"),
        (b"GET /" + b"x" * 40_000, b"414", b"at most 32 kB"),
        (b"GET /prompt/" + b"\xff" * 200_000 + b" HTTP/1.1\r\n" + END, b"414", b"at most 32 kB"),
        (b"GET /prompt/" + b"\xff" * 30_000 + b" HTTP/1.1\r\n" + END, b"414", b"at most 32 kB"),
        (CHUNKED + b"1\r\nx\r\n" * 40_000 + b"0\r\n\r\n", b"400", b"not a valid HTTP"),
        (CHUNKED + b"0\r\n" + b"a:\r\n" * 50_000 + b"\r\n", b"400", b"not a valid HTTP"),
    ],
)
def test_bytes_that_would_take_long_are_refused_without_a_token(
    locked: Host, request_: bytes, status: bytes, said: bytes
) -> None:
    """Each of these kept everybody waiting for a tenth of a second to half a second."""
    with connected(locked) as connection:
        with suppress(ConnectionError):
            connection.sendall(request_)
        answers = b""
        with suppress(ConnectionResetError):
            while more := connection.recv(65536):
                answers += more
    assert answers.rpartition(b"HTTP/1.1 ")[2].startswith(status) and said in answers


def test_the_host_may_stand_in_the_first_line(shared: Host) -> None:
    for target, status in {
        b"http://localhost/status": b"200",
        b"HTTP://127.0.0.1:%d/seed/8" % shared.http_port: b"200",
        b"http://localhost": b"200",
        b"http://localhost/prompt/why? not": b"200",
        b"http://evil.example/status": b"403",
        b"http://localhost/prompt%2Fx": b"404",
    }.items():
        with connected(shared) as connection:
            connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(65536).split()[1] == status, target
    assert (shared.session.played.seed, shared.session.played.prompt) == (8, "why? not")


# --- a trusted proxy


def test_a_proxys_connections_are_those_of_many_and_others_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "is_loopback", lambda address: address == "127.0.0.1")
    rules = {"max_connections_per_address": 2, "trusted_proxy": "127.0.0.9, 10.0.0.0/8"}
    with running_host(**rules) as host, ExitStack() as resources:
        for address, status in {"127.0.0.9": b"200", "127.0.0.10": b"503"}.items():
            for _ in range(4):
                connection = resources.enter_context(socket.socket())
                connection.bind((address, 0))
                connection.settimeout(5)
                connection.connect(("127.0.0.1", host.http_port))
                connection.sendall(b"GET /preview.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = connection.recv(4096)
            assert answer.split()[1] == status, address


@pytest.mark.parametrize(
    ("networks", "address", "is_one"),
    [
        ("", "127.0.0.1", False),
        ("127.0.0.1/32", "127.0.0.1", True),
        ("127.0.0.1/32,2001:db8::/64", "2001:db8::7", True),
        ("127.0.0.1/32,2001:db8::/64", "127.0.0.2", False),
        ("127.0.0.1/32", "", False),
        ("127.0.0.1/32", "unknown", False),
    ],
)
def test_which_addresses_are_proxies(networks: str, address: str, is_one: bool) -> None:
    assert is_one_of(address, networks) is is_one
