"""The page in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from lib.stage import Flow
from lib.web.server import Web
from tests.web.conftest import Host

playwright = pytest.importorskip("playwright.sync_api")
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.skipif(not BROWSER, reason="no chromium here; apt install chromium"),
    pytest.mark.slow,
]
PICTURE = "document.getElementById('picture').naturalWidth == 256"
SIZES = [(390, 844), (1920, 1080)]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser, host: Host):  # type: ignore[no-untyped-def]
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(8000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(host.address, wait_until="commit")
        page.wait_for_selector("body[data-state=live]")
        yield page
        assert not faults


def test_it_shows_what_moves_and_plays_what_is_written(page, host: Host) -> None:  # type: ignore[no-untyped-def]
    host.wait_until("the picture", lambda: page.evaluate(PICTURE))
    assert page.inner_text("#fps-out") == "29.9"
    # A worker chooses its own name: it must stay a text.
    assert page.inner_text("#workers td") == "<b>studio-1</b>"
    odd = "<img src=x onerror=alert(1)> a/b?c#d 猫"
    page.fill("#prompt", odd)
    page.press("#prompt", "Enter")
    host.wait_until("the prompt", lambda: host.stream.params.prompt == odd)
    page.click("#passthrough")
    page.wait_for_selector("#passthrough[aria-checked=true]")
    host.wait_until("passthrough", lambda: host.stream.params.passthrough)
    page.fill("#seed", "99999999999")
    page.click("#seed-form [type=submit]")
    page.wait_for_selector("#play-answer.refused")
    assert "whole number from 0 to 4294967295" in page.inner_text("#play-answer")


def test_what_another_plays_is_seen_but_never_under_the_fingers(page, host: Host) -> None:  # type: ignore[no-untyped-def]
    page.fill("#prompt", "half a sen")
    host.client.get("/prompt/from elsewhere")
    host.client.get("/seed/123")
    host.wait_until("the seed", lambda: page.input_value("#seed") == "123")
    assert page.input_value("#prompt") == "half a sen"


def test_a_lost_connection_is_shown_and_heals(page, host: Host) -> None:  # type: ignore[no-untyped-def]
    from lib.config.settings import Primary

    assert host.web.stop()
    page.wait_for_selector("body[data-state=lost]")
    assert "lost" in page.inner_text("#state")
    settings = Primary(
        _env_file=None,  # type: ignore[call-arg] # pydantic's own
        settings_port=host.http_port,
        output_port=host.output_port,
    )
    again = Flow(Web(settings, host.sync))
    assert again.start()
    try:
        page.wait_for_selector("body[data-state=live]")
        host.wait_until("the picture", lambda: page.evaluate(PICTURE))
    finally:
        page.goto("about:blank")
        assert again.stop()


def test_a_stream_that_is_down_is_said(page, host: Host) -> None:  # type: ignore[no-untyped-def]
    host.stream.stop()
    page.wait_for_selector("body[data-state=quiet]")
    assert "not running" in page.inner_text("#note")
    assert "silent" in page.inner_text("#warnings")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_fits(page, host: Host, width: int, height: int) -> None:  # type: ignore[no-untyped-def]
    page.set_viewport_size({"width": width, "height": height})
    host.wait_until("the picture", lambda: page.evaluate(PICTURE))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#picture").bounding_box()
    assert box["width"] * box["height"] > 0.35 * width * height
    for field in ("#prompt", "#seed", "#passthrough"):
        inside = page.locator(field).bounding_box()
        assert inside["x"] >= 0
        assert inside["x"] + inside["width"] <= width
