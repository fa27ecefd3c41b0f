"""Hands an open connection from one process of this host to another, over a socket in the run
directory, where only this user gets to.

So a process that serves strangers' HTTP need not carry what comes after it, and a listener learns
from the one that checked a connection whose it is: nobody on the network can claim that.
"""

from __future__ import annotations

import logging
import select
import socket
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from lib.wire.tcp import Endpoint

log = logging.getLogger(__name__)

LONGEST = 8192  # octets that are said with a connection


class HandoverTo(StrEnum):
    """Who takes connections, by the name of the socket's file."""

    TUNNEL = "tunnel"
    JOBS = "tunnel-jobs"
    RESULTS = "tunnel-results"


class Introduction(msgspec.Struct, frozen=True, array_like=True):
    """What is said with a connection."""

    address: str  # whose it is
    port: int
    to: HandoverTo  # the listener that it is for in the end
    opening: bytes = b""  # to be sent before anything else

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.address, self.port)


class HandedOver(NamedTuple):
    introduction: Introduction
    connection: socket.socket


def hand_over(run_dir: Path, to: HandoverTo, introduction: Introduction, descriptor: int) -> bool:
    """False where nobody takes it, or has no room. The descriptor stays the caller's to close."""
    said = msgspec.msgpack.encode(introduction)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.setblocking(False)
        try:
            way.connect(str(run_dir / to))
            socket.send_fds(way, [said], [descriptor])
        except OSError:
            return False
    return True


class HandoverPort:
    """Takes connections. Used by one thread, whose epoll tells when there is one."""

    def __init__(
        self, resources: ExitStack, epoll: select.epoll, run_dir: Path, name: HandoverTo
    ) -> None:
        self._epoll, self._path = epoll, run_dir / name
        self._decoder = msgspec.msgpack.Decoder(Introduction)
        self._next_s = 0.0
        self._socket = self._bound()
        resources.callback(self._close)

    def fileno(self) -> int:
        return self._socket.fileno()

    def take(self) -> HandedOver | None:
        """None where there is none more."""
        try:
            said, descriptors, _, _ = socket.recv_fds(self._socket, LONGEST, 1)
        except BlockingIOError:
            return None
        connections = [socket.socket(fileno=one) for one in descriptors]
        try:
            introduction = self._decoder.decode(said)
            (connection,) = connections
        except (msgspec.MsgspecError, ValueError):  # no process of ours
            for one in connections:
                one.close()
            return None
        connection.setblocking(False)
        return HandedOver(introduction, connection)

    def tend(self, now_s: float) -> None:
        """A few times a second: a cleaner of temporary folders may have removed its file, and
        nobody finds it any more."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + 1
        if self._path.exists() or not self._path.parent.is_dir():
            return
        try:
            fresh = self._bound()
        except OSError as error:  # the folder is gone once more, or full; the next second tries
            log.warning("%s cannot be made again: %s", self._path, error)
            return
        self._epoll.unregister(self._socket)
        self._socket.close()
        self._socket = fresh
        log.info("%s was removed and is there again", self._path)

    def _bound(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            made.setblocking(False)
            self._path.unlink(missing_ok=True)  # of the process before this one
            made.bind(str(self._path))
            self._path.chmod(0o600)
            self._epoll.register(made, select.EPOLLIN)
        except BaseException:
            made.close()
            raise
        return made

    def _close(self) -> None:
        self._socket.close()
