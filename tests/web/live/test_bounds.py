"""Who may be connected live, how many, and how they are let go."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from lib.control.journal import Origin
from lib.web import page as page_module
from tests.web.client import UPGRADE, live_page, read_entries
from tests.web.conftest import Host, running_host


def metric(host: Host, name: str) -> float:
    lines = host.client.get("/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"afterimage_{name} ")))


def test_who_does_not_read_is_let_go_and_holds_up_nobody(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MOST_UNSENT", 20)
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
    assert b"another web site" in (refused.value.response.body or b"")


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
