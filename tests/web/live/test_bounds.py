"""Who may be connected live, how many, and how they are let go."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from lib.control.journal import Origin
from lib.http import outbox
from lib.http.connections import CONTROL_FRAMES, BoundedWebSocket
from lib.http.request_parser import PIECE
from tests.web.client import UPGRADE, live_page, read_entries
from tests.web.conftest import Host, running_host


def metric(host: Host, name: str) -> float:
    lines = host.client.get("/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"afterimage_{name} ")))


def test_who_does_not_read_is_let_go_and_holds_up_nobody(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_UNSENT", 20)
    with ExitStack() as resources:
        asleep = resources.enter_context(socket.socket())
        asleep.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        asleep.connect(("127.0.0.1", host.http_port))
        asleep.sendall(UPGRADE)
        awake = resources.enter_context(live_page(host))
        host.wait_until("two pages", lambda: metric(host, "pages") == 2)
        played, end = 0, time.monotonic() + 20
        while metric(host, "pages") == 2 and time.monotonic() < end:
            for _ in range(20):  # as many words as a message may have
                played += 1
                prompt = f"{played} " + "雨" * 1900
                host.session.play({"prompt": prompt, "prompt2": prompt}, Origin("osc"))
            awake.read(0.02)
        assert (metric(host, "pages"), metric(host, "pages_let_go_total")) == (1, 1)
        read_entries(awake, played)
        assert [int(e["change"]["prompt"].split()[0]) for e in awake.entries] == [
            *range(1, played + 1)
        ]


def test_there_is_a_limit_to_pages() -> None:
    with running_host(max_pages=2) as host, live_page(host), live_page(host):
        with pytest.raises(ConnectionClosed) as closed, live_page(host):
            pass
        assert closed.value.rcvd and closed.value.rcvd.code == 1013
        assert "which is the most" in closed.value.rcvd.reason


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_is_not_connected(shared: Host, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused, live_page(shared, **headers):
        pass
    assert refused.value.response.status_code == 403
    assert b"another site" in (refused.value.response.body or b"")


def test_our_own_page_is(shared: Host) -> None:
    with live_page(shared, Origin=shared.address):
        pass


def test_the_server_ends_at_once_with_pages_open(host: Host) -> None:
    with ExitStack() as resources:
        pages = [resources.enter_context(live_page(host)) for _ in range(5)]
        for page in pages:
            page.tell(type="preview", fps=15)
        asleep = resources.enter_context(socket.socket())
        asleep.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        asleep.connect(("127.0.0.1", host.http_port))
        asleep.sendall(UPGRADE)
        host.wait_until("six", lambda: metric(host, "pages") == 6)
        before = time.monotonic()
        assert host.web.stop(timeout=1.0)
        assert time.monotonic() - before < 1.0
        assert host.web.failure is None
        with pytest.raises(ConnectionClosed) as closed:
            pages[0].read_for(5)
        assert closed.value.rcvd and closed.value.rcvd.code == 1012


@contextmanager
def upgraded(host: Host) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", host.http_port), timeout=5) as page:
        page.sendall(UPGRADE)
        assert b"101" in page.recv(100)
        yield page


def masked(opcode: int, data: bytes = b"") -> bytes:
    return bytes([0x80 | opcode, 0x80 | len(data)]) + bytes(4) + data


@pytest.mark.parametrize("opcode", [9, 10])
def test_who_sends_pings_or_pongs_without_end_is_let_go(shared: Host, opcode: int) -> None:
    """A packet of them kept everybody waiting for more than a second."""
    with upgraded(shared) as page, suppress(ConnectionError):
        page.sendall(masked(opcode) * 10_000)
        while page.recv(65536):
            pass
    with live_page(shared) as page_:
        for _ in range(CONTROL_FRAMES - 10):
            page_.socket.ping()
        page_.tell(type="ping")
        page_.wait_for("pong")


def test_a_heap_of_messages_is_parsed_no_faster_than_it_is_taken(host: Host) -> None:
    """37 000 of the shortest came in one packet and were parsed at once, for more than a second."""
    with upgraded(host) as page:
        page.sendall(masked(1, b"{}") * 25_000)
        open_now = list(host.web._port._server.server_state.connections)
        (one,) = (one for one in open_now if isinstance(one, BoundedWebSocket))
        host.wait_until("they are here", lambda: one.queue.qsize() and one._unread)
        assert one.queue.qsize() <= PIECE // len(masked(1, b"{}")) + 1
        assert host.client.get("/status").status_code == 200
