"""Bands of brain waves: the power of each, relative to the whole. No I/O, no clock.

A window of two seconds, weighted by Hann, moves over the samples. The whole is what the four bands
have together, so that neither a drifting electrode below them nor the mains above counts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BANDS = {"delta": (0.5, 4.0), "theta": (4.0, 8.0), "alpha": (8.0, 13.0), "beta": (13.0, 30.0)}
WINDOW_S = 2.0
MOST_CHANNELS = 32
SLOWEST_HZ, FASTEST_HZ = 60.0, 20_000.0  # of samples: beta needs twice its highest frequency


class ChannelBands(NamedTuple):
    """Of one channel: the share of each band, in the order of BANDS, and how much to trust it."""

    shares: tuple[float, ...]
    quality: float


class BandMeter:
    """The latest samples of some channels, and their bands whenever they are asked for."""

    def __init__(self, channels: int, rate_hz: float) -> None:
        if not 1 <= channels <= MOST_CHANNELS:
            raise ValueError(f"{channels} channels: 1 to {MOST_CHANNELS} can be measured")
        if not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
            raise ValueError(f"{rate_hz:g} samples a second: at least {SLOWEST_HZ:g} are needed")
        length = round(WINDOW_S * rate_hz)
        self._samples = np.zeros((channels, length))
        self._filled = 0
        self._window = np.hanning(length)
        frequencies = np.fft.rfftfreq(length, 1 / rate_hz)
        self._ranges = [
            slice(*np.searchsorted(frequencies, (low, high))) for low, high in BANDS.values()
        ]

    def add(self, samples: NDArray[np.float64]) -> None:
        """Channels x samples, oldest first; more than a window has room for only the newest."""
        length = self._samples.shape[1]
        new = samples[:, -length:]
        count = new.shape[1]
        if count:
            self._samples = np.concatenate((self._samples[:, count:], new), axis=1)
            self._filled = min(length, self._filled + count)

    def measure(self) -> list[ChannelBands]:
        """The bands of each channel. Quality grows while the first window fills, and is 0 where a
        channel says nothing: it is flat, as without an electrode, or has no numbers."""
        length = self._samples.shape[1]
        fullness = self._filled / length
        found: list[ChannelBands] = []
        usable: NDArray[np.bool_] = np.asarray(np.isfinite(self._samples).all(axis=1))
        samples = np.where(usable[:, None], self._samples, 0.0)
        if 0 < self._filled < length:  # what is not there yet is no silence
            samples[:, : length - self._filled] = samples[:, -self._filled :].mean(1)[:, None]
        centred = samples - samples.mean(axis=1, keepdims=True)
        largest = np.abs(centred).max(axis=1, keepdims=True)
        # Any unit does, volts as microvolts; and no square of a huge number is infinite.
        scaled = centred / np.where(largest > 0, largest, 1.0)
        power = np.abs(np.fft.rfft(scaled * self._window, axis=1)) ** 2
        for channel in range(len(samples)):
            bands = [float(power[channel, part].sum()) for part in self._ranges]
            whole = sum(bands)
            alive = bool(usable[channel]) and float(largest[channel, 0]) > 0 and whole > 1e-9
            shares = tuple(one / whole for one in bands) if alive else (0.0,) * len(BANDS)
            found.append(ChannelBands(shares, fullness if alive else 0.0))
        return found
