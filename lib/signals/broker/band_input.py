"""Band powers from a program that measures them: a JSON list of channels, four bands each."""

from __future__ import annotations

import math
import time
from typing import ClassVar

from lib.http.tcp_port import ClientLine, TcpPort
from lib.signals.broker.loop_source import JsonLine, LoopSource, place_of

BANDS = ("delta", "theta", "alpha", "beta")
MOST_CHANNELS = 32
SILENT_S = 5.0  # a connection that says nothing for so long makes room for another one


class BandPort(TcpPort):
    def __init__(self, source: BandInput) -> None:
        place = place_of(source.settings, source.settings.signal_input_port)
        super().__init__("band powers", place)
        self._source = source

    def session(self, line: ClientLine) -> BandSession:
        return BandSession(line, self._source)

    def refuse(self, why: str) -> None:
        self._source.note_refusal(why)


class BandSession(JsonLine):
    def __init__(self, line: ClientLine, source: BandInput) -> None:
        super().__init__(line, source)
        self._bands = source

    @property
    def is_idle(self) -> bool:
        """Whoever measures says something thirty times a second."""
        return time.monotonic() - self.heard_s > SILENT_S

    def take(self, _message: object) -> None:
        self._bands.take(_message)


class BandInput(LoopSource):
    name: ClassVar[str] = "tcp"

    def open_port(self) -> TcpPort:
        return BandPort(self)

    def take(self, message: object) -> None:
        """All of a message or nothing of it."""
        channels = bands_in(message)
        if channels is None:
            self.tally.count("malformed")
            return
        self.tally.count("in")
        for number, channel in enumerate(channels, 1):
            for band, value in zip(BANDS, channel, strict=True):
                self.put(f"{number}.{band}", value)


def bands_in(message: object) -> list[list[float]] | None:
    """The channels of a message, each value within 0..1; None if it is none."""
    if not isinstance(message, list) or not 0 < len(message) <= MOST_CHANNELS:
        return None
    channels = []
    for one in message:
        if not isinstance(one, list) or len(one) != len(BANDS):
            return None
        if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in one):
            return None
        if not all(abs(v) < 1e9 and math.isfinite(v) for v in one):
            return None
        channels.append([min(1.0, max(0.0, float(v))) for v in one])
    return channels
