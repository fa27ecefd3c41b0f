"""The page in a real browser when something is lost: it says so and comes back by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from lib.config.settings import PrimarySettings
from lib.control.journal import Origin as ControlOrigin
from lib.http.server import HttpServer
from lib.stage import Flow
from lib.web.app import ControlParts, control_service
from tests.web.browser import launched, marks, opened, pictures
from tests.web.conftest import Host

pytestmark = marks


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with launched() as browser:
        yield browser


@contextmanager
def served_again(host: Host, **more: object) -> Iterator[None]:
    settings = PrimarySettings(
        _env_file=None,  # type: ignore[call-arg] # pydantic's own
        settings_port=host.http_port,
        output_port=host.output_port,
        state_dir=str(host.run_dir / "state"),
        **more,  # type: ignore[arg-type]
    )
    again = Flow(HttpServer(control_service(settings, ControlParts.of(settings, host.console))))
    assert again.start()
    try:
        yield
    finally:
        assert again.stop()


def test_a_lost_connection_is_shown_and_heals(browser: object, host: Host) -> None:
    with opened(browser, host.address, may_lose=True) as page:
        host.wait_until("the picture", lambda: pictures(page) > 0)
        assert host.web.stop()
        page.wait_for_selector("body[data-state=lost]")
        assert "Connection lost" in page.inner_text("#notice-text")
        assert "lost" in page.inner_text("#spoken")
        page.fill("#prompt", "not now")
        page.press("#prompt", "Enter")
        page.wait_for_selector("text=Not sent: the connection is lost")
        host.session.play({"prompt": "played meanwhile"}, ControlOrigin("osc", "10.0.0.3"))
        seen = pictures(page)
        with served_again(host):
            page.wait_for_selector("body[data-state=live]")
            page.wait_for_selector("#now-text:text-is('played meanwhile')")
            assert page.input_value("#prompt") == "not now"
            host.wait_until("the picture", lambda: pictures(page) > seen)
            page.goto("about:blank")


def test_a_page_may_stay_for_longer_than_a_request_may_take(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.http.connections.ARRIVES_WITHIN_S", 0.3)
    with connect(f"ws://127.0.0.1:{host.http_port}/live", origin=Origin(host.address)) as page:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            assert page.recv(timeout=2)


def test_without_the_token_it_asks_for_it(browser: object, host: Host) -> None:
    with opened(browser, host.address, may_lose=True) as page:
        assert host.web.stop()
        page.wait_for_selector("body[data-state=lost]")
        with served_again(host, control_token="right-and-long-enough"):
            page.wait_for_selector("#locked:visible")
            assert "token" in page.inner_text("#locked-text")
            page.fill("#token", "right-and-long-enough")
            page.press("#token", "Enter")
            page.wait_for_selector("body[data-state=live]")
            assert "token" not in page.url
            page.goto("about:blank")


def test_a_stream_that_is_down_is_said(browser: object, host: Host) -> None:
    with opened(browser, host.address) as page:
        host.stream.stop()
        page.wait_for_selector("body[data-state=quiet]")
        assert "not running" in page.inner_text("#note")
        assert "silent" in page.inner_text("#notice-text")
