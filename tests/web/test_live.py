"""Pages that are connected live, over real WebSockets."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from lib.config.params import Played
from lib.control.desk import By
from lib.control.params_table import CONTROLS
from lib.web import live
from lib.web import page as page_module
from lib.web.page import MOST_UNDER_WAY
from lib.web.server import LONGEST_MESSAGE
from tests.web.client import UPGRADE, LivePage, live_page
from tests.web.conftest import Host, running_host


@pytest.fixture
def page(shared: Host) -> Iterator[LivePage]:
    with live_page(shared) as page:
        yield page


def read_entries(page: LivePage, most: int) -> None:
    end = time.monotonic() + 5
    while len(page.entries) < most and time.monotonic() < end:
        page.read(0.05)


def test_it_is_told_everything_at_first(shared: Host, page: LivePage) -> None:
    hello = page.hello
    assert hello["number"] == shared.desk.number
    assert hello["params"] == shared.desk.played.model_dump()
    assert [row["name"] for row in hello["table"]] == list(CONTROLS)
    strength = next(row for row in hello["table"] if row["name"] == "strength")
    assert (strength["kind"], strength["least"], strength["most"]) == ("float", 0, 1)
    assert strength["glides"] and strength["help"]
    assert hello["status"]["params"] == hello["params"]
    assert set(hello["cues"]) == {"sheet", "state"} and hello["you"] == "127.0.0.1"


def test_what_one_page_plays_all_are_told(shared: Host, page: LivePage) -> None:
    with live_page(shared) as other:
        answer = page.ask("play", change={"strength": 0.25, "steps": "3"}, glide_ms=100)
        assert answer["ok"] and answer["entry"]["change"] == {
            "strength": 0.25,
            "num_inference_steps": 3,
        }
        for one in (page, other):
            told = one.wait_for("played")
            assert told["entry"] == answer["entry"] == told["entries"][-1]
            assert told["params"]["strength"] == 0.25
            assert (told["entry"]["door"], told["entry"]["who"]) == ("page", "127.0.0.1")
        assert page.ask("undo")["entry"]["action"] == "undo"
        assert page.ask("redo")["entry"]["action"] == "redo"
        shared.client.get("/seed/77")
        shared.client.get("/seed/-1")
        read_entries(other, 5)
        played, refused = other.entries[-2:]
        assert (played["door"], played["change"]) == ("http", {"seed": 77})
        assert "seed must be" in refused["refused"]


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"type": "play", "change": {"strength": 2}}, "strength must be a number from 0 to 1"),
        ({"type": "play", "change": {"constructor": 1}}, "there is no control 'constructor'"),
        ({"type": "play", "change": {}}, "at least one control"),
        ({"type": "play", "change": [1]}, "a play needs a change"),
        ({"type": "play"}, "a play needs a change"),
        ({"type": "play", "change": {"seed": 1}, "glide_ms": "1"}, "glide_ms must be a whole"),
        ({"type": "play", "change": {"seed": 1}, "glide_ms": -1}, "a glide takes 0 to"),
        ({"type": "play", "change": {"seed": {"$gt": 0}}}, "seed must be a whole number"),
        ({"type": "reboot"}, "there is no such message"),
        ({}, "there is no such message"),
    ],
)
def test_what_is_not_allowed_is_answered_with_a_sentence(
    shared: Host, page: LivePage, message: dict[str, object], sentence: str
) -> None:
    before = shared.desk.played
    page.tell(**message, id="mine")
    answer = page.wait_for("answer", id="mine")
    assert not answer["ok"] and sentence in answer["detail"]
    assert shared.desk.played == before


@pytest.mark.parametrize(
    "garbage",
    [
        "{",
        "null",
        "[]",
        b"\x00\xff",
        "NaN",
        '{"type":"play","id":1,"change":{"strength":1e999}}',
        '{"type":"play","id":1,"change":{"prompt":"\\ud800"}}',
        "[" * 20_000,
        '{"a":' + "9" * 10_000 + "}",
    ],
)
def test_garbage_is_answered_and_the_page_stays(page: LivePage, garbage: str | bytes) -> None:
    page.socket.send(garbage)
    assert "JSON" in page.wait_for("answer", ok=False)["detail"]
    page.tell(type="ping")
    page.wait_for("pong")


def test_a_message_without_end_ends_the_connection(page: LivePage) -> None:
    page.socket.send("x" * (LONGEST_MESSAGE + 1))
    with pytest.raises(ConnectionClosed) as closed:
        page.read_for(5)
    assert closed.value.rcvd and closed.value.rcvd.code == 1009


def test_of_a_thousand_changes_no_entry_is_lost_and_all_end_with_the_same(host: Host) -> None:
    with live_page(host) as first, live_page(host) as second:
        for number in range(1, 1001):
            host.desk.play({"seed": number}, By("osc"))
        for page in (first, second):
            read_entries(page, 1000)
            assert [entry["change"]["seed"] for entry in page.entries] == list(range(1, 1001))
            told = [message for message in page.told if message["type"] == "played"]
            assert len(told) < 200, "what comes within a thirtieth of a second comes together"
            assert told[-1]["params"] == host.desk.played.model_dump()
            assert told[-1]["number"] == host.desk.number


def test_who_comes_while_others_play_ends_with_the_same(host: Host) -> None:
    enough = threading.Event()

    def play() -> None:
        number = 0
        while not enough.wait(0.0005):
            number += 1
            host.desk.play({"seed": number}, By("osc"))

    player = threading.Thread(target=play)
    player.start()
    with ExitStack() as resources:
        pages = [resources.enter_context(live_page(host)) for _ in range(8)]
        enough.set()
        player.join()
        last = host.desk.number
        for page in pages:
            host.wait_until("the last", lambda p=page: p.read(0.05) or newest(p) == last)
            told = [page.hello, *(m for m in page.told if m["type"] == "played")]
            assert told[-1]["params"] == host.desk.played.model_dump()


def newest(page: LivePage) -> int:
    return max(message.get("number", 0) for message in page.told)


def test_a_thousand_changes_of_one_page_are_all_answered(host: Host) -> None:
    with live_page(host) as page:
        for number in range(1000):
            page.tell(type="play", id=number, change={"seed": number})
        page.wait_for("answer", id=999, seconds=15)
        answers = [message for message in page.told if message["type"] == "answer"]
        assert [answer["id"] for answer in answers] == list(range(1000))
        assert all(answer["ok"] for answer in answers)
        assert host.desk.played.seed == 999


def test_no_message_is_too_long_for_a_page(host: Host) -> None:
    with live_page(host) as page:
        for number in range(100):
            prompt = f"{number} " + "雨" * 1900
            host.desk.play({"prompt": prompt, "prompt2": prompt}, By("osc"))
        read_entries(page, 100)
        assert [int(e["change"]["prompt"].split()[0]) for e in page.entries] == [*range(100)]
        longest = max(len(json.dumps(message, ensure_ascii=False)) for message in page.told)
        assert longest < 200_000
    with live_page(host) as page:
        entries = page.hello["entries"]
        assert len(json.dumps(page.hello, ensure_ascii=False)) < 200_000
        assert [e["number"] for e in entries] == [*range(101 - len(entries), 101)]


def test_the_status_comes_by_itself(page: LivePage) -> None:
    page.read_for(1.3)
    told = [message for message in page.told if message["type"] == "status"]
    assert 2 <= len(told) <= 4
    assert told[-1]["stream"]["fps_out"] == 29.9


def test_presets_and_cues_are_told_when_they_change(shared: Host, page: LivePage) -> None:
    shared.client.put("/presets/night").raise_for_status()
    page.wait_for("presets", names=["night"])
    sheet = {"loop": True, "cues": [{"preset": "night", "after_s": 60.0}]}
    shared.client.put("/cues", json=sheet).raise_for_status()
    page.wait_for("cues", sheet=sheet)
    shared.client.post("/cues/start").raise_for_status()
    shared.wait_until(
        "the countdown",
        lambda: page.read(0.05) or len([m for m in page.told if m["type"] == "cues"]) > 3,
    )
    assert page.told and page.wait_for("cues")["state"].keys() >= {"running", "next", "seconds"}
    shared.client.post("/cues/stop").raise_for_status()


# --- pictures


def test_a_page_that_says_nothing_gets_two_pictures(shared: Host, page: LivePage) -> None:
    page.sees = False
    page.tell(type="preview", fps=15)
    page.read_for(0.8)
    assert len(page.pictures) == MOST_UNDER_WAY
    page.tell(type="seen")
    page.read_for(0.3)
    assert len(page.pictures) == MOST_UNDER_WAY + 1
    assert set(page.pictures) <= set(shared.stream.pictures)


@pytest.mark.parametrize(("fps", "least", "most"), [(15, 8, 17), (5, 3, 7), (1000, 8, 17)])
def test_pictures_come_as_often_as_was_asked(
    page: LivePage, fps: int, least: int, most: int
) -> None:
    page.tell(type="preview", fps=fps)
    page.read_for(1.0)
    assert least <= len(page.pictures) <= most


def test_the_feed_is_read_only_while_a_page_wants_pictures(host: Host) -> None:
    preview = host.web._preview
    with live_page(host) as page:
        assert preview._watch is None
        for _ in range(3):  # asking twice is asking once
            page.tell(type="preview", fps=15)
        page.read_for(0.4)
        assert page.pictures and preview.watchers == 1
        page.tell(type="preview", fps=0)
        host.wait_until("nobody", lambda: preview.watchers == 0)
        page.tell(type="preview", fps=15)
        host.wait_until("again", lambda: preview.watchers == 1)
    host.wait_until("gone", lambda: preview.watchers == 0 and preview._watch is None)
    assert not preview._told


# --- bounds


def metric(host: Host, name: str) -> float:
    lines = host.client.get("/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"afterimage_{name} ")))


def test_who_does_not_read_is_let_go_and_holds_up_nobody(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MOST_UNSENT", 20)
    with ExitStack() as resources:
        asleep = resources.enter_context(socket.socket())
        asleep.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        asleep.connect(("127.0.0.1", host.http_port))
        asleep.sendall(UPGRADE)
        awake = resources.enter_context(live_page(host))
        host.wait_until("two pages", lambda: metric(host, "pages") == 2)
        played, end = 0, time.monotonic() + 20
        while metric(host, "pages") == 2 and time.monotonic() < end:
            for _ in range(20):  # as many words as a message may have
                played += 1
                prompt = f"{played} " + "雨" * 1900
                host.desk.play({"prompt": prompt, "prompt2": prompt}, By("osc"))
            awake.read(0.02)
        assert (metric(host, "pages"), metric(host, "pages_let_go_total")) == (1, 1)
        read_entries(awake, played)
        assert [int(e["change"]["prompt"].split()[0]) for e in awake.entries] == [
            *range(1, played + 1)
        ]


def test_there_is_a_limit_to_pages() -> None:
    with running_host(max_pages=2) as host, live_page(host), live_page(host):
        with pytest.raises(ConnectionClosed) as closed, live_page(host):
            pass
        assert closed.value.rcvd and closed.value.rcvd.code == 1013
        assert "which is the most" in closed.value.rcvd.reason


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_is_not_connected(shared: Host, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused, live_page(shared, **headers):
        pass
    assert refused.value.response.status_code == 403
    assert b"another web site" in (refused.value.response.body or b"")


def test_our_own_page_is(shared: Host) -> None:
    with live_page(shared, Origin=shared.address):
        pass


def test_the_server_ends_at_once_with_pages_open(host: Host) -> None:
    with ExitStack() as resources:
        pages = [resources.enter_context(live_page(host)) for _ in range(5)]
        for page in pages:
            page.tell(type="preview", fps=15)
        asleep = resources.enter_context(socket.socket())
        asleep.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        asleep.connect(("127.0.0.1", host.http_port))
        asleep.sendall(UPGRADE)
        host.wait_until("six", lambda: metric(host, "pages") == 6)
        before = time.monotonic()
        assert host.web.stop(timeout=1.0)
        assert time.monotonic() - before < 1.0
        assert host.web.failure is None
        with pytest.raises(ConnectionClosed) as closed:
            pages[0].read_for(5)
        assert closed.value.rcvd and closed.value.rcvd.code == 1012


# --- words that take their time


class Slow:
    """Looks at a text for as long as the test wants, as a server far away would."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def check(self, text: str, override: bool = False) -> Verdict:
        if override:
            return Verdict(text)
        self.go_on.wait(5)
        return Verdict(text, "bad" not in text, "these words are refused" if "bad" in text else "")


class Verdict:
    translated = None

    def __init__(self, text: str, safe: bool = True, why: str = "") -> None:
        self.text, self.safe, self.why = text, safe, why


def test_words_that_are_looked_at_hold_up_nobody() -> None:
    words = Slow()
    with running_host(words) as host, live_page(host) as page:
        page.tell(type="play", id=100, change={"prompt": "a good one"})
        page.tell(type="play", id=101, change={"prompt2": "a bad one"})
        assert page.ask("play", change={"strength": 0.5})["ok"]
        assert host.client.get("/seed/3").status_code == 200
        assert host.desk.played.prompt == Played().prompt
        assert page.ask("play", change={"prompt": "an operator's"}, override=True)["ok"]
        words.go_on.set()
        late = page.wait_for("answer", id=100)
        assert not late["ok"] and "a newer prompt came" in late["detail"]
        assert not page.wait_for("answer", id=101)["ok"]
        assert host.desk.played.prompt == "an operator's"


def test_the_server_ends_at_once_while_words_are_looked_at() -> None:
    words = Slow()
    with running_host(words) as host, live_page(host) as page:
        page.tell(type="play", id=1, change={"prompt": "a good one"})
        page.tell(type="play", id=2, change={"strength": 0.5})
        page.wait_for("answer", id=2)
        before = time.monotonic()
        assert host.web.stop(timeout=1.0)
        assert time.monotonic() - before < 1.0 and not host.web.failure
        words.go_on.set()


def test_a_prompt_that_is_not_safe_is_answered_as_controllers_expect() -> None:
    words = Slow()
    words.go_on.set()
    with running_host(words) as host:
        answer = host.client.get("/prompt/a bad one")
        assert answer.status_code == 200
        assert answer.json() == {"safety": "unsafe", "detail": "these words are refused"}
        assert host.desk.played.prompt == Played().prompt
        assert host.desk.entries[-1].refused == "these words are refused"
        assert host.client.get("/prompt/a good one").json()["safety"] == "safe"
        refused = host.client.patch("/params", json={"prompt": "bad", "seed": 4})
        assert (refused.status_code, host.desk.played.seed) == (422, 0)
        host.client.get("/prompt/bad one?override=true")
        assert host.desk.played.prompt == "a good one", "never by a piece of the text"
        host.client.patch("/params?override=true", json={"prompt": "bad"}).raise_for_status()
        assert host.desk.played.prompt == "bad"


def test_no_more_texts_are_looked_at_than_can_be() -> None:
    words = Slow()
    with running_host(words) as host, live_page(host) as page:
        for number in range(20):
            page.tell(type="play", id=number, change={"prompt": f"number {number}"})
        page.wait_for("answer", id=19)
        words.go_on.set()
        for number in range(20):
            page.wait_for("answer", id=number)
        answers = [m for m in page.told if m["type"] == "answer" and "try again" in str(m)]
        assert len(answers) == 4
        assert json.loads(host.client.get("/params").text)["params"]["prompt"] == "number 15"
