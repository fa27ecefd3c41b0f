"""What comes in is one of six messages; everything else is refused with a sentence."""

from __future__ import annotations

import json

import pytest

from lib.signals.voice.messages import (
    AudioInput,
    MessageError,
    SessionSettings,
    UserInput,
    parsed,
)


def test_fields_of_clients_that_nothing_here_uses_are_passed_over() -> None:
    told = {
        "type": "session_settings", "system_prompt": "be nice", "custom_session_id": "x",
        "audio": {"encoding": "linear16", "sample_rate": 44_100, "channels": 1, "x": 1},
    }  # fmt: skip
    settings = parsed(json.dumps(told))
    assert isinstance(settings, SessionSettings) and settings.audio
    assert settings.audio.sample_rate == 44_100
    words = parsed('{"type": "user_input", "text": "hello", "custom_session_id": "x"}')
    assert isinstance(words, UserInput) and not words.spoken


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("", "bad_json"),
        ("{", "bad_json"),
        ("[" * 100_000, "bad_json"),
        ("[]", "unknown_type"),
        ("null", "unknown_type"),
        ('{"type": "chat_metadata"}', "unknown_type"),
        ('{"type": ["audio_input"]}', "unknown_type"),
        ('{"type": "user_input"}', "bad_message"),
        ('{"type": "user_input", "text": ""}', "bad_message"),
        (json.dumps({"type": "user_input", "text": "x" * 3000}), "bad_message"),
        ('{"type": "session_settings", "audio": {"sample_rate": 5}}', "bad_message"),
        ('{"type": "session_settings", "audio": {"encoding": "mp3", "sample_rate": 9000}}',
         "bad_message"),
    ],
)  # fmt: skip
def test_rubbish_is_one_sentence(text: str, slug: str) -> None:
    with pytest.raises(MessageError) as refused:
        parsed(text)
    assert refused.value.slug == slug
    assert "\n" not in str(refused.value) and "pydantic" not in str(refused.value)


def test_audio_that_is_no_base64_is_refused() -> None:
    message = parsed('{"type": "audio_input", "data": "***"}')
    assert isinstance(message, AudioInput)
    with pytest.raises(MessageError, match="no base64"):
        message.decoded()
