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
    ),
    SourceRow(
        "osc",
        "numbers that other programs send as OSC to /signal/NAME",
        "lib.signals.osc_in:OscSource",
        settings=("signal_osc_port", "signal_osc_bind"),
        wanted=lambda settings: bool(settings.signal_osc_port),
    ),
)


def row_named(name: str) -> SourceRow | None:
    return next((row for row in SOURCES if row.name == name), None)
