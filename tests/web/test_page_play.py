"""Playing on the page in a real browser: every change reaches the stream and the other pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lib.config.params import Played
from lib.control.journal import Origin
from tests.web.browser import Page, drag, launched, marks, opened
from tests.web.conftest import Host

pytestmark = marks
TEST = Origin("http", "a test")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(browser: object, shared: Host) -> Iterator[tuple[Page, Page]]:
    """Two for all tests: to open one takes a second."""
    with opened(browser, shared.address) as page, opened(browser, shared.address) as other:
        yield page, other


@pytest.fixture
def page(pages: tuple[Page, Page], shared: Host) -> Page:
    shared.session.play(Played().model_dump(), TEST)
    pages[0].fill("#prompt", "")
    fresh = ["0.70", "0.70"]
    shared.wait_until("a fresh start", lambda: [strength(page) for page in pages] == fresh)
    return pages[0]


@pytest.fixture
def other(pages: tuple[Page, Page]) -> Page:
    return pages[1]


def played(host: Host) -> str:
    return f"{host.stream.params.strength:.2f}"


def strength(page: Page) -> str:
    return str(page.input_value("[data-field=strength] .number"))


def test_a_slider_moves_the_wall_and_the_other_page_and_is_taken_back_whole(
    page: Page, other: Page, shared: Host
) -> None:
    drag(page, "#control-strength", 0.25)
    shared.wait_until("the slider", lambda: 0.2 < float(played(shared)) < 0.3)
    shared.wait_until("all of it", lambda: played(shared) == strength(page) == strength(other))
    wanted = played(shared)
    line = other.locator("#entries li").first
    assert f"strength 0.70 → {wanted}" in line.inner_text(), "one pull is one line"
    other.click("#undo")
    shared.wait_until("undo", lambda: shared.stream.params.strength == 0.7)
    shared.wait_until("undo here", lambda: strength(page) == "0.70")
    page.keyboard.press("Control+Shift+z")
    shared.wait_until("redo", lambda: played(shared) == wanted)


def test_others_never_pull_a_slider_from_under_a_finger(page: Page, shared: Host) -> None:
    drag(page, "#control-strength", 0.25, let_go=False)
    shared.wait_until("the slider", lambda: 0.2 < float(played(shared)) < 0.3)
    shared.wait_until("all of it", lambda: played(shared) == strength(page))
    mine = strength(page)
    shared.session.play({"strength": 0.9, "seed": 5}, TEST)
    shared.wait_until("the seed", lambda: page.input_value("#control-seed") == "5")
    assert strength(page) == mine
    page.mouse.up()
    shared.wait_until("theirs", lambda: strength(page) == "0.90")
    page.fill("#prompt", "half a sen")
    shared.session.play({"prompt": "from elsewhere"}, TEST)
    page.wait_for_selector("#now-text:text-is('from elsewhere')")
    assert page.input_value("#prompt") == "half a sen"


def test_a_number_can_be_typed_and_a_refusal_says_why(page: Page, shared: Host) -> None:
    number = "[data-field=strength] .number"
    page.fill(number, "0,42")
    page.press(number, "Enter")
    shared.wait_until("the number", lambda: shared.stream.params.strength == 0.42)
    page.fill(number, "7")
    page.press(number, "Enter")
    page.wait_for_selector("[data-field=strength] .answer.refused")
    sentence = page.inner_text("[data-field=strength] .answer")
    assert "a number from 0 to 1" in sentence
    assert sentence in page.inner_text("#entries li.refused >> nth=0")
    assert strength(page) == "7", "it stays, to be mended"
    page.fill(number, "0.7")
    page.wait_for_selector("[data-field=strength] .answer:empty", state="attached")
    page.fill(number, "8")
    page.press(number, "Enter")
    page.wait_for_selector("[data-field=strength] .answer.refused")
    page.press(number, "Escape")
    page.wait_for_selector("[data-field=strength] .answer:empty", state="attached")
    shared.wait_until("what plays", lambda: strength(page) == "0.42")
    glide = "[data-field=glide_ms] .number"
    page.fill(glide, "2 min")
    page.press(glide, "Enter")
    said = page.inner_text("[data-field=glide_ms] .answer")
    assert said == "glide must be a number of seconds from 0 to 600, not “2 min”"
    page.press(glide, "Escape")


def test_sizes_folders_and_films_are_menus(page: Page, shared: Host) -> None:
    assert "512 × 512" in page.inner_text("#control-resolution option:checked")
    page.select_option("#control-resolution", "768x432")
    shared.wait_until("the size", lambda: shared.session.played.resolution == "768x432")
    page.select_option("#control-resolution", label="Another size …")
    typed = "[data-field=resolution] input"
    page.fill(typed, "500x500")
    page.press(typed, "Enter")
    page.wait_for_selector("[data-field=resolution] .answer.refused")
    page.fill(typed, "496")
    page.wait_for_selector("[data-field=resolution] .answer:empty", state="attached")
    page.press(typed, "Enter")
    page.wait_for_selector(
        "#control-resolution option:checked:text-is('496 × 496')", state="attached"
    )
    (shared.data_dir / "walk").mkdir()
    (shared.data_dir / "walk" / "1.png").touch()
    (shared.data_dir / "rain.mp4").touch()
    page.focus("#control-directory")
    page.wait_for_selector("#control-directory option[value='rain.mp4']", state="attached")
    page.select_option("#control-directory", "walk")
    shared.wait_until("the folder", lambda: shared.session.played.directory == "walk")
    page.wait_for_selector("#control-directory option:checked:text-is('walk')", state="attached")


def test_the_history_is_one_stop_of_the_tab_key(page: Page, shared: Host) -> None:
    for words in ("one", "two", "three"):
        shared.session.play({"prompt": words}, TEST)
    page.wait_for_selector("#entries .again:text-is('three')")
    page.focus("#redo")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "entries"
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "two"
    page.keyboard.press("Enter")
    assert page.input_value("#prompt") == "two"
    page.focus("#entries")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#entries')") is None


def test_equal_refusals_are_one_line_with_their_count(page: Page, shared: Host) -> None:
    for _ in range(30):
        shared.session.note(TEST, "preset none", refused="there is no preset 'none'")
    page.wait_for_selector(
        "#entries li.refused .why:text-is(\"there is no preset 'none' (30 times)\")"
    )
    assert page.locator("#entries li.refused:has-text('preset none')").count() == 1


def test_a_refused_prompt_stays_in_the_line_and_in_the_history(page: Page) -> None:
    page.fill("#prompt", "x" * 2001)
    page.click("#prompt-form button")
    page.wait_for_selector("#prompt-answer.refused")
    assert "at most 2000 characters" in page.inner_text("#prompt-answer")
    assert len(page.input_value("#prompt")) == 2001
    assert "at most 2000 characters" in page.inner_text("#entries li.refused .why >> nth=0")


def test_the_source_itself_needs_a_second_press(page: Page, shared: Host) -> None:
    page.click("#control-passthrough")
    page.wait_for_selector("text=Press again")
    assert not shared.session.played.passthrough
    page.wait_for_timeout(350)  # a double tap is one wish
    page.click("#control-passthrough")
    page.wait_for_selector("#control-passthrough[aria-checked=true]")
    shared.wait_until("passthrough", lambda: shared.stream.params.passthrough)
    page.click("#control-passthrough")
    page.wait_for_selector("#control-passthrough[aria-checked=false]")


def test_two_prompts_blend(page: Page, shared: Host) -> None:
    page.fill("#control-prompt2", "a sea of milk")
    page.press("#control-prompt2", "Enter")
    shared.wait_until("the second", lambda: shared.stream.params.prompt2 == "a sea of milk")
    page.focus("#control-blend")
    page.keyboard.press("End")
    shared.wait_until("the blend", lambda: shared.stream.params.blend == 1)
    page.wait_for_selector("text=with 100 % of a sea of milk")


def test_a_look_is_kept_comes_back_and_is_deleted(page: Page, shared: Host) -> None:
    name = "dawn <i>?# 100%"
    page.fill("#save-name", name)
    page.press("#save-name", "Enter")
    recall = page.locator(".recall", has_text=name)
    recall.wait_for()
    shared.session.play({"strength": 0.1, "prompt": "night"}, TEST)
    page.fill("#recall-s", "0.2")
    recall.click()
    shared.wait_until("the preset", lambda: shared.stream.params.strength == 0.7)
    page.wait_for_selector(".recall[aria-current]")
    page.click("#edit-presets")
    page.click("#presets .remove")
    page.wait_for_selector("#no-presets")
    assert not shared.console.presets.names()
    page.click("#presets-answer button")  # undo, right there
    recall.wait_for()
    assert shared.console.presets.names() == [name]
    shared.console.presets.delete(name, TEST)
    page.wait_for_selector("#no-presets")


def test_a_sheet_of_cues_is_written_and_plays(page: Page, other: Page, shared: Host) -> None:
    for name, value in (("day", 0.8), ("night", 0.2)):
        shared.session.play({"strength": value}, TEST)
        shared.console.presets.save(name, TEST)
    page.locator(".recall", has_text="night").wait_for()
    page.click("#edit-sheet")
    for row, (name, after_s) in enumerate((("day", "0"), ("night", "0.5"), ("day", "60"))):
        page.click("#editor-add")
        page.select_option(f"#editor-rows li:nth-child({row + 1}) .preset", name)
        page.fill(f"#editor-rows li:nth-child({row + 1}) .after input", after_s)
    page.fill("#editor-rows li:nth-child(3) .after input", "soon")
    page.click("#editor-form .main")
    page.wait_for_selector("#editor-answer:has-text('must be a number of seconds')")
    page.fill("#editor-rows li:nth-child(3) .after input", "60")
    page.click("#editor-form .main")
    other.wait_for_selector("#sheet li >> nth=2")
    page.click("#cue-start")
    shared.wait_until("the first cue", lambda: shared.stream.params.strength == 0.8)
    shared.wait_until("the second cue", lambda: shared.stream.params.strength == 0.2)
    other.wait_for_selector("#sheet li[aria-current]:nth-child(2)")
    other.wait_for_selector("#next:has-text('day'):has-text('in 0:5')")
    other.click("#cue-pause")
    page.wait_for_selector("#next:has-text('paused')")
    page.click("#cue-go")
    shared.wait_until("the third cue", lambda: shared.stream.params.strength == 0.8)
    page.wait_for_selector("#cue-stop:disabled")
