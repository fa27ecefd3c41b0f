"""What sources, outputs, pages and ports of this process share."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI

from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.core.beat import Beat
from lib.http.away import AwayWork
from lib.http.server import LoopPart
from lib.http.token import Scope
from lib.http_client.control_client import ControlClient
from lib.signals.bus import Bus
from lib.signals.learn import Learn


class NowPlayed:
    """What is played, as control says it, and what signals make of it. Any thread may read."""

    def __init__(self, first: Played) -> None:
        self.known = False  # whether control has said anything
        self.played, self.number = first, 0
        self.moved: Mapping[str, float] = {}  # by field: its value now, where rows move it
        self.hands: Mapping[str, float] = {}  # by field: seconds that a hand still has it
        self._told: tuple[Callable[[Played], None], ...] = ()

    def take(self, number: int, played: Played) -> None:
        self.number, self.played, self.known = number, played, True
        for told in self._told:
            told(played)

    def listen(self, told: Callable[[Played], None]) -> None:
        """Call `told` with each state that comes, on the thread that reads them."""
        self._told = (*self._told, told)


class LockedBeat:
    """A beat that several threads tap and read."""

    def __init__(self) -> None:
        self._lock, self._beat = threading.Lock(), Beat()

    def tap(self, now_ns: int) -> None:
        with self._lock:
            self._beat.tap(now_ns)

    def clock(self, now_ns: int) -> None:
        """One of the 24 MIDI clocks of a beat."""
        with self._lock:
            self._beat.clock(now_ns)

    def start(self, now_ns: int) -> None:
        with self._lock:
            self._beat.start(now_ns)

    def stop(self) -> None:
        with self._lock:
            self._beat.stop()

    def set_bpm(self, bpm: float, now_ns: int) -> None:
        with self._lock:
            self._beat.set_bpm(bpm, now_ns)

    def bpm(self) -> float:
        with self._lock:
            return self._beat.bpm

    def position(self, now_ns: int) -> float | None:
        """In beats; None while there is no beat."""
        with self._lock:
            return self._beat.position(now_ns)


@dataclass(frozen=True)
class SignalParts:
    settings: PrimarySettings
    run_dir: Path | None  # None where the broker runs alone, without a show
    bus: Bus
    beat: LockedBeat
    now: NowPlayed
    control: ControlClient
    learn: Learn
    away: AwayWork  # for what waits for control, off the server's loop
    counts: dict[str, Counter[str]] = field(default_factory=dict)  # of what has only routes
    switched: set[str] = field(default_factory=set)  # sources that somebody switched on in the page
    held: set[str] = field(default_factory=set)  # and off

    def played(self) -> Played:
        return self.now.played

    def moved(self) -> Mapping[str, float]:
        """By field: what it is now where signals move it."""
        return self.now.moved


@dataclass(frozen=True)
class Doors:
    """What a source adds to the port of signals."""

    add: Callable[[FastAPI], None] = lambda _: None
    scopes: Mapping[str, Scope] = field(default_factory=dict)  # by the first part of a path
    websockets: frozenset[str] = frozenset()
    pages: Mapping[str, str] = field(default_factory=dict)  # files of lib/signals/page, by address
    longest: Mapping[str, int] = field(default_factory=dict)  # bytes of a body, by the first part
    close: Callable[[], None] = lambda: None  # when the server ends, on its loop
    beside: tuple[LoopPart, ...] = ()
