"""The page of signals in a real browser: rows are made, armed, learned and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from lib.control.journal import Origin
from lib.core.mapping import parse_mapping
from tests.rig import until
from tests.signals.service import SignalsService, running_signals
from tests.web.browser import PHONE, WALL, Page, axe_faults, launched, marks, opened

pytestmark = marks


@pytest.fixture(scope="module")
def service() -> Iterator[SignalsService]:
    with running_signals(signal_sources="lfo") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


def test_a_row_is_made_armed_learned_and_taken_back(browser: Any, service: SignalsService) -> None:
    session = service.host.session
    with opened(browser, f"{service.address}/signals") as page:
        page.wait_for_selector(".strip[data-signal='lfo.sine']")
        page.click("#add")
        page.wait_for_selector(".row")
        page.fill(".row input >> nth=0", "lfo.sine.fast")
        page.press(".row input >> nth=0", "Tab")
        assert until(lambda: "lfo.sine.fast" in session.played.mapping)
        page.click(".row button:has-text('Arm')")
        page.wait_for_selector(".row.armed")
        page.wait_for_selector(".strip[data-signal='lfo.sine.fast'] .moves:has-text('strength')")
        session.play({"strength": 0.2}, Origin("page"))
        page.wait_for_selector(".row .now:has-text('yours for')")
        page.click(".row button:has-text('Learn')")
        assert until(lambda: service.parts.learn.listens)
        for value in (0.1, 0.9):
            service.parts.bus.put("midi.1.cc7", value, source="midi", holds=True)
        assert until(lambda: "midi.1.cc7" in session.played.mapping)
        page.click("#undo")
        assert until(lambda: "midi.1.cc7" not in session.played.mapping)
        page.click("#on")
        assert until(lambda: not session.played.signals)
        page.click(".row button:has-text('Remove')")
        page.wait_for_selector("#no-rows:not([hidden])")


def test_two_people_change_rows_at_the_same_time(browser: Any, service: SignalsService) -> None:
    session = service.host.session
    first, second = ({"signal": f"lfo.{one}", "to": "strength"} for one in ("sine", "ramp"))
    service.client.put("/mapping", json={"rows": [first]})
    with opened(browser, f"{service.address}/signals") as page:
        depth = page.locator(".row").first.get_by_label("Depth")
        depth.fill("0.77")
        assert service.client.put("/mapping", json={"rows": [second, first]}).status_code == 200
        page.wait_for_selector(".row >> nth=1")
        page.keyboard.press("Tab")
        assert until(lambda: "0.77" in session.played.mapping)
        left, mine = parse_mapping(session.played.mapping)
        assert (left.signal, left.depth, mine.signal, mine.depth) == (
            "lfo.ramp", 0.3, "lfo.sine", 0.77,
        )  # fmt: skip
        service.client.put("/mapping", json={"rows": [asdict(mine)]})
        page.wait_for_selector(".row >> nth=1", state="detached")
        assert page.locator(".row").get_by_label("Depth").input_value() == "0.77"
        page.click(".row button:has-text('Remove')")
        page.wait_for_selector("#no-rows:not([hidden])")


@pytest.mark.parametrize("size", [WALL, PHONE, (1280, 800)], ids=str)
def test_the_page_is_open_to_all(
    browser: Any, service: SignalsService, size: tuple[int, int]
) -> None:
    with opened(browser, f"{service.address}/signals", size) as page:
        page.wait_for_selector(".strip")
        page.click("#add")
        page.wait_for_selector(".row")
        assert axe_faults(page) == []
        assert fits(page), "nothing is wider than the window"
        if size != PHONE:  # there each column scrolls by itself
            page.wait_for_selector(".fixtures", state="attached")
            assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        page.click(".row button:has-text('Remove')")
        page.wait_for_selector("#no-rows:not([hidden])")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
