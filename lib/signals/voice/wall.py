"""What of the voices becomes signals: level, arousal and valence, and the emotions that somebody
has chosen or a mapping row names.

One voice at a time moves the wall: that of whoever began to speak last.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from lib.core.voice.emotions import PLACES, Mood, scores

NAME = "voice"
ALWAYS = ("level", "arousal", "valence", "speaking")
EVERY_HOPS = 2  # of 20 ms: a bus is read 30 times a second
LINGERS_S, LINGER_STEP_S = 3.0, 0.05  # how long a turn's emotions take to fade after it


def emotion_signal(emotion: str) -> str:
    """The name of its signal behind `voice.`: Empathic Pain is empathic_pain."""
    return re.sub(r"[^a-z]+", "_", emotion.lower()).strip("_")


BY_SIGNAL = {emotion_signal(emotion): emotion for emotion in PLACES}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the operator lets through."""

    emotions: tuple[str, ...] = ()
    guests: bool = False  # whether the voices of people with a guest token move the wall, too
    history: bool = False  # whether illustrations stay in the history of stills


class SignalSink(Protocol):
    """The bus."""

    def put(self, name: str, value: float, *, source: str, quality: float = 1.0) -> bool: ...


class VoiceToWall:
    """Used on the server's loop."""

    def __init__(self, sink: SignalSink, rows: Callable[[], str]) -> None:
        """`rows`: the mapping that is played, as text; its rows name signals."""
        self._sink, self._rows = sink, rows
        self.chosen = Chosen()
        self._speaker: object = None
        self._hops = 0
        self._fade: asyncio.Task[None] | None = None

    def emotions(self) -> list[str]:
        named = set(re.findall(r'"voice\.([a-z_]+)"', self._rows()))
        wanted = {BY_SIGNAL[name] for name in named if name in BY_SIGNAL}
        return sorted(wanted | set(self.chosen.emotions))

    def began(self, speaker: object) -> None:
        self._speaker = speaker

    def hop(self, speaker: object, level: float, mood: Mood, in_turn: bool) -> None:
        """Each 20 ms of somebody's sound."""
        if self._speaker is None:
            self._speaker = speaker
        if speaker is not self._speaker:
            return
        self._hops += 1
        if self._hops % EVERY_HOPS:
            return
        self._put("level", level)
        self._put("arousal", mood.arousal)
        self._put("speaking", float(in_turn))
        if in_turn:
            self._stop_fading()
            self._put("valence", (mood.valence + 1) / 2)
            self._put_scores(scores(mood))

    def turn(self, speaker: object, of_turn: Mapping[str, float], valence: float | None) -> None:
        """A turn is over, or was typed: its emotions show for a while and fade."""
        self._speaker = speaker
        self._stop_fading()
        self._fade = asyncio.get_running_loop().create_task(self._fading(of_turn, valence))

    def left(self, speaker: object) -> None:
        """The person is gone, and nothing of the voice stays on the bus."""
        if speaker is not self._speaker:
            return
        self._speaker = None
        self._stop_fading()
        for name in (*ALWAYS, *map(emotion_signal, self.emotions())):
            self._put(name, 0.0, quality=0.0)

    async def _fading(self, of_turn: Mapping[str, float], valence: float | None) -> None:
        steps = round(LINGERS_S / LINGER_STEP_S)
        for step in range(steps, -1, -1):
            left = step / steps
            self._put_scores({name: value * left for name, value in of_turn.items()})
            if valence is not None:
                self._put("valence", 0.5 + valence / 2 * left)
            await asyncio.sleep(LINGER_STEP_S)

    def _stop_fading(self) -> None:
        if self._fade:
            self._fade.cancel()
            self._fade = None

    def _put_scores(self, of_turn: Mapping[str, float]) -> None:
        for emotion in self.emotions():
            self._put(emotion_signal(emotion), of_turn.get(emotion, 0.0))

    def _put(self, name: str, value: float, quality: float = 1.0) -> None:
        self._sink.put(f"{NAME}.{name}", value, source=NAME, quality=quality)
