"""Reads the feed: the newest picture, never an older one, and the opacity of the last one."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from typing import NamedTuple

from lib.core.feed_order import FeedOrder
from lib.core.hold_and_fade import HoldAndFade
from lib.observe import OncePerSecond, Tally
from lib.wire.keys import Key
from lib.wire.messages import Picture, WireError, decode_picture
from lib.wire.reconnecting import ReconnectingSocket
from lib.wire.sockets import feed_in

log = logging.getLogger(__name__)


class FeedAddress(NamedTuple):
    host: str
    port: int
    key: Key | None = None  # of a viewer; None if the primary host has no keys


class FeedReader:
    """Used by the thread that made it. While the thread is busy, the connection keeps the newest
    picture and drops the others."""

    def __init__(
        self,
        resources: ExitStack,
        address: FeedAddress,
        tally: Tally,
        hold_s: float = 0.0,
        fade_s: float = 0.0,
    ) -> None:
        """`tally` counts the pictures that came as `in`, and useless ones as `old` and `bad`."""
        self.connection = ReconnectingSocket(resources, address[:2], address.key, "viewer", feed_in)
        self._tally = tally
        self._order = FeedOrder()
        self._last = HoldAndFade(int(hold_s * 1e9), int(fade_s * 1e9))
        self._complaints = OncePerSecond(log)

    def keep_connected(self) -> None:
        """Call this a few times a second: it reconnects, and logs why there is no connection."""
        self.connection.check()

    def read(self, wait_ms: int) -> Picture | None:
        """The newest picture that comes within `wait_ms` and may follow the one put out last."""
        if not self.connection.socket.poll(wait_ms):
            return None
        self._tally.count("in")
        try:
            picture = decode_picture(self.connection.recv())
        except WireError as error:
            self.refuse(error)
            return None
        if not self._order.accepts(picture.index, picture.timestamp, time.monotonic_ns()):
            self._tally.count("old")
            return None
        return picture

    def refuse(self, error: ValueError) -> None:
        """Count a picture that cannot be shown: the last one stays."""
        self._tally.count("bad")
        self._complaints.warning("bad", "a picture of the feed cannot be shown: %s", error)

    def put_out(self, picture: Picture, now_ns: int) -> None:
        """This picture was put out: later ones are compared with it, and its hold begins."""
        self._order.shown(picture.index, picture.timestamp)
        self._last.frame(now_ns)

    def hold(self, now_ns: int) -> None:
        """Pictures come and are left out on purpose: the last one's hold begins again."""
        self._last.frame(now_ns)

    def freeze(self, now_ns: int) -> None:
        """The last picture is held, whatever comes or does not come."""
        self._last.freeze(now_ns)

    def thaw(self, now_ns: int) -> None:
        self._last.thaw(now_ns)

    def opacity(self, now_ns: int) -> float:
        """The opacity of the last picture, from 1 to 0; before the first it is 0."""
        return self._last.opacity(now_ns)

    def rests_ns(self, now_ns: int) -> int | None:
        """How long the opacity stays as it is; None when only a picture can change it."""
        return self._last.rests_ns(now_ns)
