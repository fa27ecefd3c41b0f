"""The canvas at every size and by every way of reaching it: keys, fingers, a screen reader."""

from __future__ import annotations

from typing import Any

from tests.canvas.page.maps import made, new_map, node, on
from tests.stills.service.scripted import Service
from tests.web.browser import ENLARGED, LAPTOP, PHONE, SIDEWAYS, WALL, Page, axe_faults, marks

pytestmark = marks
OUTSIDE = """[...document.querySelectorAll('button, input, a, textarea')].filter((part) =>
    part.checkVisibility() && !part.closest('#layer')).map((part) => [part.id || part.textContent,
    part.getBoundingClientRect()]).filter(([, box]) => box.width > 1 &&
    (box.left < -1 || box.right > innerWidth + 1)).map(([name]) => name)"""
HERE = "document.activeElement.closest('.node')?.ariaLabel ?? document.activeElement.id"


def test_it_fits_every_screen_and_axe_finds_no_fault(
    browser: Any, shared: Service, maker: Any
) -> None:
    with on(browser, new_map(shared, "sizes")) as page:
        made(page, "a picture that is there")
        page.click("#make-child")
        page.wait_for_selector("#from:visible")
        for size in (PHONE, SIDEWAYS, ENLARGED, LAPTOP, WALL):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], size
            assert not page.evaluate(OUTSIDE), size
            if size in (PHONE, ENLARGED, WALL):
                assert not axe_faults(page), size
                page.keyboard.press("Escape")
                assert not axe_faults(page), size
                page.keyboard.press("Enter")
        for button, dialog in (("show-keys", "keys"), ("show-bin", "bin"), ("to-device", "phone")):
            if dialog != "phone":
                page.click("#menu-button")
            page.click(f"#{button}")
            page.wait_for_selector(f"#{dialog}[open]")
            assert not axe_faults(page), dialog
            page.keyboard.press("Escape")
        page.goto(f"{shared.address}/canvas")
        page.wait_for_selector("body[data-state=live] #maps a")
        for size in (PHONE, WALL):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert not axe_faults(page), size


def test_all_of_it_is_done_by_keys(browser: Any, shared: Service, maker: Any) -> None:
    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    with on(browser, new_map(shared, "keys")) as page:
        page.keyboard.type("a hill")
        press("Enter")
        page.wait_for_selector(".node.pictured:not(.waiting)")
        press("Escape")
        assert "a hill" in page.evaluate(HERE)
        press("c")
        page.wait_for_selector("#prompt:focus")
        press("Control+a")
        page.keyboard.type("a valley")
        press("Escape", "ArrowLeft")
        assert "a hill" in page.evaluate(HERE)
        press("ArrowRight")
        assert "a valley" in page.evaluate(HERE)
        before = place(page, "a valley")
        press("Alt+ArrowDown", "Alt+ArrowDown")
        page.wait_for_function(
            "(was) => document.querySelector('.node.selected').style.top !== was", arg=before
        )
        press("Delete")
        node(page, "a valley").wait_for(state="detached")
        press("Control+z")
        node(page, "a valley").wait_for()
        zoom = page.inner_text("#zoom-is")
        press("+")
        page.wait_for_function(
            "(was) => document.getElementById('zoom-is').textContent !== was", arg=zoom
        )
        press("0", "l")
        assert page.inner_text("#lock") == "Locked"
        press("l", "?")
        page.wait_for_selector("#keys[open]")


def test_a_finger_pans_selects_and_plays(browser: Any, shared: Service, maker: Any) -> None:
    address = new_map(shared, "fingers")
    with browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("#word-connected[data-how=good]")
        page.tap("#tour-end")
        page.fill("#prompt", "a small boat")
        page.tap("#generate")
        page.wait_for_selector(".node.pictured:not(.waiting)")
        page.tap("#describe-close")
        page.wait_for_selector("#describe", state="hidden")
        box = page.locator(".node").bounding_box()
        touch(context, page, (60, 200), (160, 260))
        moved = page.locator(".node").bounding_box()
        assert moved["x"] - box["x"] > 50, "a finger moves the map"
        touch(context, page, middle(page), (middle(page)[0], middle(page)[1] + 120))
        again = page.locator(".node").bounding_box()
        assert again["y"] - moved["y"] > 100, "also where it begins on a picture"
        page.tap(".node")
        page.wait_for_selector("#describe:visible")
        page.wait_for_timeout(400)  # it glides
        box = page.locator(".node").bounding_box()
        assert box["y"] < page.locator("#describe").bounding_box()["y"] - 40, "it stays in sight"
        page.tap("#describe-close")
        before = page.locator(".node").evaluate("node => node.style.top")
        touch(context, page, middle(page), (middle(page)[0], middle(page)[1] + 90))
        assert page.locator(".node").evaluate("node => node.style.top") != before, "it is moved"


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(".node").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 60)


def touch(context: Any, page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """One finger from a place to another."""
    devtools = context.new_cdp_session(page)
    across, down = (end[0] - begin[0]) / 4, (end[1] - begin[1]) / 4
    moves = [("touchMove", (begin[0] + across * at, begin[1] + down * at)) for at in range(1, 5)]
    for kind, (x, y) in (("touchStart", begin), *moves):
        points = [{"x": x, "y": y}]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(100)


def place(page: Page, words: str) -> str:
    return str(node(page, words).evaluate("node => node.style.top"))
