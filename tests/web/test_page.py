"""The page in a real browser: what it shows, to everybody, at every size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from lib.config.controls import CONTROLS
from tests.control.who import SCRIPT
from tests.web.browser import (
    ENLARGED,
    LAPTOP,
    PHONE,
    SIDEWAYS,
    WALL,
    WIDE,
    Page,
    axe_faults,
    launched,
    marks,
    opened,
    pictures,
)
from tests.web.conftest import Host
from tests.web.stream import WORKER

pytestmark = marks
OUTSIDE = """[...document.querySelectorAll('button, input, a')].map((part) => [
    part.id || part.className, part.getBoundingClientRect()]).filter(([, box]) =>
    box.width > 1 && (box.left < 0 || box.right > innerWidth)).map(([name]) => name)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def page(browser: object, shared: Host) -> Iterator[Page]:
    """One for all that leave it as they found it: to open one takes a second."""
    with opened(browser, shared.address) as page:
        yield page


def test_the_picture_moves_and_the_figures_are_there(page: Page, shared: Host) -> None:
    shared.wait_until("the first pictures", lambda: pictures(page) > 2)
    seen = page.evaluate("document.getElementById('picture').toDataURL()")
    shared.wait_until(
        "another picture",
        lambda: page.evaluate("document.getElementById('picture').toDataURL()") != seen,
    )
    assert page.inner_text("#tile-fps") == "29.9"
    assert page.inner_text("#tile-late") == "44"
    # A worker chooses its own name: it must stay a text.
    assert page.inner_text("#workers .name") == "<b>studio-1</b>"
    assert page.inner_text("#notice-text") == "All is well"


def test_the_ladder_and_the_warnings_are_shown(page: Page, shared: Host) -> None:
    stream = shared.stream
    stream.ladder = {"engine": (14.0, 16.0, 21.5), "reorder": (9.0, 9.5, 120.0)}
    stream.workers = [WORKER, replace(WORKER, name="studio-2", state="probation")]
    stream.warnings = ["worker studio-2 is silent for 4 s", "skipping 12 % of frames"]
    try:
        page.wait_for_selector("text=worker studio-2 is silent for 4 s")
        assert page.inner_text("#notice-more") == "and 1 more"
        page.click("#notice summary")
        assert page.locator("#warnings li").count() == 2
        assert "silent" in page.inner_text("#spoken")
        assert page.locator(".legend div", has_text="engine").inner_text().split()[-2:] == [
            "21.5",
            "ms",
        ]
        assert page.locator("#workers tr").count() == 2
    finally:
        stream.ladder, stream.workers, stream.warnings = {}, [WORKER], []
    page.wait_for_selector("text=All is well")
    assert page.locator("#workers tr").count() == 1


def test_the_line_below_the_prompt_says_what_a_painter_cannot_do(page: Page, shared: Host) -> None:
    stream, line = shared.stream, page.locator("#painter-only")
    painter, turbo = (replace(WORKER, engine=name) for name in ("painter", "turbo"))
    try:
        for workers, said in (([painter], True), ([painter, turbo], False), ([], False)):
            stream.workers = workers
            line.wait_for(state="visible" if said else "hidden")
        stream.workers = [painter, painter]
        line.wait_for(state="visible")
        assert "Subjects need a GPU" in line.inner_text()
    finally:
        stream.workers = [WORKER]
    line.wait_for(state="hidden")


def test_a_strangers_words_stay_words(page: Page, shared: Host) -> None:
    odd = "<img src=x onerror=alert(1)> a/b?c#d 猫"
    page.fill("#prompt", odd)
    page.press("#prompt", "Enter")
    shared.wait_until("the prompt", lambda: shared.stream.params.prompt == odd)
    page.wait_for_selector(f"#now-text:text-is({odd!r})")
    page.wait_for_selector(f"#entries .again:text-is({odd!r})")
    assert page.input_value("#prompt") == ""
    assert page.locator("img[src=x]").count() == 0
    page.press("#prompt", "ArrowUp")
    assert page.input_value("#prompt") == odd
    page.fill("#prompt", "")


def test_it_fits(browser: object, shared: Host) -> None:
    with opened(browser, shared.address) as page:
        shared.wait_until("the picture", lambda: pictures(page) > 0)
        page.emulate_media(reduced_motion="reduce")  # a new size is there at once
        for size in (PHONE, SIDEWAYS, LAPTOP, WALL, WIDE):
            width, height = size
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, size
            box = page.locator("#picture").bounding_box()
            assert box["width"] * box["height"] > 0.28 * width * height, size
            line = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
            assert line >= height / 80, "a large screen is read from further away"
            ends = [page.locator(part).bounding_box() for part in ("#redo", "#entries")]
            redo, entries = (box["x"] + box["width"] for box in ends)
            assert redo <= entries + 1, size
            assert box["x"] >= 0
            assert box["y"] >= 0
            assert not page.evaluate(OUTSIDE), size
            before = page.locator("#picture").bounding_box()
            shared.stream.warnings = ["a warning " * 30]
            page.wait_for_selector("body.warned")
            assert page.locator("#picture").bounding_box() == before, "it may not move"
            shared.stream.warnings = []
            page.wait_for_selector("body:not(.warned)")


def test_axe_finds_no_fault(browser: object, shared: Host) -> None:
    stream = shared.stream
    stream.ladder = {"engine": (14.0, 16.0, 21.5), "reorder": (9.0, 9.5, 120.0)}
    stream.warnings = ["worker studio-2 is silent for 4 s", "skipping 12 % of frames"]
    shared.session.play({"opacity": 0.5, "prompt": "a lake"}, SCRIPT)
    try:
        with opened(browser, shared.address) as page:
            page.locator(".legend div").first.wait_for(state="attached")
            page.locator("#lamps span").first.wait_for()
            page.emulate_media(reduced_motion="reduce")
            for width, height in (PHONE, ENLARGED, WALL):
                page.set_viewport_size({"width": width, "height": height})
                page.click("#notice summary")
                assert not axe_faults(page), (width, height)
                page.click("#notice summary")
                page.click("#edit-sheet")
                page.click("#editor-add")
                assert not axe_faults(page), (width, height)
                page.keyboard.press("Escape")
    finally:
        stream.ladder, stream.warnings = {}, []
        shared.session.play({"opacity": 1}, SCRIPT)


def test_every_control_has_a_name_and_stands_on_the_page(page: Page) -> None:
    # The prompt has a place of its own, and the rows of signals a page of their own.
    fields = {control.field for control in CONTROLS.values()} - {"prompt", "mapping"}
    assert fields == set(
        page.locator(".control").evaluate_all("rows => rows.map((row) => row.dataset.field)")
    )
    page.click("#edit-sheet")
    page.click("#editor-add")
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    named = {"button", "slider", "switch", "textbox", "checkbox", "combobox", "radio", "link"}
    assert not [node for node in tree if _role(node) in named and not _name(node)]
    page.keyboard.press("Escape")
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    known = {_role(node): _name(node) for node in tree if _role(node) in named}
    assert {"button", "slider", "switch", "textbox"} <= known.keys()
    assert not [node for node in tree if _role(node) in named and not _name(node)]
    strength = next(node for node in tree if _name(node).lower() == "strength")
    assert "source" in strength["description"]["value"]


def _role(node: dict[str, dict[str, str]]) -> str:
    return node.get("role", {}).get("value", "") if not node["ignored"] else ""


def _name(node: dict[str, dict[str, str]]) -> str:
    return node.get("name", {}).get("value", "").strip()


def test_the_picture_alone_and_the_keys(page: Page, shared: Host) -> None:
    page.click("#full")
    shared.wait_until(
        "all of the window", lambda: page.locator("#screen").bounding_box()["height"] >= 800
    )
    page.keyboard.press("f")
    page.wait_for_selector("body:not(.alone)")
    shared.wait_until(  # it takes the focus as it ends
        "the end of full screen", lambda: not page.evaluate("!!document.fullscreenElement")
    )
    page.keyboard.press("/")
    page.wait_for_selector("#prompt:focus")
    page.keyboard.type("f")
    assert page.input_value("#prompt") == "f"
    page.fill("#prompt", "")


def test_who_does_not_look_costs_nothing(page: Page, shared: Host) -> None:
    shared.wait_until("the picture", lambda: pictures(page) > 0)
    hide = "Object.defineProperty(document, 'hidden', {get: () => %s, configurable: true});"
    tell = "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(hide % "true" + tell)
    shared.wait_until("no watcher", lambda: shared.client.get("/status").json()["watchers"] == 0)
    page.wait_for_timeout(200)  # one may be on its way
    seen = pictures(page)
    page.wait_for_timeout(300)
    assert pictures(page) == seen
    page.evaluate(hide % "false" + tell)
    shared.wait_until("pictures again", lambda: pictures(page) > seen)


def test_nothing_moves_for_who_wants_it_so(browser: object, shared: Host) -> None:
    with browser.new_context(reduced_motion="reduce") as context:  # type: ignore[attr-defined]
        page = context.new_page()
        page.goto(shared.address)
        page.wait_for_selector("#screen.shown")
        took = page.evaluate(
            "getComputedStyle(document.getElementById('picture')).transitionDuration"
        )
        assert took == "0s"
