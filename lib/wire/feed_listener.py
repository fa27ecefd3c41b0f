"""Port 5557, the public feed: each viewer's SUB, sent to and heard within bounds.

libzmq's PUB files all that somebody subscribes to, on the thread that publishes, and walks through
all of it for each that leaves: strangers who came and went stopped the picture for seconds.
"""

from __future__ import annotations

import math
import select
import socket
import threading
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from lib.core.refusals import PortRefusal
from lib.wire.allowed import viewer_keys
from lib.wire.keys import PrimaryKey
from lib.wire.tcp import Endpoint, Limits
from lib.wire.wake import Wake
from lib.wire.zmtp_listener import Quota, ZmtpConnection, ZmtpListener
from lib.zmtp.commands import SocketType
from lib.zmtp.errors import Reason
from lib.zmtp.framing import Message

LONGEST_TOPIC = 256
MOST_TOPICS = 16
KERNEL_HOLDS = 128 * 1024  # octets for each: a slow screen lags under a second and loses frames
BEAT_S = 0.25
BEHIND_S = 0.5  # of pictures that may wait for the thread that sends them

Pieces: TypeAlias = tuple[Message, ...]  # of one message


@dataclass(slots=True, eq=False, kw_only=True)
class ViewerConnection(ZmtpConnection):
    topics: set[bytes] = field(default_factory=set)

    def wants(self, message: Pieces) -> bool:
        if b"" in self.topics:
            return True
        begin = b"".join(bytes(piece[:LONGEST_TOPIC]) for piece in message)
        return any(map(begin.startswith, self.topics))


class FeedListener(ZmtpListener[ViewerConnection]):
    """A thread of its own minds its connections. With keys it also sends: sealing a picture of
    60 kB takes 44 us for each viewer, which the thread that publishes cannot spare. Without keys
    that thread sends at once: handing a picture over would take 50 us and wake another thread."""

    socket_type = SocketType.PUB
    who = "viewer"
    quota = Quota(8192, 256, PortRefusal.NO_VIEWER)  # its heartbeats are some 50 octets a second
    user_timeout_ms = 10_000  # a viewer may stand still for a while
    too_many = too_many_from_one = PortRefusal.TOO_MANY_VIEWERS
    kinds: ClassVar = {
        Reason.NO_KEY: "keyless viewer",
        Reason.TOO_OLD: "keyless viewer",
        Reason.UNKNOWN_KEY: "unknown viewer",
    }

    def __init__(
        self,
        resources: ExitStack,
        endpoint: Endpoint,
        most: int,
        fps: float,
        keys: PrimaryKey | None,
    ) -> None:
        limits = Limits(most, most)  # many screens may stand behind one address
        super().__init__(resources, endpoint, limits, LONGEST_TOPIC, viewer_keys(resources, keys))
        # What is accepted inherits it.
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_HOLDS)
        self._lock = threading.Lock()  # over all connections and what waits for them
        self._may_wait = max(2, math.ceil(fps / 20))  # a twentieth of a second for each
        self._pictures: deque[Pieces] = deque(maxlen=max(4, math.ceil(fps * BEHIND_S)))
        self._wake = Wake(resources)
        self._epoll.register(self._wake.fd, select.EPOLLIN)
        self._quit = False
        self._thread = threading.Thread(target=self._run, name="viewers", daemon=True)
        self._thread.start()
        resources.callback(self._stop)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive() and super().alive

    def send(self, *message: Message) -> None:
        """A message, in as many pieces as it is: to all that want it and have room; the others lose
        it. Belongs to the thread that publishes."""
        if self._keys is None:
            self._publish(message)
        else:
            self._pictures.append((b"".join(message),))
            self._wake.set()

    # --- on a thread of its own

    def _run(self) -> None:
        next_s = time.monotonic() + BEAT_S
        while not self._quit:
            self.poll(BEAT_S)
            self._wake.clear()
            while self._pictures:
                self._publish(self._pictures.popleft())
            now_s = time.monotonic()
            if now_s >= next_s:
                next_s = now_s + BEAT_S
                with self._lock:
                    self.tend(now_s)

    def _on_ready(self, descriptor: int, events: int) -> None:
        with self._lock:
            super()._on_ready(descriptor, events)

    def _no_room(self, accepted: socket.socket, host: str) -> PortRefusal | None:
        """Strangers who take all the places there are must not keep this host's own screen and
        page out: the one that came last makes room. Both ends of a connection within a host have
        the same address."""
        own = accepted.getsockname()[0] == host
        if own and self._keys is None and len(self._connections) >= self._limits.peers:
            viewers = self._connections.values()
            guests = [one for one in viewers if one.host != host]
            if guests and all(one.is_proven for one in viewers):
                self._end(max(guests, key=lambda it: it.since_s), self.too_many)
        return super()._no_room(accepted, host)

    # --- on the thread that sends

    def _publish(self, message: Pieces) -> None:
        with self._lock:
            for viewer in self._connections.values():
                if viewer.queue.messages < self._may_wait and viewer.wants(message):
                    self._put(viewer, viewer.peer.encode(*message))

    def _meet(
        self, connection: socket.socket, endpoint: Endpoint, now_s: float
    ) -> ViewerConnection:
        return ViewerConnection(
            socket=connection, endpoint=endpoint, since_s=now_s, peer=self._new_peer()
        )

    def _on_messages(self, connection: ViewerConnection, messages: list[Message]) -> None:
        for wish in map(bytes, messages):
            if wish[:1] == b"\1":
                connection.topics.add(wish[1:])
                connection.is_proven = True
                if len(connection.topics) > MOST_TOPICS:
                    self._end(connection, PortRefusal.TOO_MANY_TOPICS)
                    return
            elif wish[:1] == b"\0":
                connection.topics.discard(wish[1:])
            else:
                self._end(connection, PortRefusal.NO_SUBSCRIPTION)
                return

    def _stop(self) -> None:
        self._quit = True
        self._wake.set()
        self._thread.join()
