"""One picture while it is painted: strokes, the network's detail, the finish of its medium."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.engine.painter.stills.brush_layers import BrushLayers, blurred
from lib.engine.painter.stills.finishes import Underlay
from lib.engine.painter.stills.media import Look
from lib.engine.painter.stills.network_detail import busyness, with_detail
from lib.engine.painter.stills.plan import Layer, Work

if TYPE_CHECKING:
    from lib.engine.painter.stills.piecewise_network import PiecewiseNetwork

Floats = NDArray[np.float32]

_RETURNED = 0.22  # of the drawing's fine light and dark, at the end, where much is drawn
_LIT = 0.7  # of the drawing itself where its lights are


class Painting:
    def __init__(
        self,
        drawn: Pixels,
        lights: NDArray[np.uint8] | None,
        look: Look,
        seed: int,
        network: PiecewiseNetwork | None,
    ) -> None:
        """`lights`: how far the drawing is to be returned at the end, 0 to 255 (windows, eyes)."""
        self._drawn, self._lights, self._look = drawn, lights, look
        self._medium, self._seed, self._network = look.medium, seed, network
        self._layers = BrushLayers(drawn, seed, look.medium.brush)
        self._radius = 1.0 / 30
        self._smeared = False
        self._passes = 0
        self._painted: Floats = np.zeros(drawn.shape, np.float32)  # the sum of the passes

    def do(self, work: Work, between: Callable[[], None]) -> None:
        if isinstance(work, Layer):
            self._radius = work.radius
            if self._medium.laid:
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
            if self._medium.laid:
                self._layers.smear(between)

    def picture(self, between: Callable[[], None]) -> Pixels:
        """The painting as it is by now, finished as its medium is."""
        base = self._laid()
        if self._passes:
            gain, recolour = self._medium.detail, self._medium.recolour
            painted = self._painted / np.float32(self._passes)
            picture = with_detail(base, self._drawn, painted, gain, recolour)
            between()
        else:
            picture = base.astype(np.float32) / np.float32(255)
        if self._smeared:
            picture = self._returned(picture)
        between()
        relief, bristles = self._layers.relief, self._layers.bristles()
        shown = np.asarray(self._shown() * np.float32(1 / 255), np.float32)
        under = Underlay(shown, relief, bristles, self._seed)
        for finish in self._look.finishes:
            between()
            picture = finish(picture, under)
        return np.asarray(np.rint(picture * 255), np.uint8)

    def _laid(self) -> Pixels:
        """The strokes, and as much of the drawing as the medium leaves."""
        laid = self._medium.laid
        mixed = cv2.addWeighted(self._layers.picture, laid, self._shown(), 1 - laid, 0)
        return np.asarray(mixed, np.uint8)

    def _shown(self) -> Pixels:
        """The drawing, as fine as the brush is by now."""
        pixels = 0.5 * self._radius * min(self._drawn.shape[:2])
        return blurred(self._drawn, pixels) if pixels > 0.5 else self._drawn

    def _returned(self, picture: Floats) -> Floats:
        side = min(self._drawn.shape[:2])
        light = cv2.cvtColor(self._drawn, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(255)
        now = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        fine = light - cv2.GaussianBlur(light, (0, 0), side / 80)
        fine -= now - cv2.GaussianBlur(now, (0, 0), side / 80)
        share = _RETURNED * busyness(self._drawn)
        picture = picture + (share * fine)[..., None]
        if self._lights is not None:
            lit = cv2.GaussianBlur(self._lights, (0, 0), side / 500).astype(np.float32)
            drawn = self._drawn.astype(np.float32) / np.float32(255)
            picture = picture + (lit * np.float32(_LIT / 255))[..., None] * (drawn - picture)
        return np.asarray(np.clip(picture, 0, 1), np.float32)
