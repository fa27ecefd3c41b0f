"""The page of stills at every size: nothing sticks out, nothing is without a name or too pale."""

from __future__ import annotations

from typing import Any

from tests.stills.page.maker import picture
from tests.stills.service.scripted import Service
from tests.web.browser import (
    ENLARGED,
    LAPTOP,
    PHONE,
    SIDEWAYS,
    WALL,
    WIDE,
    Page,
    axe_faults,
    marks,
    opened,
)

pytestmark = marks
OUTSIDE = """[...document.querySelectorAll('button, input, a, canvas')].map((part) => [
    part.id || part.textContent, part.getBoundingClientRect()]).filter(([, box]) =>
    box.width > 1 && (box.left < 0 || box.right > innerWidth)).map(([name]) => name)"""
TOO_WIDE = "(form => form.scrollWidth - form.clientWidth)(document.getElementById('ask-form'))"
FOCUSED = """(({ id, ariaLabel, textContent }) => id || ariaLabel || textContent)(
    document.activeElement)"""
JUDGED = (PHONE, ENLARGED, WALL)  # by axe
BOAT = {"name": "boat.png", "mimeType": "image/png", "buffer": picture(1, 300, 200)}


def fill(page: Page) -> None:
    """Everything that the page can show at once."""
    page.fill("#prompt", "wait for " + "a long sentence with many words " * 4)
    page.press("#prompt", "Enter")
    page.locator(".job.running").wait_for()
    page.evaluate("document.getElementById('more').open = true")
    page.fill("#samples", "99")
    page.fill("#steps", "many")
    page.fill("#prompt", "")
    page.click("#make")
    page.set_input_files("#file", BOAT)
    page.wait_for_selector("#started:not([hidden])")


def test_it_fits_every_screen_and_axe_finds_no_fault(
    browser: Any, shared: Service, maker: Any
) -> None:
    shared.ask("a picture that is there")
    maker.released.clear()
    with opened(browser, f"{shared.address}/stills", may_be_refused=True) as page:
        page.locator("#pictures .there").first.wait_for()
        assert not axe_faults(page)
        fill(page)
        for size in (PHONE, SIDEWAYS, ENLARGED, LAPTOP, WALL, WIDE):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            for kind in ("img2img", "outpaint", "inpaint"):
                page.locator(f"[name=kind][value={kind}]").check(force=True)
                assert page.evaluate("document.documentElement.scrollWidth") <= size[0], size
                assert not page.evaluate(OUTSIDE), (size, kind)
                assert page.evaluate(TOO_WIDE) <= 0, (size, kind)
            assert size not in JUDGED or not axe_faults(page), size
            page.locator("#pictures button").first.click()
            assert page.evaluate("document.getElementById('large').scrollWidth") <= size[0], size
            assert not page.evaluate(OUTSIDE), size
            box = page.locator("#large-picture").bounding_box()
            assert min(box["width"], box["height"]) > 0.55 * min(size), size
            if size in JUDGED:
                page.click("#forget")
                assert not axe_faults(page), size
                page.click("#toast-undo")
            page.keyboard.press("Escape")


def test_all_of_it_is_reached_by_tab(browser: Any, shared: Service) -> None:
    """The gallery is one stop, however many pictures there are."""
    for seed in range(3):
        shared.ask(f"a picture of {seed}")
    with opened(browser, f"{shared.address}/stills", may_be_refused=True) as page:
        for seed in range(3):
            page.locator(f"#pictures button[aria-label='a picture of {seed}']").wait_for()
        met, pictures = [], 0
        for _ in range(40):
            page.keyboard.press("Tab")
            met.append(page.evaluate(FOCUSED))
            pictures += page.locator("#pictures button:focus").count()
            if len(met) > 1 and met[-1] == met[0]:
                break
        for part in ("prompt", "choose", "samples", "new-seed", "make", "queue-mine", "search"):
            assert part in met
        assert pictures == 1
        assert len(met) < 30


def test_nothing_moves_for_who_wants_it_so(browser: Any, shared: Service, maker: Any) -> None:
    maker.released.clear()
    shared.ask("a picture that is there")
    shared.ask("wait in peace")
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{shared.address}/stills")
        preview = page.locator(".job.running .preview")
        preview.wait_for()
        page.locator("#pictures img").first.wait_for(state="attached")
        name = preview.evaluate("node => getComputedStyle(node).animationName")
        took = page.evaluate(
            "getComputedStyle(document.querySelector('#pictures img')).transitionDuration"
        )
        assert (name, took) == ("none", "0s")
