"""Asks of everybody who connects whether the key is known, and shuts out whose key was removed.

libzmq puts the question once a connection, to a socket of a fixed name in the same context (ZAP),
and lets nobody in while no answer comes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Literal, NamedTuple

import zmq
from zmq.utils import z85

from lib.wire.keys import Allowed, Locked, viewers_files, workers_files
from lib.wire.sockets import Received, Socket, ZMQError, questions
from lib.wire.strangers import Strangers
from lib.wire.wake import Wake

log = logging.getLogger(__name__)

LOOK_S, AT_ONCE_S = 1.0, 0.1  # between two looks at the key files
VERSION = b"1.0"


class Hooks(NamedTuple):
    """Called on the guard's own thread."""

    let_in: Callable[[str, bytes], None]  # where, with which key
    refuse: Callable[[str, str], None]  # where, from which host
    shut_out: Callable[[frozenset[bytes]], None]  # keys that are known no longer


class Guard:
    """One for each context, running before anything in it binds."""

    def __init__(
        self,
        resources: ExitStack,
        context: zmq.Context[Socket],
        allowed: Allowed,
        hooks: Hooks,
    ) -> None:
        self._allowed, self._hooks = allowed, hooks
        self._questions = questions(resources, context)
        self._wake = Wake(resources)
        self._poller = zmq.Poller()
        self._poller.register(self._questions, zmq.POLLIN)
        self._poller.register(self._wake.fd, zmq.POLLIN)
        self._looked_s = 0.0
        self._quit = False
        self._thread = threading.Thread(target=self._run, name="guard", daemon=True)
        self._thread.start()
        resources.callback(self._close)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _close(self) -> None:
        self._quit = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._quit:
            self._poller.poll(int(LOOK_S * 1000))
            while self._questions.poll(0):
                self._answer(self._questions.recv_multipart())
            self._look(LOOK_S)

    def _look(self, pause_s: float) -> None:
        if time.monotonic() - self._looked_s < pause_s:
            return
        self._looked_s = time.monotonic()
        gone = self._allowed.refresh()
        if gone:
            self._hooks.shut_out(gone)

    def _answer(self, question: list[bytes]) -> None:
        _, number, where, host, _, mechanism, *credentials = question
        key = z85.encode(credentials[0]) if mechanism == b"CURVE" and credentials else b""
        place = where.decode("ascii", "replace")
        if key not in self._allowed.keys:
            self._look(AT_ONCE_S)  # it may have been added just now
        if key in self._allowed.keys:
            self._hooks.let_in(place, key)
            # The key comes with each message as its sender's name.
            self._questions.send_multipart([VERSION, number, b"200", b"OK", key, b""])
        else:
            # First who, then no: it is gone as soon as libzmq has heard it.
            self._hooks.refuse(place, host.decode("ascii", "replace"))
            self._questions.send_multipart([VERSION, number, b"400", b"unknown key", b"", b""])


class Gate:
    """One port that asks for keys. `sockets` opens it; its owner asks who is still let in."""

    def __init__(self, keys: Locked, whose: Literal["result", "viewer"], allowed: Allowed) -> None:
        self.secret, self.whose = keys.secret, whose
        self.strangers = Strangers()
        self._allowed = allowed
        self._shut_out = False

    def guard(self, resources: ExitStack, context: zmq.Context[Socket]) -> None:
        """Before the socket binds."""
        hooks = Hooks(lambda *_: None, self._refuse, self._on_shut_out)
        self._guard = Guard(resources, context, self._allowed, hooks)

    @property
    def alive(self) -> bool:
        return self._guard.alive

    def knows(self, message: Received) -> bool:
        """Whether its sender's key is still known."""
        try:
            return str(message.get("User-Id")).encode("ascii", "replace") in self._allowed.keys
        except ZMQError:
            return False

    def look(self) -> bool:
        """Of the feed, on its thread: whether somebody in there has to go."""
        shut_out, self._shut_out = self._shut_out, False
        return shut_out

    def keyless(self) -> None:
        """Somebody without any key was refused."""
        self.strangers.refuse(f"keyless {self.whose}", "")

    def _refuse(self, _: str, host: str) -> None:
        self.strangers.refuse(f"unknown {self.whose}", host)

    def _on_shut_out(self, _: frozenset[bytes]) -> None:
        self._shut_out = True


def results_gate(keys: Locked | None) -> Gate | None:
    return Gate(keys, "result", known_workers(keys)) if keys else None


def feed_gate(keys: Locked | None) -> Gate | None:
    if keys is None:
        return None
    return Gate(keys, "viewer", Allowed(lambda: viewers_files(keys.folder)))


def known_workers(keys: Locked) -> Allowed:
    return Allowed(lambda: workers_files(keys.folder))
