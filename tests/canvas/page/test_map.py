"""A map in a real browser: describing, children, masks, samples, deleting."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.canvas.page.maps import describe, drag, last, made, new_map, node, on
from tests.rig import until
from tests.stills.page.maker import Maker, making
from tests.stills.service.scripted import Service, png, running
from tests.web.browser import marks, opened

pytestmark = marks
BOX = "({ style }) => [parseFloat(style.width), parseFloat(style.height)]"
OVER = "([x, y]) => Boolean(document.elementFromPoint(x, y)?.closest('.corner'))"
# The selected node first.
LYING = """() => [...document.querySelectorAll(".node.selected, .node")]
    .sort((a, b) => b.matches(".selected") - a.matches(".selected"))
    .map(({ style }) => ["left", "top", "width", "height"].map((one) => parseFloat(style[one])))"""
PASTE = """(data) => {
    const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], "one.png", { type: "image/png" }));
    const pasted = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(pasted);
}"""


def test_an_empty_map_begins_with_a_node_and_a_tour(
    browser: Any, shared: Service, maker: Maker
) -> None:
    address = new_map(shared, "first")
    with opened(browser, address) as page:
        page.wait_for_selector(".node.mine.selected")
        for number in range(1, 11):
            assert page.inner_text("#tour-at") == f"{number} of 10"
            page.click("#tour-next")
        assert not page.is_visible("#tour")
        maker.released.clear()
        describe(page, "a lake to wait for")
        page.wait_for_selector(".node.waiting .how:has-text('Step 3 of 8')")
        page.wait_for_selector(".node.waiting.pictured")  # what it is like so far
        maker.released.set()
        page.wait_for_selector(".node.pictured:not(.waiting)")
        assert page.locator(".node").count() == 1
        page.reload()
        node(page, "a lake to wait for").wait_for()
        assert not page.is_visible("#tour")


@pytest.fixture(scope="module")
def page(browser: Any, shared: Service, maker: Maker) -> Any:
    with on(browser, new_map(shared, "one for all")) as page:
        yield page


def fresh(page: Any) -> None:
    """A new node, selected, away from all others."""
    page.focus("#map")
    page.keyboard.press("Escape")
    page.focus("#map")
    page.keyboard.press("n")
    page.wait_for_selector(".node.selected.bare")


def test_a_child_is_drawn_from_the_handle_and_inherits_words_and_picture(
    page: Any, maker: Maker
) -> None:
    parent = made(page, "a red tower", negative="people", seed="7")
    drag(page, parent.locator(".handle"), 150, -180)
    page.wait_for_selector(".node.selected.bare")
    assert page.locator("#edges path").count() == 1
    assert page.input_value("#prompt") == "a red tower"
    assert page.input_value("#negative") == "people"
    page.wait_for_selector("#from-words:has-text('Made from its parent.')")
    page.fill("#power", "0.75")
    made(page, "the same in snow")
    wanted = last(maker, "the same in snow")
    assert wanted["params"]["kind"] == "img2img" and wanted["image"]
    assert wanted["params"]["strength"] == pytest.approx(0.25)
    page.check("[name=result][value=txt2img]", force=True)
    made(page, "only from words")
    assert last(maker, "only from words")["params"]["kind"] == "txt2img"


def test_a_part_is_inpainted_with_a_soft_edge(page: Any, shared: Service, maker: Maker) -> None:
    fresh(page)
    made(page, "a field", samples="1")
    page.click("#paint-part")
    page.wait_for_selector("#paint[open] #mask:focus")
    page.fill("#paint-prompt", "a lighthouse")
    page.press("#paint-prompt", "Enter")
    page.wait_for_selector("#paint-error:has-text('Mark the part to repaint')")
    drag(page, page.locator("#mask"), 60, 0)
    page.evaluate("""() => { const field = document.getElementById('feather'); field.value = 40;
        field.dispatchEvent(new Event('input')); }""")
    page.press("#paint-prompt", "Enter")
    node(page, "a lighthouse").wait_for()
    page.wait_for_selector(".node.pictured:not(.waiting)[aria-label*='a lighthouse']")
    wanted = last(maker, "a lighthouse")
    assert wanted["params"]["kind"] == "inpaint"
    job = shared.job(wanted["id"])
    mask = picture(shared, job["mask"]).convert("L")
    assert mask.size == picture(shared, job["image"]).size
    middle, corner = mask.getpixel((mask.width // 2, mask.height // 2)), mask.getpixel((4, 4))
    greys = {value for value in mask.tobytes() if 20 < value < 235}
    assert middle > 200 and corner == 0 and len(greys) > 10


def test_what_is_around_is_outpainted(page: Any, maker: Maker) -> None:
    fresh(page)
    made(page, "a pond")
    page.click("#paint-around")
    page.wait_for_selector("#paint[open] .stage.framed")
    page.fill("#edge-top", "64")
    drag(page, page.locator(".edge.right"), -30, 0)
    right = int(page.input_value("#edge-right"))
    assert right % 8 == 0 and right < 128
    page.fill("#paint-prompt", "a pond in a park")
    page.press("#paint-prompt", "Enter")
    page.wait_for_selector(".node.pictured:not(.waiting)[aria-label*='a pond in a park']")
    wanted = last(maker, "a pond in a park")["params"]
    assert (wanted["kind"], wanted["left"], wanted["top"]) == ("outpaint", 128, 64)


def test_several_samples_are_staged_until_one_is_chosen(page: Any) -> None:
    fresh(page)
    describe(page, "four boats", samples="4")
    page.wait_for_selector(".node.staged:not(.waiting)")
    page.wait_for_selector("#samples-title:has-text('Choose one of 4')")
    page.click("#samples-list button >> nth=2")
    page.wait_for_selector(".node.pictured:not(.staged)[aria-label*='four boats']")
    assert page.get_attribute("#samples-list button >> nth=2", "aria-pressed") == "true"


def test_what_failed_says_why_and_is_tried_again(browser: Any) -> None:
    with running() as service, making(service) as maker, on(browser, new_map(service, "m")) as page:
        describe(page, "break it")
        page.locator(".node.failed .how", has_text="The engine ran out of memory.").wait_for()
        page.locator(".node.failed .again").wait_for()
        before = len(maker.leases)
        page.click("#retry")
        until(lambda: len(maker.leases) > before)
        page.wait_for_selector(".node.waiting")
        page.click("#cancel")
        page.wait_for_selector("#describe-how:has-text('Cancelled')")


def test_what_is_deleted_comes_back(page: Any) -> None:
    fresh(page)
    made(page, "to be deleted")
    page.click("#delete")
    node(page, "to be deleted").wait_for(state="detached")
    page.click("#toast-undo")
    node(page, "to be deleted").wait_for()
    page.click("#delete")
    node(page, "to be deleted").wait_for(state="detached")
    page.click("#menu-button")
    page.click("#show-bin")
    page.click("#bin-list button[aria-label='Bring back to be deleted']")
    node(page, "to be deleted").wait_for(state="attached")
    page.click("#bin .close")
    assert node(page, "to be deleted").count() == 1


def test_words_are_copied_and_typing_is_undone(page: Any) -> None:
    fresh(page)
    made(page, "words to copy", seed="12")
    page.evaluate("""() => { document.execCommand = () => false; // as where a page may not
        navigator.clipboard.writeText = () => Promise.reject(); }""")
    page.click("[data-copy=prompt]")
    assert page.input_value("#copy-text") == "words to copy"
    assert page.evaluate("getSelection().toString()") == "words to copy"
    page.click("#copy-close")
    page.evaluate("() => { navigator.clipboard.writeText = (text) => { window.copied = text; }; }")
    page.click("[data-copy=seed]")
    page.wait_for_selector("#toast-text:has-text('Copied the seed')")
    assert page.evaluate("window.copied") == "12"


def test_a_strangers_words_stay_words(page: Any) -> None:
    fresh(page)
    page.fill("#prompt", "<img src=x onerror=alert(1)>")
    page.locator(".node .caption", has_text="<img src=x").wait_for(state="attached")
    assert page.locator("img[src=x]").count() == 0


def picture(shared: Service, picture: str) -> Image.Image:
    data = shared.client.get(f"/pictures/{picture}", headers={"accept": "image/png"}).content
    return Image.open(BytesIO(data))


def middle(there: Any) -> tuple[float, float]:
    box = there.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_note_has_room_for_its_text_and_is_sized_by_its_corner(page: Any) -> None:
    page.click("#new-note")
    page.fill("#note-text", "A long note. " * 24)
    note = page.locator(".node.note.selected")
    caption = note.locator(".caption")
    note.locator(".caption", has_text="A long note").wait_for()
    until(lambda: caption.evaluate("one => one.scrollHeight <= one.clientHeight"))
    before = note.evaluate(BOX)
    page.keyboard.press("Escape")
    until(lambda: page.evaluate(OVER, list(middle(note.locator(".corner")))))  # it came into sight
    drag(page, note.locator(".corner"), 40, 30)
    until(lambda: all(now > then for now, then in zip(note.evaluate(BOX), before, strict=True)))
    page.focus("#map")
    page.keyboard.press("Control+z")  # one gesture
    until(lambda: note.evaluate(BOX) == before)


def test_a_picture_keeps_its_shape_at_any_size(page: Any) -> None:
    fresh(page)
    made(page, "a plain")
    there = page.locator(".node.selected")
    wide, high = there.evaluate(BOX)
    drag(page, there.locator(".corner"), 50, 0)
    until(lambda: there.evaluate(BOX)[0] > wide)
    larger = there.evaluate(BOX)
    assert larger[0] / larger[1] == pytest.approx(wide / high, rel=0.01)
    there.focus()
    page.keyboard.press("Alt+Shift+ArrowLeft")
    until(lambda: there.evaluate(BOX)[0] < larger[0])


def test_what_is_pasted_covers_nothing(page: Any) -> None:
    data = b64encode(png(300, 200, 0x3355FF)).decode()
    page.focus("#map")
    page.evaluate(PASTE, data)
    page.locator(".node.pictured.selected[aria-label*='without words']").wait_for()
    mine, *others = page.evaluate(LYING)
    for x, y, wide, high in others:
        apart = x + wide <= mine[0] or mine[0] + mine[2] <= x
        assert apart or y + high <= mine[1] or mine[1] + mine[3] <= y
