"""Turns signals into moves of controls, thirty times a second while a row is armed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

from lib.config.params import Played
from lib.core.mapping import TARGETS, MappingError, Rows, armed, parse_mapping
from lib.core.modulation import Modulation, Moved
from lib.observe import OncePerSecond
from lib.signals.pace import TICK_NS
from lib.signals.parts import SignalParts
from lib.stage import REST_S, Stage
from lib.wire.latest import LatestPublisher
from lib.wire.messages import WireError, decode_change
from lib.wire.poller import Poller
from lib.wire.signal_state import encode_signals
from lib.wire.sockets import Topic, latest_in
from lib.wire.wake import Wake

log = logging.getLogger(__name__)


class Modulate(Stage):
    """The only thread with sockets to control, stream and view."""

    def __init__(self, parts: SignalParts, run_dir: Path, need: Callable[[Iterable[str]], None]):
        """`need` is told of which sources armed rows take signals."""
        super().__init__()
        self._parts, self._run_dir, self._need = parts, run_dir, need
        self._modulation = Modulation(parts.settings.hand_s)
        self._moved = Moved()
        self._text: str | None = None
        self._known = False
        self._sends = False
        self._next_ns = 0
        self._wake: Wake | None = None
        self._complain = OncePerSecond(log)
        self.sent = 0

    def open(self, resources: ExitStack) -> None:
        self._changes = latest_in(resources, self._run_dir, Topic.CHANGES)
        self._out = LatestPublisher(resources, self._run_dir, Topic.SIGNALS)
        self._wake = Wake(resources)
        self._poller = Poller(resources)
        self._poller.add_socket(self._changes)
        self._poller.add_descriptor(self._wake.fd)

    def stir(self) -> None:
        if self._wake:
            self._wake.set()

    @property
    def armed(self) -> int:
        return self._modulation.armed

    def step(self) -> None:
        wait_s = REST_S
        if self._sends:
            wait_s = max(0.0, (self._next_ns - time.monotonic_ns()) / 1e9)
        for source in self._poller.wait(wait_s):
            if self._wake and source == self._wake.fd:
                self._wake.clear()
        now_ns = time.monotonic_ns()
        while self._changes.poll(0):
            self._take(self._changes.recv(), now_ns)
        if self._sends and now_ns >= self._next_ns:
            self._next_ns = max(self._next_ns + TICK_NS, now_ns)
            self._send(now_ns)
        elif not self._sends and self._modulation.busy:
            self._sends, self._next_ns = True, now_ns

    def _take(self, data: bytes, now_ns: int) -> None:
        try:
            change = decode_change(data)
        except WireError as error:
            self._complain.warning("change", "a change cannot be read: %s", error)
            return
        now = self._parts.now
        if self._known and change.number <= now.number:
            return
        before, first, self._known = now.played, not self._known, True
        now.take(change.number, change.played)
        self._map(change.played.mapping)
        self._moved.silence(change.played.silences_signals, now_ns)
        if first:  # this process was started while somebody had a hand on a control
            for field, at_ns in change.changed_ns.items():
                name = "seeds" if field == "seed" else field
                self._modulation.hand([name], min(at_ns, now_ns))
        else:
            self._modulation.hand(changed_fields(before, change.played), now_ns)
        now.hands = self._modulation.hands(now_ns)

    def _map(self, text: str) -> None:
        if text == self._text:
            return
        self._text = text
        rows = rows_of(text)
        self._modulation.map(rows)
        self._need(row.source for row in armed(rows))

    def _send(self, now_ns: int) -> None:
        now = self._parts.now
        played = values_of(now.played)
        moves = self._modulation.moves(lambda name: self._value(name, now_ns), played, now_ns)
        hands = self._modulation.hands(now_ns)
        self._out.send(encode_signals(self._modulation.armed, moves, hands))
        self.sent += 1
        self._moved.take(moves, now_ns)
        now.moved = {name: self._moved.value(name, played.get(name, 0.0), now_ns) for name in moves}
        now.hands = hands
        self._sends = self._modulation.busy  # the last state is one that moves nothing

    def _value(self, name: str, now_ns: int) -> float | None:
        signal = self._parts.bus.get(name)
        return None if signal is None or signal.lost(now_ns) else signal.value


def rows_of(text: str) -> Rows:
    try:
        return parse_mapping(text)
    except MappingError:  # control has checked it: it is of another version
        return ()


def values_of(played: Played) -> dict[str, float]:
    """What rows start from, by field; the second seed has no share until a row gives it one."""
    return {name: getattr(played, name) for name in TARGETS if name != "seeds"}


def changed_fields(before: Played, after: Played) -> list[str]:
    """What somebody moved; whoever chooses a seed has a hand on the mix of seeds."""
    fields = [name for name in values_of(after) if getattr(before, name) != getattr(after, name)]
    return [*fields, "seeds"] if before.seed != after.seed else fields
