"""Between the canvas, the wall and the gallery, as a person goes from one to the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.canvas.page.maps import made, new_map, on
from tests.rig import until
from tests.stills.page.maker import making
from tests.stills.service.scripted import Service, running
from tests.web.browser import marks, opened
from tests.web.conftest import Host, running_host

pytestmark = marks


@pytest.fixture(scope="module")
def wall() -> Iterator[tuple[Host, Service]]:
    with (
        running_host() as host,
        running(settings_port=host.http_port) as service,
        making(service),
    ):
        yield host, service


def test_the_live_picture_is_a_node_and_a_node_goes_to_the_wall(
    browser: Any, wall: tuple[Host, Service]
) -> None:
    host, service = wall
    with on(browser, new_map(service, "wall")) as page:
        made(page, "a red wall")
        page.fill("#wall-s", "0,5")
        page.click("#to-wall")
        page.wait_for_selector("#toast-text:has-text('On its way to the wall')")
        until(lambda: host.session.played.prompt == "a red wall")
        page.click("#new-live")
        page.wait_for_selector(".node.live.pictured")
        page.click("#capture")
        page.wait_for_selector("#toast-text:has-text('Captured')")
        page.wait_for_selector(".node.selected.pictured:not(.live)")
        assert page.locator("#edges path").count() == 1


def test_a_still_of_the_gallery_goes_to_the_canvas(
    browser: Any, wall: tuple[Host, Service]
) -> None:
    service = wall[1]
    with opened(browser, f"{service.address}/stills", may_be_refused=True) as page:
        page.fill("#prompt", "from the gallery")
        page.press("#prompt", "Enter")
        page.locator("#pictures button[aria-label^='from the gallery']").click()
        page.click("#to-canvas")
        page.select_option("#canvas-map", label="A new map")
        page.click("#canvas-row button")
        page.wait_for_selector("#large-answer:has-text('It is on the map “Pictures”')")
        address = page.get_attribute("#on-canvas", "href")
    with opened(browser, f"{service.address}{address}", may_be_refused=True) as page:
        page.wait_for_selector(".node.pictured[aria-label*='from the gallery']")
