"""The door: one TCP listener for all workers, and behind it a PUSH of its own for each.

A single PUSH deals round robin into queues that hide in the kernel; one for each peer lets the
primary count what each has and choose. A plain PULL is a first-class worker: it needs to know
nothing of this.
"""

from __future__ import annotations

import os
import queue
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

import zmq

from lib.wire.relay import DoorEvent, Limits, Place, Relay
from lib.wire.sockets import Options, Socket, private_push, push_group

PUSH_OPTIONS: Options = {
    zmq.SNDHWM: 4,
    zmq.HEARTBEAT_IVL: 500,
    zmq.HEARTBEAT_TIMEOUT: 1500,
    zmq.HEARTBEAT_TTL: 2000,
    zmq.HANDSHAKE_IVL: 1500,
}


class Door:
    """Opened, asked and closed on the thread that dispatches."""

    def __init__(
        self, resources: ExitStack, place: Place, limits: Limits, wake: Callable[[], None]
    ) -> None:
        self._context = push_group(resources)
        self._pushes: dict[int, Socket] = {}
        self._tag = f"afterimage-{os.getpid()}-{os.urandom(8).hex()}"
        resources.callback(self._close)
        self._relay = Relay(resources, place, limits, wake)

    @property
    def events(self) -> queue.SimpleQueue[DoorEvent]:
        """Who joined and who left, oldest first."""
        return self._relay.events

    @property
    def refused(self) -> Counter[str]:
        return self._relay.refused

    @property
    def alive(self) -> bool:
        return self._relay.alive

    def welcome(self, peer: int) -> None:
        """Make the PUSH of a peer that joined; bytes flow from now on."""
        path = f"{self._tag}-{peer}"
        self._pushes[peer] = private_push(self._context, f"ipc://@{path}", PUSH_OPTIONS)
        self._relay.link(peer, path)

    def ready(self, peer: int) -> bool:
        """Whether its PUSH is through the handshake and has room."""
        push = self._pushes.get(peer)
        return push is not None and push.poll(0, zmq.POLLOUT) != 0

    def send(self, peer: int, message: bytes | bytearray) -> bool:
        """False when the peer can not take it now."""
        push = self._pushes.get(peer)
        if push is None:
            return False
        try:
            push.send(message, zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def forget(self, peer: int) -> None:
        """Close a peer's PUSH, and its connection if it still stands."""
        push = self._pushes.pop(peer, None)
        if push:
            push.close(0)
        self._relay.drop(peer)

    def _close(self) -> None:
        for push in self._pushes.values():
            push.close(0)
