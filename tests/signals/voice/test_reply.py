"""Replies: of an endpoint over real HTTP, of none, and of one that fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.signals.voice.reply import reflection
from lib.signals.voice.speech import LONGEST_SENTENCE, sentences
from tests.rig import until
from tests.signals.voice.elsewhere import HttpElsewhere, http_elsewhere
from tests.signals.voice.talking import VoiceService, serving, talking

KEY = "key-of-the-replies"
PATH = "/v1/chat/completions"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[HttpElsewhere]:
    with http_elsewhere() as server:
        yield server


@pytest.fixture
def server(endpoint: HttpElsewhere) -> HttpElsewhere:
    endpoint.asked.clear()
    return endpoint


@pytest.fixture(scope="module")
def service(
    endpoint: HttpElsewhere, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VoiceService]:
    changes = {"voice_reply_url": f"{endpoint.url}/v1", "voice_reply_key": KEY}
    run_dir = tmp_path_factory.mktemp("run")
    with serving(run_dir, voice_reply_model="small", **changes) as service:
        yield service


def answer(text: object) -> tuple[int, object]:
    return 200, {"choices": [{"message": {"role": "assistant", "content": text}}]}


def test_the_endpoint_is_told_the_chat_and_how_it_sounded(
    service: VoiceService, server: HttpElsewhere
) -> None:
    server.answers[PATH] = answer("The sea\n answers.")
    with talking(service) as talker:
        talker.tell("user_input", text="I love the sea")
        assert talker.first("assistant_message")["message"]["content"] == "The sea answers."
        talker.first("assistant_end")
        talker.tell("user_input", text="go on")
        talker.first("assistant_message")
    first, second = (json.loads(asked.body) for asked in server.asked)
    assert server.asked[0].authorization == f"Bearer {KEY}" and first["model"] == "small"
    assert [one["role"] for one in first["messages"]] == ["system", "user"]
    assert first["messages"][1]["content"].startswith("I love the sea [sounds like ")
    assert [one["role"] for one in second["messages"]] == ["system", "user", "assistant", "user"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((401, {"error": {"message": f"bad {KEY}"}}), "refused the key (401)"),
        ((500, {}), "has a trouble of its own (500)"),
        ((200, {"choices": []}), "answered with no reply"),
        (answer(None), "answered with no reply"),
        (answer("  "), "answered with no reply"),
    ],
)
def test_an_endpoint_that_fails_is_one_sentence_and_there_is_a_reply_all_the_same(
    service: VoiceService, server: HttpElsewhere, given: tuple[int, object], says: str
) -> None:
    server.answers[PATH] = given
    with talking(service) as talker:
        talker.tell("user_input", text="are you there")
        told = talker.first("error")
        assert told["slug"] == "reply_unavailable" and says in told["message"]
        assert KEY not in json.dumps(told)
        assert "are you there" in talker.first("assistant_message")["message"]["content"]


def test_an_interruption_does_not_wait_for_the_endpoint(
    service: VoiceService, server: HttpElsewhere
) -> None:
    server.answers[PATH] = answer("too late")
    server.waits.clear()
    with talking(service) as talker:
        talker.tell("user_input", text="first")
        assert until(lambda: len(server.asked) == 1)
        talker.tell("user_input", text="second")
        talker.first("user_interruption", within_s=2)
        assert until(lambda: len(server.asked) == 2)
        server.waits.set()
        assert talker.first("assistant_message")["message"]["content"] == "too late"
        talker.first("assistant_end")
        assert not [1 for _, one in talker.came if one["type"] == "assistant_message"]


def test_where_nothing_speaks_the_browser_is_told_to_and_the_reply_ends_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with serving(tmp_path) as service:
        assert service.client.get("/voice/about").json()["speaks"] == "browser"
        with talking(service) as talker:
            talker.tell("user_input", text="hello")
            talker.first("assistant_message")
            assert talker.first("assistant_end")
            talker.tell("user_input", text="I go on, since nothing tells when it has been spoken")
            assert talker.first("user_interruption")


def test_without_an_endpoint_the_reply_reflects_what_was_said_and_how() -> None:
    scores = {"Joy": 0.8, "Calmness": 0.5, "Anger": 0.1}
    said = reflection("the sea is  calm", scores)
    assert said == "You said: the sea is calm. It sounds like joy, with some calmness."
    assert reflection("", scores).startswith("I heard your voice and no words.")
    assert len(reflection("word " * 400, scores)) < 300


def test_a_reply_is_spoken_in_pieces_that_are_short_enough() -> None:
    assert sentences("One. Two! Three?") == ["One.", "Two!", "Three?"]
    assert sentences("no stop at all") == ["no stop at all"]
    long = sentences("word " * 300 + "x" * 900 + ".")
    assert all(len(one) <= LONGEST_SENTENCE + 1 for one in long) and len(long) > 5
    assert sentences("...") == ["..."]
