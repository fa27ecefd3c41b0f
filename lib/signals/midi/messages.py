"""What the bytes of a MIDI port mean: a control that was touched, or a tick of the clock.

No I/O.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

import mido

ControlKind = Literal["cc", "note", "pitch", "pressure"]
TickKind = Literal["clock", "start", "continue", "stop"]

_NUMBERED = ("cc", "note")
LONGEST = 4096  # bytes without a message: the rest of an endless system exclusive is dropped


class MidiControl(NamedTuple):
    """One knob, fader, key or pad of a port."""

    kind: ControlKind
    channel: int  # 1 to 16, as on the controllers
    number: int = 0  # of the controller or the note; 0 for pitch and pressure

    @property
    def name(self) -> str:
        """Its signal's, without the source: 1.cc7, 10.note36, 1.pitch."""
        number = self.number if self.kind in _NUMBERED else ""
        return f"{self.channel}.{self.kind}{number}"


class MidiTouch(NamedTuple):
    """A control has a new level: 0 to 127, for pitch 0 to 16383."""

    control: MidiControl
    level: int


def control_named(name: str) -> MidiControl:
    """The control of such a name; ValueError for anything else."""
    found = re.fullmatch(r"(\d{1,2})\.([a-z]+)(\d{0,3})", name, re.ASCII)
    if found:
        channel, kind, number = int(found[1]), found[2], found[3]
        known: ControlKind | None = next(
            (one for one in get_args(ControlKind) if one == kind), None
        )
        if known and 1 <= channel <= 16 and bool(number) == (known in _NUMBERED):
            control = MidiControl(known, channel, int(number or 0))
            if control.number <= 127 and control.name == name:
                return control
    raise ValueError(f"{name!r} is no MIDI control such as 1.cc7, 10.note36 or 1.pitch")


class MidiStream:
    """The bytes of one port, in the order in which they came."""

    def __init__(self) -> None:
        self.malformed = 0
        self._parser = mido.Parser()
        self._since = 0  # bytes since the last message

    def feed(self, data: bytes) -> list[MidiTouch | TickKind]:
        """What these bytes complete; everything that moves no signal is left out."""
        found: list[MidiTouch | TickKind] = []
        for at in range(0, len(data), LONGEST):
            found += self._feed(data[at : at + LONGEST])
        return found

    def _feed(self, data: bytes) -> list[MidiTouch | TickKind]:
        self._since += len(data)
        try:
            self._parser.feed(data)
        except (ValueError, KeyError, IndexError):
            self._reset()
            return []
        messages = list(self._parser)
        if messages:
            self._since = 0
        elif self._since > LONGEST:
            self._reset()
        return [said for one in messages if (said := _meaning(one)) is not None]

    def _reset(self) -> None:
        self.malformed += 1
        self._parser, self._since = mido.Parser(), 0


def _meaning(message: mido.Message) -> MidiTouch | TickKind | None:
    kind = message.type
    if kind in ("clock", "start", "continue", "stop"):
        tick: TickKind = kind
        return tick
    if kind == "control_change" and message.control < 120:  # above it are modes, such as all off
        return MidiTouch(MidiControl("cc", message.channel + 1, message.control), message.value)
    if kind in ("note_on", "note_off"):
        level = message.velocity if kind == "note_on" else 0
        return MidiTouch(MidiControl("note", message.channel + 1, message.note), level)
    if kind == "pitchwheel":
        return MidiTouch(MidiControl("pitch", message.channel + 1), message.pitch + 8192)
    if kind == "aftertouch":
        return MidiTouch(MidiControl("pressure", message.channel + 1), message.value)
    return None


def position_bytes(control: MidiControl, position: float, *, wide: bool = False) -> list[bytes]:
    """The messages that move a motor fader, or light a pad, to a position from 0 to 1."""
    channel = control.channel - 1
    if control.kind == "pitch":
        return [_bytes("pitchwheel", channel=channel, pitch=round(position * 16383) - 8192)]
    if control.kind == "note":
        return [_bytes("note_on", channel=channel, note=control.number, velocity=_seven(position))]
    if control.kind == "pressure":
        return []  # nothing on a controller shows it
    levels = [(control.number, _seven(position))]
    if wide:
        high, low = divmod(round(position * 16383), 128)
        levels = [(control.number, high), (control.number + 32, low)]
    return [_bytes("control_change", channel=channel, control=no, value=at) for no, at in levels]


def _bytes(kind: str, **fields: int) -> bytes:
    return bytes(mido.Message(kind, **fields).bytes())


def _seven(position: float) -> int:
    return round(position * 127)
