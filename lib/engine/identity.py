"""Hands the frames back, after a wait if one is asked for, to measure what all else costs.

Its stills are as simple: a colour that follows from prompt and seed, and of a picture what is
masked in that colour.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lib.config.params import Params
from lib.config.settings import WorkerSettings
from lib.core.pixels import Pixels
from lib.core.still_params import PICTURES, StillKind, StillParams, outpaint_canvas
from lib.engine.engine import Engine, Frames, StillOffer, StillProgress


class Identity(Engine):
    name = "identity"
    flickers = False
    offer = StillOffer(kinds=PICTURES, models=None, largest=2048)

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
        self._wait()
        return frames

    def make(
        self,
        params: StillParams,
        image: Pixels | None,
        mask: NDArray[np.uint8] | None,
        progress: StillProgress,
    ) -> Iterator[Pixels]:
        """Each step waits as a frame does. img2img is the picture itself."""
        total = params.steps * params.samples
        progress.piece()
        for sample in range(params.samples):
            picture = _coloured(params, sample, image, mask)
            for step in range(params.steps):
                self._wait()
                progress.step(sample * params.steps + step + 1, total, picture.copy)
            yield picture

    def _wait(self) -> None:
        wait_ms = self._delay_ms + self._random.uniform(-self._jitter_ms, self._jitter_ms)
        if wait_ms > 0:
            time.sleep(wait_ms / 1000)


def _coloured(
    params: StillParams, sample: int, image: Pixels | None, mask: NDArray[np.uint8] | None
) -> Pixels:
    if params.kind is StillKind.IMG2IMG and image is not None:
        return image.copy()
    if params.kind is StillKind.OUTPAINT and image is not None:
        image, mask = outpaint_canvas(params, image, mask)
    text = f"{params.seed + sample} {params.prompt}"
    colour = tuple(hashlib.blake2b(text.encode(), digest_size=3).digest())
    picture = np.full((params.height, params.width, 3), colour, np.uint8)
    if image is not None and mask is not None:
        kept = mask < 128
        picture[kept] = image[kept]
    return picture


def open_identity(settings: WorkerSettings, _why: str) -> Engine:
    return Identity(settings.delay_ms, settings.jitter_ms)
