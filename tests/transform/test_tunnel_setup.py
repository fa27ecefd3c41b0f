"""Which way the live picture comes, by the settings; lib.transform.stills.setup."""

from __future__ import annotations

import logging

import pytest

from lib.config.settings import WorkerSettings
from lib.transform.stills.setup import SetupError, live_tunnel

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
