"""What is answered: by an endpoint that speaks OpenAI's chat completions, else a short reflection
of what was said and how."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lib.core.voice.emotions import highest
from lib.http_client.service_url import ServiceError, ServiceUrl

WITHIN_NS = 20_000_000_000
LONGEST_REPLY = 1200  # characters: a minute and a half, spoken
LONGEST_ANSWER = 256 * 1024
MOST_TURNS = 12  # of the chat that the endpoint is told again
INSTRUCTIONS = (
    "You talk with a visitor of an exhibition beside a picture that changes with their voice. "
    "Answer in one to three short spoken sentences, in the visitor's language, without lists or "
    "markup. How their voice sounded, as a rough estimate, stands in brackets behind their words."
)


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One turn of the chat, as the endpoint is told."""

    role: str  # user or assistant
    content: str
    emotions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        heard = f" [sounds like {', '.join(self.emotions).lower()}]" if self.emotions else ""
        return f"{self.content or '(no words were heard)'}{heard}"


class ReplyError(Exception):
    """Why there is no reply of the endpoint, in one sentence."""


class ReplyMaker(Protocol):
    """Makes one reply; `abort` may be called from any thread and makes it a ReplyError."""

    def make(self, chat: list[ChatTurn]) -> str: ...

    def abort(self) -> None: ...


class ReplyEndpoint:
    """Where chat completions are asked for."""

    def __init__(self, where: ServiceUrl, key: str, model: str) -> None:
        self.where, self._key, self._model = where, key, model

    def reply(self) -> ReplyMaker:
        return _EndpointReply(self.where, self._key, self._model)


class _EndpointReply:
    """Lives on the thread that asks."""

    def __init__(self, where: ServiceUrl, key: str, model: str) -> None:
        self._where, self._key, self._model = where, key, model
        self._abort: Callable[[], None] | None = None
        self._aborted = False

    def make(self, chat: list[ChatTurn]) -> str:
        from lib.http_client.deadline_http import HttpLine, Question  # noqa: PLC0415 - see there

        told = [{"role": one.role, "content": one.text} for one in chat[-MOST_TURNS:]]
        body = {
            "model": self._model, "max_tokens": 160,
            "messages": [{"role": "system", "content": INSTRUCTIONS}, *told],
        }  # fmt: skip
        headers = {"Content-Type": "application/json", "User-Agent": "afterimage-voice"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        question = Question("POST", "/chat/completions", headers, json.dumps(body).encode())
        try:
            with HttpLine(self._where) as line:
                self._abort = line.abort
                if self._aborted:
                    raise ReplyError("it was interrupted")
                answer = line.ask(question, time.monotonic_ns() + WITHIN_NS, LONGEST_ANSWER)
        except ServiceError as error:
            raise ReplyError(str(error)) from error
        if answer.status != 200:
            from lib.http_client.deadline_http import refusal  # noqa: PLC0415 - the same

            raise ReplyError(f"{self._where.name} {refusal(answer.status)}")
        return _content(answer.body, self._where.name)

    def abort(self) -> None:
        self._aborted = True
        if self._abort:
            self._abort()


def _content(body: bytes, name: str) -> str:
    try:
        content = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        content = None
    text = " ".join(content.split()) if isinstance(content, str) else ""
    if not text:
        raise ReplyError(f"{name} answered with no reply")
    return text[:LONGEST_REPLY]


def reflection(words: str, scores: dict[str, float]) -> str:
    """Without an endpoint: what was said, and how it sounds."""
    first, second = (name.lower() for name in highest(scores, 2))
    heard = " ".join(words.split())
    sounds = f"It sounds like {first}, with some {second}."
    if not heard:
        return f"I heard your voice and no words. {sounds}"
    heard = heard if len(heard) <= 160 else heard[:159].rsplit(" ", 1)[0] + "…"
    return f"You said: {heard}{'' if heard[-1] in '.!?…' else '.'} {sounds}"
