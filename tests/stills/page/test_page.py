"""The page of stills in a real browser: asking, the queue, the gallery, the way to the wall."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from lib.config.settings import PrimarySettings
from tests.rig import until
from tests.stills.page.maker import Maker, picture
from tests.stills.service.scripted import Service
from tests.web.browser import PHONE, Page, marks, opened
from tests.web.conftest import Host, running_host

pytestmark = marks


def ask(page: Page, words: str) -> None:
    page.fill("#prompt", words)
    page.press("#prompt", "Enter")


def job(page: Page, words: str) -> Any:
    return page.locator(".job", has_text=words)


def tile(page: Page, words: str) -> Any:
    return page.locator(f"#pictures button[aria-label^='{words}']")


def more(page: Page, is_open: bool) -> None:
    """Fold the little-used fields in or out."""
    page.evaluate("(open) => { document.getElementById('more').open = open; }", is_open)


def last(maker: Maker, words: str) -> dict[str, Any]:
    """What the worker was told of the latest still of these words."""
    return next(one for one in reversed(maker.leases) if one["params"]["prompt"] == words)


def test_one_asks_sees_it_being_made_and_has_the_picture(page: Page, maker: Maker) -> None:
    maker.released.clear()
    ask(page, "a lake to wait for")
    row = job(page, "a lake to wait for")
    row.locator("text=Step 3 of 8").wait_for()
    row.locator(".preview img:visible").wait_for()
    assert page.inner_text("#queue-title") == "Queue (1)"
    assert page.inner_text("#notice-text") == "1 being made"
    maker.released.set()
    tile(page, "a lake to wait for").wait_for()
    row.wait_for(state="detached")
    page.wait_for_selector("#pictures li.there >> nth=0")
    assert page.inner_text("#notice-text") == "Ready"


def test_two_people_see_each_others_and_cancel_their_own(
    browser: Any, page: Page, shared: Service, maker: Maker
) -> None:
    maker.released.clear()
    address = f"{shared.address}/stills"
    with opened(browser, address, PHONE, may_be_refused=True) as other:
        ask(other, "wait for mine")
        theirs = job(page, "wait for mine")
        theirs.locator("text=Somebody else’s").wait_for()
        ask(page, "second in turn")
        behind = job(other, "second in turn")
        behind.locator("text=/Somebody else’s; next/i").wait_for()
        assert job(page, "second in turn").locator(".how").inner_text() == "Next"
        job(other, "wait for mine").locator("text=Cancel").click()
        theirs.wait_for(state="detached")
        tile(other, "second in turn").wait_for()
        other.click("#gallery-mine")
        other.locator("text=None of these is yours yet.").wait_for()
        ask(page, "wait for all")
        foreign = job(other, "wait for all").locator("button:visible")
        foreign.click()
        other.locator("text=Press again to cancel it for everybody").wait_for()
        other.wait_for_timeout(350)  # a double tap is one wish
        foreign.click()
        job(page, "wait for all").wait_for(state="detached")
    maker.released.set()


def test_what_is_wrong_is_said_at_its_field_until_it_is_right(page: Page) -> None:
    ask(page, "")
    assert page.inner_text("#prompt-error") == "Describe the picture first"
    page.fill("#prompt", "a boat")
    assert page.inner_text("#prompt-error") == ""
    page.fill("#samples", "99")
    more(page, True)
    page.fill("#steps", "many")
    more(page, False)
    page.click("#make")
    sentence = "The steps must be a whole number from 1 to 150, not “many”"
    page.fill("#samples", "1")
    assert page.inner_text("#samples-error") == ""
    page.click("#make")
    page.wait_for_selector("#steps:focus")  # its part of the form has opened
    assert page.inner_text("#steps-error") == sentence
    page.fill("#steps", "8")
    page.wait_for_selector("#steps-error:empty", state="attached")
    page.check("[name=shape][value=own]", force=True)
    page.fill("#width", "500")
    page.click("#make")
    assert "a multiple of 8 from 64 to 2048" in page.inner_text("#width-error")
    page.click("#empty-form")
    assert page.input_value("#prompt") == ""


def test_what_the_service_refuses_is_said_at_its_field(page: Page) -> None:
    more(page, True)
    page.fill("#model", "m" * 201)
    ask(page, "a boat")
    page.wait_for_selector("#model-error:has-text('model must be the name of a model')")
    page.click("#empty-form")


def test_what_failed_says_why_and_is_tried_again(page: Page, shared: Service) -> None:
    ask(page, "break it")
    row = job(page, "break it")
    row.locator("text=The engine ran out of memory.").wait_for()
    assert row.locator("button:visible").all_inner_texts() == ["Try again", "×"]
    row.locator("button", has_text="×").click()
    row.wait_for(state="detached")


def test_a_picture_is_started_from_and_a_part_of_it_painted_anew(
    page: Page, maker: Maker, shared: Service
) -> None:
    begin = {"name": "boat.png", "mimeType": "image/png", "buffer": picture(1, 640, 320)}
    page.set_input_files("#file", begin)
    page.wait_for_selector("#started:not([hidden])")
    page.fill("#strength", "0.25")
    ask(page, "in oil")
    tile(page, "in oil").wait_for()
    wanted = last(maker, "in oil")
    assert wanted["image"] and not wanted["mask"]
    assert wanted["params"]["kind"] == "img2img" and wanted["params"]["strength"] == 0.25
    assert wanted["params"]["width"] == 2 * wanted["params"]["height"]
    page.check("[name=kind][value=inpaint]", force=True)
    page.click("#make")
    assert page.inner_text("#image-error") == "Mark the part to repaint"
    paint(page, (0.5, 0.5))
    page.wait_for_selector("#image-error:empty", state="attached")
    ask(page, "a lighthouse")
    tile(page, "a lighthouse").wait_for()
    assert last(maker, "a lighthouse")["params"]["kind"] == "inpaint"
    mask = mask_of(shared, "a lighthouse")
    assert mask.size == (640, 320)
    assert mask.getpixel((320, 160)) == 255 and mask.getpixel((20, 20)) == 0
    page.click("#invert")
    ask(page, "all but that")
    tile(page, "all but that").wait_for()
    mask = mask_of(shared, "all but that")
    assert mask.getpixel((320, 160)) == 0 and mask.getpixel((20, 20)) == 255
    page.click("#drop-start")


def test_the_mask_is_painted_by_keys_too(page: Page, shared: Service, maker: Maker) -> None:
    begin = {"name": "boat.png", "mimeType": "image/png", "buffer": picture(2, 400, 400)}
    page.set_input_files("#file", begin)
    page.wait_for_selector("#started:not([hidden])")
    page.check("[name=kind][value=inpaint]", force=True)
    page.focus("#mask")
    page.keyboard.press("Space")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "-", "Space"):
        page.keyboard.press(key)
    for _ in range(2):
        page.keyboard.press("Space")
        page.keyboard.press("Control+z")
    ask(page, "by keys")
    tile(page, "by keys").wait_for()
    mask = mask_of(shared, "by keys")
    assert mask.getpixel((200, 200)) == 255 and mask.getpixel((236, 212)) == 255
    assert mask.getpixel((30, 30)) == 0
    page.click("#drop-start")


def test_what_is_around_a_picture_is_painted(page: Page, maker: Maker) -> None:
    begin = {"name": "boat.png", "mimeType": "image/png", "buffer": picture(3, 300, 200)}
    page.set_input_files("#file", begin)
    page.wait_for_selector("#started:not([hidden])")
    page.check("[name=kind][value=outpaint]", force=True)
    for edge, pixels in {"left": "x", "top": "0", "right": "0", "bottom": "0"}.items():
        page.fill(f"#edge-{edge}", pixels)
    ask(page, "more sky")
    page.wait_for_selector("#image-error:has-text('must be whole numbers')")
    page.fill("#edge-left", "100")
    page.fill("#edge-top", "50")
    ask(page, "more sky")
    tile(page, "more sky").wait_for()
    wanted = last(maker, "more sky")["params"]
    assert (wanted["kind"], wanted["width"], wanted["height"]) == ("outpaint", 400, 256)
    assert (wanted["left"], wanted["top"]) == (100, 50)
    page.click("#empty-form")


def test_the_frame_around_a_picture_is_dragged(page: Page, maker: Maker) -> None:
    begin = {"name": "boat.png", "mimeType": "image/png", "buffer": picture(3, 320, 160)}
    page.set_input_files("#file", begin)
    page.wait_for_selector("#started:not([hidden])")
    page.check("[name=kind][value=outpaint]", force=True)
    for edge, pixels in {"left": 160, "top": 0, "right": 160, "bottom": 0}.items():
        page.fill(f"#edge-{edge}", str(pixels))
    scale = 640 / page.locator("#stage").bounding_box()["width"]
    drag(page, ".edge.right", 64 / scale, 0)
    assert edges(page) == [160, 0, 224, 0]
    scale = 704 / page.locator("#stage").bounding_box()["width"]
    drag(page, ".edge.top", 0, -48 / scale)
    assert edges(page) == [160, 48, 224, 0]
    scale = 704 / page.locator("#stage").bounding_box()["width"]
    drag(page, "#start-picture", -400 / scale, 16 / scale)
    assert edges(page) == [0, 48, 384, 0], "it stays inside its frame"
    drag(page, ".edge.right", 5000, 0)
    assert edges(page)[2] == 2048 - 320
    drag(page, ".edge.right", -5000, 0)
    assert edges(page)[2] == 0
    ask(page, "more above")
    tile(page, "more above").wait_for()
    wanted = last(maker, "more above")["params"]
    assert (wanted["width"], wanted["height"]) == (320, 208)
    assert (wanted["left"], wanted["top"]) == (0, 48)
    page.click("#empty-form")
    tile(page, "more above").click()
    page.click("#into-form")
    page.wait_for_selector("#started:not([hidden])")
    assert edges(page) == [0, 48, 0, 0], "asked for again, it has the same frame"
    page.click("#empty-form")


def edges(page: Page) -> list[int]:
    sides = ("left", "top", "right", "bottom")
    return [int(page.input_value(f"#edge-{side}")) for side in sides]


def drag(page: Page, selector: str, across: float, down: float) -> None:
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=3)
    page.mouse.up()


def drop(page: Page, name: str, kind: str, content: bytes) -> None:
    """A file from the desktop: it comes over the page, and is let go of."""
    page.evaluate(
        """([name, type, bytes]) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
          const tell = (what) => document.body.dispatchEvent(
            new DragEvent(what, { dataTransfer, bubbles: true, cancelable: true }));
          tell("dragenter");
          if (document.getElementById("dropping").hidden) throw new Error("not a word of it");
          if (tell("dragover")) throw new Error("the browser would open it");
          if (tell("drop")) throw new Error("the browser would open it");
        }""",
        [name, kind, list(content)],
    )
    assert not page.is_visible("#dropping")


def test_a_picture_is_dropped_onto_the_page(page: Page, maker: Maker) -> None:
    drop(page, "a.txt", "text/plain", b"no picture")
    page.wait_for_selector("#image-error:has-text('must be a PNG, JPEG or WebP file')")
    drop(page, "a.png", "image/png", b"no picture either")
    page.wait_for_selector("#image-error:has-text('cannot be used')")
    drop(page, "a.jpg", "image/jpeg", picture(4, 128, 64, "JPEG"))
    page.wait_for_selector("#started:not([hidden])")
    page.wait_for_selector("#image-error:empty", state="attached")
    ask(page, "what was dropped")
    tile(page, "what was dropped").wait_for()
    assert last(maker, "what was dropped")["params"]["kind"] == "img2img"
    page.click("#drop-start")


def test_a_picture_is_pasted_or_taken_from_the_wall(page: Page, wall: Host, maker: Maker) -> None:
    page.evaluate(
        """async (bytes) => {
          const file = new File([new Uint8Array(bytes)], "a.png", { type: "image/png" });
          const pasted = new DataTransfer();
          pasted.items.add(file);
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: pasted }));
        }""",
        list(picture(4, 64, 64)),
    )
    page.wait_for_selector("#started:not([hidden])")
    page.click("#drop-start")
    page.click("#capture")
    page.wait_for_selector("#started:not([hidden])")
    ask(page, "as on the wall")
    tile(page, "as on the wall").wait_for()
    assert last(maker, "as on the wall")["params"]["kind"] == "img2img"
    page.click("#drop-start")
    wall.client.patch("/params?sure=true", json={"passthrough": True})
    page.click("#capture")
    page.wait_for_selector("#image-error:has-text('the raw source is on the wall')")
    wall.client.get("/passthrough/false")


def test_a_still_goes_to_the_wall_with_a_glide(page: Page, wall: Host) -> None:
    ask(page, "the sea at night")
    tile(page, "the sea at night").click()
    page.fill("#wall-s", "soon")
    page.click("#to-wall")
    page.wait_for_selector("#large-answer:has-text('a number of seconds from 0 to 600')")
    page.fill("#wall-s", "0,5")
    page.click("#to-wall")
    page.wait_for_selector("text=On its way to the wall")
    until(lambda: wall.session.played.prompt == "the sea at night")
    page.keyboard.press("Escape")


def test_a_still_is_made_again_or_with_other_words(page: Page, maker: Maker) -> None:
    ask(page, "a red tower")
    tile(page, "a red tower").click()
    first = last(maker, "a red tower")["params"]
    page.click("#again")
    until(lambda: len(made(maker, "a red tower")) == 2)
    assert last(maker, "a red tower")["params"] == first
    page.click("#again-seed")
    until(lambda: len(made(maker, "a red tower")) == 3)
    other = last(maker, "a red tower")["params"]
    assert other["seed"] != first["seed"] and {**other, "seed": first["seed"]} == first
    page.click("#into-form")
    assert page.input_value("#prompt") == "a red tower"
    assert page.input_value("#seed") == str(first["seed"])
    page.click("#empty-form")
    tile(page, "a red tower").first.click()
    page.click("#as-start")
    page.wait_for_selector("#started:not([hidden])")
    page.click("#drop-start")


def test_the_gallery_is_walked_by_keys_and_searched(page: Page, shared: Service) -> None:
    for words in ("walk one", "walk two", "walk three"):
        ask(page, words)
        tile(page, words).wait_for()
    page.fill("#search", "WALK t")
    until(lambda: page.locator("#pictures li").count() == 2)
    page.fill("#search", "no such words")
    page.wait_for_selector("#no-pictures:has-text('No prompt has “no such words” in it.')")
    page.fill("#search", "walk")
    until(lambda: page.locator("#pictures li").count() == 3)
    assert page.locator("#pictures button[tabindex='0']").count() == 1
    tile(page, "walk three").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("#large-prompt:text-is('walk two')")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#large-prompt") == "walk one"
    page.keyboard.press("Escape")
    page.wait_for_selector("#pictures button[aria-label='walk one, yours']:focus")
    page.fill("#search", "")
    until(lambda: page.locator("#pictures li").count() > 3)


def test_a_deleted_picture_comes_back_or_is_gone_for_everybody(
    browser: Any, page: Page, shared: Service
) -> None:
    ask(page, "to be deleted")
    tile(page, "to be deleted").click()
    page.keyboard.press("Delete")
    tile(page, "to be deleted").wait_for(state="detached")
    page.click("#toast-undo")
    tile(page, "to be deleted").wait_for(state="attached")
    page.keyboard.press("Escape")
    with opened(browser, f"{shared.address}/stills") as other:
        tile(other, "to be deleted").click()
        other.click("#forget")
        other.keyboard.press("Escape")
        other.goto("about:blank")  # who leaves does not wait for the undo to be over
        tile(page, "to be deleted").wait_for(state="detached")


def test_what_no_phone_reaches_says_so(page: Page) -> None:
    page.click("#to-phone")
    page.locator("#phone-says", has_text="Only this machine reaches this page").wait_for()
    assert not page.is_visible("#phone-code")
    page.keyboard.press("Escape")


def test_a_strangers_words_stay_words(page: Page) -> None:
    odd = "<img src=x onerror=alert(1)> ' a/b?c#d 猫"
    ask(page, odd)
    page.locator("#pictures .caption", has_text="<img src=x").wait_for(state="attached")
    assert page.locator("img[src=x]").count() == 0


def test_the_page_and_the_live_page_lead_to_each_other(
    browser: Any, page: Page, shared: Service, wall: Host
) -> None:
    assert page.get_attribute("#to-live", "href") == f"{wall.address}/"
    with opened(browser, wall.address) as live:
        there = f"http://127.0.0.1:{PrimarySettings.model_fields['stills_port'].default}/stills"
        assert live.get_attribute("#to-stills", "href") == there
    with (
        running_host(stills_port=0, signals_port=0) as without,
        opened(browser, without.address) as live,
    ):
        assert not live.is_visible("#pages")


def paint(page: Page, *places: tuple[float, float]) -> None:
    page.locator("#mask").scroll_into_view_if_needed()
    box = page.locator("#mask").bounding_box()
    for x, y in places:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + x * box["width"] + 3, box["y"] + y * box["height"])
        page.mouse.up()


def made(maker: Maker, words: str) -> list[dict[str, Any]]:
    return [one for one in maker.leases if one["params"]["prompt"] == words]


def mask_of(shared: Service, words: str) -> Image.Image:
    (one,) = shared.client.get("/gallery", params={"q": words}).json()["jobs"]
    data = shared.client.get(f"/pictures/{one['mask']}", headers={"accept": "image/png"}).content
    return Image.open(BytesIO(data)).convert("L")
