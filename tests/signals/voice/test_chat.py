"""The socket of the voice, over a real connection, as a client of the former service uses it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from lib.core.voice.emotions import PLACES
from lib.core.voice.prosody import HOP_MS, RATE_HZ
from lib.signals.voice.chat import HOPS_AT_ONCE, LocalChat
from lib.signals.voice.messages import LONGEST_TEXT, AudioForm
from lib.signals.voice.speech import read_wav
from tests.rig import until
from tests.signals.voice.conftest import Voices
from tests.signals.voice.talking import NEEDS_OPUS, VoiceService, serving, talking

FILM = (Path(__file__).parent / "voice.webm").read_bytes()
PAUSE = np.zeros(RATE_HZ, np.int16)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoiceService]:
    with serving(tmp_path_factory.mktemp("run")) as service:
        yield service


def test_a_chat_begins_with_its_names(service: VoiceService) -> None:
    with talking(service, query="?api_key=whatever&verbose_transcription=true") as talker:
        told = talker.first("chat_metadata")
        assert set(told) == {"type", "chat_id", "chat_group_id", "request_id"}
        assert all(told.values())


def test_typed_words_are_judged_answered_and_spoken(service: VoiceService, voices: Voices) -> None:
    with talking(service) as talker:
        talker.tell("user_input", text="I love this beautiful picture")
        said = talker.first("user_message")
        assert said["message"] == {"role": "user", "content": "I love this beautiful picture"}
        assert said["from_text"] and not said["interim"] and said["time"] is None
        assert list(said["models"]["prosody"]["scores"]) == list(PLACES)
        assert said["source"] == "local-estimate"
        reply = talker.first("assistant_message")
        assert reply["message"]["role"] == "assistant" and not reply["from_text"]
        assert "I love this beautiful picture" in reply["message"]["content"]
        how = talker.first("assistant_prosody")
        assert how["id"] == reply["id"] and len(how["models"]["prosody"]["scores"]) == 48
        sound = talker.first("audio_output")
        assert (sound["id"], sound["index"]) == (reply["id"], 0)
        spoken = read_wav(b64decode(sound["data"]))
        assert spoken and spoken.seconds > 0.5
        assert talker.first("assistant_end") == {"type": "assistant_end"}


def test_what_is_spoken_is_a_turn_with_its_times(service: VoiceService, voices: Voices) -> None:
    with talking(service) as talker:
        talker.speaks_linear16(words="client")
        voice = voices("excited")
        sender = threading.Thread(target=talker.speak, args=(PAUSE, voice, PAUSE))
        sender.start()
        assert until(lambda: service.value("speaking") == 1.0)
        talker.tell("user_input", text="the picture moves", spoken=True)
        interim = talker.first("user_message", wanted=lambda one: one["interim"])
        assert interim["message"]["content"] == "the picture moves"
        said = talker.first("user_message", wanted=lambda one: not one["interim"])
        assert said["message"]["content"] == "the picture moves" and not said["from_text"]
        assert 800 <= said["time"]["begin"] <= 1300
        assert abs(said["time"]["end"] - (1000 + len(voice) / 16)) < 500
        sender.join()


def test_seconds_of_audio_in_one_message_hold_nobody_up() -> None:
    """The page of signals and all chats have one loop: it was held for 0.9 s."""

    async def turns_of_others() -> int:
        chat, turns = LocalChat(MagicMock(), MagicMock(), moves_wall=False), 0
        chat._hearing.set_form(AudioForm(sample_rate=RATE_HZ))

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        beside = asyncio.create_task(others())
        sound = b64encode(np.zeros(4 * RATE_HZ, np.int16).tobytes()).decode()
        await chat._read(json.dumps({"type": "audio_input", "data": sound}))
        beside.cancel()
        assert chat._hearing.heard_ms == 4000
        return turns

    assert asyncio.run(turns_of_others()) > 4000 / HOP_MS / (2 * HOPS_AT_ONCE)


def test_words_without_a_voice_do_not_pile_up(service: VoiceService, voices: Voices) -> None:
    with talking(service) as talker:
        talker.speaks_linear16(words="client")
        for number in range(30):
            talker.tell("user_input", text=f"{number} " + "x" * 1900, spoken=True)
        talker.speak(voices("plain")[: RATE_HZ // 2], speed=8)
        for number in range(30):
            talker.tell("user_input", text=f"{number} " + "y" * 1900, spoken=True)
        talker.tell("session_settings", microphone="off")
        said = talker.first("user_message", wanted=lambda one: not one["interim"])
        words = said["message"]["content"]
        assert words.startswith("0 y") and len(words) <= LONGEST_TEXT


@NEEDS_OPUS
def test_webm_of_a_browser_is_heard(service: VoiceService) -> None:
    with talking(service) as talker:
        for at in range(0, len(FILM), 300):
            data = b64encode(FILM[at : at + 300]).decode()
            talker.tell("audio_input", data=data)
        talker.tell("session_settings", microphone="off")
        said = talker.first("user_message")
        assert said["message"]["content"] == "" and said["time"]["end"] > 1000
        assert "no words" in talker.first("assistant_message")["message"]["content"]


def test_an_interruption_stops_the_assistant_within_200_ms(
    service: VoiceService, voices: Voices
) -> None:
    with talking(service) as talker:
        talker.tell("assistant_input", text="This is a long sentence that is read aloud. " * 8)
        assert talker.first("assistant_message")["from_text"]
        talker.first("audio_output")
        talker.speaks_linear16()
        # Real time, from the first sample that is loud.
        voice = voices("excited")
        loud = int(np.argmax(np.abs(voice) > 1000))
        begin_s = talker.speak(voice[loud:][: RATE_HZ // 2], speed=1.0)
        came_s, told = talker.at("user_interruption")
        assert came_s - begin_s < 0.2 and told["time"] < 200
        time.sleep(0.5)
        later = [facts["type"] for _, facts in talker.came]
        assert "audio_output" not in later and "assistant_end" not in later


def test_a_paused_assistant_says_nothing_until_it_is_resumed(service: VoiceService) -> None:
    with talking(service) as talker:
        talker.tell("pause_assistant_message")
        talker.tell("user_input", text="are you there")
        talker.first("user_message")
        time.sleep(0.3)
        assert not [1 for _, facts in talker.came if facts["type"] == "assistant_message"]
        talker.tell("resume_assistant_message")
        talker.tell("user_input", text="and now")
        assert "and now" in talker.first("assistant_message")["message"]["content"]


def test_rubbish_is_refused_with_a_sentence_and_the_chat_goes_on(service: VoiceService) -> None:
    with talking(service) as talker:
        for text in ("", "[]", '{"type": "nonsense"}', '{"type": "user_input"}'):
            talker.socket.send(text)
            told = talker.first("error")
            assert set(told) == {"type", "code", "slug", "message"} and told["message"]
        talker.socket.send(b"\x00\x01")
        assert talker.first("error")["slug"] == "bad_message"
        talker.tell("audio_input", data=b64encode(b"no sound at all").decode())
        assert talker.first("error")["slug"] == "bad_audio"
        talker.tell("user_input", text="still there")
        assert talker.first("user_message")["message"]["content"] == "still there"


def test_who_sends_nothing_but_rubbish_is_let_go(service: VoiceService) -> None:
    with talking(service) as talker, pytest.raises(ConnectionClosed):
        for _ in range(200):
            talker.socket.send("rubbish")
            time.sleep(0.002)


def test_a_voice_moves_its_signals_and_leaves_none_behind(
    service: VoiceService, voices: Voices
) -> None:
    service.client.put("/voice/wall", json={"emotions": ["Joy", "Empathic Pain"]})
    with talking(service) as talker:
        talker.speaks_linear16()
        sender = threading.Thread(target=talker.speak, args=(voices("excited"), PAUSE, PAUSE))
        sender.start()
        assert until(lambda: service.value("arousal") > 0.6 and service.value("level") > 0.5)
        assert until(lambda: service.value("joy") > 0 and service.value("speaking") == 1)
        sender.join()
        assert until(lambda: service.value("speaking") == 0 and service.value("arousal") < 0.3)
    assert until(lambda: all(service.parts.bus.get(f"voice.{name}").quality == 0  # type: ignore[union-attr] # it is there
                      for name in ("level", "arousal", "joy", "empathic_pain")))  # fmt: skip
    service.client.put("/voice/wall", json={})


def test_two_voices_at_once_are_heard_and_the_latest_moves_the_wall(
    service: VoiceService, voices: Voices
) -> None:
    with talking(service) as first, talking(service) as second:
        for talker in (first, second):
            talker.speaks_linear16()
        first.speak(voices("calm"), PAUSE)
        second.speak(voices("excited"), PAUSE)
        assert first.first("user_message")["time"] and second.first("user_message")["time"]
