"""Settings of the voice: who replies, who recognises words, and a service in place of it all."""

from __future__ import annotations

from pydantic import BaseModel, Field


class VoiceSettings(BaseModel):
    """All of it is optional: without any the voice is estimated, answered and spoken here."""

    voice_url: str = Field(
        "",
        description="server that speaks the messages of docs/voice.md in place of the estimate "
        "here, such as wss://voice.example.com; audio leaves the building then; empty: none",
    )
    hume_api_key: str = Field("", max_length=4096, repr=False, description="key of VOICE_URL")
    hume_secret_key: str = Field(
        "",
        max_length=4096,
        repr=False,
        description="secret that belongs to that key; with it a token of VOICE_URL is asked for",
    )
    hume_config_id: str = Field(
        "", max_length=200, description="which configuration VOICE_URL is to use"
    )
    voice_reply_url: str = Field(
        "",
        description="replies to voices: any server with OpenAI's chat completions, such as "
        "http://127.0.0.1:11434/v1; empty: a short reply says what was heard",
    )
    voice_reply_key: str = Field(
        "", max_length=4096, repr=False, description="key of that server, if it wants one"
    )
    voice_reply_model: str = Field(
        "gpt-4o-mini", max_length=200, description="model of that server that replies"
    )
    voice_words: str = Field(
        "",
        description="folder with a model for sherpa-onnx, which recognises spoken words here; "
        "empty: none",
    )
    voice_speaker: str = Field(
        "en", pattern=r"^[A-Za-z0-9+_-]{1,40}$", description="voice of espeak-ng that speaks"
    )
