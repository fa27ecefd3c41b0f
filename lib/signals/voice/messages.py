"""The messages of the socket, in the form that clients of the former service speak.

What comes in is checked here once; fields that such clients send and nothing here uses are passed
over. What goes out and holds scores says where they come from.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lib.config.sentences import sentence

SOURCE = "local-estimate"
LONGEST_TEXT = 2000
LONGEST_AUDIO = 192 * 1024  # base64 characters of one message

Facts: TypeAlias = dict[str, object]


class _VoiceMessage(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class AudioForm(_VoiceMessage):
    """Of audio that is not WebM."""

    encoding: Literal["linear16"] = "linear16"
    sample_rate: Annotated[int, Field(ge=8000, le=96_000)]
    channels: Annotated[int, Field(ge=1, le=2)] = 1


class AudioInput(_VoiceMessage):
    type: Literal["audio_input"]
    data: Annotated[str, Field(max_length=LONGEST_AUDIO)]

    def decoded(self) -> bytes:
        try:
            return b64decode(self.data, validate=True)
        except (binascii.Error, ValueError):
            raise MessageError("bad_audio", "the data of audio_input is no base64") from None


class UserInput(_VoiceMessage):
    type: Literal["user_input"]
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    # Ours: these are the words of the turn that is spoken, as the browser recognised them.
    spoken: bool = False


class AssistantInput(_VoiceMessage):
    type: Literal["assistant_input"]
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class SessionSettings(_VoiceMessage):
    type: Literal["session_settings"]
    audio: AudioForm | None = None
    # Ours: the browser recognises the words of what is spoken and sends them.
    words: Literal["client", ""] = ""
    # Ours: the microphone was switched off, so that a turn that is spoken ends here.
    microphone: Literal["on", "off", ""] = ""


class PauseAssistant(_VoiceMessage):
    type: Literal["pause_assistant_message"]


class ResumeAssistant(_VoiceMessage):
    type: Literal["resume_assistant_message"]


Incoming: TypeAlias = (
    AudioInput | UserInput | AssistantInput | SessionSettings | PauseAssistant | ResumeAssistant
)
_incoming: TypeAdapter[Incoming] = TypeAdapter(Annotated[Incoming, Field(discriminator="type")])
KNOWN = (
    "audio_input", "user_input", "assistant_input", "session_settings",
    "pause_assistant_message", "resume_assistant_message",
)  # fmt: skip


class MessageError(Exception):
    """What is wrong with a message; it is told to the client, and the chat goes on."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug


def parsed(text: str) -> Incoming:
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError):
        raise MessageError("bad_json", "this message is no JSON") from None
    kind = facts.get("type") if isinstance(facts, dict) else None
    if kind not in KNOWN:
        raise MessageError("unknown_type", f"a message has a type: {', '.join(KNOWN)}")
    try:
        return _incoming.validate_python(facts)
    except ValidationError as error:
        first = error.errors()[0]
        _kind, *field = first["loc"]
        raise MessageError("bad_message", sentence({**first, "loc": field})) from None


# --- what goes out


def chat_metadata(chat_id: str, request_id: str) -> Facts:
    return {
        "type": "chat_metadata", "chat_id": chat_id, "chat_group_id": chat_id,
        "request_id": request_id,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said, and how."""

    content: str
    scores: dict[str, float] | None
    from_text: bool
    begin_ms: int = 0
    end_ms: int = 0


def user_message(turn: Turn, interim: bool = False) -> Facts:
    time = None if turn.from_text else {"begin": turn.begin_ms, "end": turn.end_ms}
    return {
        "type": "user_message", "message": {"role": "user", "content": turn.content},
        **_models(turn.scores), "from_text": turn.from_text, "interim": interim, "time": time,
    }  # fmt: skip


def assistant_message(message_id: str, content: str, from_text: bool) -> Facts:
    return {
        "type": "assistant_message", "id": message_id,
        "message": {"role": "assistant", "content": content},
        "models": {}, "from_text": from_text,
    }  # fmt: skip


def assistant_prosody(message_id: str, scores: dict[str, float]) -> Facts:
    return {"type": "assistant_prosody", "id": message_id, **_models(scores)}


def audio_output(message_id: str, index: int, wav: bytes) -> Facts:
    data = b64encode(wav).decode()
    return {"type": "audio_output", "id": message_id, "index": index, "data": data}


def assistant_end() -> Facts:
    return {"type": "assistant_end"}


def user_interruption(time_ms: int) -> Facts:
    return {"type": "user_interruption", "time": time_ms}


def error(code: str, slug: str, message: str) -> Facts:
    return {"type": "error", "code": code, "slug": slug, "message": message}


def _models(scores: dict[str, float] | None) -> Facts:
    if scores is None:
        return {"models": {}}
    return {"models": {"prosody": {"scores": scores}}, "source": SOURCE}
