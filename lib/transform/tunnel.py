"""A worker's two connections through the tunnel: ZMTP over WebSockets, without libzmq.

It dials out and listens nowhere. What keeps it from the primary is said once in each outage, and
its tries follow each other ever more slowly.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from lib.core.plain import printable
from lib.core.waits import GrowingWait
from lib.http_client.service_url import ServiceError
from lib.transform.stills.service_link import ServiceAddress
from lib.wire.keys import Key, connecting_peer
from lib.wire.messages import MAX_MESSAGE, MAX_RESULT
from lib.wire.sockets import Again
from lib.zmtp.commands import SocketType
from lib.zmtp.errors import ProtocolError, Reason
from lib.zmtp.framing import Message
from lib.zmtp.peer import Peer

if TYPE_CHECKING:  # httpcore is loaded by the workers that use it
    from lib.http_client.websocket import WebSocketLine

log = logging.getLogger(__name__)

RECEIVE_S = 0.25  # a wait for a job
MOST_PAUSE_S = 0.05  # while there is no connection
HANDSHAKE_S = 4.0
MOST_FRAMES = 1024
BEAT_S = 1.0  # between two questions to a primary that says nothing by itself
SILENT_S = 3.0  # of a primary, which beats more often
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 8.0  # between two tries
OUTAGE_WAIT_S = 3.0  # the longest while nobody refuses us: it may be over at any moment
LASTED_S = 10.0  # a connection that did so was a good one: the next try need not wait
LONGEST_DETAIL = 200

KEY_WORDS = {
    Reason.HAS_KEY: "wants keys: set KEYS to a folder with this worker's key",
    Reason.NO_KEY: "has no keys, and KEYS is set here: set it on both or on neither",
    Reason.ERROR: "does not know this worker's key: automation/make-keys.sh --worker NAME makes "
    "one there",
    Reason.BAD_HANDSHAKE: "is not the primary host that primary.key is from: copy it again",
}
SHUT_OUT = "hangs up on this worker: is its primary.key from there, and is there room for one more"


PATHS = {SocketType.PULL: "/tunnel/jobs", SocketType.PUSH: "/tunnel/results"}


class RefusedWorkerError(ServiceError):
    """The primary answers, and will not have us: a person has to change something."""


class Outage:
    """What both connections say of one outage; each sentence is said once. Any thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._said: set[str] = set()
        self._up: set[SocketType] = set()
        self._lock = threading.Lock()

    def has(self, kind: SocketType) -> bool:
        return kind in self._up

    def warn(self, sentence: str) -> None:
        with self._lock:
            is_new = sentence not in self._said
            self._said.add(sentence)
        if is_new:
            log.warning("%s; tried again until it works", sentence)

    def is_up(self, kind: SocketType) -> None:
        with self._lock:
            self._up.add(kind)
            if len(self._up) == len(PATHS):
                self._said.clear()
                log.info("connected to %s as a worker, through its tunnel", self._name)

    def is_down(self, kind: SocketType) -> None:
        with self._lock:
            if len(self._up) == len(PATHS):
                log.info("the tunnel to %s is cut", self._name)
            self._up.discard(kind)


class Tunnel:
    """Where it is, for both connections."""

    def __init__(self, address: ServiceAddress, key: Key | None) -> None:
        self.address, self.key = address, key
        self.outage = Outage(address.where.name)
        if not address.where.secure and not address.where.is_near:
            log.warning(
                "the token travels to %s without encryption: anybody on the way can read it, so "
                "make SERVER an https:// address",
                address.where.name,
            )


class TunnelledSocket:
    """Used by one thread, as a ReconnectingSocket is; only `abort` may be called by others."""

    def __init__(
        self,
        resources: ExitStack,
        tunnel: Tunnel,
        kind: SocketType,
        on_try: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_try` is called from another thread when there is something to `check` after a try."""
        self._tunnel, self._kind, self._on_try = tunnel, kind, on_try
        self._name, self._outage = tunnel.address.where.name, tunnel.outage
        self._open: _Open | None = None
        self._dial: _Dial | None = None
        self._wait = GrowingWait(FIRST_WAIT_S, LONGEST_WAIT_S)
        self._next_s = 0.0  # when to try again
        self._since_s = self._heard_s = self._asked_s = 0.0
        self._is_over = False
        resources.callback(self._close)

    def recv(self) -> Message:
        """The next job; Again where none came for a quarter of a second."""
        until_s = time.monotonic() + RECEIVE_S
        while (left_s := until_s - time.monotonic()) > 0:
            if self._open is not None and self._open.messages:
                return self._open.messages.popleft()
            self._go_on(left_s)
        raise Again

    def send(self, message: Message) -> None:
        """Return when it is on its way; Again where it cannot be sent, and is of no use later."""
        self._go_on(0)
        if self._open is None:
            raise Again
        try:
            self._open.send(message)
        except ServiceError as error:
            self._lose(error)
            raise Again from None

    def check(self) -> None:
        """A few times a second while there is nothing to send or to wait for."""
        self._go_on(0)

    def abort(self) -> None:
        """End what it waits for, for good."""
        self._is_over = True
        there = self._open
        if there is not None:
            there.line.abort()

    def _go_on(self, within_s: float) -> None:
        if self._open is None:
            self._try(within_s)
            return
        try:
            if self._open.hear(within_s):
                self._heard_s = time.monotonic()
            now_s = time.monotonic()
            if now_s - self._heard_s > SILENT_S:
                raise ServiceError(f"{self._name} has fallen silent")
            if self._kind is SocketType.PUSH and now_s - self._asked_s > BEAT_S:
                self._asked_s = now_s
                self._open.peer.ping()
            self._open.say()
        except (ServiceError, ProtocolError) as error:
            self._lose(error)

    def _try(self, within_s: float) -> None:
        now_s = time.monotonic()
        # Jobs come at once, and without the other connection their results would be lost.
        may_begin = self._kind is SocketType.PUSH or self._outage.has(SocketType.PUSH)
        if self._dial is None and now_s >= self._next_s and may_begin and not self._is_over:
            self._dial = _Dial(self._tunnel, self._kind, self._on_try)
        if self._dial is None:
            time.sleep(min(within_s, MOST_PAUSE_S))
        elif self._dial.is_done(within_s):
            dial, self._dial = self._dial, None
            self._open = dial.open
            if dial.open is None:
                self._lose(dial.trouble or ServiceError(f"{self._name} cannot be reached"))
            else:
                self._since_s = self._heard_s = self._asked_s = time.monotonic()
                self._outage.is_up(self._kind)

    def _lose(self, why: Exception) -> None:
        """What is here of it is of no use any more, and neither is half a message."""
        now_s = time.monotonic()
        if self._open is not None:
            self._open.line.close()
            self._open = None
            self._outage.is_down(self._kind)
            if now_s - self._since_s > LASTED_S:
                self._wait.reset()
        most_s = LONGEST_WAIT_S if isinstance(why, RefusedWorkerError) else OUTAGE_WAIT_S
        self._next_s = now_s + min(most_s, self._wait.next_s())
        if not self._is_over:
            self._outage.warn(str(why))

    def _close(self) -> None:
        self._is_over = True
        if self._dial is not None:
            self._dial.give_up()
        if self._open is not None:
            self._open.line.close()


class _Open:
    """A WebSocket, and the primary at its other end."""

    def __init__(self, line: WebSocketLine, peer: Peer) -> None:
        self.line, self.peer = line, peer
        self.messages: deque[Message] = deque()

    def hear(self, within_s: float) -> bool:
        """Whether anything came."""
        octets = self.line.recv(within_s)
        rest = memoryview(octets)
        while rest:
            messages, taken = self.peer.receive(rest, MOST_FRAMES)
            self.messages.extend(messages)
            rest = rest[taken:]
        return bool(octets)

    def say(self) -> None:
        if self.peer.outgoing:
            said = bytes(self.peer.outgoing)
            self.peer.outgoing.clear()
            self.line.send(said)

    def send(self, message: Message) -> None:
        self.line.send(b"".join(self.peer.encode(message)))

    def shake_hands(self, name: str) -> None:
        until_s = time.monotonic() + HANDSHAKE_S
        try:
            while not self.peer.is_ready:
                self.say()
                self.hear(max(0.001, until_s - time.monotonic()))
                if time.monotonic() > until_s:
                    raise ServiceError(f"{name} did not answer in time")
            self.say()
        except ProtocolError as error:
            raise RefusedWorkerError(f"{name} {KEY_WORDS.get(error.reason, error)}") from None
        self.peer.is_proven = True


class _Dial:
    """One try to open it, on a thread of its own: a name may take long to be looked up."""

    def __init__(self, tunnel: Tunnel, kind: SocketType, on_done: Callable[[], None]) -> None:
        self.open: _Open | None = None
        self.trouble: ServiceError | None = None
        self._tunnel, self._kind, self._on_done = tunnel, kind, on_done
        self._done = threading.Event()
        self._lock, self._given_up = threading.Lock(), False
        threading.Thread(target=self._run, name="tunnel", daemon=True).start()

    def is_done(self, within_s: float) -> bool:
        return self._done.wait(within_s)

    def give_up(self) -> None:
        """What comes of it is closed, now or when it comes."""
        with self._lock:
            self._given_up = True
            if self.open is not None:
                self.open.line.close()

    def _run(self) -> None:
        try:
            opened = self._opened()
        except ServiceError as error:
            self.trouble = error
        else:
            with self._lock:
                if self._given_up:
                    opened.line.close()
                else:
                    self.open = opened
        self._done.set()
        self._on_done()

    def _opened(self) -> _Open:
        from lib.http_client.websocket import (  # noqa: PLC0415 - httpcore, see there
            NotOpenedError,
            WebSocketAddress,
            WebSocketLine,
        )

        address, kind = self._tunnel.address, self._kind
        headers = {"User-Agent": "afterimage-worker"}
        if address.token:
            headers["Authorization"] = f"Bearer {address.token}"
        where, name = address.where, address.where.name
        try:
            line = WebSocketLine(WebSocketAddress(where, PATHS[kind], headers, address.proxy))
        except NotOpenedError as error:
            kind_of_error = RefusedWorkerError if 400 <= error.status < 500 else ServiceError
            raise kind_of_error(_refused(name, error.status, error.body, str(error))) from None
        longest = MAX_MESSAGE if kind is SocketType.PULL else MAX_RESULT
        opened = _Open(line, connecting_peer(kind, self._tunnel.key, longest))
        try:
            opened.shake_hands(name)
        except ServiceError as error:
            line.close()
            if "hung up" in str(error) or "ended" in str(error):
                raise RefusedWorkerError(f"{name} {SHUT_OUT}") from None
            raise
        return opened


def _refused(name: str, status: int, body: bytes, why: str) -> str:
    """In one sentence, with what the service itself has to say."""
    if status == 401:
        return f"{name} asks for the right WORKER_TOKEN (401)"
    if status == 400 and b"HTTPS" in body.upper():  # as web servers and proxies answer it
        return f"{name} speaks TLS there: begin SERVER with https:// (400)"
    if status == 404:
        return f"{name} has no tunnel: is it older, or does a proxy not hand on /tunnel/ (404)"
    with suppress(ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return f"{name}: {printable(json.loads(body)['detail'])[:LONGEST_DETAIL]} ({status})"
    return why
