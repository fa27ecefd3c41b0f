"""Several people on one map, and a service that is started again beneath them."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from re import compile
from typing import Any
from urllib.parse import quote

import cv2
import httpx2 as httpx
import numpy as np

from tests.canvas.page.maps import describe, drag, made, new_map, node, on
from tests.rig import until
from tests.stills.page.maker import making
from tests.stills.service.scripted import Service, running
from tests.web.browser import PHONE, marks

pytestmark = marks
WITHIN_S = 2.0
CONTROL, GUEST = "c" * 24, "g" * 24
AT = "node => [node.style.left, node.style.top]"


def test_two_people_see_each_other_at_once(browser: Any, shared: Service, maker: Any) -> None:
    address = new_map(shared, "two people")
    with on(browser, address) as page, on(browser, address, PHONE) as other:
        page.wait_for_selector(".node.mine")
        other.wait_for_selector(".node:not(.mine)")
        page.fill("#prompt", "a shared sea")
        since_s = time.monotonic()
        node(other, "a shared sea").wait_for()
        assert time.monotonic() - since_s < WITHIN_S
        maker.released.clear()
        describe(page, "a shared sea to wait for")
        other.wait_for_selector(".node.waiting")  # everybody sees how far it is
        maker.released.set()
        other.wait_for_selector(".node.pictured:not(.waiting)")
        page.keyboard.press("Escape")
        page.mouse.move(300, 300)
        page.mouse.move(320, 320)
        other.wait_for_selector(".cursor", state="attached")
        before = page.locator(".node").evaluate(AT)
        drag(page, page.locator(".node"), 40, -60)
        assert page.locator(".node").evaluate(AT) != before
        page.wait_for_selector("#word-step[data-how=good]:has-text('In step')")
        until(lambda: other.locator(".node").evaluate(AT) == page.locator(".node").evaluate(AT))


def test_a_guest_looks_copies_and_makes_children_and_edits_nothing_of_others(browser: Any) -> None:
    with running(control_token=CONTROL, guest_token=GUEST) as service:
        service.client.headers["authorization"] = f"Bearer {CONTROL}"
        assert service.client.post("/maps", json={"name": "ours"}).status_code == 201
        address = f"{service.address}/canvas/ours"
        with on(browser, f"{address}?token={CONTROL}") as host:
            host.fill("#prompt", "by the host")
            host.press("#prompt", "Tab")
            with on(browser, f"{address}?token={GUEST}") as guest:
                theirs = node(guest, "by the host")
                theirs.click()
                assert guest.is_disabled("#prompt") and not guest.is_visible("#generate")
                assert guest.is_disabled("#delete")
                before = theirs.evaluate(AT)
                drag(guest, theirs, 120, 0)  # the map moves, and not the node
                assert theirs.evaluate(AT) == before
                guest.click("#make-child")
                guest.wait_for_selector(".node.mine.selected")
                assert guest.is_enabled("#prompt")
                host.wait_for_selector(".node:not(.mine)")
                locked = {"name": "locked", "password": "open sesame"}
                assert service.client.post("/maps", json=locked).status_code == 201
                guest.goto(f"{service.address}/canvas/locked")
                guest.fill("#asks-text", "sesame")
                guest.press("#asks-text", "Enter")
                guest.wait_for_selector("#asks-answer.refused:not(:empty)")
                guest.fill("#asks-text", "open sesame")
                guest.press("#asks-text", "Enter")
                guest.wait_for_selector("#word-connected[data-how=good]")


def test_a_map_outlives_reload_restart_and_lost_lines(browser: Any, tmp_path: Path) -> None:
    with ExitStack() as rest:
        first = rest.enter_context(ExitStack())
        service = first.enter_context(running(tmp_path))
        first.enter_context(making(service))
        address = new_map(service, "kept")
        page = rest.enter_context(on(browser, address))
        made(page, "a house that stays")
        page.reload()
        node(page, "a house that stays").wait_for()
        first.close()
        page.wait_for_selector("#word-connected[data-how=bad]")
        node(page, "a house that stays").click()
        page.fill("#prompt", "written while it was away")
        page.wait_for_selector("#word-step[data-how=bad]")
        rest.enter_context(running(tmp_path, service.settings.stills_port))
        page.wait_for_selector("#word-connected[data-how=good]")
        page.wait_for_selector("#word-step[data-how=good]")
        with on(browser, address) as other:
            node(other, "written while it was away").wait_for()


def test_a_phone_goes_on_as_the_person_by_the_picture_of_the_code(browser: Any) -> None:
    with running(control_token=CONTROL, guest_token=GUEST, allowed_names="show.test") as service:
        service.client.headers["authorization"] = f"Bearer {CONTROL}"
        ref = "what? 100 %"
        assert service.client.post("/maps", json={"name": ref}).status_code == 201
        address = f"{service.address}/canvas/{quote(ref)}"
        with on(browser, f"{address}?token={GUEST}") as page:
            page.fill("#prompt", "drawn at the desk")
            page.press("#prompt", "Tab")
            page.wait_for_selector("#word-step[data-how=good]")
            page.route(compile("/maps/device"), lambda route: by_name(route, page, service))
            page.click("#to-device")
            page.locator("#phone-code:visible").wait_for()
            until(lambda: scanned(page))
            link = scanned(page).replace("//show.test:", "//127.0.0.1:")
        with browser.new_context(viewport={"width": 390, "height": 844}) as context:
            phone = context.new_page()
            phone.goto(link)
            phone.click("#phone button.main")
            phone.locator(".node.mine[aria-label*='drawn at the desk']").wait_for()
            assert phone.url == address


def by_name(route: Any, page: Any, service: Service) -> None:
    """As if the page had been opened by a name that others in the network know."""
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    headers = {"host": f"show.test:{service.settings.stills_port}", "cookie": cookies,
               "sec-fetch-site": "same-origin"}  # fmt: skip
    asked = route.request
    told = httpx.request(asked.method, asked.url, headers=headers)
    route.fulfill(status=told.status_code, body=told.content,
                  headers={"content-type": told.headers["content-type"]})  # fmt: skip


def scanned(page: Any) -> str:
    shown = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    return str(cv2.QRCodeDetector().detectAndDecode(shown)[0])
