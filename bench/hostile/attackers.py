"""Those who attack a show, each through one of its ports: here with rubbish or with nothing at all,
in fuzzers.py with what is nearly right."""

from __future__ import annotations

import os
import random
import socket
from abc import ABC, abstractmethod
from contextlib import ExitStack, suppress

import msgpack
import zmq

from bench.background import Background
from bench.ports import LOCAL
from lib.zmtp.commands import READY, SocketType, metadata
from lib.zmtp.framing import command_frame
from lib.zmtp.greeting import NULL, OPENING, SIGNATURE, rest_of_greeting

HELLO = OPENING + rest_of_greeting(NULL, as_server=False)
UPGRADE = (
    b"GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

RUBBISH = (
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),  # TLS
    b"\xff" * 400,
    b"\x00" * 400,
    SIGNATURE + b"\x03\x00NULL" + b"\x00" * 600,  # ZMTP, at first
    os.urandom(5000),
)
NO_RESULTS = (
    b"",
    os.urandom(100),
    msgpack.packb({"index": 1}),
    msgpack.packb([1, 2]),
    msgpack.packb([None] * 100_000),
    msgpack.packb([1.5, 7, b"rubbish"]),
)
KEPT = 200  # connections that are held open at once


def ready(kind: SocketType) -> bytes:
    return command_frame(READY + metadata(kind))


class Attacker(ABC):
    """One port's; a seed says what it sends, where it sends by chance."""

    name: str

    def __init__(self, resources: ExitStack, port: int, seed: int = 1) -> None:
        self._resources, self._port, self._seed = resources, port, seed
        self.open()

    def open(self) -> None:  # noqa: B027 - some need nothing
        """What it needs before its first step; closed with the resources."""

    @abstractmethod
    def step(self, number: int) -> int:
        """One batch or turn of theirs; how many messages, or connections, it was."""


class Attacking(Background):
    """A step each time, beside what else is done."""

    def __init__(self, attacker: Attacker, every_s: float) -> None:
        super().__init__()
        self._attacker, self._every_s = attacker, every_s

    def run(self) -> None:
        number = 0
        while not self.quit.wait(self._every_s):
            with suppress(OSError):
                self._attacker.step(number)
            number += 1


def socket_of(resources: ExitStack, kind: str, port: int, bind: bool = True) -> zmq.Socket[bytes]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    resources.callback(context.term)
    one: zmq.Socket[bytes] = context.socket(getattr(zmq, kind))
    resources.callback(one.close, 0)
    one.setsockopt(zmq.SNDTIMEO, 5000)
    (one.bind if bind else one.connect)(f"tcp://{LOCAL}:{port}")
    return one


class Knocker(Attacker):
    """One connection after the other, each with rubbish of another kind, and held open."""

    name = "rubbish"

    def open(self) -> None:
        self._kept = self._resources.enter_context(ExitStack())

    def step(self, number: int) -> int:
        if number % KEPT == 0:
            self._kept.close()
        one = self._kept.enter_context(socket.create_connection((LOCAL, self._port), 1))
        one.sendall(RUBBISH[number % len(RUBBISH)])
        return 1


class WrongResults(Attacker):
    """Messages to the result port that are no results."""

    name = "wrong results"

    def open(self) -> None:
        self._push = socket_of(self._resources, "PUSH", self._port, bind=False)

    def step(self, number: int) -> int:
        with suppress(zmq.Again):
            self._push.send(NO_RESULTS[number % len(NO_RESULTS)], zmq.NOBLOCK)
        return 1


class Crowd(Attacker):
    """So many connections to one port, each made anew when it is ended; none says more than this:
    words at first, then a byte of the drip now and then; with words and no drip it never reads."""

    name = "a crowd"

    def __init__(
        self, resources: ExitStack, port: int, many: int, words: bytes = b"", drip: bytes = b""
    ) -> None:
        super().__init__(resources, port)
        self._many, self._words, self._drip = many, words, drip
        self._reads = bool(drip) or not words
        self._dice = random.Random(many)
        self._held: dict[socket.socket, int] = {}  # how many bytes of the drip were said
        resources.callback(lambda: [one.close() for one in self._held])

    def step(self, number: int) -> int:  # noqa: ARG002 - each is like the others
        for one in list(self._held):
            if not self._is_open(one):
                del self._held[one]
                one.close()
        made = 0
        while len(self._held) < self._many:
            try:
                one = socket.create_connection((LOCAL, self._port), timeout=0.5)
            except OSError:
                break
            made += 1
            self._held[one] = 0
            one.setblocking(False)
            with suppress(OSError):
                one.send(self._words)
        return made

    def _is_open(self, one: socket.socket) -> bool:
        try:
            if not one.recv(4096, 0 if self._reads else socket.MSG_PEEK):
                return False
        except BlockingIOError:
            pass
        except OSError:
            return False
        if self._drip and self._dice.random() < 0.3:
            at = self._held[one] % len(self._drip)
            self._held[one] += 1
            with suppress(OSError):
                one.send(self._drip[at : at + 1])
        return True
