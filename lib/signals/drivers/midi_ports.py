"""The driver of MIDI ports: opens those that are wanted as they come, and passes on the bytes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import rtmidi

from lib.signals.drivers.reports import Commands, DriverError, Reports, text_of

SEQUENCER = Path("/dev/snd/seq")
LOOK_S = 1.0  # between two looks at which ports there are
LONGEST_MESSAGE = 256  # system exclusives are left out
OWN_NAME = "Afterimage"
NONE_HERE = (
    "this machine has no MIDI: /dev/snd/seq is missing or may not be opened "
    "(the kernel's snd-seq, and the group audio)"
)


class _Port:
    """One controller, in and out."""

    def __init__(self, name: str, number: int, reports: Reports) -> None:
        self.name, self._reports, self._number = name, reports, number
        self._in, self._out = _client(rtmidi.MidiIn), _client(rtmidi.MidiOut)
        self._in.ignore_types(sysex=True, timing=False, active_sense=True)
        self._in.set_callback(self._heard)
        self._in.open_port(_number_of(self._in, name), OWN_NAME)
        place = _number_of(self._out, name)
        self._writes = place >= 0
        if self._writes:
            self._out.open_port(place, OWN_NAME)

    def send(self, message: bytes) -> None:
        if self._writes:
            self._out.send_message(message)

    def close(self) -> None:
        for one in (self._in, self._out):
            one.close_port()
            one.delete()

    def _heard(self, event: tuple[list[int], float], _: object) -> None:
        """On the library's thread, at once when it comes: the beat needs the moment."""
        data = bytes(event[0][:LONGEST_MESSAGE])
        self._reports.say(midi=data.hex(), port=self._number, at=time.monotonic_ns())


def run(wishes: Mapping[str, object], reports: Reports) -> None:
    wanted = [one.strip().lower() for one in text_of(wishes, "ports").split(",") if one.strip()]
    sequencer = Path(text_of(wishes, "sequencer") or SEQUENCER)
    if not sequencer.exists():
        raise DriverError(NONE_HERE)
    try:
        finder = _client(rtmidi.MidiIn)
    except (rtmidi.RtMidiError, SystemError, OSError):
        raise DriverError(NONE_HERE) from None
    commands, number, look_at = Commands(), 0, 0.0
    ports: dict[str, tuple[int, _Port]] = {}
    while True:
        if time.monotonic() >= look_at:
            look_at = time.monotonic() + LOOK_S
            here = [name for name in finder.get_ports() if _is_wanted(name, wanted)]
            for name in [name for name in ports if name not in here]:
                ports.pop(name)[1].close()
            for name in here:
                if name not in ports:
                    number += 1
                    ports[name] = (number, _Port(name, number, reports))
            reports.say(ports={no: name for name, (no, _) in ports.items()})
        for said in commands.wait(0.2):
            for number_of, port in ports.values():
                if number_of == said.get("port"):
                    port.send(bytes.fromhex(str(said.get("send", ""))))
        reports.beat()


def _client(kind: type) -> rtmidi.MidiIn:
    return kind(rtapi=rtmidi.API_LINUX_ALSA, name=OWN_NAME)


def _is_wanted(name: str, wanted: list[str]) -> bool:
    """Never our own ports, nor the kernel's loop of everything."""
    if OWN_NAME.lower() in name.lower() or name.startswith("Midi Through"):
        return False
    return "all" in wanted or any(one in name.lower() for one in wanted)


def _number_of(client: rtmidi.MidiIn, name: str) -> int:
    """Ports of one controller have the same name in both directions, but for their numbers."""
    ports = client.get_ports()
    if name in ports:
        return int(ports.index(name))
    device = name.partition(":")[0]
    return next((at for at, one in enumerate(ports) if one.partition(":")[0] == device), -1)
