"""Which way the live picture comes, by the settings; lib.transform.stills.setup."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack

import pytest

from lib.config.settings import WorkerSettings
from lib.http_client.service_url import ServiceError
from lib.transform.stills.setup import SetupError, live_tunnel
from lib.transform.tunnel import RefusedWorkerError, TunnelledSocket
from lib.zmtp.commands import SocketType
from tests.http_client.server import Server, sends
from tests.rig import until

FAR = "https://wall.example.com:5559"


def settings(**changes: object) -> WorkerSettings:
    return WorkerSettings(_env_file=None, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "tunnels"),
    [
        ({}, False),
        ({"server": FAR}, True),
        ({"server": FAR, "primary_hostname": "primary"}, False),
        ({"server": FAR, "primary_hostname": "primary", "tunnel": "on"}, True),
        ({"server": FAR, "tunnel": "off"}, False),
        ({"server": FAR, "worker_role": "live"}, True),
        ({"server": FAR, "worker_role": "stills"}, False),
        ({"server": FAR, "wire": "intermediary"}, False),
        ({"server": "http://127.0.0.1:5559"}, False),
        ({"server": "http://127.0.0.1:5559", "tunnel": "on"}, True),
    ],
)
def test_a_server_elsewhere_is_the_way_of_the_live_picture_too(
    changes: dict[str, str], tunnels: bool
) -> None:
    assert (live_tunnel(settings(**changes)) is not None) == tunnels


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tunnel": "on"}, "TUNNEL on needs SERVER"),
        ({"server": "wall.example.com"}, "SERVER must be a URL"),
        ({"server": FAR, "worker_token": "two\nlines"}, "WORKER_TOKEN holds characters"),
    ],
)
def test_what_cannot_work_is_a_sentence(changes: dict[str, str], said: str) -> None:
    with pytest.raises(SetupError, match=said):
        live_tunnel(settings(**changes))


def test_a_bad_proxy_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(SetupError, match="HTTPS_PROXY must be a URL"):
        live_tunnel(settings(server=FAR))


def test_a_token_without_encryption_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    live_tunnel(settings(server="http://wall.example.com:5559"))
    (line,) = [one.getMessage() for one in caplog.records]
    assert "without encryption" in line and "https://" in line
    caplog.clear()
    live_tunnel(settings(server=FAR))
    live_tunnel(settings(server="http://localhost:5559", tunnel="on"))
    assert not caplog.records


@pytest.mark.parametrize(
    ("error", "longest_s"),
    [(ServiceError("no way to it"), 3), (RefusedWorkerError("a wrong token"), 8)],
)
def test_an_outage_is_tried_again_more_often_than_a_refusal(
    error: ServiceError, longest_s: float
) -> None:
    tunnel = live_tunnel(settings(server=FAR))
    assert tunnel
    with ExitStack() as resources:
        socket = TunnelledSocket(resources, tunnel, SocketType.PUSH)
        waits = []
        for _ in range(9):
            socket._lose(error)
            waits.append(round(socket._next_s - time.monotonic(), 1))
    assert waits == sorted(waits) and (waits[0], waits[-1]) == (0.2, longest_s)


@pytest.mark.parametrize(
    "body",
    [
        b"Client sent an HTTP request to an HTTPS server.\n",  # Caddy
        b"<center>The plain HTTP request was sent to HTTPS port</center>",  # nginx
    ],
)
def test_a_server_that_wants_tls_is_a_sentence_that_says_what_to_do(
    caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    with ExitStack() as resources:
        server = Server(sends(body, 400))
        resources.callback(server.close)
        tunnel = live_tunnel(settings(server=server.url, tunnel="on"))
        assert tunnel
        socket = TunnelledSocket(resources, tunnel, SocketType.PUSH)
        assert until(lambda: socket.check() or caplog.records, 20)
    (line,) = [one.getMessage() for one in caplog.records]
    assert "speaks TLS there: begin SERVER with https:// (400)" in line
