"""libzmq's sockets: of workers and viewers, and between the processes of one host.

What a primary host listens on is spoken by its own listeners, without libzmq. Each socket has a
context of its own: with one shared context, rebinding a port right after stop failed in 11 of 40
runs, with one each in none. A socket belongs to the thread that made it, and its closing is
registered before it binds. Options stand before bind and connect: later they do nothing.
"""

from __future__ import annotations

import math
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

import zmq

from lib.wire.keys import Key
from lib.wire.messages import MAX_MESSAGE, MAX_PICTURE, MAX_RESULT

# Other rooms use these names from here: where zmq is imported, sockets could be made.
Again = zmq.Again
ZMQError = zmq.ZMQError
NOBLOCK, POLLIN = zmq.NOBLOCK, zmq.POLLIN

Socket: TypeAlias = "zmq.Socket[bytes]"
Options: TypeAlias = "dict[zmq.SocketOption, int]"

# A peer that vanished without a word is noticed by its silence.
HEARTBEAT: Options = {
    zmq.HEARTBEAT_IVL: 1000,
    zmq.HEARTBEAT_TIMEOUT: 3000,
    zmq.CONNECT_TIMEOUT: 1000,
    zmq.RECONNECT_IVL: 100,
    zmq.RECONNECT_IVL_MAX: 1000,
}


def jobs_in(resources: ExitStack, host: str, port: int, key: Key | None = None) -> Socket:
    """A worker's end of 5555; receiving gives up after a quarter of a second."""
    limits: Options = {zmq.RCVHWM: 2, zmq.MAXMSGSIZE: MAX_MESSAGE, zmq.RCVTIMEO: 250}
    socket = _socket(resources, zmq.PULL, {**HEARTBEAT, **limits})
    _unlock(socket, key)
    socket.connect(_tcp(socket, host, port))
    return socket


def results_out(resources: ExitStack, host: str, port: int, key: Key | None = None) -> Socket:
    """A worker's end of 5558."""
    socket = _socket(resources, zmq.PUSH, {**HEARTBEAT, zmq.SNDHWM: 32})
    _unlock(socket, key)
    socket.connect(_tcp(socket, host, port))
    return socket


def feed_out(resources: ExitStack, address: str, port: int, fps: float = 30) -> Socket:
    """A feed by libzmq, as somebody else's camera publishes one: bench and tests stand in for it.

    Besides what the kernel holds, a twentieth of a second may wait for each subscriber.
    """
    options: Options = {zmq.SNDHWM: max(2, math.ceil(fps / 20)), zmq.SNDBUF: 128 * 1024}
    socket = _socket(resources, zmq.PUB, options)
    socket.bind(_tcp(socket, address, port))
    return socket


def feed_in(
    resources: ExitStack, host: str, port: int, key: Key | None = None, latest_only: bool = True
) -> Socket:
    """A viewer of a feed; `latest_only` keeps nothing but the newest frame.

    The others keep more than will ever come in a pause: libzmq 4.3.5 ends the process where a
    queue that was full is read after a new connection has taken the place of the old one.
    """
    kept: Options = {zmq.CONFLATE: 1} if latest_only else {zmq.RCVHWM: 4000}
    return _sub(resources, host, port, {**kept, zmq.MAXMSGSIZE: MAX_PICTURE}, key)


def foreign_in(resources: ExitStack, host: str, port: int, longest: int) -> Socket:
    """Frames that somebody else publishes. Not CONFLATE: a message of two parts would end libzmq
    4.3.5, and this process with it."""
    return _sub(resources, host, port, {zmq.RCVHWM: 64, zmq.MAXMSGSIZE: longest})


def newest_of(socket: Socket, most: int = 200) -> list[bytes]:
    """The parts of the last message that lies there; Again if none does."""
    parts = socket.recv_multipart(zmq.NOBLOCK)
    for _ in range(most):
        if not socket.poll(0):
            break
        parts = socket.recv_multipart(zmq.NOBLOCK)
    return parts


def _sub(
    resources: ExitStack, host: str, port: int, options: Options, key: Key | None = None
) -> Socket:
    socket = _socket(resources, zmq.SUB, {**HEARTBEAT, **options})
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    _unlock(socket, key)
    socket.connect(_tcp(socket, host, port))
    return socket


class Topic(StrEnum):
    """What the processes of one host tell each other, each by the name of its socket's file."""

    STATUS = "status"  # from the stream, of all that it knows
    CHANGES = "changes"  # from control, of what is played
    SCREEN = "screen"  # from the view, of what it shows
    SIGNALS = "signals"  # from signals, of what they move


def latest_out(resources: ExitStack, run_dir: Path, topic: Topic) -> Socket:
    """Publishes whole states between the processes of one host: only the newest counts."""
    socket = _socket(resources, zmq.PUB, {zmq.SNDHWM: 8})
    socket.bind(f"ipc://{run_dir / topic}")
    return socket


def latest_in(resources: ExitStack, run_dir: Path, topic: Topic) -> Socket:
    """The newest state that `latest_out` of the same topic published."""
    socket = _socket(
        resources, zmq.SUB, {zmq.CONFLATE: 1, zmq.RECONNECT_IVL: 50, zmq.MAXMSGSIZE: MAX_RESULT}
    )
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(f"ipc://{run_dir / topic}")
    return socket


def events_of(resources: ExitStack, socket: Socket, events: int) -> Socket:
    """What happens to a socket's connections, as libzmq tells it; closed before the socket is."""
    found: Socket = socket.get_monitor_socket(events)
    resources.callback(found.close, 0)
    resources.callback(socket.disable_monitor)
    return found


def _socket(resources: ExitStack, kind: int, options: Options) -> Socket:
    context: zmq.Context[Socket] = zmq.Context()
    resources.callback(context.term)
    socket: Socket = context.socket(kind)
    resources.callback(socket.close, 0)
    socket.setsockopt(zmq.LINGER, 0)
    for option, value in options.items():
        socket.setsockopt(option, value)
    return socket


def _unlock(socket: Socket, key: Key | None) -> None:
    if key:
        socket.setsockopt(zmq.CURVE_PUBLICKEY, key.public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, key.secret)
        socket.setsockopt(zmq.CURVE_SERVERKEY, key.server)


def _tcp(socket: Socket, host: str, port: int) -> str:
    if ":" not in host:
        return f"tcp://{host}:{port}"
    socket.setsockopt(zmq.IPV6, 1)  # only then: a name would become an IPv6 address, too
    return f"tcp://[{host}]:{port}"
