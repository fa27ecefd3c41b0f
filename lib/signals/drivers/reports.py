"""The child's side: lines of JSON to the source that started it."""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lib.core.bands import BANDS, BandMeter

BEAT_S = 0.5  # at least so often a line, so that the parent knows a hang from silence
EVERY_NS = 33_333_333
LONGEST_COMMAND = 64 * 1024


class DriverError(Exception):
    """Why a driver cannot go on, in one sentence."""


class Reports:
    """Any thread may report: a short line is written whole."""

    def __init__(self) -> None:
        self._said_ns = 0

    def say(self, **fields: object) -> None:
        line = json.dumps(fields, separators=(",", ":"))
        os.write(sys.stdout.fileno(), line.encode() + b"\n")
        self._said_ns = time.monotonic_ns()

    def beat(self) -> None:
        """Called in every round, at least a few times a second."""
        if time.monotonic_ns() - self._said_ns > BEAT_S * 1e9:
            self.say()


class Commands:
    """Lines of JSON that the parent writes."""

    def __init__(self) -> None:
        self._rest = b""
        os.set_blocking(sys.stdin.fileno(), False)

    def wait(self, seconds: float) -> Iterator[dict[str, object]]:
        """What comes within so long; SystemExit once the parent is gone."""
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        if not ready:
            return
        data = os.read(sys.stdin.fileno(), LONGEST_COMMAND)
        if not data:
            raise SystemExit(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if isinstance(said, dict):
                yield said


class BandReports:
    """Thirty times a second the bands of some channels."""

    def __init__(self, reports: Reports, names: Sequence[str], rate_hz: float) -> None:
        try:
            self._meter = BandMeter(len(names), rate_hz)
        except ValueError as error:
            raise DriverError(str(error)) from None
        self._reports, self._names = reports, names
        self._next_ns = 0

    def add(self, samples: NDArray[np.float64]) -> None:
        """Channels x samples."""
        if not samples.shape[1]:
            return
        self._meter.add(samples)
        now_ns = time.monotonic_ns()
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + EVERY_NS
        put = {
            f"{name}.{band}": (round(share, 4), found.quality)
            for name, found in zip(self._names, self._meter.measure(), strict=True)
            for band, share in zip(BANDS, found.shares, strict=True)
        }
        self._reports.say(put=put)


def text_of(wishes: Mapping[str, object], name: str) -> str:
    return str(wishes.get(name, ""))
