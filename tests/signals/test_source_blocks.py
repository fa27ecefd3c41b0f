"""What single sources add to the page of signals, in a real browser; the notice for the room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lib.signals.dmx.patch_file import load_patch, patch_path
from tests.rig import until
from tests.signals.service import SignalsService, running_signals
from tests.web.browser import axe_faults, launched, marks, opened

pytestmark = marks


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignalsService]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STATE_DIRECTORY", str(tmp_path_factory.mktemp("state")))
        with running_signals() as found:
            yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


def test_lamps_are_patched_on_the_page(browser: Any, service: SignalsService) -> None:
    path = patch_path(service.parts.settings)
    with opened(browser, f"{service.address}/signals", may_be_refused=True) as page:
        grid = page.locator("#source-list form:has-text('Fill a grid')")
        grid.locator("[name=columns]").fill("3")
        grid.locator("[name=rows]").fill("2")
        grid.locator("button").click()
        assert page.locator(".areas rect").count() == 6
        page.click("text=Use these lamps")
        assert until(lambda: len(load_patch(path).fixtures) == 6)
        last = load_patch(path).fixtures[-1]
        assert (last.universe, last.channel) == (1, 16)
        assert last.area.x == pytest.approx(2 / 3, abs=1e-3) and last.area.y == 0.5
        page.locator(".fixtures tbody tr").nth(1).locator("input").nth(1).fill("2")
        page.click("text=Use these lamps")
        page.wait_for_selector(".answer.refused:has-text('two fixtures')")
        assert len(load_patch(path).fixtures) == 6
        assert not axe_faults(page)


def test_web_midi_says_what_it_lacks_and_reads_what_controllers_send(
    browser: Any, service: SignalsService
) -> None:
    with opened(browser, f"{service.address}/signals") as page:
        page.wait_for_selector("text=Use this machine's controllers")
        read = "async (data) => (await import('/static/sources/webmidi.js')).meaning(data) ?? null"
        assert page.evaluate(read, [0xB0, 7, 127]) == ["1.cc7", 1]
        assert page.evaluate(read, [0x99, 36, 0]) == ["10.note36", 0]
        assert page.evaluate(read, [0xE1, 127, 127]) == ["2.pitch", 1]
        assert page.evaluate(read, [0xB0, 123, 0]) is None
        assert page.evaluate(read, [0xF8]) is None


def test_a_page_puts_what_its_controllers_send(service: SignalsService) -> None:
    body = {"signals": {"webmidi.1.cc7": 0.25}, "holds": True}
    assert service.client.post("/signal", json=body).json()["taken"] == 1
    found = service.parts.bus.get("webmidi.1.cc7")
    assert found and found.value == 0.25 and found.holds


def test_the_notice_prints_on_one_sheet_for_each_language(
    browser: Any, service: SignalsService
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{service.address}/room-notice")
        assert page.locator("article").count() == 2
        assert not axe_faults(page)
        sheets = page.pdf(prefer_css_page_size=True)
        assert sheets.count(b"/Type /Page\n") + sheets.count(b"/Type /Page ") == 2
