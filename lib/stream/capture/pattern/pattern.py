"""A drawn scene: what is shown where there is no camera and no directory."""

from __future__ import annotations

import cv2
import numpy as np

from lib.config.settings import Primary
from lib.core.geometry import Size
from lib.stream.capture.fitting import Fitting
from lib.stream.capture.pattern.scene import Scene
from lib.stream.capture.source import Tape

_MOST = 1280  # pixels on the longer side that are drawn; beyond that the drawing is enlarged


class Pattern(Tape):
    """Each picture is a function of its number and the rate."""

    def __init__(self, settings: Primary) -> None:
        self._wanted = settings.size
        self._fitting = Fitting(settings.size, settings.quality)
        self.rate = settings.rate
        self.about = f"a drawn scene, {settings.size} at {settings.fps:g} frames a second"
        self.position = -1
        self._scene = Scene(_drawn_size(self._wanted))

    def read(self, steps: int) -> bytes:
        self.position += steps
        pixels = self._scene.draw(float(self.position / self.rate))
        if pixels.shape[1::-1] != self._wanted:
            enlarged = cv2.resize(pixels, self._wanted, interpolation=cv2.INTER_LINEAR)
            pixels = np.asarray(enlarged, np.uint8)
        return self._fitting.rgb(pixels)

    def seek(self, number: int) -> None:
        self.position = max(0, number) - 1


def _drawn_size(wanted: Size) -> Size:
    shrink = min(1.0, _MOST / max(wanted))
    return Size(max(64, round(wanted.width * shrink)), max(64, round(wanted.height * shrink)))
