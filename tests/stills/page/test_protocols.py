"""The panel of the older protocols on the page of stills, and the page of another site that one of
them is for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from lib.config.adapter_settings import ADAPTERS
from tests.ports import free_ports
from tests.rig import until
from tests.stills.page.maker import making
from tests.stills.service.scripted import Service, running
from tests.web.browser import ENLARGED, LAPTOP, PHONE, WALL, axe_faults, marks, opened

pytestmark = marks
TOKEN, GUEST = "a token that nobody guesses", "another one that nobody guesses"


@contextmanager
def spoken(**changes: object) -> Iterator[Service]:
    ports = {f"{name}_port": port for name, port in zip(ADAPTERS, free_ports(4), strict=True)}
    with running(adapters="all", **ports, **changes) as service:
        yield service


def port_of(service: Service, name: str) -> int:
    return int(getattr(service.settings, f"{name}_port"))


def test_the_panel_tells_what_each_did_and_changes_what_web_sd_leaves_out(browser: Any) -> None:
    with (
        spoken() as service,
        opened(browser, f"{service.address}/stills", may_be_refused=True) as page,
    ):
        panel = page.locator("#protocols")
        panel.locator("summary").click()
        row = panel.locator("tr", has_text="sde")
        assert row.locator("td").all_inner_texts() == [str(port_of(service, "sde")), "0", "0", "0"]
        asked = page.request.get(f"http://127.0.0.1:{port_of(service, 'intermediary')}/gen-image")
        assert asked.status == 400
        panel.locator("text=The latest refusal: ?prompt= is required").wait_for()
        assert panel.locator("tr", has_text="intermediary").locator("td").last.inner_text() == "1"

        until(lambda: page.input_value("#web-sd-prompt") == "a picture")
        assert page.input_value("#web-sd-power") == "0.8"
        page.fill("#web-sd-prompt", "a blue boat")
        page.fill("#web-sd-power", "much")
        page.press("#web-sd-power", "Enter")
        page.wait_for_selector("#web-sd-power-error:has-text('power must be')")
        assert service.client.get("/adapters/web_sd").json()["prompt"] == "a picture"
        page.fill("#web-sd-power", "0,5")
        assert page.inner_text("#web-sd-power-error") == ""
        page.click("#web-sd button")
        page.locator("#web-sd-answer", has_text="Saved").wait_for()
        usual = {"prompt": "a blue boat", "negative": "", "power": 0.5, "seed": 0, "steps": 10}
        assert service.client.get("/adapters/web_sd").json() == usual
        page.fill("#web-sd-steps", "many")
        page.click("#web-sd button")
        page.wait_for_selector("#web-sd-steps-error:has-text('steps must be')")
        for size in (PHONE, ENLARGED, LAPTOP, WALL):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], size
            wide = "(part => part.scrollWidth - part.clientWidth)(document.getElementById('queue'))"
            assert page.evaluate(wide) <= 0, size
            assert not axe_faults(page), size
        page.reload()
        page.locator("#protocols summary").click()
        until(lambda: page.input_value("#web-sd-prompt") == "a blue boat")


def test_a_taken_port_is_told_and_only_the_operator_sees_the_panel(browser: Any) -> None:
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as other,
        running(
            adapters="sde", sde_port=other.server_port, control_token=TOKEN, guest_token=GUEST
        ) as service,
    ):
        address = f"{service.address}/stills?token="
        with opened(browser, address + TOKEN) as page:
            page.locator("#protocols summary").click()
            page.locator("#protocols .trouble", has_text="in use by another program").wait_for()
            assert not page.is_visible("#web-sd")
        with opened(browser, address + GUEST) as page:
            page.wait_for_timeout(500)
            assert not page.is_visible("#protocols")


@pytest.mark.parametrize("referrer", ["no-referrer", "unsafe-url"])
def test_a_page_of_another_site_shows_a_picture_of_the_intermediary(
    browser: Any, tmp_path: Path, referrer: str
) -> None:
    prompt = "a red house\nby the sea & <more>"
    with spoken() as service, making(service):
        source = f"http://127.0.0.1:{port_of(service, 'intermediary')}/gen-image?prompt="
        (tmp_path / "index.html").write_text(
            f'<meta name="referrer" content="{referrer}"><img src="{source}{quote(prompt)}">'
        )
        serve = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
        with ThreadingHTTPServer(("127.0.0.1", 0), serve) as site:
            threading.Thread(target=site.serve_forever, daemon=True).start()
            with browser.new_context() as context:
                page = context.new_page()
                page.goto(f"http://localhost:{site.server_port}/")
                image = page.locator("img")
                until(lambda: image.evaluate("one => one.complete && one.naturalWidth > 0"), 20)
                assert image.evaluate("one => one.naturalWidth") == service.settings.still_side
            site.shutdown()
