"""A real browser for tests of the page; what a page must never do is watched in all of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import pytest

FAULTS = """axe.run(document, {resultTypes: ['violations']}).then(({violations}) =>
    violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(' ')}`))"""
Page = Any  # playwright is not installed everywhere, so its types are not there either
# The same engine without a window first: with one, each page that is opened takes two seconds of a
# core for what is drawn around it.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
marks = [
    pytest.mark.skipif(not BROWSER, reason="no chromium here; apt install chromium"),
    pytest.mark.slow,
]
PHONE, WALL, WIDE = (390, 844), (1920, 1080), (3840, 2160)
SIDEWAYS, LAPTOP = (844, 390), (1024, 768)
ENLARGED = (640, 400)  # what is left of 1280 x 800 where a page is enlarged to 200 %


@contextmanager
def launched(*args: str) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu", *args]
        )
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Any,
    address: str,
    size: tuple[int, int] = (1280, 800),
    *,
    may_lose: bool = False,
    may_be_refused: bool = False,
) -> Iterator[Page]:
    """A page that is live; afterwards nothing may have gone wrong in it or left for elsewhere. The
    browser itself notes each request that was refused."""
    faults: list[str] = []
    with browser.new_context(viewport={"width": size[0], "height": size[1]}) as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(_words(said)) if _is_fault(said) else None)
        page.on("request", lambda asked: _check(asked.url, address, faults))
        page.goto(address, wait_until="commit")
        page.wait_for_selector("body[data-state=live]")
        yield page
    expected = ("WebSocket", "ERR_CONNECTION_REFUSED", "401", "404 (Not Found)") if may_lose else ()
    # A preview may be asked for at the moment at which its still is done.
    expected += ("status of 422", "status of 412", "/preview?", "/open") if may_be_refused else ()
    wrong = [fault for fault in faults if not any(word in fault for word in expected)]
    assert not wrong, wrong


@cache
def axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def axe_faults(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is now."""
    page.evaluate(axe())
    return list(page.evaluate(FAULTS))


def pictures(page: Page) -> int:
    """How many the page has shown."""
    return int(page.evaluate("document.getElementById('picture').dataset.shown ?? 0"))


def drag(page: Page, selector: str, to: float, *, let_go: bool = True) -> None:
    """Move a slider's thumb by mouse, from its middle to a part of its length."""
    box = page.locator(selector).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * to, y, steps=12)
    if let_go:
        page.mouse.up()


def _is_fault(said: Any) -> bool:
    return said.type in ("error", "warning")


def _words(said: Any) -> str:
    return f"{said.text} {said.location.get('url', '')}"


def _check(url: str, address: str, faults: list[str]) -> None:
    if urlsplit(url).netloc != urlsplit(address).netloc and not url.startswith(("about:", "data:")):
        faults.append(f"asked elsewhere: {url}")
