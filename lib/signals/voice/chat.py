"""One chat: reads what a client sends, hears it, and tells the client what came of it."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass

from starlette.websockets import WebSocket

from lib.core.voice.emotions import Mood, highest, scores
from lib.http.away import AwayWork
from lib.http.outbox import Outbox
from lib.signals.voice import messages
from lib.signals.voice.hearing import HeardHop, HeardTurn, Hearing
from lib.signals.voice.messages import (
    LONGEST_TEXT,
    AssistantInput,
    AudioInput,
    Facts,
    Incoming,
    MessageError,
    PauseAssistant,
    ResumeAssistant,
    SessionSettings,
    Turn,
    UserInput,
)
from lib.signals.voice.recogniser import Recogniser
from lib.signals.voice.reply import ChatTurn, ReplyEndpoint
from lib.signals.voice.speaking import Assistant
from lib.signals.voice.speech import Speaker
from lib.signals.voice.valence import WordValence, with_tilt
from lib.signals.voice.wall import VoiceToWall

WORDS_WITHIN_S = 1.5  # that a browser takes to recognise the end of a turn
CALM_TEXT, BY_SHOUT = 0.4, 0.12  # arousal of typed words, and of each exclamation mark
MOST_TURNS = 8  # that wait to be answered
POLICY = 1008  # WebSocket: what was sent is against the rules
MOST_ERRORS = 50  # of one client, which then has no use of the chat


@dataclass(frozen=True)
class VoiceTools:
    """What all chats share."""

    wall: VoiceToWall
    endpoint: ReplyEndpoint | None
    speaker: Speaker
    recogniser: Recogniser
    valence: WordValence
    away: AwayWork
    counts: Counter[str]


HOPS_AT_ONCE = 10  # some 20 ms of work, before others have their turn


class LocalChat:
    """On the server's loop, for as long as its WebSocket is open."""

    def __init__(self, socket: WebSocket, tools: VoiceTools, moves_wall: bool) -> None:
        self._socket, self._tools = socket, tools
        self._outbox = Outbox(socket)
        self._moves_wall = moves_wall
        self._hearing = Hearing(keeps_turns=tools.recogniser.is_there)
        self._assistant = Assistant(
            self._tell, tools.endpoint, tools.speaker, tools.valence, tools.away
        )
        self._valence = 0.0  # of the latest words
        self._words: list[str] = []  # that the browser recognised in the turn that is spoken
        self._words_came = asyncio.Event()
        self._client_recognises = False
        self._turns: asyncio.Queue[Coroutine[None, None, None]] = asyncio.Queue(MOST_TURNS)
        self._errors = 0

    async def serve(self) -> None:
        chat_id, request_id = secrets.token_hex(16), secrets.token_hex(8)
        self._tell(messages.chat_metadata(chat_id, request_id))
        loop = asyncio.get_running_loop()
        beside = [loop.create_task(self._outbox.send()), loop.create_task(self._take_turns())]
        try:
            while self._errors < MOST_ERRORS:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                await self._read(message.get("text"))
                await self._outbox.room()
                await asyncio.sleep(0)  # a client that floods lets the others be heard
        finally:
            self._tools.wall.left(self)
            for task in beside:
                task.cancel()
            while not self._turns.empty():
                self._turns.get_nowait().close()
            await self._assistant.close()
        if self._errors >= MOST_ERRORS:
            with suppress(RuntimeError):  # it is closed already
                await self._socket.close(POLICY, "nothing that was sent could be used")

    def _tell(self, facts: Facts) -> None:
        self._outbox.put(json.dumps(facts))

    async def _read(self, text: str | None) -> None:
        try:
            if text is None:
                raise MessageError("bad_message", "a message is a text, not bytes")
            await self._take(messages.parsed(text))
        except MessageError as error:
            self._errors += 1
            self._refuse(error)

    def _refuse(self, error: MessageError) -> None:
        self._tools.counts[error.slug] += 1
        self._tell(messages.error("input", error.slug, str(error)))

    async def _take(self, message: Incoming) -> None:
        match message:
            case AudioInput():
                await self._hear(message)
            case UserInput(spoken=True):
                self._hear_words(message.text)
            case UserInput():
                self._interrupt()
                self._begin_turn(self._typed(message.text))
            case AssistantInput():
                self._assistant.say(message.text)
            case SessionSettings():
                self._set(message)
            case PauseAssistant():
                self._assistant.paused = True
                self._assistant.interrupt()
            case ResumeAssistant():
                self._assistant.paused = False

    def _set(self, settings: SessionSettings) -> None:
        if "audio" in settings.model_fields_set:
            self._hearing.set_form(settings.audio)
        if "words" in settings.model_fields_set:
            self._client_recognises = settings.words == "client"
        if settings.microphone == "off" and (turn := self._hearing.end()):
            self._begin_turn(self._spoken(turn))

    async def _hear(self, message: AudioInput) -> None:
        clock_ms = time.monotonic_ns() // 1_000_000
        for number, hop in enumerate(self._hearing.push(message.decoded(), clock_ms), 1):
            self._heard(hop)
            if number % HOPS_AT_ONCE == 0:  # a message may hold seconds of audio
                await asyncio.sleep(0)

    def _heard(self, hop: HeardHop) -> None:
        if hop.begun:
            self._tools.counts["turns"] += 1
            self._words, self._words_came = [], asyncio.Event()
            self._interrupt()
        if self._moves_wall:
            if hop.begun:
                self._tools.wall.began(self)
            mood = Mood(with_tilt(self._valence, hop.tilt_db), hop.arousal)
            self._tools.wall.hop(self, hop.level, mood, hop.in_turn)
        if hop.ended:
            self._begin_turn(self._spoken(hop.ended))

    def _interrupt(self) -> None:
        if self._assistant.interrupt():
            self._tell(messages.user_interruption(self._hearing.heard_ms))

    def _hear_words(self, text: str) -> None:
        """What the browser has recognised, in the middle of a turn or soon after it."""
        self._words_came.set()
        if len(text) + sum(len(one) + 1 for one in self._words) > LONGEST_TEXT:
            self._tools.counts["too_many_words"] += 1
            return
        self._words.append(text)
        if self._hearing.in_turn:
            mood = Mood(self._valence, self._hearing.arousal)
            now_ms = self._hearing.heard_ms
            turn = Turn(" ".join(self._words), scores(mood), False, now_ms, now_ms)
            self._tell(messages.user_message(turn, interim=True))

    def _begin_turn(self, work: Coroutine[None, None, None]) -> None:
        try:
            self._turns.put_nowait(work)
        except asyncio.QueueFull:
            work.close()
            raise MessageError("too_fast", "more is said than can be answered") from None

    async def _take_turns(self) -> None:
        """One after the other: the words of a turn may come after the next has begun."""
        while True:
            work = await self._turns.get()
            try:
                await work
            except MessageError as error:
                self._refuse(error)

    async def _typed(self, text: str) -> None:
        valence = await self._tools.away.run(lambda: self._tools.valence.of(text))
        shouts = min(3, text.count("!"))
        self._told(Mood(valence, CALM_TEXT + BY_SHOUT * shouts), text, None)

    async def _spoken(self, turn: HeardTurn) -> None:
        words = await self._recognised(turn)
        valence = await self._tools.away.run(lambda: self._tools.valence.of(words))
        tilt_db = turn.prosody.tilt_db if turn.prosody else 0.0
        self._told(Mood(with_tilt(valence, tilt_db), turn.arousal), words, turn)

    async def _recognised(self, turn: HeardTurn) -> str:
        if self._client_recognises:
            came, said = self._words_came, self._words
            with suppress(TimeoutError):
                async with asyncio.timeout(WORDS_WITHIN_S):
                    await came.wait()
            return " ".join(said)
        samples = turn.samples
        if samples is None or not self._tools.recogniser.is_there:
            return ""
        words = await self._tools.away.run(lambda: self._tools.recogniser.words(samples))
        if self._tools.recogniser.trouble:
            why = self._tools.recogniser.trouble
            self._tell(messages.error("words", "no_recognition", why))
        return words

    def _told(self, mood: Mood, words: str, turn: HeardTurn | None) -> None:
        self._valence = mood.valence
        of_turn = scores(mood)
        times = (turn.begin_ms, turn.end_ms) if turn else (0, 0)
        self._tell(messages.user_message(Turn(words, of_turn, turn is None, *times)))
        if self._moves_wall:
            self._tools.wall.turn(self, of_turn, mood.valence)
        said = ChatTurn("user", words, tuple(highest(of_turn)))
        self._assistant.answer(said, of_turn)
