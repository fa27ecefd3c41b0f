"""Chats of a server elsewhere that speaks the same messages: they are handed on, both ways.

Its keys are sent to it and to nobody else: no sentence, log or message to a browser holds them, and
an error of the library, whose text may hold the address with a key in it, is never shown.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from lib.core.voice.emotions import PLACES
from lib.http.away import AwayWork
from lib.http.outbox import Outbox
from lib.http_client.service_url import ServiceError, key_problem, parse_service_url
from lib.signals.voice import messages
from lib.signals.voice.messages import MessageError
from lib.signals.voice.wall import VoiceToWall

# At its DEBUG the library logs addresses, and all that is said.
_log = logging.getLogger("lib.signals.voice.upstream.quiet")
_log.setLevel(logging.CRITICAL)

PATH, TOKEN_PATH = "/v0/evi/chat", "/oauth2-cc/token"
CONNECTS_WITHIN_S = 8.0
LARGEST = 4 * 1024 * 1024  # bytes of one message: a sentence of speech has one
MOST_SCORE = 1e9  # what is larger, and what is no number, is no score
HANDED_ON = frozenset(
    {
        "chat_metadata", "user_message", "assistant_message", "assistant_prosody", "audio_output",
        "assistant_end", "user_interruption", "error",
    }
)  # fmt: skip


class UpstreamKeys(NamedTuple):
    api_key: str = ""
    secret_key: str = ""
    config_id: str = ""

    def __repr__(self) -> str:
        return "UpstreamKeys()"  # none of them belongs into a log


class Upstream:
    """Where the server is, and what is shown to it."""

    def __init__(self, url: str, keys: UpstreamKeys) -> None:
        """ValueError with the end of a sentence that begins with the setting's name."""
        http = url.replace("wss://", "https://", 1).replace("ws://", "http://", 1)
        where = parse_service_url(http)
        if trouble := key_problem(keys.api_key + keys.secret_key):
            raise ValueError(f"has a key that {trouble}")
        if (keys.api_key or keys.secret_key) and not where.secure and not where.is_near:
            raise ValueError("must begin with wss://, since a key goes along")
        self.where = where if where.path else where.below(PATH)
        self._keys = keys

    @property
    def name(self) -> str:
        return self.where.name

    @property
    def is_near(self) -> bool:
        return self.where.is_near

    async def connect(self, away: AwayWork) -> ClientConnection:
        """MessageError in one sentence where it does not let us in."""
        shown: dict[str, str] = {}
        if self._keys.secret_key:
            shown["access_token"] = await away.run(self._asked_token)
        elif self._keys.api_key:
            shown["api_key"] = self._keys.api_key
        if self._keys.config_id:
            shown["config_id"] = self._keys.config_id
        scheme = "wss" if self.where.secure else "ws"
        query = f"?{urlencode(shown)}" if shown else ""
        try:
            return await connect(
                f"{scheme}://{self.where.name}{self.where.path}{query}",
                open_timeout=CONNECTS_WITHIN_S, max_size=LARGEST, logger=_log,
                user_agent_header="afterimage-voice",
            )  # fmt: skip
        except InvalidStatus as error:
            from lib.http_client.deadline_http import refusal  # noqa: PLC0415 - see there

            said = refusal(error.response.status_code)
            raise MessageError("upstream", f"{self.name} {said}") from None
        except (OSError, TimeoutError, WebSocketException, ValueError):
            raise MessageError("upstream", f"{self.name} cannot be reached") from None

    def _asked_token(self) -> str:
        """On a thread of its own: a token for the two keys, which is good for this chat."""
        from lib.http_client.deadline_http import HttpLine, Question, refusal  # noqa: PLC0415

        pair = b64encode(f"{self._keys.api_key}:{self._keys.secret_key}".encode()).decode()
        headers = {
            "Authorization": f"Basic {pair}", "User-Agent": "afterimage-voice",
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        body = b"grant_type=client_credentials"
        until_ns = time.monotonic_ns() + int(CONNECTS_WITHIN_S * 1e9)
        try:
            with HttpLine(self.where._replace(path="")) as line:
                answer = line.ask(Question("POST", TOKEN_PATH, headers, body), until_ns)
        except ServiceError as error:
            raise MessageError("upstream", str(error)) from None
        if answer.status != 200:
            raise MessageError("upstream", f"{self.name} {refusal(answer.status)}")
        try:
            token = json.loads(answer.body)["access_token"]
        except (ValueError, KeyError, TypeError):
            token = None
        if not isinstance(token, str) or key_problem(token):
            raise MessageError("upstream", f"{self.name} gave no token for the two keys")
        return token


class HandedOnChat:
    """One client's chat with the server elsewhere."""

    def __init__(
        self, socket: WebSocket, upstream: Upstream, away: AwayWork, counts: Counter[str],
        wall: VoiceToWall | None,
    ) -> None:  # fmt: skip
        self._socket, self._upstream, self._away = socket, upstream, away
        self._counts, self._wall = counts, wall
        self._outbox = Outbox(socket)

    async def serve(self) -> None:
        sending = asyncio.ensure_future(self._outbox.send())
        try:
            there = await self._upstream.connect(self._away)
            async with there:
                ways = [asyncio.ensure_future(way) for way in (self._out(there), self._in(there))]
                done, others = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for one in others:
                    one.cancel()
                await asyncio.gather(*others, return_exceptions=True)
                for one in done:
                    one.result()
        except MessageError as error:
            self._refuse(error)
            await asyncio.sleep(0.1)  # for the sentence to be sent before the socket closes
        except (WebSocketException, OSError):
            self._refuse(MessageError("upstream", f"{self._upstream.name} hung up"))
            await asyncio.sleep(0.1)
        finally:
            sending.cancel()
            if self._wall:
                self._wall.left(self)

    async def _out(self, there: ClientConnection) -> None:
        """What the client says."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            try:
                if text is None:
                    raise MessageError("bad_message", "a message is a text, not bytes")
                messages.parsed(text)
            except MessageError as error:
                self._refuse(error)
                continue
            await there.send(text)
            await self._outbox.room()

    async def _in(self, there: ClientConnection) -> None:
        """What the server says."""
        async for text in there:
            facts = _object(text)
            if facts.get("type") not in HANDED_ON:
                self._counts["foreign_message"] += 1
                continue
            self._outbox.put(json.dumps(facts))
            if facts["type"] == "user_message":
                self._tell_wall(facts)
        code = there.close_code
        if code not in (None, 1000, 1001):
            raise MessageError("upstream", f"{self._upstream.name} ended the chat")

    def _tell_wall(self, facts: Mapping[str, object]) -> None:
        found = scores_in(facts)
        if self._wall and found:
            self._wall.turn(self, found, None)

    def _refuse(self, error: MessageError) -> None:
        self._counts[error.slug] += 1
        self._outbox.put(json.dumps(messages.error("voice", error.slug, str(error))))


def scores_in(facts: Mapping[str, object]) -> dict[str, float]:
    """Those that a message of another server holds of the emotions that are known here."""
    found: object = facts
    for name in ("models", "prosody", "scores"):
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return {}
    return {
        name: min(1.0, max(0.0, float(value)))
        for name, value in found.items()
        if name in PLACES and isinstance(value, int | float) and abs(value) < MOST_SCORE
    }


def _object(text: str | bytes) -> dict[str, object]:
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}
