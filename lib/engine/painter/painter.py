"""What the painter has in common, with the network and without."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.core.still_params import StillParams
from lib.engine.engine import Engine, Frames, StillProgress
from lib.engine.painter.prompt_matcher import PromptMatcher
from lib.engine.painter.stills.still_painter import OFFER, StillPainter


class Painter(Engine):
    name = "painter"
    stills_apart = True
    offer = OFFER

    def __init__(self, matcher: PromptMatcher, network: bool) -> None:
        self._matcher = matcher
        self._stills = StillPainter(matcher, network=network)

    def make(
        self,
        params: StillParams,
        image: Pixels | None,
        mask: NDArray[np.uint8] | None,
        progress: StillProgress,
    ) -> Iterator[Pixels]:
        return self._stills.make(params, image, mask, progress)


def check_frames(frames: Frames) -> None:
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8:
        raise ValueError(f"frames must be N x height x width x 3 bytes, not {frames.shape}")
