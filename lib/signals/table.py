"""The sources of signals and the outputs, as one table: a row for each, which names what runs it.

A module is imported only when its row runs, so that a missing package is one row's trouble.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lib.config.settings import PrimarySettings

if TYPE_CHECKING:
    from lib.signals.parts import Doors, SignalParts
    from lib.signals.source import SignalSource


def _never(_: PrimarySettings) -> bool:
    """Nothing in the settings names a port, a device or a file of it."""
    return False


@dataclass(frozen=True)
class SourceRow:
    name: str  # the first part of its signals' names
    about: str  # half a sentence, for the page and the docs
    plug: str = ""  # "lib.signals.midi.source:MidiSource"; empty: it has only doors
    settings: tuple[str, ...] = ()  # that it reads
    needs: str = ""  # what has to be there beside this program
    wanted: Callable[[PrimarySettings], bool] = _never  # it runs from the start
    doors: str = ""  # "lib.signals.voice.doors:voice_doors", which imports little
    page: str = ""  # lib/signals/page/sources/NAME.js
    reads: bool = False  # an output: it puts nothing on the bus

    def open_source(self, parts: SignalParts) -> SignalSource:
        """ImportError where a package is missing."""
        source: SignalSource = _plugged(self.plug)(parts)
        return source

    def open_doors(self, parts: SignalParts) -> Doors | None:
        if not self.doors:
            return None
        doors: Doors = _plugged(self.doors)(parts)
        return doors


def _plugged(plug: str) -> Callable[[SignalParts], Any]:
    module, _, name = plug.partition(":")
    found: Callable[[SignalParts], Any] = getattr(importlib.import_module(module), name)
    return found


EXTRAS = "automation/packages.sh requirements-signals.txt installs it"

SOURCES: tuple[SourceRow, ...] = (
    SourceRow(
        "lfo",
        "waves: sine, ramp, triangle, square and a random walk",
        "lib.signals.lfo:LfoSource",
        page="lfo",
    ),
    SourceRow(
        "beat",
        "a beat, tapped or from MIDI's clock: its phase, a pulse, the bar",
        "lib.signals.beat_source:BeatSource",
        doors="lib.signals.beat_source:beat_doors",
        page="beat",
    ),
    SourceRow(
        "voice",
        "voices: how loud and excited they are, and the emotions that they sound like",
        settings=(
            *("voice_url", "hume_config_id", "voice_reply_url", "voice_reply_model"),
            *("voice_words", "voice_speaker"),
        ),
        needs="espeak-ng, to be spoken to (apt install espeak-ng)",
        doors="lib.signals.voice.doors:voice_doors",
        page="voice",
    ),
    SourceRow(
        "osc",
        "numbers that other programs send as OSC to /signal/NAME",
        "lib.signals.osc_in:OscSource",
        settings=("signal_osc_port", "signal_osc_bind"),
        wanted=lambda settings: bool(settings.signal_osc_port),
    ),
    SourceRow(
        "midi",
        "MIDI controllers of this machine, with motor faders, pad lights and MIDI's clock",
        "lib.signals.midi.source:MidiSource",
        settings=("midi_ports", "midi_modes", "midi_feedback"),
        needs=f"python-rtmidi: {EXTRAS}, for Python 3.13 see docs/controllers.md",
        wanted=lambda settings: bool(settings.midi_ports),
        page="midi",
    ),
    SourceRow(
        "webmidi",
        "MIDI controllers of the machine on which this page is open",
        page="webmidi",
    ),
    SourceRow(
        "artnet",
        "a light desk, by Art-Net",
        "lib.signals.dmx.receive:ArtnetSource",
        settings=("artnet_in", "artnet_port", "dmx_bind"),
        wanted=lambda settings: bool(settings.artnet_in),
    ),
    SourceRow(
        "sacn",
        "a light desk, by sACN",
        "lib.signals.dmx.receive:SacnSource",
        settings=("sacn_in", "sacn_port", "dmx_bind"),
        wanted=lambda settings: bool(settings.sacn_in),
    ),
    SourceRow(
        "edf",
        "a recording of brain waves, played in a loop",
        "lib.signals.edf:EdfSource",
        settings=("edf_file",),
        wanted=lambda settings: bool(settings.edf_file),
    ),
    SourceRow(
        "lsl",
        "a stream of the lab streaming layer, such as brain waves",
        "lib.signals.drivers.process:LslSource",
        settings=("lsl_stream",),
        needs=f"pylsl: {EXTRAS}",
        wanted=lambda settings: bool(settings.lsl_stream),
    ),
    SourceRow(
        "board",
        "an EEG board, by BrainFlow",
        "lib.signals.drivers.process:BoardSource",
        settings=("board",),
        needs=f"brainflow: {EXTRAS}",
        wanted=lambda settings: bool(settings.board),
    ),
    SourceRow(
        "dmx-out",
        "the colours of the picture as light, by Art-Net or sACN",
        "lib.signals.dmx.send:DmxOut",
        settings=("dmx_out", "dmx_bind"),
        wanted=lambda settings: bool(settings.dmx_out),
        doors="lib.signals.dmx.doors:light_doors",
        page="dmx-out",
        reads=True,
    ),
    SourceRow(
        "tcp",
        "band powers that a program sends over TCP",
        "lib.signals.broker.band_input:BandInput",
        settings=("signal_input_port", "broker_bind"),
        wanted=lambda settings: bool(settings.signal_input_port),
    ),
    SourceRow(
        "broker",
        "thirty numbers for programs that draw by them",
        "lib.signals.broker.broker:Broker",
        settings=("broker_port", "broker_bind", "broker_from"),
        wanted=lambda settings: bool(settings.broker_port),
        reads=True,
    ),
)


def row_named(name: str) -> SourceRow | None:
    return next((row for row in SOURCES if row.name == name), None)
