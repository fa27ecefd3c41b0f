"""Makes stills: what is painted over what, step by step, and what it tells of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.core.still_params import PICTURES, StillParams
from lib.engine.engine import StillOffer, StillProgress
from lib.engine.painter.prompt_matcher import PromptMatcher
from lib.engine.painter.stills.media import look_of
from lib.engine.painter.stills.motif import Motif, motif_of
from lib.engine.painter.stills.painting import Painting
from lib.engine.painter.stills.plan import planned
from lib.scene.parse import parse

if TYPE_CHECKING:
    from lib.engine.painter.stills.piecewise_network import PiecewiseNetwork

log = logging.getLogger(__name__)

# A picture of 1024x1024 takes 0.6 GB, one of 2048x2048 would take four times as much.
OFFER = StillOffer(kinds=PICTURES, models=None, held=("painter",), largest=1536, rank=1)


class StillPainter:
    def __init__(self, matcher: PromptMatcher, network: bool) -> None:
        """`network`: whether this machine has the style network."""
        self._matcher, self._has_network = matcher, network
        self._asked_for: set[str] = set()

    @cached_property
    def _network(self) -> PiecewiseNetwork | None:
        """Opened with the first still, since many painters never make one."""
        if not self._has_network:
            return None
        # Imported late, since it needs onnxruntime.
        from lib.engine.painter.stills.piecewise_network import PiecewiseNetwork  # noqa: PLC0415

        return PiecewiseNetwork()

    def make(
        self,
        params: StillParams,
        image: Pixels | None,
        mask: NDArray[np.uint8] | None,
        progress: StillProgress,
    ) -> Iterator[Pixels]:
        self._say_model(params.model)
        for sample in range(params.samples):
            motif = motif_of(params, params.seed + sample, image, mask, progress.piece)
            yield self._painted(params, sample, motif, progress)

    def _painted(
        self, params: StillParams, sample: int, motif: Motif, progress: StillProgress
    ) -> Pixels:
        total = params.steps * params.samples
        seed = params.seed + sample
        painting = self._begun(params, seed, motif)
        work = planned(params.steps, self._network is not None)

        def preview() -> Pixels:
            return motif.kept(painting.preview())

        for step, pieces in enumerate(work):
            for piece in pieces:
                painting.do(piece, progress.piece)
            if step < len(work) - 1:
                progress.step(sample * params.steps + step + 1, total, preview)
        painting.end_strokes(progress.piece)
        picture = motif.kept(painting.picture(progress.piece))
        progress.step((sample + 1) * params.steps, total, picture.copy)
        return picture

    def _begun(self, params: StillParams, seed: int, motif: Motif) -> Painting:
        suggested = self._matcher.mix_of(params.prompt, seed).styles
        look = look_of(parse(params.prompt, params.negative), suggested)
        return Painting(motif, look, seed, self._network)

    def _say_model(self, name: str) -> None:
        if name and name != "painter" and name not in self._asked_for and len(self._asked_for) < 64:
            self._asked_for.add(name)
            log.warning("painter: a still asked for the model %r; it is painted all the same", name)
