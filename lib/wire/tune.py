"""How a worker's connection is held."""

from __future__ import annotations

import resource
import socket

TCP_USER_TIMEOUT = 18  # socket.TCP_USER_TIMEOUT is missing from some builds
USER_TIMEOUT_MS = 3000
RESERVE = 64
NONE_LEFT = "no descriptor is left"


def hardly_left(connection: socket.socket) -> bool:
    """The lowest free number is given out, so a high one says that few are left. libzmq ends the
    process where it finds none for a connection that it is about to accept."""
    return connection.fileno() >= resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVE


def tune(connection: socket.socket) -> None:
    """No delay, and a worker that was unplugged is noticed."""
    keep_alive(connection, USER_TIMEOUT_MS)


def keep_alive(connection: socket.socket, timeout_ms: int = 10_000) -> None:
    """The same for a viewer, which may stand still for a while."""
    connection.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, timeout_ms)
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
