"""A video file, played at the wanted rate in a loop."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np

from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.pacer import SECOND_NS
from lib.core.pixels import Pixels
from lib.core.plain import plain
from lib.core.waits import GrowingWait
from lib.pictures.files import LARGEST_SIDE, MAX_PIXELS
from lib.stream.capture.fitter import JpegError, JpegFitter
from lib.stream.capture.source import PacedSource

log = logging.getLogger(__name__)
_MOST_SKIPPED = 250  # frames skipped in one read; if more were due, the film runs late
_SPARE_NS = 50_000_000  # what skipping may take in any case


class VideoFile(PacedSource):
    """Skips frames where time was lost, so that the film keeps its tempo.

    A film that cannot be decoded as fast as it plays runs late instead.
    """

    def __init__(self, settings: PrimarySettings) -> None:
        self._path = Path(settings.directory)
        self._fitter = JpegFitter(settings.size, settings.quality, settings.bounds)
        self.rate = settings.rate
        self.about = f"film {plain(str(self._path))} at {settings.fps:g} frames a second"
        self._film: cv2.VideoCapture | None = None
        self._wanted: int | None = None
        self._given = 0  # frames since it was opened
        self._waits = GrowingWait()
        self._retry_ns = 0

    def open(self, resources: ExitStack) -> None:
        resources.callback(self._close)

    def fit(self, size: Size, quality: int | None = None) -> None:
        self._fitter.want(size, quality)

    def seek(self, number: int) -> None:
        self._wanted = max(0, number)

    def read(self, steps: int) -> bytes | None:
        if time.monotonic_ns() < self._retry_ns or not self._ready():
            return None
        assert self._film is not None
        if self._wanted is not None:
            self._wind(self._wanted % max(1, self.length))
        self._pass_over(self._film, min(steps - 1, _MOST_SKIPPED))
        pixels = self._next_frame()
        if pixels is None:
            return None
        self._waits.reset()
        self.warning = None
        try:
            return self._fitter.bgr(pixels)
        except (JpegError, cv2.error):
            self.tally.count("bad")
            return None

    def _pass_over(self, film: cv2.VideoCapture, count: int) -> None:
        """Skip `count` frames, or fewer if decoding them takes more time than it makes up for.

        Each skipped frame must be decoded. If that takes longer than showing it, the next picture
        would be later still and skip more; so skipping may take half of the lost time at most.
        """
        interval_ns = int(SECOND_NS / self.rate)
        most_ns = (count + 1) * interval_ns // 2
        start_ns = time.monotonic_ns()
        for done in range(1, count + 1):
            self.position += film.grab()
            took_ns = time.monotonic_ns() - start_ns
            if took_ns > max(_SPARE_NS, min(done * interval_ns, most_ns)):
                return

    def _next_frame(self) -> Pixels | None:
        """The next frame; after the last one the first."""
        for _ in range(2):
            if self._film is None and not self._ready():
                return None
            assert self._film is not None
            good, pixels = self._film.read()
            if good and pixels is not None:
                self.position += 1
                self._given += 1
                return np.asarray(pixels, np.uint8)
            empty = self._given == 0
            self._close()  # reopened for each round, since the file may have been replaced
            if empty:
                break
        self._lose("gives no picture")
        return None

    def _wind(self, number: int) -> None:
        assert self._film is not None
        self._film.set(cv2.CAP_PROP_POS_FRAMES, number)
        self.position, self._wanted = number - 1, None

    def _ready(self) -> bool:
        if self._film is not None:
            return True
        try:
            reason = None if self._path.is_file() else "is missing"
        except OSError as error:
            reason = error.strerror or "cannot be read"
        if reason is None:
            self._film = open_film(self._path)
            reason = None if self._film else "cannot be read as a film"
        if reason is not None or self._film is None:
            self._lose(reason or "cannot be read as a film")
            return False
        self._given, self.position = 0, -1
        self.length = max(0, int(self._film.get(cv2.CAP_PROP_FRAME_COUNT)))
        return True

    def _lose(self, reason: str) -> None:
        self._retry_ns = time.monotonic_ns() + int(self._waits.next_s() * SECOND_NS)
        self.tally.count("lost")
        self.warning = f"film {plain(str(self._path))} {reason}, trying again"

    def _close(self) -> None:
        if self._film is not None:
            self._film.release()
            self._film = None


def open_film(path: Path) -> cv2.VideoCapture | None:
    """Open a film; None unless it can be opened and its size can be shown."""
    try:
        film = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    except cv2.error:
        return None
    width, height = film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_HEIGHT)
    small = 0 < max(width, height) <= LARGEST_SIDE and width * height <= MAX_PIXELS
    if film.isOpened() and small:
        return film
    film.release()
    return None
