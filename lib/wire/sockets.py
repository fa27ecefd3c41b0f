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
from typing import TYPE_CHECKING, TypeAlias

import zmq

from lib.wire.keys import Key
from lib.wire.messages import MAX_MESSAGE, MAX_PICTURE, MAX_RESULT

if TYPE_CHECKING:
    from lib.wire.guard import Gate
    from lib.wire.usher import Usher

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
# The same for what strangers may fill: libzmq 4.3.5 ends the whole process where heartbeats meet a
# connection that breaks while its queue is full.
KEEPALIVE: Options = {
    zmq.TCP_KEEPALIVE: 1,
    zmq.TCP_KEEPALIVE_IDLE: 2,
    zmq.TCP_KEEPALIVE_INTVL: 1,
    zmq.TCP_KEEPALIVE_CNT: 3,
    zmq.TCP_MAXRT: 10_000,
}


def jobs_in(resources: ExitStack, host: str, port: int, key: Key | None = None) -> Socket:
    """A worker's end of 5555; receiving gives up after a quarter of a second."""
    limits: Options = {zmq.RCVHWM: 2, zmq.MAXMSGSIZE: MAX_MESSAGE, zmq.RCVTIMEO: 250}
    socket = _socket(resources, zmq.PULL, {**HEARTBEAT, **limits})
    _unlock(socket, key)
    socket.connect(_tcp(host, port))
    return socket


def results_out(resources: ExitStack, host: str, port: int, key: Key | None = None) -> Socket:
    """A worker's end of 5558."""
    socket = _socket(resources, zmq.PUSH, {**HEARTBEAT, zmq.SNDHWM: 32})
    _unlock(socket, key)
    socket.connect(_tcp(host, port))
    return socket


def results_in(
    resources: ExitStack,
    address: str,
    port: int,
    gate: Gate | None = None,
    longest: int = MAX_RESULT,
) -> Socket:
    """The primary's end of 5558 for who has a key, and for a trial."""
    socket = _socket(
        resources,
        zmq.PULL,
        {
            zmq.RCVHWM: 64,
            zmq.MAXMSGSIZE: longest,
            **KEEPALIVE,
            zmq.HANDSHAKE_IVL: 1500,
        },
        gate,
    )
    socket.bind(_tcp(address, port))
    return socket


def feed_out(
    resources: ExitStack,
    address: str,
    port: int,
    fps: float = 30,
    usher: Usher | None = None,
) -> Socket:
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
            zmq.RCVBUF: 4096,  # a viewer says little, and who says much is slowed down
            zmq.MAXMSGSIZE: 1024,  # subscriptions are all that may come in
            zmq.HANDSHAKE_IVL: 1500,
            **KEEPALIVE,
        },
        usher.gate if usher else None,
    )
    if usher:
        usher.watch(resources, socket)
    socket.bind(_tcp(address, port))
    return socket


def feed_in(
    resources: ExitStack, host: str, port: int, key: Key | None = None, latest_only: bool = True
) -> Socket:
    """A viewer of a feed; `latest_only` keeps nothing but the newest frame."""
    kept: Options = {zmq.CONFLATE: 1} if latest_only else {zmq.RCVHWM: 8}
    return _sub(resources, _tcp(host, port), {**kept, zmq.MAXMSGSIZE: MAX_PICTURE}, key)


def foreign_in(resources: ExitStack, host: str, port: int, longest: int) -> Socket:
    """Frames that somebody else publishes. Not CONFLATE: a message of two parts would end libzmq
    4.3.5, and this process with it."""
    return _sub(resources, _tcp(host, port), {zmq.RCVHWM: 64, zmq.MAXMSGSIZE: longest})


def newest_of(socket: Socket, most: int = 200) -> list[bytes]:
    """The parts of the last message that lies there; Again if none does."""
    parts = socket.recv_multipart(zmq.NOBLOCK)
    for _ in range(most):
        if not socket.poll(0):
            break
        parts = socket.recv_multipart(zmq.NOBLOCK)
    return parts


def _sub(resources: ExitStack, endpoint: str, options: Options, key: Key | None = None) -> Socket:
    socket = _socket(resources, zmq.SUB, {**HEARTBEAT, **options})
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    _unlock(socket, key)
    socket.connect(endpoint)
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


def private_push(
    context: zmq.Context[Socket],
    address: str,
    options: Options,
    lock: tuple[bytes, str],
) -> Socket:
    """`lock`: the secret key, and the name under which the guard is asked about this socket."""
    socket: Socket = context.socket(zmq.PUSH)
    _set(socket, options)
    _lock(socket, *lock)
    socket.bind(address)
    return socket


def questions(resources: ExitStack, context: zmq.Context[Socket]) -> Socket:
    """Where libzmq asks whether a key is known to those of this context."""
    socket: Socket = context.socket(zmq.REP)
    resources.callback(socket.close, 0)
    socket.setsockopt(zmq.LINGER, 0)
    socket.bind("inproc://zeromq.zap.01")
    return socket


def events_of(resources: ExitStack, socket: Socket, events: int) -> Socket:
    """What happens to a socket's connections, as libzmq tells it; closed before the socket is."""
    found: Socket = socket.get_monitor_socket(events)
    resources.callback(found.close, 0)
    resources.callback(socket.disable_monitor)
    return found


def _socket(resources: ExitStack, kind: int, options: Options, gate: Gate | None = None) -> Socket:
    context: zmq.Context[Socket] = zmq.Context()
    resources.callback(context.term)
    if gate:
        gate.guard(resources, context)
    socket: Socket = context.socket(kind)
    resources.callback(socket.close, 0)
    _set(socket, options)
    if gate:
        _lock(socket, gate.secret, gate.whose)
    return socket


def _lock(socket: Socket, secret: bytes, name: str) -> None:
    """Only who has a key that the guard knows comes in; nobody at all without a guard."""
    socket.setsockopt(zmq.CURVE_SERVER, 1)
    socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
    socket.setsockopt(zmq.ZAP_DOMAIN, name.encode())
    socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)


def _unlock(socket: Socket, key: Key | None) -> None:
    if key:
        socket.setsockopt(zmq.CURVE_PUBLICKEY, key.public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, key.secret)
        socket.setsockopt(zmq.CURVE_SERVERKEY, key.server)


def _set(socket: Socket, options: Options) -> None:
    socket.setsockopt(zmq.LINGER, 0)
    for option, value in options.items():
        socket.setsockopt(option, value)


def _tcp(host: str, port: int) -> str:
    return f"tcp://{f'[{host}]' if ':' in host else host}:{port}"
