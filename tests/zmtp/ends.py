"""Two ends of a connection: both ours and in memory, or ours on a socket and libzmq's."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

import zmq
from nacl import bindings as sodium
from zmq.utils import z85

from lib.zmtp.commands import SocketType
from lib.zmtp.curve import ClientKeys, CurveClient, CurveServer, ServerKeys
from lib.zmtp.mechanism import Mechanism, Null
from lib.zmtp.peer import Peer

LONGEST = 4 * 1024 * 1024


class Pair(NamedTuple):
    public: bytes
    secret: bytes


SERVER, CLIENT, OTHER = (Pair(*sodium.crypto_box_keypair()) for _ in range(3))


def server_keys(allowed: bytes | None = CLIENT.public) -> ServerKeys:
    return ServerKeys(SERVER.public, SERVER.secret, lambda key: key == allowed)


def client_keys(own: Pair = CLIENT, server: bytes = SERVER.public) -> ClientKeys:
    return ClientKeys(own.public, own.secret, server)


def server(kind: SocketType, keys: ServerKeys | None, longest: int = LONGEST) -> Peer:
    return Peer(CurveServer(kind, keys) if keys else Null(kind), longest)


def client(kind: SocketType, keys: ClientKeys | None, longest: int = LONGEST) -> Peer:
    return Peer(CurveClient(kind, keys) if keys else Null(kind), longest)


def mechanism_of(peer: Peer) -> Mechanism:
    return peer._mechanism


def pass_on(source: Peer, sink: Peer) -> list[bytes]:
    """All that one end has to say, to the other."""
    said = bytes(source.outgoing)
    source.outgoing.clear()
    return say(sink, said)


def say(peer: Peer, said: bytes, pieces: int = 10**9, most: int = 10**6) -> list[bytes]:
    """In pieces, and at most so many messages at a time."""
    messages: list[bytes] = []
    for at in range(0, len(said), pieces):
        rest = memoryview(said[at : at + pieces])
        while rest:
            more, taken = peer.receive(rest, most)
            messages += map(bytes, more)
            rest = rest[taken:]
    return messages


def shake_hands(one: Peer, other: Peer) -> None:
    for _ in range(8):
        pass_on(one, other)
        pass_on(other, one)


def frame(peer: Peer, message: bytes) -> bytes:
    return b"".join(peer.encode(message))


class Line:
    """A peer of ours at the end of a real connection."""

    def __init__(self, connection: socket.socket, peer: Peer) -> None:
        self.socket, self.peer = connection, peer
        connection.settimeout(0.005)
        self.messages: list[bytes] = []
        self.heard = 0  # octets
        self.is_open = True

    def send(self, message: bytes) -> None:
        self.look()
        self.socket.settimeout(3)
        self.socket.sendall(b"".join(self.peer.encode(message)))
        self.socket.settimeout(0.005)

    def look(self) -> bool:
        """ProtocolError goes through, once what we have to say of it is said."""
        try:
            if self.peer.outgoing:
                self.socket.sendall(self.peer.outgoing)
                self.peer.outgoing.clear()
            data = self.socket.recv(1 << 20)
        except TimeoutError:
            return self.is_open
        except OSError:
            data = b""
        self.is_open = bool(data)
        self.heard += len(data)
        try:
            more, _ = self.peer.receive(memoryview(data), 10**6)
            self.messages += map(bytes, more)
        finally:
            if self.peer.outgoing and self.is_open:
                self.socket.sendall(self.peer.outgoing)
                self.peer.outgoing.clear()
        return self.is_open


class Bench:
    """Makes both ends."""

    def __init__(self, resources: ExitStack) -> None:
        self.resources = resources
        self.context = zmq.Context()
        resources.callback(self.context.term)
        self.listener = resources.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.listener.settimeout(3)
        self.port: int = self.listener.getsockname()[1]

    def zmq_socket(self, kind: int, **options: object) -> zmq.Socket[bytes]:
        made = self.context.socket(kind)
        self.resources.callback(made.close, 0)
        for name, value in options.items():
            setattr(made, name, value)
        return made

    def accept(self, peer: Peer) -> Line:
        connection, _ = self.listener.accept()
        return Line(self.resources.enter_context(connection), peer)

    def connect(self, port: int, peer: Peer) -> Line:
        connection = socket.create_connection(("127.0.0.1", port), timeout=3)
        return Line(self.resources.enter_context(connection), peer)


def as_client(keys: ClientKeys | None) -> dict[str, bytes]:
    """libzmq's options for these keys."""
    if keys is None:
        return {}
    return {
        "curve_publickey": z85.encode(keys.public),
        "curve_secretkey": z85.encode(keys.secret),
        "curve_serverkey": z85.encode(keys.server),
    }


def as_server(keys: ServerKeys | None) -> dict[str, object]:
    if keys is None:
        return {}
    return {"curve_server": True, "curve_secretkey": z85.encode(keys.secret)}


def until(is_so: Callable[[], object], wait_s: float = 20) -> bool:
    end_s = time.monotonic() + wait_s
    while not is_so():
        if time.monotonic() > end_s:
            return False
    return True


def events(monitor: zmq.Socket[bytes]) -> Iterator[int]:
    while monitor.poll(0):
        event, _ = monitor.recv_multipart()
        yield int.from_bytes(event[:2], "little")
