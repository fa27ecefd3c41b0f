"""A recording of brain waves (EDF) that is played in a loop, as if it were measured now."""

from __future__ import annotations

import itertools
import time
from contextlib import ExitStack
from typing import ClassVar

import edfio
import numpy as np
from numpy.typing import NDArray

from lib.core.bands import BANDS, FASTEST_HZ, MOST_CHANNELS, SLOWEST_HZ, BandMeter
from lib.files import MEGABYTE, read_regular
from lib.signals.bus import signal_name
from lib.signals.pace import Pace
from lib.signals.parts import SignalParts
from lib.signals.source import SignalSource, SourceError

LARGEST = 64 * MEGABYTE  # an hour of 32 channels at 256 Hz has 59 MB
SHORTEST_S = 1.0
BEHIND_S = 1.0  # after a longer pause, as of a machine that slept, the loop goes on where it was


class EdfLoop:
    """The channels of one rate, and where in them the loop is."""

    def __init__(self, names: list[str], samples: NDArray[np.int16], rate_hz: float) -> None:
        self.names, self.rate_hz = names, rate_hz
        self._samples = samples  # channels x samples; any unit will do, since bands are shares
        self.meter = BandMeter(len(names), rate_hz)
        self._played = 0  # samples since the start, over all rounds

    def play(self, to_s: float) -> None:
        """Go on to so many seconds since the start."""
        until = int(to_s * self.rate_hz)
        count = until - self._played
        if count > 0:
            length = self._samples.shape[1]
            places = np.arange(self._played, until) % length
            self.meter.add(self._samples[:, places].astype(np.float64))
            self._played = until


def read_loops(data: bytes) -> list[EdfLoop]:
    """SourceError in one sentence for what is no such recording."""
    try:
        recording = edfio.read_edf(data)
        signals = list(itertools.islice(recording.signals, MOST_CHANNELS))
        rates = [signal.sampling_frequency for signal in signals]
        usable = [
            (signal, rate)
            for signal, rate in zip(signals, rates, strict=True)
            if SLOWEST_HZ <= rate <= FASTEST_HZ
        ]
        labels = _labels([signal.label for signal, _ in usable])
        # By rate, since channels of one rate are measured together.
        groups: dict[float, dict[str, NDArray[np.int16]]] = {}
        for label, (signal, rate) in zip(labels, usable, strict=True):
            groups.setdefault(rate, {})[label] = signal.digital
        return [
            EdfLoop(list(group), np.stack(list(group.values())), rate)
            for rate, group in groups.items()
            if len(next(iter(group.values()))) >= SHORTEST_S * rate
        ]
    except Exception as error:  # noqa: BLE001 - of a damaged file the package raises whatever its lines meet
        raise SourceError(f"it is no EDF recording, or is damaged ({_first_line(error)})") from None


def _labels(given: list[str]) -> list[str]:
    """`EEG C3-A2` is c3-a2; of two that are the same, the later has its number."""
    labels: list[str] = []
    for number, text in enumerate(given, 1):
        label = signal_name(text.removeprefix("EEG ").strip() or f"ch{number}").replace(".", "-")
        labels.append(f"{label[:24]}-{number}" if label[:24] in labels else label[:24])
    return labels


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


class EdfSource(SignalSource):
    name: ClassVar[str] = "edf"

    def __init__(self, parts: SignalParts) -> None:
        super().__init__(parts)
        self._pace = Pace(self)
        self._loops: list[EdfLoop] = []
        self._start_ns = self._then_ns = 0

    def open(self, resources: ExitStack) -> None:
        del resources
        path = self.settings.edf_file
        if not path:
            raise SourceError("EDF_FILE names no recording")
        try:
            self._loops = read_loops(read_regular(path, LARGEST))
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror or error}") from None
        except SourceError as error:
            raise SourceError(f"{path}: {error}") from None
        if not self._loops:
            raise SourceError(f"{path} has no channel of at least {SLOWEST_HZ:g} Hz and one second")
        self._start_ns = self._then_ns = time.monotonic_ns()

    def step(self) -> None:
        now_ns = time.monotonic_ns()
        pause_ns = now_ns - self._then_ns
        if pause_ns > BEHIND_S * 1e9:
            self._start_ns += pause_ns
        self._then_ns = now_ns
        for loop in self._loops:
            loop.play((now_ns - self._start_ns) / 1e9)
            for name, found in zip(loop.names, loop.meter.measure(), strict=True):
                for band, share in zip(BANDS, found.shares, strict=True):
                    self.put(f"{name}.{band}", share, quality=found.quality)
        self.tally.count("in")
        self._pace.wait()

    def describe(self) -> str:
        count = sum(len(loop.names) for loop in self._loops)
        rates = ", ".join(f"{loop.rate_hz:g} Hz" for loop in self._loops)
        return f"{count} channels, {rates}"
