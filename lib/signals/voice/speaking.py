"""The assistant's side of a chat: makes a reply, says it, and stops when somebody interrupts."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress

from lib.core.voice.emotions import Mood, scores
from lib.http.away import AwayWork
from lib.signals.voice import messages
from lib.signals.voice.audio import Resampler
from lib.signals.voice.hearing import prosody_of
from lib.signals.voice.messages import Facts, MessageError
from lib.signals.voice.reply import ChatTurn, ReplyEndpoint, ReplyError, ReplyMaker, reflection
from lib.signals.voice.speech import Speaker, Spoken, sentences
from lib.signals.voice.valence import WordValence

log = logging.getLogger(__name__)

CHARACTERS_A_S = 15  # of a browser that speaks
Tell = Callable[[Facts], None]


class Assistant:
    """One chat's; on the server's loop."""

    def __init__(
        self, tell: Tell, endpoint: ReplyEndpoint | None, speaker: Speaker,
        valence: WordValence, away: AwayWork,
    ) -> None:  # fmt: skip
        self._tell, self._endpoint, self._speaker = tell, endpoint, speaker
        self._valence, self._away = valence, away
        self._task: asyncio.Task[None] | None = None
        self._speaks_until_s = 0.0
        self.paused = False
        self.chat: list[ChatTurn] = []

    @property
    def is_busy(self) -> bool:
        """Whether there is something to interrupt: a reply that is made, or that is being said."""
        is_made = self._task is not None and not self._task.done()
        return is_made or time.monotonic() < self._speaks_until_s

    def answer(self, said: ChatTurn, of_turn: dict[str, float]) -> None:
        """Reply to a turn; while paused it is only remembered."""
        self.chat.append(said)
        del self.chat[:-24]
        if not self.paused:
            self._start(self._reply(said, of_turn))

    def say(self, text: str) -> None:
        """Say words that somebody else wrote for the assistant."""
        self._start(self._said(text, from_text=True))

    def interrupt(self) -> bool:
        """Stop at once; whether there was anything to stop."""
        was_busy = self.is_busy
        self._speaks_until_s = 0.0
        if self._task:
            self._task.cancel()
            self._task = None
        return was_busy

    async def close(self) -> None:
        task = self._task
        self.interrupt()
        if task:
            with suppress(asyncio.CancelledError):
                await task

    def _start(self, work: Coroutine[None, None, None]) -> None:
        self.interrupt()
        self._task = asyncio.get_running_loop().create_task(self._told(work))

    async def _told(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except MessageError as error:  # too much is being done at once
            self._tell(messages.error("reply", error.slug, str(error)))

    async def _reply(self, said: ChatTurn, of_turn: dict[str, float]) -> None:
        text = ""
        if self._endpoint:
            reply = self._endpoint.reply()
            chat = list(self.chat)
            try:
                text, why = await self._away.run(lambda: _made(reply, chat))
            except asyncio.CancelledError:
                reply.abort()
                raise
            if why:
                self._tell(messages.error("reply", "reply_unavailable", why))
        await self._said(text or reflection(said.content, of_turn), from_text=False)

    async def _said(self, text: str, from_text: bool) -> None:
        message_id = secrets.token_hex(8)
        self.chat.append(ChatTurn("assistant", text))
        self._tell(messages.assistant_message(message_id, text, from_text))
        valence = await self._away.run(lambda: self._valence.of(text))
        arousal = 0.0
        for index, sentence in enumerate(sentences(text)):
            spoken = await self._spoken(sentence)
            if spoken is None:
                self._speaks_for(len(sentence) / CHARACTERS_A_S)
                continue
            if not arousal:
                arousal = await self._away.run(lambda heard=spoken: _arousal(heard))  # type: ignore[misc] # of mypy's inference
                self._tell(messages.assistant_prosody(message_id, scores(Mood(valence, arousal))))
            self._tell(messages.audio_output(message_id, index, spoken.wav))
            self._speaks_for(spoken.seconds)
        self._tell(messages.assistant_end())

    async def _spoken(self, sentence: str) -> Spoken | None:
        try:
            return await self._speaker.speak(sentence)
        except OSError as error:
            log.warning("espeak-ng cannot be run: %s", error.strerror)
            return None

    def _speaks_for(self, seconds: float) -> None:
        self._speaks_until_s = max(self._speaks_until_s, time.monotonic()) + seconds


def _made(reply: ReplyMaker, chat: list[ChatTurn]) -> tuple[str, str]:
    """The reply, or why there is none. It raises nothing: after an interruption nobody waits."""
    try:
        return reply.make(chat), ""
    except ReplyError as error:
        return "", f"no reply of the endpoint: {error}"


def _arousal(spoken: Spoken) -> float:
    return prosody_of(Resampler(spoken.rate_hz).push(spoken.samples.astype("float32")))
