"""A map in a browser, as a person uses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx2 as httpx

from tests.rig import until
from tests.stills.page.maker import Maker
from tests.stills.service.scripted import Service
from tests.web.browser import Page, opened


def new_map(service: Service, name: str, **more: str) -> str:
    """The address of its page."""
    with httpx.Client(base_url=service.address, headers={"accept": "text/html"}) as person:
        person.get("/canvas")  # whoever opens a page has a key, and draws
        answer = person.post("/maps", json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    return f"{service.address}/canvas/{quote(name)}"


@contextmanager
def on(browser: Any, address: str, size: tuple[int, int] = (1280, 800)) -> Iterator[Page]:
    """A page on a map, its tour put aside."""
    with opened(browser, address, size, may_be_refused=True, may_lose=True) as page:
        page.wait_for_selector("#word-connected[data-how=good]")
        if page.is_visible("#tour"):
            page.click("#tour-end")
        yield page


def node(page: Page, words: str) -> Any:
    return page.locator(f".node[aria-label*='{words}']")


def describe(page: Page, words: str, **fields: str) -> None:
    """What the selected node shall show; asked for."""
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    page.fill("#prompt", words)
    page.press("#prompt", "Enter")


def made(page: Page, words: str, **fields: str) -> Any:
    """The selected node, once its picture is there."""
    describe(page, words, **fields)
    there = page.locator(f".node.pictured:not(.waiting)[aria-label*='{words}']")
    there.wait_for()
    return there


def last(maker: Maker, words: str) -> dict[str, Any]:
    """What the worker was told of the latest still of these words."""
    until(lambda: any(one["params"]["prompt"] == words for one in maker.leases))
    return next(one for one in reversed(maker.leases) if one["params"]["prompt"] == words)


def drag(page: Page, target: Any, across: float, down: float) -> None:
    box = target.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=5)
    page.mouse.up()
