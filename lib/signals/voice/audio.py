"""Makes hops of 16 kHz, one channel, from what a client sends: linear16 or WebM with Opus."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lib.core.voice.prosody import HOP, RATE_HZ, Samples
from lib.signals.voice.messages import AudioForm
from lib.signals.voice.opus import OpusDecoder
from lib.signals.voice.webm import WebmReader

# Of the filter that keeps out what 16 kHz cannot hold: zero crossings on each side.
CROSSINGS = 8


class AudioReader:
    """One client's sound. `form` None: WebM."""

    def __init__(self, form: AudioForm | None) -> None:
        self._form = form
        self._left = np.zeros(0, np.int16)  # too short for a hop
        self._odd = b""  # a part of a sample
        self._webm = None if form else WebmReader()
        self._opus: OpusDecoder | None = None  # made with the first packet
        self._resampler = Resampler(form.sample_rate) if form else None

    def hops(self, data: bytes) -> Iterator[Samples]:
        """Made as they are taken: whoever has heard enough of a message decodes no more of it."""
        for piece in self._pieces(data):
            samples = np.concatenate([self._left, piece])
            whole = len(samples) // HOP * HOP
            self._left = samples[whole:]
            yield from samples[:whole].reshape(-1, HOP)

    def _pieces(self, data: bytes) -> Iterator[Samples]:
        if self._form is None or self._resampler is None:
            yield from self._decoded(data)
            return
        data = self._odd + data
        whole = len(data) // (2 * self._form.channels) * 2 * self._form.channels
        self._odd = data[whole:]
        samples = np.frombuffer(data[:whole], "<i2").reshape(-1, self._form.channels)
        mono = samples.mean(axis=1) if self._form.channels > 1 else samples[:, 0]
        yield self._resampler.push(mono.astype(np.float32))

    def _decoded(self, data: bytes) -> Iterator[Samples]:
        assert self._webm
        for packet in self._webm.push(data):
            self._opus = self._opus or OpusDecoder()
            yield self._opus.decode(packet)


class Resampler:
    """To 16 kHz, piece by piece without a seam: a windowed sinc, then between its values."""

    def __init__(self, rate_hz: int) -> None:
        self._step = rate_hz / RATE_HZ
        self._filter = _low_pass(self._step) if self._step > 1 else np.ones(1, np.float32)
        self._history = np.zeros(len(self._filter) - 1, np.float32)
        self._last = np.zeros(1, np.float32)  # the sample before the piece
        self._at = 1.0  # of the next sample, counted from the one before the piece

    def push(self, samples: NDArray[np.float32]) -> Samples:
        if not len(samples):
            return np.zeros(0, np.int16)
        if self._step == 1:
            return samples.astype(np.int16)
        whole = np.concatenate([self._history, samples])
        self._history = whole[len(whole) - len(self._history) :]
        smooth = np.convolve(whole, self._filter, "valid")
        smooth = np.concatenate([self._last, smooth])
        self._last = smooth[-1:]
        places = np.arange(self._at, len(smooth) - 1, self._step)
        if len(places):
            self._at = float(places[-1]) + self._step
        self._at -= len(smooth) - 1
        found = np.interp(places, np.arange(len(smooth)), smooth)
        clipped: Samples = np.clip(found, -32768, 32767).astype(np.int16)
        return clipped


def _low_pass(step: float) -> NDArray[np.float32]:
    half = round(CROSSINGS * step)
    at = np.arange(-half, half + 1)
    taps = np.sinc(at * 0.92 / step) * np.hanning(2 * half + 3)[1:-1]
    filtered: NDArray[np.float32] = (taps / taps.sum()).astype(np.float32)
    return filtered
