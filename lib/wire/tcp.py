"""TCP below every protocol: where to listen, how many may come, how a connection is held."""

from __future__ import annotations

import resource
import socket
from typing import NamedTuple

TCP_USER_TIMEOUT = 18  # socket.TCP_USER_TIMEOUT is missing from some builds
RESERVE = 64


class Endpoint(NamedTuple):
    address: str
    port: int


class Limits(NamedTuple):
    """How many connections a listener holds, in all and from one address."""

    peers: int
    peers_per_address: int


def listen(endpoint: Endpoint) -> socket.socket:
    family = socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET
    listening = socket.create_server(endpoint, family=family, backlog=64)
    listening.setblocking(False)
    return listening


def set_options(connection: socket.socket, timeout_ms: int) -> None:
    """No delay, no blocking; a peer that was unplugged is noticed after about `timeout_ms`."""
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, timeout_ms)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)


def hardly_left(connection: socket.socket) -> bool:
    """Whether few descriptors are left: the lowest free number is given out, so a high one says so.
    libzmq ends the process where it finds none for a connection that it is about to accept."""
    return connection.fileno() >= resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVE
