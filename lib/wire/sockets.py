"""The only place that makes sockets.

Each has a context of its own: with one shared context, rebinding a port right after stop failed
in 11 of 40 runs, with one each in none. A socket belongs to the thread that made it, and its
closing is registered before it binds. Options stand before bind and connect: later they do
nothing.
"""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import zmq

from lib.wire.messages import MAX_MESSAGE, MAX_RESULT

# Other rooms use these names from here: where zmq is imported, sockets could be made.
Again = zmq.Again
ZMQError = zmq.ZMQError
Received = zmq.Frame
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


def jobs_in(resources: ExitStack, host: str, port: int) -> Socket:
    """A worker's end of 5555; receiving gives up after a tenth of a second."""
    limits: Options = {zmq.RCVHWM: 2, zmq.MAXMSGSIZE: MAX_MESSAGE, zmq.RCVTIMEO: 100}
    socket = _socket(resources, zmq.PULL, {**HEARTBEAT, **limits})
    socket.connect(_tcp(host, port))
    return socket


def results_out(resources: ExitStack, host: str, port: int) -> Socket:
    """A worker's end of 5558."""
    socket = _socket(resources, zmq.PUSH, {**HEARTBEAT, zmq.SNDHWM: 32})
    socket.connect(_tcp(host, port))
    return socket


def results_in(resources: ExitStack, address: str, port: int) -> Socket:
    """The primary's end of 5558."""
    socket = _socket(
        resources,
        zmq.PULL,
        {
            zmq.RCVHWM: 64,
            zmq.MAXMSGSIZE: MAX_RESULT,
            zmq.HEARTBEAT_IVL: 1000,
            zmq.HEARTBEAT_TIMEOUT: 5000,
            zmq.HANDSHAKE_IVL: 2000,
        },
    )
    socket.bind(_tcp(address, port))
    return socket


def feed_out(resources: ExitStack, address: str, port: int, fps: float = 30) -> Socket:
    """The public feed. Small buffers: a slow screen then lags under a second and loses frames.

    Besides what the kernel holds, a twentieth of a second may wait for each subscriber: with a
    mark of 2 whatever the rate, one on the same machine lost 1 frame in 8 at 600 a second.
    """
    socket = _socket(
        resources,
        zmq.PUB,
        {
            zmq.SNDHWM: max(2, math.ceil(fps / 20)),
            zmq.SNDBUF: 128 * 1024,
            zmq.MAXMSGSIZE: 1024,  # subscriptions are all that may come in
            zmq.HANDSHAKE_IVL: 2000,
            zmq.HEARTBEAT_IVL: 2000,
            zmq.HEARTBEAT_TIMEOUT: 10000,
        },
    )
    socket.bind(_tcp(address, port))
    return socket


def feed_in(resources: ExitStack, host: str, port: int, latest_only: bool = True) -> Socket:
    """A viewer of a feed; `latest_only` keeps nothing but the newest frame."""
    socket = _socket(
        resources,
        zmq.SUB,
        {
            **HEARTBEAT,
            zmq.MAXMSGSIZE: MAX_RESULT,
            **({zmq.CONFLATE: 1} if latest_only else {zmq.RCVHWM: 8}),
        },
    )
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(_tcp(host, port))
    return socket


def latest_out(resources: ExitStack, run_dir: Path, name: str) -> Socket:
    """Publishes whole states between the processes of one host: only the newest counts."""
    socket = _socket(resources, zmq.PUB, {zmq.SNDHWM: 8})
    socket.bind(f"ipc://{run_dir / name}")
    return socket


def latest_in(resources: ExitStack, run_dir: Path, name: str) -> Socket:
    """The newest state that `latest_out` of the same name published."""
    socket = _socket(
        resources, zmq.SUB, {zmq.CONFLATE: 1, zmq.RECONNECT_IVL: 50, zmq.MAXMSGSIZE: MAX_RESULT}
    )
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(f"ipc://{run_dir / name}")
    return socket


def push_group(resources: ExitStack) -> zmq.Context[Socket]:
    """The context that the door's private PUSH sockets share: one I/O thread for all peers."""
    context: zmq.Context[Socket] = zmq.Context()
    context.set(zmq.MAX_SOCKETS, 8192)
    resources.callback(context.destroy, 0)
    return context


def private_push(context: zmq.Context[Socket], address: str, options: Options) -> Socket:
    socket: Socket = context.socket(zmq.PUSH)
    _set(socket, options)
    socket.bind(address)
    return socket


def _socket(resources: ExitStack, kind: int, options: Options) -> Socket:
    context: zmq.Context[Socket] = zmq.Context()
    resources.callback(context.term)
    socket: Socket = context.socket(kind)
    resources.callback(socket.close, 0)
    _set(socket, options)
    return socket


def _set(socket: Socket, options: Options) -> None:
    socket.setsockopt(zmq.LINGER, 0)
    for option, value in options.items():
        socket.setsockopt(option, value)


def _tcp(host: str, port: int) -> str:
    return f"tcp://{f'[{host}]' if ':' in host else host}:{port}"
