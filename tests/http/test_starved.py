"""A control process that gets no memory ends, for its supervisor to start it anew."""

from __future__ import annotations

from collections.abc import Callable

import httpx2 as httpx
import pytest

from lib.control.session import Session
from tests.web.conftest import Host


def starve(*_: object, **__: object) -> None:
    raise MemoryError


def ask(host: Host) -> None:
    with pytest.raises(httpx.HTTPError):
        host.client.get("/seed/7").raise_for_status()


def connect(host: Host) -> None:
    host.web._loop.call_soon_threadsafe(starve)


@pytest.mark.parametrize("act", [ask, connect])
def test_it_ends_when_there_is_no_memory(
    host: Host, monkeypatch: pytest.MonkeyPatch, act: Callable[[Host], None]
) -> None:
    assert host.client.get("/seed/6").status_code == 200
    monkeypatch.setattr(Session, "play", starve)
    act(host)
    host.wait_until("the server has ended", lambda: not host.web.alive)
    assert isinstance(host.web.failure, MemoryError)
