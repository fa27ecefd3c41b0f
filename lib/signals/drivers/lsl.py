"""The driver of the lab streaming layer: finds a stream, loses it, and finds it again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import pylsl

from lib.core.bands import MOST_CHANNELS, SLOWEST_HZ
from lib.signals.bus import signal_name
from lib.signals.drivers.reports import BandReports, DriverError, Reports, text_of

SEEK_S = 0.4  # between two beats of a search
PULL_S = 0.1
KEEP_S = 2  # of samples that wait for us: older ones say nothing about now
SILENT_PULLS = 30  # 3 s: a stream whose program was killed may not be reported as lost
AT_ONCE = 4096
INFO_S = 3.0


def run(wishes: Mapping[str, object], reports: Reports) -> None:
    wanted = text_of(wishes, "stream")
    if not wanted:
        raise DriverError("LSL_STREAM names no stream")
    while True:
        info = _find(wanted, reports)
        with suppress(RuntimeError):  # what all errors of pylsl are: it is lost, or does not answer
            _read(pylsl.StreamInlet(info, max_buflen=KEEP_S, recover=False), reports)
        reports.say(lost=info.name())


def _find(wanted: str, reports: Reports) -> pylsl.StreamInfo:
    """By its name, or by its type."""
    while True:
        for kind in ("name", "type"):
            found = pylsl.resolve_byprop(kind, wanted, timeout=SEEK_S)
            reports.beat()
            if found:
                return found[0]


def _read(inlet: pylsl.StreamInlet, reports: Reports) -> None:
    info = inlet.info(timeout=INFO_S)
    if info.channel_format() == pylsl.cf_string:
        raise DriverError(f"the stream {info.name()} has texts, not numbers")
    count = min(info.channel_count(), MOST_CHANNELS)
    names = [f"{signal_name(info.name())[:24]}.{label}" for label in _labels(info, count)]
    rate = info.nominal_srate()
    reports.say(stream=info.name(), channels=count, rate=rate)
    bands = (
        BandReports(reports, names, rate) if info.type() == "EEG" and rate >= SLOWEST_HZ else None
    )
    silent = 0
    while silent < SILENT_PULLS or not rate:
        chunk, _ = inlet.pull_chunk(timeout=PULL_S, max_samples=AT_ONCE)
        reports.beat()
        silent = 0 if chunk else silent + 1
        if not chunk:
            continue
        samples = np.array(chunk, np.float64).T[:count]
        if bands:
            bands.add(samples)
        else:
            latest = samples[:, -1]
            put = {
                name: (float(at), 1.0)
                for name, at in zip(names, latest, strict=True)
                if np.isfinite(at)
            }
            reports.say(put=put)


def _labels(info: pylsl.StreamInfo, count: int) -> list[str]:
    """As the stream names its channels, else ch1 and so on; no two are the same."""
    labels: list[str] = []
    channel = info.desc().child("channels").child("channel")
    for number in range(1, count + 1):
        label = signal_name(channel.child_value("label")) if not channel.empty() else ""
        labels.append(label if label not in ("", "x", *labels) else f"ch{number}")
        channel = channel.next_sibling()
    return [label[:16] for label in labels]
