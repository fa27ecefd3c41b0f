"""The page of voices in a real browser, whose microphone hears a sentence of espeak-ng."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib.core.voice.prosody import RATE_HZ
from tests.rig import until
from tests.signals.voice.conftest import said
from tests.signals.voice.elsewhere import elsewhere
from tests.signals.voice.talking import VoiceService, serving
from tests.stills.page.maker import making
from tests.stills.service.scripted import running
from tests.web.browser import (
    ENLARGED,
    LAPTOP,
    PHONE,
    SIDEWAYS,
    WALL,
    Page,
    axe_faults,
    launched,
    marks,
    opened,
)

pytestmark = [*marks, pytest.mark.usefixtures("voices")]
# What the page would do with a server elsewhere; how often the browser was asked for a microphone.
AWAY = """async () => {
    let asked = 0;
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) => { asked += 1; return real(wanted); };
    document.getElementById('mic').replaceWith(document.getElementById('mic').cloneNode(true));
    const { Microphone } = await import('/static/voice/microphone.js');
    new Microphone({ say() {}, tell() {} }, { on: false, listen() {}, stop() {} }).explain({
        audio_leaves: 'voice.example.com', words_leave: '' });
    document.getElementById('mic').click();
    await new Promise((later) => setTimeout(later, 200));
    return { asked, said: document.getElementById('where').textContent,
        note: document.getElementById('talk-answer').textContent };
}"""
TURN = "#turns .you:not(.interim)"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoiceService]:
    with serving(tmp_path_factory.mktemp("run"), stills_port=0) as service:
        yield service


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Its microphone plays one sentence, a pause, and all of it again."""
    path = tmp_path_factory.mktemp("microphone") / "voice.wav"
    sound = np.concatenate([said("excited"), np.zeros(3 * RATE_HZ, np.int16)])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(sound.tobytes())
    with launched(
        "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}", "--autoplay-policy=no-user-gesture-required",
        "--host-resolver-rules=MAP wall.test 127.0.0.1",
    ) as browser:  # fmt: skip
        yield browser


def say(page: Page, words: str) -> None:
    page.fill("#text", words)
    page.press("#text", "Enter")


def test_one_writes_sees_all_48_and_hears_a_reply(browser: Any, service: VoiceService) -> None:
    with opened(browser, f"{service.address}/voice") as page:
        assert page.inner_text("#notice-text") == "Heard on this machine"
        assert "this show's own machine" in page.inner_text("#where")
        say(page, "I love <b>this</b> beautiful picture")
        page.locator(".you .said", has_text="I love <b>this</b> beautiful picture").wait_for()
        assert "local estimate" in page.inner_text(".you .top")
        page.click(".you summary")
        page.locator(".you .scores li").nth(47).wait_for()
        assert page.locator(".you .scores li").count() == 48
        page.locator(".assistant .top").wait_for()
        assert page.locator(".assistant .role").inner_text() == "[assistant]"
        page.click("#forget")
        assert page.locator("#turns li").count() == 0


def test_the_microphone_is_heard_and_an_interruption_is_seen(
    browser: Any, service: VoiceService
) -> None:
    with opened(browser, f"{service.address}/voice") as page:
        say(page, "Tell me a long story. " * 12)
        page.locator(".assistant .top").wait_for()  # it speaks
        page.click("#mic")
        page.locator("#mic[aria-pressed=true]").wait_for()
        page.locator(".cut", has_text="[interrupted]").wait_for()
        assert until(lambda: service.value("arousal") > 0.6)
        page.locator(TURN).nth(1).wait_for()
        assert page.locator(TURN).nth(1).locator(".top").inner_text()
        page.click("#mic")
        page.locator("#mic[aria-pressed=false]").wait_for()
        assert page.inner_text("#mic") == "Microphone"


def test_the_operator_chooses_emotions_that_are_signals(
    browser: Any, service: VoiceService
) -> None:
    with opened(browser, f"{service.address}/voice") as page:
        page.click("#wall-more summary")
        page.check("#wall-emotions [value='Joy']")
        page.locator("#wall-answer", has_text="Chosen").wait_for()
        say(page, "I am so happy and delighted, what a wonderful day!")
        assert until(lambda: service.value("joy") > 0.1)
        page.reload()
        page.wait_for_selector("body[data-state=live]")
        assert page.locator("#wall-emotions [value='Joy']").is_checked()
        page.evaluate("document.getElementById('wall-more').open = true")
        page.uncheck("#wall-emotions [value='Joy']")
        page.locator("#wall-answer", has_text="Chosen").wait_for()


def test_a_reply_becomes_a_picture_in_the_conversation(browser: Any, tmp_path: Path) -> None:
    with (
        running() as stills, making(stills),
        serving(tmp_path, stills_port=stills.settings.stills_port) as service,
        opened(browser, f"{service.address}/voice") as page,
    ):  # fmt: skip
        assert "gone with this page" in page.inner_text("#illustrate-hint")
        page.check("#illustrate")
        say(page, "a boat of glass on a lake")
        picture = page.locator(".assistant .picture img")
        picture.wait_for()
        assert "a boat of glass" in picture.get_attribute("alt")
        assert page.evaluate("document.querySelector('.picture img').naturalWidth") > 100
        assert not stills.client.get("/gallery").json()["jobs"]


def test_without_https_the_page_says_which_buttons_need_it(browser: Any, tmp_path: Path) -> None:
    """By its name in a network a page is no secure context: a proxy with https is the way."""
    with serving(tmp_path, allowed_names="wall.test", control_token="t" * 30) as service:
        address = f"http://wall.test:{service.settings.signals_port}"
        with opened(browser, f"{address}/voice?token={'t' * 30}", may_lose=True) as page:
            assert page.is_disabled("#mic")
            assert "“Microphone”" in page.inner_text("#where")
            page.click("#where a")
            page.locator("pre", has_text="Behind a proxy").wait_for()
            page.go_back()


def test_audio_leaves_the_building_only_after_the_page_has_said_so_and_asked(
    browser: Any, tmp_path: Path
) -> None:
    with elsewhere("key") as there:
        changes = {"voice_url": there.url, "hume_api_key": "key"}
        with (
            serving(tmp_path, **changes) as service,
            opened(browser, f"{service.address}/voice") as page,
        ):
            # The stand-in is on this machine; the page says of any other that audio goes there.
            away = page.evaluate(AWAY)
            assert "leaves the building: it is sent to voice.example.com" in away["said"]
            assert away["asked"] == 0 and "press again" in away["note"]
            assert not there.asked  # nobody is called because a page is open
            say(page, "hello there")
            page.locator(".assistant .said", has_text="from elsewhere").wait_for()
            assert "Joy 0.75" in page.inner_text(".you .top")
            assert "local estimate" not in page.inner_text(".you .top")


def test_it_fits_every_screen_is_reached_by_keys_and_axe_finds_no_fault(
    browser: Any, service: VoiceService
) -> None:
    with opened(browser, f"{service.address}/voice") as page:
        say(page, "I wonder what the sea looks like at night")
        page.locator(".assistant .top").wait_for()
        for details in (".you details", ".assistant details", "#wall-more"):
            page.locator(details).first.evaluate("(part) => { part.open = true; }")
        for size in (PHONE, SIDEWAYS, ENLARGED, LAPTOP, WALL):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], size
            if size in (PHONE, WALL):
                assert not axe_faults(page), size
        met = set()
        page.focus("#text")
        for _ in range(80):
            page.keyboard.press("Tab")
            met.add(page.evaluate("document.activeElement.id"))
        assert {"mic", "say", "text", "pause", "forget", "log", "aloud", "wall-guests"} <= met
