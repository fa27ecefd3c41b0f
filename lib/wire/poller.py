"""Waits for several sockets and descriptors with one system call.

zmq's own poller asks every socket for its descriptor and its state and calls poll twice, each time;
this one asks those that spoke up.
"""

from __future__ import annotations

import select
from contextlib import ExitStack

import zmq

from lib.wire.sockets import Socket


class Poller:
    """Used by one thread, for sockets that are only received from."""

    def __init__(self, resources: ExitStack) -> None:
        self._epoll = select.epoll()
        resources.callback(self._epoll.close)
        self._sockets: dict[int, Socket] = {}

    def add_socket(self, socket: Socket) -> None:
        descriptor = int(socket.getsockopt(zmq.FD))
        self._sockets[descriptor] = socket
        self._epoll.register(descriptor, select.EPOLLIN)

    def add_descriptor(self, descriptor: int) -> None:
        self._epoll.register(descriptor, select.EPOLLIN)

    def wait(self, timeout_s: float) -> list[Socket | int]:
        """Sockets with a message and descriptors with something to read; may be empty early.

        A socket's descriptor speaks up once for many messages: receive until `has_message` says
        no, or ask it again before the next wait.
        """
        ready: list[Socket | int] = []
        for descriptor, _ in self._epoll.poll(timeout_s):
            socket = self._sockets.get(descriptor)
            if socket is None:
                ready.append(descriptor)
            elif has_message(socket):
                ready.append(socket)
        return ready


# As plain numbers: an operation on zmq's own flags makes a new flag object each time.
_EVENTS, _POLLIN = int(zmq.EVENTS), int(zmq.POLLIN)


def has_message(socket: Socket) -> bool:
    return bool(int(socket.getsockopt(_EVENTS)) & _POLLIN)
