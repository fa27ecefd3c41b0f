"""The job port with keys: one TCP listener for all workers, and behind it a PUSH for each.

Each PUSH asks for a key, and who has none never comes into sight.
"""

from __future__ import annotations

import logging
import os
import queue
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import zmq

from lib.wire.door import Door
from lib.wire.greeting import CURVE
from lib.wire.guard import Guard, Hooks, known_workers
from lib.wire.guest import DoorEvent, Limits, Place
from lib.wire.keys import Locked
from lib.wire.relay import Relay
from lib.wire.sockets import Options, Socket, private_push, push_group
from lib.wire.strangers import Strangers
from lib.wire.wake import Wake

log = logging.getLogger(__name__)

PUSH_OPTIONS: Options = {
    zmq.SNDHWM: 4,
    zmq.HEARTBEAT_IVL: 500,
    zmq.HEARTBEAT_TIMEOUT: 1500,
    zmq.HEARTBEAT_TTL: 2000,
    zmq.HANDSHAKE_IVL: 1500,
    zmq.RCVHWM: 1,
    zmq.MAXMSGSIZE: 4096,  # of what it is told; what it tells may be as long as it likes
}
REFUSED = ""


class LockedDoor:
    """As Door, for those whose key is known."""

    def __init__(self, resources: ExitStack, place: Place, limits: Limits, keys: Locked) -> None:
        self._context = push_group(resources)
        self._pushes: dict[int, Socket] = {}
        self._tag = f"afterimage-{os.getpid()}-{os.urandom(8).hex()}"
        resources.callback(self._close)
        self._secret = keys.secret
        self._wake = Wake(resources)
        self._callers: dict[int, str] = {}  # address of who has not shown a known key yet
        self._verdicts: queue.SimpleQueue[tuple[int, bool]] = queue.SimpleQueue()
        self._keys_of: dict[int, bytes] = {}
        hooks = Hooks(self._let_in, self._refuse, self._shut_out)
        self._guard = Guard(resources, self._context, known_workers(keys), hooks)
        self._relay = Relay(resources, place, limits, self._wake.set)

    @property
    def source(self) -> int:
        return self._wake.fd

    def news(self) -> Iterator[DoorEvent]:
        """Who joined and who left, oldest first; who joined has a PUSH already."""
        self._wake.clear()
        while not self._relay.events.empty():
            event = self._relay.events.get()
            if event.kind == "join":
                if not self._welcome(event.peer):
                    self._callers[event.peer] = REFUSED
                else:
                    self._callers[event.peer] = event.address
                continue
            yield from self._judge()
            caller = self._callers.pop(event.peer, None)
            self._forget(event.peer)
            if caller is None:
                yield event
            elif caller and event.mechanism == CURVE:  # it never came to the question for its key
                self.strangers.refuse("misled worker", _host(caller))
            elif caller and not event.mechanism:  # it saw what we are before it said what it is
                self.strangers.refuse("plain worker", _host(caller))
        yield from self._judge()

    @property
    def refused(self) -> Counter[str]:
        return self._relay.refused

    @property
    def strangers(self) -> Strangers:
        """Who was refused for want of the right key."""
        return self._relay.strangers

    @property
    def alive(self) -> bool:
        return self._relay.alive and self._guard.alive

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

    def trust(self, peer: int) -> None:
        """Who has a key is let in, whatever it brings."""

    def _forget(self, peer: int) -> None:
        """Close a peer's PUSH, and its connection if it still stands."""
        push = self._pushes.pop(peer, None)
        if push:
            push.close(0)
        self._keys_of.pop(peer, None)
        self._relay.drop(peer)

    def _welcome(self, peer: int) -> bool:
        """Make the PUSH of a peer that joined; bytes flow from now on. False: it can not be."""
        path = f"{self._tag}-{peer}"
        lock = self._secret, str(peer)
        try:
            push = private_push(self._context, f"ipc://@{path}", PUSH_OPTIONS, lock)
        except zmq.ZMQError as error:  # no descriptor is left
            log.warning("no room for one more worker: %s", error)
            self._relay.drop(peer)
            return False
        self._pushes[peer] = push
        self._relay.link(peer, path)
        return True

    def _judge(self) -> Iterator[DoorEvent]:
        """Whose key was looked at meanwhile."""
        while not self._verdicts.empty():
            peer, known = self._verdicts.get()
            caller = self._callers.get(peer)
            if peer not in self._pushes:
                self._keys_of.pop(peer, None)
            elif caller and known:
                del self._callers[peer]
                yield DoorEvent("join", peer, caller)
            elif caller:
                self._callers[peer] = REFUSED
                self.strangers.refuse("unknown worker", _host(caller))

    # --- on the guard's thread

    def _let_in(self, where: str, key: bytes) -> None:
        self._keys_of[int(where)] = key
        self._verdicts.put((int(where), True))
        self._wake.set()

    def _refuse(self, where: str, _: str) -> None:
        self._verdicts.put((int(where), False))
        self._wake.set()

    def _shut_out(self, keys: frozenset[bytes]) -> None:
        for peer, key in list(self._keys_of.items()):
            if key in keys:
                log.warning("a worker's key was removed: it is shut out")
                self._relay.drop(peer)

    def _close(self) -> None:
        for push in self._pushes.values():
            push.close(0)


def open_door(
    resources: ExitStack, place: Place, limits: Limits, keys: Locked | None
) -> Door | LockedDoor:
    return LockedDoor(resources, place, limits, keys) if keys else Door(resources, place, limits)


def _host(address: str) -> str:
    return address.rsplit(":", 1)[0]
