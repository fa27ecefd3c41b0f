"""The bus: the newest value of each signal, with its time, its quality and its source."""

from __future__ import annotations

import math
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from lib.core.mapping import NAME, STALE_NS

MOST = 256  # signals of one source: a sender that invents names fills nothing
FORGOTTEN_NS = 600_000_000_000  # one that has been lost for so long makes room for others
USABLE = 0.1  # of quality: below it a value says nothing


class Signal(NamedTuple):
    name: str
    value: float  # 0..1
    at_ns: int
    quality: float  # 0..1
    source: str
    holds: bool  # a knob: its value stands until it is moved again

    def lost(self, now_ns: int) -> bool:
        """Whether it says nothing about this moment."""
        return self.quality < USABLE or not (self.holds or now_ns - self.at_ns <= STALE_NS)


class Bus:
    """Any thread may put and read. What it keeps is replaced as a whole for each name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._signals: dict[str, Signal] = {}
        self._heard: tuple[Callable[[Signal], None], ...] = ()
        self._counts: Counter[str] = Counter()  # signals, by their source
        self.refused: Counter[str] = Counter()  # by reason
        self.puts = 0

    def put(  # noqa: PLR0913 - all that a signal has
        self,
        name: str,
        value: float,
        *,
        source: str,
        quality: float = 1.0,
        holds: bool = False,
        now_ns: int | None = None,
    ) -> bool:
        """The newest value wins. False, and counted, for a name that is none, a value that is no
        number, and one signal too many."""
        if not (math.isfinite(value) and math.isfinite(quality)):
            return self._refuse("no number")
        at_ns = time.monotonic_ns() if now_ns is None else now_ns
        known = self._signals.get(name)
        signal = Signal(name, _within(value), at_ns, _within(quality), source, holds)
        with self._lock:
            if known is None and not self._has_room(name, source, at_ns):
                return False
            self._signals[name] = signal
            self.puts += 1
        for heard in self._heard:
            heard(signal)
        return True

    def get(self, name: str) -> Signal | None:
        return self._signals.get(name)

    def signals(self) -> list[Signal]:
        """All of them now, by name."""
        with self._lock:
            return sorted(self._signals.values())

    def lose(self, source: str) -> None:
        """What came from this source says nothing any more."""
        with self._lock:
            for name, signal in self._signals.items():
                if signal.source == source:
                    self._signals[name] = signal._replace(quality=0.0)

    def listen(self, heard: Callable[[Signal], None]) -> Callable[[], None]:
        """Call `heard` with each value, on the thread that puts it; it must return at once."""
        with self._lock:
            self._heard = (*self._heard, heard)

        def unlisten() -> None:
            with self._lock:
                self._heard = tuple(one for one in self._heard if one is not heard)

        return unlisten

    def _has_room(self, name: str, source: str, now_ns: int) -> bool:
        if not re.fullmatch(NAME, name):
            return self._refuse("bad name")
        if self._counts[source] >= MOST:
            old = [
                one.name
                for one in self._signals.values()
                if one.source == source and one.lost(now_ns) and now_ns - one.at_ns > FORGOTTEN_NS
            ]
            for each in old:
                del self._signals[each]
            self._counts[source] -= len(old)
        if self._counts[source] >= MOST:
            return self._refuse("too many")
        self._counts[source] += 1
        return True

    def _refuse(self, reason: str) -> bool:
        self.refused[reason] += 1
        return False


def signal_name(*parts: object) -> str:
    """A name made of any texts, each of which becomes what a name may hold."""
    texts = (re.sub(r"[^a-z0-9_-]+", "-", str(part).lower()).strip("-_") for part in parts)
    return ".".join(text or "x" for text in texts)[:64].rstrip(".")


def _within(value: float) -> float:
    return min(1.0, max(0.0, float(value)))
