"""Pages that are connected live, over real WebSockets."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed

from lib.config.controls import CONTROLS
from lib.control.journal import Origin
from lib.web.app import LONGEST_MESSAGE
from tests.web.client import LivePage, live_page, read_entries
from tests.web.conftest import Host


def test_it_is_told_everything_at_first(shared: Host, page: LivePage) -> None:
    hello = page.hello
    assert hello["number"] == shared.session.number
    assert hello["params"] == shared.session.played.model_dump()
    assert [row["name"] for row in hello["table"]] == list(CONTROLS)
    strength = next(row for row in hello["table"] if row["name"] == "strength")
    assert (strength["kind"], strength["least"], strength["most"]) == ("float", 0, 1)
    assert strength["glides"] and strength["help"]
    assert hello["status"]["params"] == hello["params"]
    assert {"sheet", "state"} <= set(hello["cues"]) and hello["you"] == "127.0.0.1"


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
        ({"type": "reboot"}, "unknown message"),
        ({}, "unknown message"),
    ],
)
def test_what_is_not_allowed_is_answered_with_a_sentence(
    shared: Host, page: LivePage, message: dict[str, object], sentence: str
) -> None:
    before = shared.session.played
    page.tell(**message, id="mine")
    answer = page.wait_for("answer", id="mine")
    assert not answer["ok"] and sentence in answer["detail"]
    assert shared.session.played == before


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
            host.session.play({"seed": number}, Origin("osc"))
        for page in (first, second):
            read_entries(page, 1000)
            assert [entry["change"]["seed"] for entry in page.entries] == list(range(1, 1001))
            told = [message for message in page.told if message["type"] == "played"]
            assert len(told) < 200, "what comes within a thirtieth of a second comes together"
            assert told[-1]["params"] == host.session.played.model_dump()
            assert told[-1]["number"] == host.session.number


def test_who_comes_while_others_play_ends_with_the_same(host: Host) -> None:
    enough = threading.Event()

    def play() -> None:
        number = 0
        while not enough.wait(0.0005):
            number += 1
            host.session.play({"seed": number}, Origin("osc"))

    player = threading.Thread(target=play)
    player.start()
    with ExitStack() as resources:
        pages = [resources.enter_context(live_page(host)) for _ in range(8)]
        enough.set()
        player.join()
        last = host.session.number
        for page in pages:
            host.wait_until("the last", lambda p=page: p.read(0.05) or newest(p) == last)
            told = [page.hello, *(m for m in page.told if m["type"] == "played")]
            assert told[-1]["params"] == host.session.played.model_dump()


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
        assert host.session.played.seed == 999


def test_no_message_is_too_long_for_a_page(host: Host) -> None:
    with live_page(host) as page:
        for number in range(100):
            prompt = f"{number} " + "雨" * 1900
            host.session.play({"prompt": prompt, "prompt2": prompt}, Origin("osc"))
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
