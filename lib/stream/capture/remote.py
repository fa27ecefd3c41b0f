"""Pictures that another program publishes as [timestamp, index, jpg]."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack

from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.pacer import SECOND_NS
from lib.observe import OncePerSecond
from lib.stream.capture.fitter import JpegError, JpegFitter
from lib.stream.capture.source import LiveSource, Source, SourcePlace
from lib.stream.frame import Frame
from lib.wire.messages import WireError, decode_picture
from lib.wire.sockets import POLLIN, Again, Socket, foreign_in, newest_of

log = logging.getLogger(__name__)
_SILENCE_NS = 5 * SECOND_NS // 4
_OLDEST_S = 10.0  # a capture time further back than this comes from a wrong clock


class Remote(LiveSource):
    """Takes the newest picture only, since older ones would be shown late."""

    def __init__(self, settings: PrimarySettings) -> None:
        self._host, self._port = settings.video_hostname, settings.video_port
        self._longest = settings.bounds.message
        self._peer = f"{self._host}:{self._port}"
        self._fitter = JpegFitter(settings.size, settings.quality, settings.bounds)
        self.about = f"pictures from {self._peer}"
        self._socket: Socket | None = None
        self._heard_ns = self._good_ns = 0  # the last message, and the last valid picture
        self._fault = ""
        self._log = OncePerSecond(log)

    def open(self, resources: ExitStack) -> None:
        self._socket = foreign_in(resources, self._host, self._port, self._longest)
        self._heard_ns = self._good_ns = time.monotonic_ns()

    def fit(self, size: Size, quality: int | None = None) -> None:
        self._fitter.want(size, quality)

    def read(self) -> Frame | None:
        assert self._socket is not None
        if not self._socket.poll(100, POLLIN):
            self._warn(time.monotonic_ns())
            return None
        captured_ns, now = time.monotonic_ns(), time.time()
        self._heard_ns = captured_ns
        try:
            parts = newest_of(self._socket)
            if len(parts) > 1:
                raise WireError("a message of several parts")
            picture = decode_picture(parts[0], self._longest)
            jpg = self._fitter.jpeg(picture.jpg)
        except Again:
            return None
        except (WireError, JpegError) as error:
            self.tally.count("bad")
            self._log.warning("bad", "a picture from %s is refused: %s", self._peer, error)
            self._fault = str(error)
            self._warn(captured_ns)
            return None
        self._good_ns, self.warning = captured_ns, None
        sent = picture.timestamp / 1000
        stamp = sent if 0 <= now - sent < _OLDEST_S else now
        return Frame(jpg, captured_ns, stamp, self._fitter.wanted)

    def _warn(self, now_ns: int) -> None:
        if now_ns - self._heard_ns > _SILENCE_NS:
            self.warning = f"nothing heard from {self._peer} for more than a second"
        elif now_ns - self._good_ns > _SILENCE_NS:
            self.warning = f"{self._peer} sends nothing that can be shown: {self._fault}"


def open_remote(settings: PrimarySettings, _place: SourcePlace) -> Source:
    return Remote(settings)
