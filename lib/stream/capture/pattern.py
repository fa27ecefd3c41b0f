"""The drawn scene as a source: it is shown if there is no camera and no directory."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from fractions import Fraction

import cv2
import numpy as np

from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.scene.lake_walk import LakeWalk
from lib.stream.capture.fitter import JpegFitter
from lib.stream.capture.source import PacedSource, Source, SourcePlace

_MOST = 1280  # pixels drawn on the longer side; larger pictures are enlarged
_END_S = 1.0


class Pattern(PacedSource):
    """Each picture is a function of its number and the rate."""

    def __init__(self, settings: PrimarySettings) -> None:
        self._fitter = JpegFitter(settings.size, settings.quality, settings.bounds)
        self.rate = settings.rate
        self.about = _about(settings.size, self.rate)
        self.position = -1
        self._scene = LakeWalk(_drawn_size(settings.size))
        self._drawn_for = settings.size
        self._painted: tuple[LakeWalk, Size] | None = None  # set by a thread, taken by read()
        self._painter: threading.Thread | None = None

    def open(self, resources: ExitStack) -> None:
        resources.callback(self._end)

    def fit(self, size: Size, quality: int | None = None) -> None:
        """Painting the scene for another size takes most of a second, so a thread does it; until
        then the old scene goes on, cropped and scaled."""
        self._fitter.want(size, quality)
        self.about = _about(size, self.rate)

    def read(self, steps: int) -> bytes:
        self.position += steps
        wanted = self._fitter.wanted
        if wanted != self._drawn_for:
            self._take_painted(wanted)
        pixels = self._scene.draw(float(self.position / self.rate))
        if wanted == self._drawn_for and pixels.shape[1::-1] != wanted:
            enlarged = cv2.resize(pixels, wanted, interpolation=cv2.INTER_LINEAR)
            pixels = np.asarray(enlarged, np.uint8)
        return self._fitter.rgb(pixels)

    def seek(self, number: int) -> None:
        self.position = max(0, number) - 1

    def _take_painted(self, wanted: Size) -> None:
        if self._painted and self._painted[1] == wanted:
            self._scene, self._drawn_for = self._painted
            self._painted = None
        elif self._painter is None or not self._painter.is_alive():
            self._painter = threading.Thread(
                target=self._paint, args=(wanted,), name="Pattern", daemon=True
            )
            self._painter.start()

    def _paint(self, size: Size) -> None:
        self._painted = LakeWalk(_drawn_size(size)), size

    def _end(self) -> None:
        if self._painter:
            self._painter.join(_END_S)


def _about(size: Size, rate: Fraction) -> str:
    return f"a drawn scene, {size} at {float(rate):g} frames a second"


def _drawn_size(wanted: Size) -> Size:
    shrink = min(1.0, _MOST / max(wanted))
    return Size(max(64, round(wanted.width * shrink)), max(64, round(wanted.height * shrink)))


def open_pattern(settings: PrimarySettings, _place: SourcePlace) -> Source:
    return Pattern(settings)
