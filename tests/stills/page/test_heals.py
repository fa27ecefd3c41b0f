"""The page of stills when something is lost, for guests, and with few and many pictures."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

from lib.http import phone
from tests.rig import until
from tests.stills.page.maker import making
from tests.stills.service.scripted import Service, Worker, png, running
from tests.web.browser import PHONE, Page, axe_faults, marks, opened

pytestmark = marks
MANY = 70
TOKEN, GUEST = "a token that nobody guesses", "another one that nobody guesses"


def test_a_restart_of_the_service_is_lived_through(
    browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("stills")
    first = ExitStack()
    service = first.enter_context(running(folder))
    with first, opened(browser, f"{service.address}/stills", may_lose=True) as page:
        page.wait_for_selector("text=No picture yet. Describe one, and it appears here.")
        page.fill("#prompt", "asked for before")
        page.press("#prompt", "Enter")
        page.locator(".job .how", has_text="Waits for a worker").wait_for()
        page.evaluate("document.getElementById('more').open = true")
        page.check("#private")
        page.fill("#prompt", "of which nothing is kept")
        page.press("#prompt", "Enter")
        page.locator(".job.mine", has_text="of which nothing is kept").wait_for()
        page.uncheck("#private")
        page.route("**/pictures/*", lambda route: route.abort("connectionrefused"))
        service.ask("seen later", width=64, height=64)
        worker = Worker(service, more={"largest": 64})
        worker.finish(worker.claim())
        seen_later = "#pictures li:has(button[aria-label='seen later'])"
        page.wait_for_selector(seen_later, state="attached")
        page.fill("#prompt", "half a sen")
        first.close()
        page.unroute("**/pictures/*")
        page.wait_for_selector("body[data-state=lost]")
        assert page.inner_text("#notice-text").startswith("Connection lost")
        page.click("#make")
        page.wait_for_selector("text=Not sent: the connection is lost")
        with running(folder, service.settings.stills_port) as again, making(again):
            page.wait_for_selector("body[data-state=live]")
            page.locator("#pictures button[aria-label^='asked for before']").wait_for()
            lost = page.locator(".job.failed", has_text="nothing is kept of private jobs")
            lost.locator("button", has_text="×").click()
            page.wait_for_selector("#no-jobs:visible")
            page.wait_for_selector("#ask-answer:empty", state="attached")
            page.wait_for_selector(f"{seen_later}.there")
            assert page.input_value("#prompt") == "half a sen"
            page.reload()
            page.wait_for_selector("body[data-state=live]")
            assert page.input_value("#prompt") == "half a sen"


def test_a_guest_is_shown_what_a_guest_may_do(
    browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "own_address", lambda: "192.168.7.9")
    with running(bind="0.0.0.0", control_token=TOKEN, guest_token=GUEST) as service:
        service.client.headers["Authorization"] = f"Bearer {TOKEN}"
        service.ask("wait for the operator's")
        address = f"{service.address}/stills?token={GUEST}"
        with making(service), opened(browser, address, may_be_refused=True) as page:
            page.locator(".job.running", has_text="wait for the operator's").wait_for()
            assert page.locator(".job button:visible").count() == 0
            page.fill("#prompt", "a guest's")
            page.press("#prompt", "Enter")
            page.locator(".job.mine button", has_text="Cancel").wait_for()
            assert not page.is_visible("#capture")
            assert not page.is_visible("#to-live")
            service.client.delete(f"/jobs/{running_job(service)}?all=1")
            page.locator("#pictures button[aria-label^='a guest']").click()
            assert page.is_visible("#forget")
            assert not page.is_visible("#to-wall")
            page.keyboard.press("Escape")
            page.click("#to-phone")
            page.locator("#phone-code").wait_for()
            assert page.locator("#phone-code").evaluate("image => image.decode().then(() => true)")
            assert page.inner_text("#phone-link").startswith("http://192.168.7.9:")
            assert GUEST not in page.inner_text("#phone"), "who looks over a shoulder reads it"
            assert not axe_faults(page)


def running_job(service: Service) -> str:
    jobs = service.client.get("/jobs").json()["jobs"]
    return next(str(job["id"]) for job in jobs if job["state"] == "running")


def test_many_pictures_are_fetched_as_they_are_scrolled_to(browser: Any) -> None:
    with running() as service:
        worker = Worker(service)
        for number in range(MANY):
            service.ask(f"picture {number}", seed=number)
            worker.finish(worker.claim(), data=png(384, 384, number))
        fetched: list[str] = []
        with opened(browser, f"{service.address}/stills", PHONE) as page:
            page.on("request", lambda asked: fetched.append(asked.url))
            page.reload()
            page.wait_for_selector("body[data-state=live]")
            page.locator("#pictures .there").first.wait_for()
            page.wait_for_timeout(300)
            assert 0 < sum("?side=" in url for url in fetched) < 40
            assert page.locator("#pictures li").count() <= 60
            until(lambda: scrolled(page) == MANY)
            assert page.locator("#older").is_hidden()
            assert page.inner_text("#tabs [aria-current]") == "Pictures"
            page.fill("#search", "picture 7")
            until(lambda: page.locator("#pictures li").count() == 7)


def scrolled(page: Page) -> int:
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(100)
    return int(page.locator("#pictures li").count())


def test_a_private_still_is_seen_by_nobody_else(browser: Any, shared: Service, maker: Any) -> None:
    address = f"{shared.address}/stills"
    maker.released.clear()
    with (
        opened(browser, address, may_be_refused=True) as page,
        opened(browser, address, may_be_refused=True) as other,
    ):
        page.evaluate("document.getElementById('more').open = true")
        page.check("#private")
        page.fill("#prompt", "wait in secret")
        page.press("#prompt", "Enter")
        page.locator(".job.mine.running", has_text="wait in secret").wait_for()
        other.locator(".job.running", has_text="a private job").wait_for()
        maker.released.set()
        page.locator("#pictures button[aria-label^='wait in secret']").wait_for()
        other.locator(".job").first.wait_for(state="detached")
        assert other.locator("#pictures button[aria-label*='secret']").count() == 0
        assert "secret" not in other.content()
        assert "secret" not in page.evaluate("JSON.stringify({...sessionStorage})")
        page.fill("#search", "no such words")
        page.locator("#pictures button").first.wait_for(state="detached")
        page.fill("#search", "")
        page.locator("#pictures button[aria-label^='wait in secret']").wait_for()
        page.reload()
        page.locator("#pictures button[aria-label^='wait in secret']").wait_for()
