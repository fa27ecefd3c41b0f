"""The public feed with keys: libzmq asks for them, and an usher minds who is in."""

from __future__ import annotations

from contextlib import ExitStack

from lib.wire.guest import Place
from lib.wire.sockets import NOBLOCK, feed_out
from lib.wire.usher import Usher


class LockedViewers:
    """As Viewers, for those whose key is known."""

    def __init__(self, resources: ExitStack, place: Place, fps: float, usher: Usher) -> None:
        self._usher = usher
        self._feed = feed_out(resources, *place, fps, usher)

    @property
    def alive(self) -> bool:
        return self._usher.alive

    def send(self, message: bytes | bytearray) -> None:
        self._feed.send(message, NOBLOCK)
