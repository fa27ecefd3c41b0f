"""MIDI controllers as a source of signals, and what goes back to their faders and lights."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import ClassVar

from lib.core.mapping import Row
from lib.signals.drivers.process import DriverSource, Line
from lib.signals.midi.controls import ControlMode, Controls, read_modes
from lib.signals.midi.feedback import ControlFeedback, shown_position
from lib.signals.midi.messages import (
    MidiControl,
    MidiStream,
    MidiTouch,
    TickKind,
    control_named,
    position_bytes,
)
from lib.signals.modulate import rows_of
from lib.signals.parts import SignalParts
from lib.signals.source import SourceError

MOST_PORTS = 16
FEEDBACK_NS = 33_000_000


class MidiPort:
    """One controller. All controllers share their signals: 1.cc7 is channel 1 of any of them."""

    def __init__(self, name: str, modes: Mapping[MidiControl, ControlMode]) -> None:
        self.name = name
        self.stream = MidiStream()
        self.controls = Controls(modes)
        self.feedback: dict[MidiControl, ControlFeedback] = {}

    def shows(self, control: MidiControl) -> ControlFeedback:
        return self.feedback.setdefault(control, ControlFeedback())


class MidiSource(DriverSource):
    name: ClassVar[str] = "midi"
    driver: ClassVar[str] = "midi"

    def __init__(self, parts: SignalParts) -> None:
        super().__init__(parts)
        self._ports: dict[int, MidiPort] = {}
        self._modes: Mapping[MidiControl, ControlMode] = {}
        self._mapping = ""
        self._rows: list[tuple[MidiControl, Row]] = []
        self._feedback_ns = 0

    def wishes(self) -> Mapping[str, object]:
        if not self.settings.midi_ports:
            raise SourceError("MIDI_PORTS names no controller; all takes each that is there")
        return {"ports": self.settings.midi_ports}

    def open(self, resources: ExitStack) -> None:
        try:
            self._modes = read_modes(self.settings.midi_modes)
        except ValueError as error:
            raise SourceError(f"MIDI_MODES: {error}") from None
        super().open(resources)

    def step(self) -> None:
        super().step()
        now_ns = time.monotonic_ns()
        if self.settings.midi_feedback and now_ns - self._feedback_ns >= FEEDBACK_NS:
            self._feedback_ns = now_ns
            self._give_back(now_ns)

    def describe(self) -> str:
        names = ", ".join(port.name for port in self._ports.values())
        count = sum(len(port.controls) for port in self._ports.values())
        return f"{names}: {count} controls" if names else "no such controller is connected"

    def take(self, said: Line) -> None:
        super().take(said)
        if isinstance(ports := said.get("ports"), dict):
            self._connect({int(number): str(name) for number, name in ports.items()})
        port = self._ports.get(int(said.get("port", -1)))
        if port and "midi" in said:
            self._hear(port, bytes.fromhex(said["midi"]), int(said["at"]))

    def _connect(self, ports: Mapping[int, str]) -> None:
        """Those that are there now: one that was plugged in again begins anew."""
        self._ports = {no: port for no, port in self._ports.items() if no in ports}
        for number, name in list(ports.items())[:MOST_PORTS]:
            if number not in self._ports:
                self._ports[number] = MidiPort(name, self._modes)

    def _hear(self, port: MidiPort, data: bytes, at_ns: int) -> None:
        before = port.stream.malformed
        for said in port.stream.feed(data):
            if isinstance(said, MidiTouch):
                self._touch(port, said, at_ns)
            else:
                self._tick(said, at_ns)
        if port.stream.malformed > before:
            self.tally.count("malformed", port.stream.malformed - before)

    def _touch(self, port: MidiPort, touch: MidiTouch, at_ns: int) -> None:
        self.tally.count("in")
        found = port.controls.take(touch)
        if found is None:
            self.tally.count("too many controls")
            return
        feedback = port.feedback.get(found.control)
        is_pad = found.control.kind == "note"
        if feedback and not is_pad and not feedback.moved(found.position, at_ns):
            return  # the motor's own way
        self.put(found.control.name, found.position, holds=True)

    def _tick(self, kind: TickKind, at_ns: int) -> None:
        beat = self.parts.beat
        ticks: dict[TickKind, Callable[[], None]] = {
            "clock": lambda: beat.clock(at_ns),
            "start": lambda: beat.start(at_ns),
            "continue": lambda: None,  # the next clock goes on
            "stop": beat.stop,
        }
        ticks[kind]()

    def _give_back(self, now_ns: int) -> None:
        """Controls whose rows move nothing now stand where the show stands: a motor waits at the
        place from which its hand will go on."""
        played = self.parts.played()
        if played.mapping != self._mapping:
            self._mapping = played.mapping
            self._rows = _own_rows(played.mapping)
        hands = self.parts.now.hands
        for control, row in self._rows:
            wanted = shown_position(row, played, hands)
            for number, port in self._ports.items():
                self._show(number, port, control, wanted, now_ns)

    def _show(
        self, number: int, port: MidiPort, control: MidiControl, wanted: float | None, now_ns: int
    ) -> None:
        is_pad = control.kind == "note"
        if is_pad:  # its light is on or off, and says how it stands while it is in charge
            wanted = float(
                (port.controls.at(control).position if wanted is None else wanted) >= 0.5
            )
        if wanted is None:
            return
        feedback = port.shows(control)
        feedback.want(wanted)
        at = feedback.due(now_ns)
        if at is None:
            return
        wide = port.controls.at(control).mode == "wide"
        for message in position_bytes(control, at, wide=wide):
            self.tally.count("out")
            if not self.process.tell(port=number, send=message.hex()):
                self.tally.count("not sent")
        port.controls.put(control, at)
        if not is_pad:
            self.put(control.name, at, holds=True)


def _own_rows(mapping: str) -> list[tuple[MidiControl, Row]]:
    """Rows that a control of MIDI moves."""
    found: list[tuple[MidiControl, Row]] = []
    for row in rows_of(mapping):
        source, _, name = row.signal.partition(".")
        if source == MidiSource.name:
            try:
                found.append((control_named(name), row))
            except ValueError:
                continue  # no control has this name
    return found
