"""A painting at one moment, and what it looks like with the finish of its medium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.engine.painter.stills.finishes import Underlay
from lib.engine.painter.stills.media import Look
from lib.engine.painter.stills.network_detail import busyness, with_detail

Floats = NDArray[np.float32]

_RETURNED = 0.22  # of the drawing's fine light and dark, at the end, where much is drawn
_LIT = 0.7  # of the drawing itself where its lights are


@dataclass(frozen=True, slots=True)
class Snapshot:
    laid: Pixels  # the strokes, and as much of the drawing as the medium leaves
    drawn: Pixels
    shown: Pixels  # the drawing, as fine as the brush is by now
    lights: Pixels | None  # where the drawing is returned, 0 to 255; None before the last stroke
    painted: Floats | None  # by the network, 0 to 255
    relief: Floats
    bristles: Floats
    calm: Floats  # 1 where the surface is to stay smooth
    seed: int

    def within(self, side: int) -> Snapshot:
        """The same with a shorter side of at most so many pixels."""
        height, width = self.drawn.shape[:2]
        scale = side / min(height, width)
        if scale >= 1:
            return self
        size = round(width * scale), round(height * scale)

        def small(picture: NDArray[Any]) -> NDArray[Any]:
            return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))

        return Snapshot(
            small(self.laid), small(self.drawn), small(self.shown),
            None if self.lights is None else small(self.lights),
            None if self.painted is None else small(self.painted),
            small(self.relief), small(self.bristles), small(self.calm), self.seed,
        )  # fmt: skip

    def finished(self, look: Look, between: Callable[[], None]) -> Pixels:
        picture = self.laid.astype(np.float32) / np.float32(255)
        if self.painted is not None:
            picture = with_detail(self.laid, self.drawn, self.painted, self.calm, look.medium)
            between()
        if self.lights is not None:
            picture = self._returned(picture, self.lights)
            between()
        shown = self.shown.astype(np.float32) / np.float32(255)
        under = Underlay(shown, self.relief, self.bristles, self.calm, self.seed)
        for finish in look.finishes:
            picture = finish(picture, under)
            between()
        return np.asarray(np.rint(picture * 255), np.uint8)

    def _returned(self, picture: Floats, lights: Pixels) -> Floats:
        """Windows, eyes and masts, as they were drawn."""
        side = min(picture.shape[:2])
        drawn = self.drawn.astype(np.float32) / np.float32(255)
        light, now = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (drawn, picture))
        fine = light - cv2.GaussianBlur(light, (0, 0), side / 80)
        fine -= now - cv2.GaussianBlur(now, (0, 0), side / 80)
        picture = picture + (_RETURNED * busyness(self.drawn) * fine)[..., None]
        lit = cv2.GaussianBlur(lights, (0, 0), max(0.5, side / 500)).astype(np.float32)
        picture = picture + (lit * np.float32(_LIT / 255))[..., None] * (drawn - picture)
        return np.asarray(np.clip(picture, 0, 1), np.float32)
