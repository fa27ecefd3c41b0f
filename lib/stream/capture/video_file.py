"""A video file, played at the wanted rate in a loop."""

from __future__ import annotations

import logging
import os
import time
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.pacer import SECOND_NS
from lib.core.pixels import Pixels
from lib.core.plain import plain
from lib.core.waits import GrowingWait
from lib.files import open_regular
from lib.pictures.files import LARGEST_SIDE, MAX_PIXELS
from lib.stream.capture.fitter import JpegError, JpegFitter
from lib.stream.capture.source import PacedSource

log = logging.getLogger(__name__)
_MOST_SKIPPED = 250  # frames skipped in one read; if more were due, the film runs late
_SPARE_NS = 50_000_000  # what skipping may take in any case
_SLOWEST, _FASTEST = 1, 240  # frames a second; a film that says anything else does not know
_HEAD = 1024  # bytes, by which a container is known
# The first bytes of containers, and where they stand. These hold a film themselves; playlists,
# manifests and scripts name other files, and would play them from outside the data folder.
_CONTAINERS = (
    *((4, box) for box in (b"ftyp", b"styp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")),
    (0, b"\x1a\x45\xdf\xa3"),  # Matroska and WebM
    (8, b"AVI "),
    (0, b"\0\0\1\xba"),  # MPEG, as a program stream or the bare video
    (0, b"\0\0\1\xb3"),
    (0, b"OggS"),
    (0, b"FLV\1"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),  # ASF and WMV
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01"),  # MXF
    (0, b"YUV4MPEG2 "),
    (0, b"DKIF"),  # IVF
)
_PACKETS = ((0, 188), (4, 192), (0, 204))  # of a transport stream: the first mark, and the distance
_MARK = 0x47
_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
# FFmpeg finds out the kind by itself, and must come to none but these.
_ONLY_CONTAINERS = (
    "protocol_whitelist;file|format_whitelist;"
    "mov,mp4,matroska,webm,avi,mpeg,mpegvideo,mpegts,ogg,flv,asf,mxf,yuv4mpegpipe,ivf"
)


class FilmError(ValueError):
    """Not a film that can be played; the text says why, and follows the film's name."""


class VideoFile(PacedSource):
    """Skips frames where time was lost, so that the film keeps its tempo.

    A film that cannot be decoded as fast as it plays runs late instead.
    """

    def __init__(self, settings: PrimarySettings, shown: str = "") -> None:
        """`shown`: what the film is called where people read it; empty: its path."""
        self._path = Path(settings.directory)
        self._shown = shown or plain(settings.directory)
        self._fitter = JpegFitter(settings.size, settings.quality, settings.bounds)
        self.rate = settings.rate if settings.fps else _own_rate(self._path) or settings.rate
        self.about = f"film {self._shown} at {float(self.rate):.4g} frames a second"
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
            try:
                self._film = open_film(self._path)
            except FilmError as error:
                reason = str(error)
        if self._film is None:
            self._lose(reason or "cannot be read")
            return False
        self._given, self.position = 0, -1
        self.length = max(0, int(self._film.get(cv2.CAP_PROP_FRAME_COUNT)))
        return True

    def _lose(self, reason: str) -> None:
        self._retry_ns = time.monotonic_ns() + int(self._waits.next_s() * SECOND_NS)
        self.tally.count("lost")
        self.warning = f"film {self._shown} {reason}, trying again"

    def _close(self) -> None:
        if self._film is not None:
            self._film.release()
            self._film = None


def _own_rate(path: Path) -> Fraction | None:
    """Frames a second, as the film says."""
    try:
        film = open_film(path)
    except FilmError:
        return None
    fps = film.get(cv2.CAP_PROP_FPS)
    film.release()
    return Fraction(fps).limit_denominator(1001) if _SLOWEST <= fps <= _FASTEST else None


def open_film(path: Path) -> cv2.VideoCapture:
    """Open a film; FilmError unless it is one in a known container and its size can be shown."""
    os.environ.setdefault(_OPTIONS, _ONLY_CONTAINERS)  # read whenever a film is opened
    try:
        with open_regular(path) as file:
            if not is_container(file.read(_HEAD)):
                raise FilmError("begins like no known kind of film; playlists are not played")
            # Under this name it is the file that was examined, whatever has its own name by now.
            film = cv2.VideoCapture(f"/proc/self/fd/{file.fileno()}", cv2.CAP_FFMPEG)
    except OSError as error:
        raise FilmError(f"cannot be read: {error.strerror}") from error
    except cv2.error as error:
        raise FilmError("cannot be read as a film") from error
    width, height = film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_HEIGHT)
    small = 0 < max(width, height) <= LARGEST_SIDE and width * height <= MAX_PIXELS
    if film.isOpened() and small:
        return film
    film.release()
    raise FilmError("cannot be read as a film")


def is_container(head: bytes) -> bool:
    """Whether a file that begins so is one of the containers that hold a film themselves."""
    if any(head.startswith(start, at) for at, start in _CONTAINERS):
        return True
    return any(
        len(head) > first + 2 * size and set(head[first : first + 2 * size + 1 : size]) == {_MARK}
        for first, size in _PACKETS
    )
