"""A controller from its port to the bus and back: through ALSA where it is, else with a port that
the test pretends; all between the port and the bus is real."""

from __future__ import annotations

import socket
import textwrap
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lib.core.mapping import Row, write_mapping
from lib.ops.doctor.signals import SEQUENCER
from lib.signals.midi.feedback import shown_position
from lib.signals.midi.source import MidiSource
from lib.signals.source import SourceError
from tests.signals.stand import parts_with, running, until, value

# A package that has one controller, whose other end is a socket of the test.
RTMIDI = """
    import os, socket, threading
    API_LINUX_ALSA = 2
    class RtMidiError(Exception): ...
    HERE = os.environ["RTMIDI_HERE"]
    class MidiIn:
        def __init__(self, rtapi, name): pass
        def get_ports(self):
            there = os.path.exists(HERE + "/there")
            return ["Midi Through:0", "Afterimage:in"] + ["Launchkey:MIDI 1"] * there
        def ignore_types(self, **_): pass
        def set_callback(self, heard): self.heard = heard
        def open_port(self, number, name):
            self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.line.bind(HERE + "/in")
            threading.Thread(target=self.listen, daemon=True).start()
        def listen(self):
            while True:
                self.heard((list(self.line.recv(100)), 0.0), None)
        def close_port(self): os.unlink(HERE + "/in")
        def delete(self): pass
    class MidiOut(MidiIn):
        def open_port(self, number, name):
            self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        def send_message(self, message): self.line.sendto(message, HERE + "/out")
        def close_port(self): pass
"""


class PretendedPort:
    """The controller's side."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        (folder / "rtmidi.py").write_text(textwrap.dedent(RTMIDI))
        monkeypatch.setenv("PYTHONPATH", str(folder))
        monkeypatch.setenv("RTMIDI_HERE", str(folder))
        self.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.heard.bind(str(folder / "out"))
        self.heard.settimeout(5)
        self.plug(True)

    def plug(self, there: bool) -> None:
        (self.folder / "there").touch() if there else (self.folder / "there").unlink()

    def send(self, *messages: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            for one in messages:
                line.sendto(bytes.fromhex(one), str(self.folder / "in"))

    def latest(self) -> bytes:
        """What it was told last, once nothing more comes."""
        said = self.heard.recv(100)
        self.heard.settimeout(0.2)
        try:
            while True:
                said = self.heard.recv(100)
        except TimeoutError:
            return said
        finally:
            self.heard.settimeout(5)


class HereMidi(MidiSource):
    def wishes(self) -> Mapping[str, object]:
        return {**super().wishes(), "sequencer": self.settings.state_dir}


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PretendedPort]:
    pretended = PretendedPort(tmp_path, monkeypatch)
    yield pretended
    pretended.heard.close()


def connected(port: PretendedPort, **settings: Any) -> HereMidi:
    return HereMidi(parts_with(port.folder, midi_ports="launchkey", **settings))


def test_a_knob_a_pad_and_the_clock_come_to_the_bus(port: PretendedPort) -> None:
    with running(connected(port)) as source:
        until(lambda: source.describe() == "Launchkey:MIDI 1: 0 controls")
        port.send("b0 07 7f", "99 24 40", "e1 7f 7f")
        until(lambda: value(source, "2.pitch") == 1.0)
        assert value(source, "1.cc7") == 1.0 and value(source, "10.note36") == 64 / 127
        found = source.bus.get("midi.1.cc7")
        assert found and found.holds
        assert source.describe() == "Launchkey:MIDI 1: 3 controls"
        port.send("fa")
        for _ in range(30):
            port.send("f8")
            time.sleep(1 / 48)  # 120 beats a minute
        until(lambda: 90 < source.parts.beat.bpm() < 140)


def test_a_controller_may_be_unplugged_and_plugged_in(port: PretendedPort) -> None:
    with running(connected(port)) as source:
        until(lambda: source.describe().startswith("Launchkey"))
        port.plug(False)
        until(lambda: source.describe() == "no such controller is connected")
        port.plug(True)
        until(lambda: source.describe().startswith("Launchkey"))
        port.send("b0 07 7f")
        until(lambda: value(source, "1.cc7") == 1.0)


def test_a_motor_fader_follows_the_page_and_not_its_own_row(port: PretendedPort) -> None:
    row = Row("midi.1.cc7", "strength", mode="absolute", low=0.2, high=1.0, armed=True)
    with running(connected(port, midi_feedback=True)) as source:
        until(lambda: source.describe().startswith("Launchkey"))
        now = source.parts.now
        port.send("b0 07 20")
        until(lambda: value(source, "1.cc7") == 32 / 127)
        now.take(1, now.played.model_copy(update={"mapping": write_mapping((row,))}))
        time.sleep(0.3)
        assert source.tally.counts["out"] == 0, "the fader itself is in charge"
        now.hands = {"strength": 10.0}
        now.take(2, now.played.model_copy(update={"strength": 0.6}))
        assert port.latest() == bytes.fromhex("b0 07 40")
        assert abs((value(source, "1.cc7") or 0) - 0.5) < 0.001, "the row goes on from here"
        port.send("b0 07 41")
        time.sleep(0.2)
        assert abs((value(source, "1.cc7") or 0) - 0.5) < 0.001, "a motor that trembles"
        port.send("b0 07 10")
        until(lambda: value(source, "1.cc7") == 16 / 127)


def test_a_pad_that_toggles_is_lit_while_it_is_on(port: PretendedPort) -> None:
    row = Row("midi.10.note36", "opacity", mode="absolute", armed=True)
    source = connected(port, midi_feedback=True, midi_modes="10.note36=toggle")
    with running(source):
        until(lambda: source.describe().startswith("Launchkey"))
        now = source.parts.now
        now.take(1, now.played.model_copy(update={"mapping": write_mapping((row,))}))
        port.send("99 24 64", "89 24 00")
        assert port.latest() == bytes.fromhex("99 24 7f")
        port.send("99 24 64", "89 24 00")
        assert port.latest() == bytes.fromhex("99 24 00")


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    def trouble(**settings: Any) -> str:
        with running(MidiSource(parts_with(tmp_path, **settings))) as source:
            until(lambda: source.failure is not None)
            assert isinstance(source.failure, SourceError)
            return str(source.failure)

    assert trouble() == "MIDI_PORTS names no controller; all takes each that is there"
    assert trouble(midi_ports="all", midi_modes="1.cc7=loud").startswith("MIDI_MODES: '1.cc7=loud'")
    if find_spec("rtmidi") and not SEQUENCER.exists():
        assert trouble(midi_ports="all").startswith("this machine has no MIDI: /dev/snd/seq")


@pytest.mark.skipif(not SEQUENCER.exists(), reason="this machine has no ALSA sequencer")
def test_a_virtual_port_of_alsa_is_heard_and_told(tmp_path: Path) -> None:
    rtmidi = pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
    knob, light = rtmidi.MidiOut(), rtmidi.MidiIn()
    knob.open_virtual_port("test-box")
    light.open_virtual_port("test-box")
    with running(MidiSource(parts_with(tmp_path, midi_ports="test-box"))) as source:
        until(lambda: "test-box" in source.describe())
        knob.send_message([0xB0, 7, 127])
        until(lambda: value(source, "1.cc7") == 1.0)


def test_a_fader_waits_where_its_row_would_play_what_is_played(tmp_path: Path) -> None:
    played = parts_with(tmp_path).played().model_copy(update={"strength": 0.36})
    square = Row("midi.1.cc7", "strength", mode="absolute", curve="gentle")
    assert shown_position(square, played, {}) == pytest.approx(0.6, abs=1e-3)
    down = Row("midi.1.cc7", "strength", mode="absolute", low=1.0, high=0.0)
    assert shown_position(down, played, {}) == pytest.approx(0.64, abs=1e-3)
    armed = Row("midi.1.cc7", "strength", mode="absolute", armed=True)
    assert shown_position(armed, played, {}) is None
    assert shown_position(armed, played, {"strength": 3.0}) == pytest.approx(0.36, abs=1e-3)
    black = played.model_copy(update={"black": True})
    assert shown_position(armed, black, {}) == pytest.approx(0.36, abs=1e-3)
    assert shown_position(Row("midi.1.cc7", "strength"), played, {}) is None
