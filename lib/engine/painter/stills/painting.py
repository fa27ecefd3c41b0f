"""One picture while it is painted: strokes, the network's detail, the finish of its medium."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.engine.painter.stills.brush_layers import BrushLayers, blurred
from lib.engine.painter.stills.media import Look
from lib.engine.painter.stills.motif import Motif
from lib.engine.painter.stills.plan import Layer, Work
from lib.engine.painter.stills.snapshot import Snapshot

if TYPE_CHECKING:
    from lib.engine.painter.stills.piecewise_network import PiecewiseNetwork

Floats = NDArray[np.float32]

_SMOOTH = 0.45  # the share of the drawing that shows where it is calm
_PREVIEW = 256  # pixels of its shorter side


class Painting:
    def __init__(
        self, motif: Motif, look: Look, seed: int, network: PiecewiseNetwork | None
    ) -> None:
        drawn = motif.drawn
        self._drawn, self._look = drawn, look
        nothing = np.zeros(drawn.shape[:2], np.uint8)
        self._lights = nothing if motif.lights is None else motif.lights
        calm = nothing if motif.calm is None else motif.calm
        self._calm = calm.astype(np.float32) * np.float32(1 / 255)
        self._medium, self._seed, self._network = look.medium, seed, network
        self._layers = BrushLayers(drawn, seed, look.medium.hand)
        self._radius = 1.0 / 30
        self._smeared = False
        self._passes = 0
        self._painted: Floats = np.zeros(drawn.shape, np.float32)  # the sum of the passes

    def do(self, work: Work, between: Callable[[], None]) -> None:
        if isinstance(work, Layer):
            self._radius = work.radius
            self._layers.lay(work.radius, between)
        elif self._network:
            self.end_strokes(between)
            base = self._laid()
            self._painted += self._network.paint(base, self._look.styles, work.phase, between)
            self._passes += 1
        between()

    def end_strokes(self, between: Callable[[], None]) -> None:
        """After the last layer: the finest brush."""
        if not self._smeared:
            self._smeared, self._radius = True, 0.0
            self._layers.smear(between)

    def picture(self, between: Callable[[], None]) -> Pixels:
        """The painting as it is by now, finished as its medium is."""
        return self._snapshot().finished(self._look, between)

    def preview(self) -> Pixels:
        """The same, small, in one piece."""
        return self._snapshot().within(_PREVIEW).finished(self._look, lambda: None)

    def _snapshot(self) -> Snapshot:
        painted = self._painted / np.float32(self._passes) if self._passes else None
        return Snapshot(
            self._laid(), self._drawn, self._shown(),
            self._lights if self._smeared else None,
            None if painted is None else np.asarray(painted, np.float32),
            self._layers.relief, self._bristles, self._calm, self._seed,
        )  # fmt: skip

    @cached_property
    def _bristles(self) -> Floats:
        return self._layers.bristles()

    def _laid(self) -> Pixels:
        """The strokes, and as much of the drawing as the medium leaves."""
        shown = self._shown()
        share = np.float32(self._medium.laid) * (1 - np.float32(_SMOOTH) * self._calm)
        mixed = shown + share[..., None] * (self._layers.picture.astype(np.float32) - shown)
        return np.asarray(np.rint(mixed), np.uint8)

    def _shown(self) -> Pixels:
        """The drawing, as fine as the brush is by now."""
        pixels = 0.5 * self._radius * min(self._drawn.shape[:2])
        return blurred(self._drawn, pixels) if pixels > 0.5 else self._drawn
