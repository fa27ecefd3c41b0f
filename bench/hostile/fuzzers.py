"""Attackers whose messages are nearly right, in batches: the same ones for the same seed."""

from __future__ import annotations

import socket
import threading
import time
from abc import abstractmethod
from collections import deque
from contextlib import suppress

import msgpack
import zmq

from bench.hostile import mutate
from bench.hostile.attackers import HELLO, UPGRADE, Attacker, ready, socket_of
from bench.hostile.mutate import Mutator
from bench.pictures import flat
from bench.ports import LOCAL
from lib.zmtp.commands import SocketType
from lib.zmtp.framing import frame_head

COMMANDS = (
    b"\4\x0a\4PING\0\0abc",
    b"\4\7\4PING\0\0",
    b"\4\x08\4PONGabc",
    b"\6" + bytes(7) + b"\5\4PONG",
)
AT_A_TIME = 24  # connections that are left to end by themselves


def framed(message: bytes) -> bytes:
    return frame_head(len(message)) + message


class Fuzzer(Attacker):
    batch: int  # messages
    door = ""  # of a show, by the name of its port

    def mutator(self, number: int) -> Mutator:
        return Mutator(self._seed, self.name, number)


class _Tcp(Fuzzer):
    """A connection for each batch."""

    def open(self) -> None:
        self._open: deque[socket.socket] = deque()
        self._resources.callback(lambda: [one.close() for one in self._open])

    def _talk(self, hello: bytes, wait_for: bytes, words: bytes) -> None:
        """What was said is left there to be read: closed at once, it would be thrown away."""
        try:
            one = socket.create_connection((LOCAL, self._port), timeout=1)
        except OSError:
            return
        self._open.append(one)
        with suppress(OSError):
            one.sendall(hello)
            heard = b""
            while wait_for and wait_for not in heard and (more := one.recv(4096)):
                heard += more
            one.sendall(words)
            one.shutdown(socket.SHUT_WR)
        while len(self._open) > AT_A_TIME:
            self._end(self._open.popleft())

    def _end(self, one: socket.socket) -> None:
        """When the other side has heard all, or after a quarter of a second."""
        end_s = time.monotonic() + 0.25
        with suppress(OSError):
            one.settimeout(0.1)
            while time.monotonic() < end_s and one.recv(65536):
                pass
        one.close()


class _Zmtp(_Tcp):
    """Most batches greet as they should; one in ten not even that."""

    kind: SocketType

    @abstractmethod
    def _words(self, mutator: Mutator) -> list[bytes]: ...

    def step(self, number: int) -> int:
        mutator = self.mutator(number)
        hello, words = HELLO + ready(self.kind), self._words(mutator)
        if mutator.dice.random() < 0.1:
            self._talk(b"", b"", mutator.some([hello]) + b"".join(words[:5]))
            return 1
        self._talk(hello, b"READY", b"".join(words))
        return len(words)


class Jobs(_Zmtp):
    """5555, as a worker: heartbeats, and one thing in a hundred and fifty that no worker says."""

    name, door, batch, kind = "jobs 5555", "job_port", 160, SocketType.PULL

    def _words(self, mutator: Mutator) -> list[bytes]:
        dice = mutator.dice
        wild = (*COMMANDS, b"\0\3\1ab", b"\4\x0a\x09SUBSCRIBE", ready(SocketType.PUSH))
        return [
            mutator.some(wild)[:60] if dice.random() < 1 / 150 else dice.choice(COMMANDS)
            for _ in range(self.batch)
        ]


class Results(_Zmtp):
    """5558, as a worker that brings rubbish, as much as it may at a time."""

    name, door, batch, kind = "results 5558", "result_port", 60, SocketType.PUSH
    _samples = mutate.results()

    def _words(self, mutator: Mutator) -> list[bytes]:
        words = [framed(mutator.some(self._samples)) for _ in range(self.batch)]
        if mutator.dice.random() < 0.1:
            words.append(mutator.some([words[-1]]))  # its head is wrong
        return words


class Feed(_Zmtp):
    """5557, as a viewer with odd subscriptions."""

    name, door, batch, kind = "feed 5557", "output_port", 200, SocketType.SUB

    def _words(self, mutator: Mutator) -> list[bytes]:
        dice = mutator.dice
        sane = [
            framed(bytes([dice.randrange(2)]) + dice.randbytes(dice.randrange(30)))
            for _ in range(self.batch - 1)
        ]
        wild = (*COMMANDS, b"\0\3\1ab", b"\4\x0b\x09SUBSCRIBEa", b"\1\1\1", framed(bytes(900)))
        return [*sane, mutator.some(wild)]


class Http(_Tcp):
    """5556, requests one behind the other; the first that is none ends it."""

    name, door, batch = "HTTP 5556", "settings_port", 20
    _samples = mutate.requests()

    def step(self, number: int) -> int:
        mutator = self.mutator(number)
        dice = mutator.dice
        sane = [dice.choice(self._samples) for _ in range(dice.randrange(self.batch))]
        self._talk(b"", b"", b"".join([*sane, mutator.some(self._samples)]))
        return len(sane) + 1


class Live(_Tcp):
    """/live, as sixteen pages, each as fast as it is heard."""

    name, door, batch = "live 5556", "settings_port", 100
    _samples = mutate.page_messages()

    def open(self) -> None:
        super().open()
        self._pages: deque[socket.socket] = deque()
        self._unsent: dict[socket.socket, bytes] = {}

    def step(self, number: int) -> int:
        while len(self._pages) < 16:
            self._connect()
        page = self._pages[0]
        self._pages.rotate()
        with suppress(BlockingIOError, ConnectionError):
            while page.recv(1 << 20):
                pass
        words, count = self._unsent.pop(page, b""), 0
        if not words:
            mutator, count = self.mutator(number), self.batch
            words = b"".join(_masked(mutator, mutator.some(self._samples)) for _ in range(count))
        try:
            self._unsent[page] = words[page.send(words) :]
        except BlockingIOError:
            self._unsent[page] = words
            time.sleep(0.002)
        except OSError:
            self._pages.remove(page)
            page.close()
        return count

    def _connect(self) -> None:
        one = socket.create_connection((LOCAL, self._port), timeout=5)
        self._open.append(one)
        one.sendall(UPGRADE)
        with suppress(OSError):
            one.recv(65536)
        one.setblocking(False)
        self._pages.append(one)


def _masked(mutator: Mutator, text: bytes) -> bytes:
    """A frame; one in two hundred is no frame that a browser would send."""
    if mutator.dice.random() < 1 / 200:
        return mutator.some([b"\x81\x85" + bytes(4) + b"hello", b"\x88\x80" + bytes(4)])
    size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + text


class Osc(Fuzzer):
    """8000, as fast as it is read."""

    name, door, batch = "OSC 8000", "osc_port", 200
    a_second = 6000
    _samples = mutate.packets()

    def open(self) -> None:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket = self._resources.enter_context(udp)
        self._next_s = time.monotonic()

    def step(self, number: int) -> int:
        mutator = self.mutator(number)
        for _ in range(self.batch):
            with suppress(OSError):
                self._socket.sendto(mutator.some(self._samples)[:60_000], (LOCAL, self._port))
        self._next_s = max(self._next_s + self.batch / self.a_second, time.monotonic() - 0.5)
        time.sleep(max(0.0, self._next_s - time.monotonic()))
        return self.batch


class Primary(Fuzzer):
    """A worker's side of 5555, with a primary that nobody wrote."""

    name, batch = "a worker's jobs", 500
    _samples = mutate.jobs()

    def open(self) -> None:
        self.push = socket_of(self._resources, "PUSH", self._port)

    def step(self, number: int) -> int:
        mutator = self.mutator(number)
        for _ in range(self.batch):
            self.push.send(mutator.some(self._samples))
        return self.batch


class GoodPictures(Attacker):
    """What a source should say."""

    name = "good pictures"

    def open(self) -> None:
        self.pub, self.lock = socket_of(self._resources, "PUB", self._port), threading.Lock()

    def step(self, number: int) -> int:
        with self.lock:
            good = [int(time.time() * 1000), number, flat(256)]
            self.pub.send(msgpack.packb(good), zmq.NOBLOCK)
        return 1


class Source(Fuzzer):
    """5554, where frames come from somewhere else. Good pictures come from the same address all the
    while, on another thread: what is lost is overwritten."""

    name, batch = "source 5554", 500
    _samples = mutate.pictures()

    def open(self) -> None:
        self.good = GoodPictures(self._resources, self._port)

    def step(self, number: int) -> int:
        mutator = self.mutator(number)
        with self.good.lock:
            for place in range(self.batch):
                one = mutator.some(self._samples)
                self.good.pub.send_multipart([one, one] if place % 50 == 0 else [one])
                if place % 25 == 0:
                    time.sleep(0.0005)  # it keeps the newest alone: some are to be looked at
        return self.batch


FUZZERS: tuple[type[Fuzzer], ...] = (Jobs, Results, Feed, Http, Live, Osc, Primary, Source)
