"""The picture alone, in a real browser: as the wall has it, and back by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lib.config.params import Played
from lib.control.journal import Origin
from tests.web.browser import Page, axe_faults, launched, marks, opened, pictures
from tests.web.conftest import Host

pytestmark = marks
TEST = Origin("http", "a test")
LOOK = """() => {
    const style = getComputedStyle(document.getElementById('picture'));
    return [Number(style.opacity), style.transform.startsWith('matrix(-1')];
}"""


@pytest.fixture(scope="module")
def page(shared: Host) -> Iterator[Page]:
    with launched() as browser, opened(browser, f"{shared.address}/picture") as page:
        yield page


def test_it_shows_the_picture_as_the_wall_has_it_and_nothing_else(page: Page, shared: Host) -> None:
    shared.session.play(Played().model_dump(), TEST)
    shared.wait_until("pictures", lambda: pictures(page) > 2)
    shared.wait_until("light", lambda: page.evaluate(LOOK) == [1, False])
    assert page.inner_text("body").strip() == "" and axe_faults(page) == []
    shared.session.play({"mirror": True, "opacity": 0.5}, TEST)
    shared.wait_until("half as bright, mirrored", lambda: page.evaluate(LOOK) == [0.5, True])
    shared.session.play({"mirror": False, "opacity": 1.0, "black": True}, TEST)
    shared.wait_until("black", lambda: page.evaluate(LOOK) == [0, False])
    shared.session.play({"black": False}, TEST)
    shared.wait_until("light again", lambda: page.evaluate(LOOK) == [1, False])


def test_while_the_wall_is_frozen_its_picture_stays(page: Page, shared: Host) -> None:
    seen = "document.getElementById('picture').toDataURL()"
    shared.session.play(Played(freeze=True).model_dump(), TEST)
    shared.wait_until("frozen", lambda: shared.session.played.freeze)
    page.wait_for_timeout(150)
    held, count = page.evaluate(seen), pictures(page)
    shared.wait_until("pictures beneath", lambda: pictures(page) > count + 2)
    assert page.evaluate(seen) == held
    shared.session.play({"freeze": False}, TEST)
    shared.wait_until("it goes on", lambda: page.evaluate(seen) != held)
