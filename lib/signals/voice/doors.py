"""The addresses of the voice on the port of signals: its socket, what the page asks, illustrations.

Imported with the process, so it imports little: what hears and speaks comes with the first chat.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket

from lib.config.settings import PrimarySettings
from lib.core.voice.emotions import PLACES
from lib.files import read_text
from lib.http.away import AwayWork
from lib.http.bodies import JsonObject, json_answer, read_body, read_model
from lib.http.openapi import json_body, schema_of
from lib.http.token import Scope, caller_of
from lib.http_client.service_url import key_problem, parse_service_url
from lib.signals.parts import Doors, SignalParts
from lib.signals.voice.illustrate import IllustrateError, Illustrator
from lib.signals.voice.messages import LONGEST_TEXT, MessageError
from lib.signals.voice.wall import Chosen, VoiceToWall, emotion_signal

if TYPE_CHECKING:
    from lib.signals.voice.chat import VoiceTools
    from lib.signals.voice.reply import ReplyEndpoint
    from lib.signals.voice.upstream import Upstream

T = TypeVar("T")
log = logging.getLogger(__name__)

CHAT = "/v0/evi/chat"
SETUP = Path(__file__).parents[3] / "docs" / "setup.md"
PROXY_TITLE = "## Behind a proxy"
MOST_CHATS = 16  # a chat that is heard takes a fiftieth of a core
MOST_AWAY = 32
LONGEST_BODY = 16 * 1024
BUSY = 4429


class WallBody(BaseModel):
    """What of the voices moves the wall, and what becomes of illustrations."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    emotions: Annotated[tuple[str, ...], Field(max_length=len(PLACES))] = ()
    guests: bool = False
    history: bool = False

    @field_validator("emotions")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if strange := next((name for name in names if name not in PLACES), None):
            raise ValueError(f"{strange[:40]!r} is no emotion of the 48")
        return tuple(dict.fromkeys(names))


class IllustrateBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class VoiceDoors:
    """What the addresses share; used on the server's loop."""

    def __init__(self, parts: SignalParts) -> None:
        self._settings: PrimarySettings = parts.settings
        self.counts: Counter[str] = parts.counts.setdefault("voice", Counter())
        self.wall = VoiceToWall(parts.bus, self._rows)
        self._parts = parts
        self.away = AwayWork(MOST_AWAY, "turns", lambda words: MessageError("busy", words))
        self.illustrator = Illustrator(parts.settings)
        self.troubles: list[str] = []
        self._chats = 0
        self._tools: VoiceTools | None = None
        self.upstream_name, self._upstream_near = self._named("voice_url")
        self.replies_name, self._replies_near = self._named("voice_reply_url")

    def about(self, is_operator: bool) -> JsonObject:
        """For the page, before anybody has switched a microphone on."""
        chosen = self.wall.chosen
        words_trouble = (
            self._tools.recogniser.trouble if self._settings.voice_words and self._tools else ""
        )
        return {
            "source": "upstream" if self.upstream_name else "local-estimate",
            "audio_leaves": self.upstream_name if not self._upstream_near else "",
            "upstream": self.upstream_name,
            "words_leave": self.replies_name if not self._replies_near else "",
            "replies": self.replies_name,
            "speaks": "espeak-ng" if _has_speaker() or self.upstream_name else "browser",
            "words": bool(self._settings.voice_words or self.upstream_name),
            "words_trouble": words_trouble,
            "troubles": self.troubles,
            "illustrates": self.illustrator.is_there,
            "live_port": self._settings.settings_port if is_operator else 0,
            "stills_port": self._settings.stills_port,
            "operator": is_operator,
            "wall": {
                "emotions": list(chosen.emotions), "guests": chosen.guests,
                "history": chosen.history,
            },
            "signals": {name: f"voice.{emotion_signal(name)}" for name in PLACES},
        }  # fmt: skip

    async def chat(self, socket: WebSocket) -> None:
        await socket.accept()
        if self._chats >= MOST_CHATS:
            await socket.close(BUSY, f"{MOST_CHATS} voices are being heard; try again later")
            return
        moves = caller_of(socket).scope == Scope.CONTROL or self.wall.chosen.guests
        self._chats += 1
        self.counts["chats"] += 1
        try:
            await self._serve(socket, moves)
        finally:
            self._chats -= 1

    def _rows(self) -> str:
        return self._parts.played().mapping

    async def _serve(self, socket: WebSocket, moves: bool) -> None:
        upstream = self._opened_upstream()
        if upstream:
            from lib.signals.voice.upstream import HandedOnChat  # noqa: PLC0415 - see above

            wall = self.wall if moves else None
            await HandedOnChat(socket, upstream, self.away, self.counts, wall).serve()
            return
        from lib.signals.voice.chat import LocalChat  # noqa: PLC0415 - the same

        await LocalChat(socket, self._opened_tools(), moves).serve()

    def _opened_upstream(self) -> Upstream | None:
        if not self.upstream_name:
            return None
        from lib.signals.voice.upstream import Upstream, UpstreamKeys  # noqa: PLC0415 - the same

        one = self._settings
        keys = UpstreamKeys(one.hume_api_key, one.hume_secret_key, one.hume_config_id)
        return Upstream(one.voice_url, keys)

    def _opened_tools(self) -> VoiceTools:
        if self._tools is None:
            from lib.signals.voice.chat import VoiceTools  # noqa: PLC0415 - the same
            from lib.signals.voice.recogniser import Recogniser  # noqa: PLC0415 - the same
            from lib.signals.voice.speech import Speaker  # noqa: PLC0415 - the same
            from lib.signals.voice.valence import WordValence  # noqa: PLC0415 - the same

            self._tools = VoiceTools(
                self.wall, self._endpoint(), Speaker(self._settings.voice_speaker),
                Recogniser(self._settings.voice_words), WordValence(), self.away, self.counts,
            )  # fmt: skip
        return self._tools

    def _endpoint(self) -> ReplyEndpoint | None:
        if not self.replies_name:
            return None
        from lib.signals.voice.reply import ReplyEndpoint  # noqa: PLC0415 - the same

        one = self._settings
        where = parse_service_url(one.voice_reply_url)
        return ReplyEndpoint(where, one.voice_reply_key, one.voice_reply_model)

    def _named(self, setting: str) -> tuple[str, bool]:
        """The server that a setting names and whether it is this machine; empty where it names none
        that can be used, and then the page says why."""
        url: str = getattr(self._settings, setting)
        if not url:
            return "", True
        try:
            if setting == "voice_url":
                from lib.signals.voice.upstream import Upstream, UpstreamKeys  # noqa: PLC0415

                one = self._settings
                keys = UpstreamKeys(one.hume_api_key, one.hume_secret_key, one.hume_config_id)
                upstream = Upstream(url, keys)
                return upstream.name, upstream.is_near
            where = parse_service_url(url)
            if trouble := key_problem(self._settings.voice_reply_key):
                raise ValueError(f"has a key that {trouble}")
        except ValueError as error:
            self.troubles.append(f"{setting.upper()} {error}")
            log.warning("%s", self.troubles[-1])
            return "", True
        return where.name, where.is_near


def _proxy_docs() -> str:
    """The part of docs/setup.md that a page over plain HTTP leads to."""
    try:
        text = read_text(SETUP)
    except OSError:
        raise HTTPException(404, "the docs are not on this machine: see docs/setup.md") from None
    begin = text.find(PROXY_TITLE)
    end = text.find("\n## ", begin + 1)
    return text[begin : end if end > 0 else None]


def _has_speaker() -> bool:
    from shutil import which  # noqa: PLC0415 - asked for seldom

    return which("espeak-ng") is not None


async def _illustrated(doors: VoiceDoors, work: Callable[[], T]) -> T:
    try:
        return await doors.away.run(work)
    except IllustrateError as error:
        raise HTTPException(error.status, str(error)) from error
    except MessageError as error:
        raise HTTPException(503, str(error)) from error


def voice_doors(parts: SignalParts) -> Doors:
    doors = VoiceDoors(parts)
    return Doors(
        add=lambda app: _add(app, doors),
        scopes={"v0": Scope.GUEST, "voice": Scope.GUEST, "static": Scope.GUEST},
        websockets=frozenset({CHAT}),
        pages={"/voice": "voice.html"},
        longest={"voice": LONGEST_BODY},
        close=doors.away.close,
    )


def _add(app: FastAPI, doors: VoiceDoors) -> None:
    tags: list[str | Enum] = ["voice"]

    @app.websocket(CHAT)
    async def chat(socket: WebSocket) -> None:
        await doors.chat(socket)

    @app.get(CHAT, include_in_schema=False)
    async def no_chat() -> Response:
        raise HTTPException(426, "this is a WebSocket; docs/voice.md says what it takes")

    @app.get("/voice/about", summary="how voices are heard, answered and shown", tags=tags)
    async def about(request: Request) -> Response:
        return json_answer(doors.about(caller_of(request).scope == Scope.CONTROL))

    @app.get("/voice/proxy-docs", include_in_schema=False)
    async def proxy_docs() -> Response:
        return PlainTextResponse(_proxy_docs(), headers={"Cache-Control": "no-cache"})

    @app.put(
        "/voice/wall",
        summary="which emotions are signals, whether guests' voices are, and where pictures stay",
        tags=tags,
        openapi_extra=json_body(schema_of(WallBody)),
    )
    async def wall(request: Request) -> Response:
        if caller_of(request).scope != Scope.CONTROL:
            raise HTTPException(403, "the guest token does not open this: the wall is not yours")
        body = read_model(WallBody, await read_body(request, LONGEST_BODY))
        doors.wall.chosen = Chosen(body.emotions, body.guests, body.history)
        return json_answer(body.model_dump())

    @app.post(
        "/voice/illustrate",
        summary="a still of what was said; private unless the operator has chosen the history",
        tags=tags,
        openapi_extra=json_body(schema_of(IllustrateBody)),
    )
    async def illustrate(request: Request) -> Response:
        body = read_model(IllustrateBody, await read_body(request, LONGEST_BODY))
        caller = caller_of(request)
        in_history = doors.wall.chosen.history
        owner = caller.owner or caller.address
        name = await _illustrated(
            doors, lambda: doors.illustrator.ask(body.text, in_history, owner)
        )
        return json_answer({"id": name}, 202)

    @app.get("/voice/illustrations/{name}", summary="how far it is", tags=tags)
    async def how_far(name: str) -> Response:
        return json_answer(await _illustrated(doors, lambda: doors.illustrator.state(name)))

    @app.get(
        "/voice/illustrations/{name}/picture", summary="the picture", tags=tags,
        response_class=Response,
    )  # fmt: skip
    async def picture(name: str) -> Response:
        found = await _illustrated(doors, lambda: doors.illustrator.picture(name))
        return Response(found.content, media_type=found.kind, headers={"Cache-Control": "no-store"})
