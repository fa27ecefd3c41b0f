"""The wall on the page in a real browser: its picture and lamps, the three big buttons, the keys,
presets in their order, and the cues that are pressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from lib.config.params import Played
from lib.control.journal import Origin
from lib.wire.messages import ScreenStatus
from tests.web.browser import PHONE, Page, axe_faults, launched, marks, opened
from tests.web.conftest import Host

pytestmark = marks
TEST = Origin("http", "a test")
# From the head of the presets to that of the cues, in pixels.
GAP = """document.getElementById('cues-title').getBoundingClientRect().top
  - document.getElementById('presets-title').getBoundingClientRect().top"""


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def opened_page(browser: object, shared: Host) -> Iterator[Page]:
    with opened(browser, shared.address, may_be_refused=True) as page:
        yield page


@pytest.fixture
def page(opened_page: Page, shared: Host) -> Page:
    shared.session.play(Played().model_dump(), TEST)
    shared.stream.screen = ScreenStatus("shown")
    for name in shared.console.presets.names():
        shared.console.presets.delete(name, TEST)
    shared.console.cues.replace([], TEST)
    opened_page.wait_for_selector("#lamps:empty", state="attached")
    opened_page.wait_for_selector("#no-presets")
    opened_page.wait_for_selector("#next:has-text('No cue sheet yet')")
    opened_page.locator("#play-title").click()  # keys go to the page, not to a text
    return opened_page


def test_the_page_shows_the_wall_as_it_is(page: Page, shared: Host) -> None:
    page.wait_for_selector("#lamps:empty", state="attached")
    shared.session.play({"opacity": 0, "mirror": True}, TEST)
    page.wait_for_selector("#lamps .bad:text-is('Black')")
    page.wait_for_selector("body.warned #notice-text:text-is('The wall is black')")
    shared.wait_until("a dark picture", lambda: look(page, "opacity") == "0")
    assert look(page, "transform").startswith("matrix(-1,")
    shared.session.play({"opacity": 1, "mirror": False}, TEST)
    page.wait_for_selector("#lamps:empty", state="attached")
    page.locator("#play-title").click()  # keys go to the page, not to a text
    page.keyboard.press("b")
    page.wait_for_selector("#lamps .bad:text-is('Black')")
    assert shared.session.played.black and shared.session.played.opacity == 1
    page.click("#black")
    page.wait_for_selector("#lamps:empty", state="attached")
    assert not shared.session.played.black
    shared.session.play({"opacity": 0.4, "passthrough": True}, TEST, sure=True)
    page.wait_for_selector("#lamps .bad:text-is('Wall 40 %')")
    page.wait_for_selector("#lamps .bad:text-is('Raw source')")
    page.wait_for_selector("#notice-text:text-is('The raw source is on the wall')")
    assert look(page, "transform") == "none"
    shared.session.play({"opacity": 1, "passthrough": False, "paused": True}, TEST)
    page.wait_for_selector("#lamps span:text-is('Paused')")
    page.wait_for_selector("#lamps span:only-child")
    shared.session.play({"paused": False}, TEST)
    page.wait_for_selector("#lamps:empty", state="attached")
    shared.wait_until("the bright picture", lambda: look(page, "opacity") == "1")
    shared.stream.screen = replace(shared.stream.screen, picture=0.3)  # none has come for a while
    shared.wait_until("a faded picture", lambda: look(page, "opacity") == "0.3")
    shared.stream.screen = ScreenStatus("none", "no display")
    page.wait_for_selector("#lamps .bad:text-is('No screen')")
    page.wait_for_selector("#notice-text:has-text('no screen of this machine shows the picture')")


def look(page: Page, name: str) -> str:
    picture = page.locator("#picture")
    return str(picture.evaluate("(node, name) => getComputedStyle(node)[name]", name))


def test_a_frozen_wall_holds_on_the_page_too(page: Page, browser: object, shared: Host) -> None:
    page.wait_for_selector("#screen.shown")
    page.keyboard.press("h")
    page.wait_for_selector("#lamps .bad:text-is('Frozen')")
    page.wait_for_selector("#notice-text:text-is('The wall is frozen')")
    assert shared.session.played.freeze
    held = pixels(page, "picture")
    under = pixels(page, "under")
    shared.wait_until("what goes on underneath", lambda: pixels(page, "under") != under)
    assert pixels(page, "picture") == held and page.is_visible("#beneath")
    with opened(browser, shared.address) as late:
        late.wait_for_selector("#held:has-text('from before this page was opened')")
        assert look(late, "opacity") == "0", "it does not know what is held"
    page.click("#freeze")
    page.wait_for_selector("#lamps:empty", state="attached")
    shared.wait_until("it moves again", lambda: pixels(page, "picture") != held)


def test_the_safe_look_is_one_press_and_the_artists_own(page: Page, shared: Host) -> None:
    shared.session.play({"prompt": "a calm sea", "opacity": 0.5}, TEST)
    page.click("#safe-set")
    page.wait_for_selector("#safe-is:has-text('yours')")
    shared.session.play({"prompt": "chaos", "black": True}, TEST)
    shared.session.play({"passthrough": True}, TEST, sure=True)
    page.click("#safe")
    shared.wait_until("the safe look", lambda: shared.session.played.prompt == "a calm sea")
    played = shared.session.played
    assert (played.passthrough, played.opacity, played.black) == (False, 0.5, True)
    page.click("#safe-reset")
    page.wait_for_selector("#safe-is:has-text('started with')")
    page.keyboard.press("s")
    shared.wait_until("that of the start", lambda: shared.session.played.opacity == 1)


def test_the_keys_are_listed_and_do_what_they_say(page: Page, shared: Host) -> None:
    for number in (10, 2):
        shared.session.play({"strength": number / 100}, TEST)
        shared.console.presets.save(f"look {number}", TEST)
    cues = [{"preset": "look 10", "after_s": 60}, {"preset": "look 2", "after_s": 60}]
    shared.console.cues.replace(cues, TEST)
    page.wait_for_selector("#sheet li >> nth=1")
    page.keyboard.press("1")
    shared.wait_until("the first preset", lambda: shared.session.played.strength == 0.02)
    page.click("#black")
    page.keyboard.press("Space")  # the button that was clicked does not get it
    shared.wait_until("go", lambda: shared.session.played.strength == 0.1)
    assert shared.session.played.black
    page.focus("#black")
    page.keyboard.press("Space")  # one that was reached with Tab does
    shared.wait_until("light", lambda: not shared.session.played.black)
    assert shared.console.cues.state().position == 0
    page.locator("#play-title").click()
    page.keyboard.press("Escape")
    page.wait_for_selector("#cues-answer:has-text('Press Esc again')")
    assert shared.console.cues.state().running
    page.keyboard.press("Escape")
    shared.wait_until("stopped", lambda: not shared.console.cues.state().running)
    page.keyboard.press("9")
    page.wait_for_selector("#presets-answer.refused:text-is('There is no preset 9')")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open] dt:has-text('Space')")
    assert not axe_faults(page)
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys", state="hidden")
    assert not shared.session.played.black, "the list is read, and plays nothing"
    page.fill("#prompt", "")
    page.type("#prompt", "shb1?")
    assert page.input_value("#prompt") == "shb1?" and not shared.session.played.black


def test_presets_are_saved_in_parts_named_anew_and_moved(page: Page, shared: Host) -> None:
    presets = shared.console.presets
    page.fill("#save-name", "b")
    page.press("#save-name", "Enter")
    page.wait_for_selector(".recall >> nth=0")
    assert presets.parts("b") == ["look"]
    page.check("[name=part][value=wall]")
    page.uncheck("[name=part][value=look]")
    page.fill("#save-name", "a")
    page.press("#save-name", "Enter")
    page.wait_for_selector(".recall >> nth=1")
    assert presets.parts("a") == ["wall"] and presets.names() == ["a", "b"]
    page.check("[name=part][value=look]")
    page.uncheck("[name=part][value=wall]")
    page.wait_for_selector("[data-name=b] img")
    assert page.eval_on_selector("[data-name=b] img", "one => one.decode().then(() => true)")
    page.click("#edit-presets")
    page.click("[data-name=a] .down")
    shared.wait_until("the order", lambda: presets.names() == ["b", "a"])
    page.fill("[data-name=a] .rename", "z <i>")
    page.press("[data-name=a] .rename", "Enter")
    shared.wait_until("the name", lambda: presets.names() == ["b", "z <i>"])
    page.click("#edit-presets")
    page.fill("#save-name", "b")
    shared.session.play({"seed": 77}, TEST)
    page.press("#save-name", "Enter")
    page.wait_for_selector("#presets-answer:has-text('is replaced')")
    assert presets.get("b")["seed"] == 77
    page.click("#presets-answer button")
    shared.wait_until("the one before", lambda: presets.get("b")["seed"] == 0)


def test_forty_presets_push_nothing_away(page: Page, browser: object, shared: Host) -> None:
    for number in range(40):
        shared.console.presets.save(f"look {number}", TEST, {"seed": number})
    page.wait_for_selector(".recall >> nth=39")
    assert page.locator("#presets").bounding_box()["height"] < 320
    assert page.evaluate(GAP) < 560
    with opened(browser, shared.address, PHONE) as phone:
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert phone.evaluate(GAP) < 640
        for name in ("black", "freeze", "safe"):
            box = phone.locator(f"#{name}").bounding_box()
            assert box["height"] >= 44 and box["y"] + box["height"] < PHONE[1], name


def test_a_cue_is_pressed_and_a_sheet_says_what_is_wrong_with_it(page: Page, shared: Host) -> None:
    for name, value in (("day", 0.8), ("night", 0.2)):
        shared.session.play({"strength": value}, TEST)
        shared.console.presets.save(name, TEST)
    cues = [("day", "03:00"), ("gone", "04:00"), ("night", "03:00")]
    shared.console.cues.replace([{"preset": p, "at": at} for p, at in cues], TEST)
    page.wait_for_selector("#sheet .missing:has-text('no such preset')")
    page.wait_for_selector("#sheet .clash:has-text('cue 3 comes at the same time')")
    page.wait_for_selector("#next:has-text('nothing comes by itself')")
    page.wait_for_selector("#coming:has-text('If it is started'):has-text('03:00 night')")
    page.click("#sheet li:nth-child(1) .jump")
    shared.wait_until("the cue", lambda: shared.session.played.strength == 0.8)
    page.wait_for_selector("#sheet li[aria-current]:nth-child(1)")
    page.wait_for_selector("#coming:has-text('Within 24 hours')")
    page.click("#cue-stop")
    page.click("#rehearse:enabled")
    page.wait_for_selector("#lamps span:text-is('Rehearsal × 1440')")
    page.click("#cue-stop")
    page.wait_for_selector("#lamps:empty", state="attached")


def test_a_second_editor_is_told(page: Page, shared: Host) -> None:
    shared.console.presets.save("day", TEST)
    page.wait_for_selector(".recall >> nth=0")
    page.click("#edit-sheet")
    page.click("#editor-add")
    mine = shared.console.cues.sheet
    shared.console.cues.replace([{"preset": "day", "after_s": 5}], TEST)
    page.click("#editor-form .main")
    page.wait_for_selector("#editor-answer:has-text('changed meanwhile by http a test')")
    assert shared.console.cues.sheet != mine and len(shared.console.cues.sheet.cues) == 1
    page.click("#editor-add")
    page.click("#editor-over")
    shared.wait_until("mine", lambda: len(shared.console.cues.sheet.cues) == 2)


def pixels(page: Page, name: str) -> str:
    """What is drawn on a canvas, as a text to compare."""
    return str(page.evaluate(f"document.getElementById('{name}').toDataURL('image/png')"))
