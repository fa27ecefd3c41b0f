"""Hands the frames back, after a wait if one is asked for, to measure what all else costs."""

from __future__ import annotations

import random
import time

from lib.config.params import Params
from lib.engine.engine import Engine, Frames


class Identity(Engine):
    name = "identity"

    def __init__(self, delay_ms: float = 0, jitter_ms: float = 0, seed: int = 0) -> None:
        """Each call waits `delay_ms`, up to `jitter_ms` more or less, however many frames it has:
        that is how a GPU behaves that takes a batch at once.
        """
        self._delay_ms, self._jitter_ms = delay_ms, jitter_ms
        self._random = random.Random(seed)  # the same waits in each run, so that runs compare
        waits = f" after {delay_ms:g} ms" if delay_ms or jitter_ms else ""
        varied = f" (up to {jitter_ms:g} ms more or less)" if jitter_ms else ""
        self.about = f"identity (hands frames back{waits}{varied}): asked for"

    def warm_up(self, batch: int, height: int, width: int) -> None:
        """Nothing is cold here, and a benchmark's first wait shall be its own."""

    def generate(self, frames: Frames, params: Params) -> Frames:  # noqa: ARG002 - plays nothing
        wait_ms = self._delay_ms + self._random.uniform(-self._jitter_ms, self._jitter_ms)
        if wait_ms > 0:
            time.sleep(wait_ms / 1000)
        return frames
