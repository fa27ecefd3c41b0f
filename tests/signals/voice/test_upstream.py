"""Chats of a server elsewhere: handed on both ways, and its keys reach nobody else."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.signals.voice.upstream import Upstream, UpstreamKeys, scores_in
from tests.rig import until
from tests.signals.voice.elsewhere import TOKEN, Elsewhere, basic, elsewhere, http_elsewhere
from tests.signals.voice.talking import VoiceService, serving, talking

KEY, SECRET = "key-that-nobody-sees", "secret-that-nobody-sees"


@pytest.fixture
def there() -> Iterator[Elsewhere]:
    with elsewhere(KEY) as there:
        yield there


@pytest.fixture
def service(there: Elsewhere, tmp_path: Path) -> Iterator[VoiceService]:
    changes = {"voice_url": there.url, "hume_api_key": KEY, "hume_config_id": "my config"}
    with serving(tmp_path, **changes) as service:
        yield service


def test_messages_are_handed_on_and_keys_are_not(
    service: VoiceService, there: Elsewhere, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.client.put("/voice/wall", json={"emotions": ["Joy"]})
    with talking(service) as talker:
        assert talker.first("chat_metadata")["chat_id"] == "c"
        assert there.asked == [f"/v0/evi/chat?api_key={KEY}&config_id=my+config"]
        talker.speaks_linear16()
        talker.tell("user_input", text="hello there")
        said = talker.first("user_message")
        assert said["models"]["prosody"]["scores"]["Joy"] == 0.75 and "source" not in said
        assert until(lambda: service.value("joy") > 0.5)
        assert talker.first("assistant_message")["message"]["content"] == "from elsewhere"
        assert talker.first("audio_output")["data"]
        talker.first("assistant_end")
        assert [one["type"] for one in there.said] == ["session_settings", "user_input"]
        everything = json.dumps([facts for _, facts in talker.came])
    about = service.client.get("/voice/about")
    assert about.json()["upstream"] == f"127.0.0.1:{there.port}"
    served = [service.client.get(path).text for path in ("/status", "/metrics", "/openapi.json")]
    # The server and the client of this test are in this process, too, and write down addresses.
    logged = "\n".join(
        one.getMessage() for one in caplog.records if not one.name.startswith("websockets.")
    )
    for text in (everything, about.text, logged, *served, repr(service.settings)):
        assert KEY not in text and "hello there" not in text


def test_rubbish_is_not_handed_on(service: VoiceService, there: Elsewhere) -> None:
    with talking(service) as talker:
        talker.socket.send('{"type": "nonsense"}')
        assert talker.first("error")["slug"] == "unknown_type"
        talker.tell("user_input", text="hello")
        talker.first("assistant_end")
        assert [one["type"] for one in there.said] == ["user_input"]


def test_a_server_that_hangs_up_is_one_sentence_without_its_words(
    service: VoiceService, there: Elsewhere
) -> None:
    there.hang_up = True
    with talking(service) as talker:
        talker.tell("user_input", text="hello")
        told = talker.first("error")
        assert KEY not in json.dumps(told) and f"127.0.0.1:{there.port}" in told["message"]


def test_a_wrong_key_and_an_absent_server_are_one_sentence(
    there: Elsewhere, tmp_path: Path
) -> None:
    with (
        serving(tmp_path, voice_url=there.url, hume_api_key="wrong-key") as service,
        talking(service) as talker,
    ):
        assert "wrong-key" not in json.dumps(talker.first("error"))
    with serving(tmp_path, voice_url="ws://127.0.0.1:1") as service, talking(service) as talker:
        assert talker.first("error")["message"] == "127.0.0.1:1 cannot be reached"


def test_with_a_secret_a_token_is_asked_for() -> None:
    with http_elsewhere() as server:
        server.answers["/oauth2-cc/token"] = (200, {"access_token": TOKEN})
        there = Upstream(server.url.replace("http", "ws", 1), UpstreamKeys(KEY, SECRET))
        assert there._asked_token() == TOKEN
        (asked,) = server.asked
        assert basic(asked.authorization) == f"{KEY}:{SECRET}"
        assert asked.body == b"grant_type=client_credentials"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ws://voice.example.com", "must begin with wss://"),
        ("ftp://voice.example.com", "must be a URL"),
        ("wss://me:pass@voice.example.com", "without a password"),
        ("nonsense", "must be a URL"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        Upstream(url, UpstreamKeys(KEY))
    assert KEY not in str(refused.value)


def test_with_such_an_address_the_page_says_so_and_voices_are_heard_here(tmp_path: Path) -> None:
    with serving(tmp_path, voice_url="ws://voice.example.com", hume_api_key=KEY) as service:
        about = service.client.get("/voice/about").json()
        assert about["troubles"][0].startswith("VOICE_URL must begin with wss://")
        with talking(service) as talker:  # it goes on without
            talker.tell("user_input", text="hello")
            assert talker.first("user_message")["source"] == "local-estimate"


def test_only_numbers_of_known_emotions_are_taken() -> None:
    found = {"Joy": 2, "Calmness": float("nan"), "Anger": "high", "Else": 0.5, "Fear": -1}
    found |= {"Pain": 10**400}
    assert scores_in({"models": {"prosody": {"scores": found}}}) == {"Joy": 1.0, "Fear": 0.0}
    for facts in ({}, {"models": None}, {"models": {"prosody": None}}, {"models": {"prosody": 5}}):
        assert scores_in(facts) == {}
