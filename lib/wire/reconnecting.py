"""A connection to a primary host that says why it does not come about, and tries again.

After some refusals libzmq tries no more, and never says so: then the socket is made anew.
"""

from __future__ import annotations

import logging
import socket
import time
from contextlib import ExitStack, suppress
from typing import Literal, Protocol

import zmq
from zmq.utils.monitor import parse_monitor_message

from lib.wire.keys import Key
from lib.wire.sockets import Socket, events_of
from lib.zmtp.greeting import CURVE, MECHANISM_ENDS, NULL, OPENING, mechanism_in, rest_of_greeting

log = logging.getLogger(__name__)

AGAIN_S = 2.0  # after a refusal
# A primary that lost power says no goodbye: after so long a silence the socket is made anew.
SILENCE_S = 10.0
SAY_AGAIN_S = 600.0
HUNG_UP = 3  # times in a row before it is asked why

EVENTS = (
    zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


class Connect(Protocol):
    """One of those in `lib/wire/sockets.py` that connect to a primary host."""

    def __call__(
        self, resources: ExitStack, host: str, port: int, key: Key | None = None, /
    ) -> Socket: ...


class ReconnectingSocket:
    """Used by one thread. `socket` is another one after `check` or `reconnect`."""

    def __init__(
        self,
        resources: ExitStack,
        where: tuple[str, int],
        key: Key | None,
        who: Literal["worker", "viewer"],
        connect: Connect,
    ) -> None:
        self._where, self._key, self._who, self._connect = where, key, who, connect
        self.trouble = ""  # in plain words
        self._said_s = 0.0
        self._hung_up = 0
        self._again_s: float | None = None  # libzmq has given up: when to make the socket anew
        self._resources = resources.enter_context(ExitStack())
        self.reconnect()

    def reconnect(self) -> None:
        """With a socket of its own, from the start."""
        self._resources.close()
        self._again_s = None
        self._heard_s = time.monotonic()
        self.socket = self._connect(self._resources, *self._where, self._key)
        self._hears = self.socket.type in (zmq.PULL, zmq.SUB)
        self._events = events_of(self._resources, self.socket, EVENTS)

    def recv(self) -> bytes:
        message = self.socket.recv()
        self._heard_s = time.monotonic()
        return message

    def check(self) -> None:
        """While nothing comes, a few times a second."""
        while self._events.poll(0):
            event = parse_monitor_message(self._events.recv_multipart())
            self._hear(int(event["event"]), int(event["value"]))
        now_s = time.monotonic()
        silent = self._hears and now_s - self._heard_s > SILENCE_S
        if silent or (self._again_s is not None and now_s >= self._again_s):
            self.reconnect()

    def _hear(self, event: int, value: int) -> None:
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            if self.trouble:
                log.info("%s:%d lets this %s in", *self._where, self._who)
            self.trouble, self._said_s, self._hung_up = "", 0.0, 0
        elif event == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            self._hung_up += 1
            if self.trouble or self._hung_up >= HUNG_UP:
                self._hung_up = 0
                self._judge(ask_mechanism(*self._where, own=CURVE if self._key else NULL))
        else:
            self._rest()
            if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                self._say(f"does not know this {self._who}'s key: {self._unknown()}")
            elif value == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
                self._judge(NULL if self._key else CURVE)

    def _judge(self, mechanism: bytes | None) -> None:
        """By what the other side speaks; nothing is said where that is not known."""
        if mechanism == CURVE and self._key is None:
            self._say(f"wants keys: set KEYS to a folder with this {self._who}'s key")
        elif mechanism == NULL and self._key:
            self._say("has no keys, and KEYS is set here: set it on both or on neither")
        elif mechanism == CURVE:
            self._say("is not the primary host that primary.key is from: copy primary.key again")

    def _unknown(self) -> str:
        if self._who == "viewer":
            return "copy viewer.key_secret again from there"
        return "automation/make-keys.sh --worker NAME makes one there"

    def _rest(self) -> None:
        """libzmq would never try again, or ten times a second."""
        if self._again_s is None:
            self._again_s = time.monotonic() + AGAIN_S
            with suppress(zmq.ZMQError):
                self.socket.disconnect(self.socket.get_string(zmq.LAST_ENDPOINT))

    def _say(self, sentence: str) -> None:
        self._rest()
        host, port = self._where
        trouble, now_s = f"{host}:{port} {sentence}", time.monotonic()
        if trouble != self.trouble or now_s >= self._said_s + SAY_AGAIN_S:
            self.trouble, self._said_s = trouble, now_s
            log.warning("%s", trouble)


def ask_mechanism(host: str, port: int, own: bytes, wait_s: float = 0.5) -> bytes | None:
    """What is spoken there, with keys or without; None when nothing listens or it says nothing.
    libzmq itself tells its user only that the other side hung up.

    It is told what we are in the end, so that it can tell its own people who was there.
    """
    end_s = time.monotonic() + wait_s
    heard = b""
    try:
        with socket.create_connection((host, port), timeout=wait_s) as line:
            line.sendall(OPENING)  # it goes on when it knows our version
            while len(heard) < MECHANISM_ENDS and (left_s := end_s - time.monotonic()) > 0:
                line.settimeout(left_s)
                more = line.recv(MECHANISM_ENDS - len(heard))
                if not more:
                    return None
                heard += more
            line.sendall(rest_of_greeting(own, as_server=False))
    except (OSError, UnicodeError):
        return None
    return mechanism_in(heard) if len(heard) == MECHANISM_ENDS else None
