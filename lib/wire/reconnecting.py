"""A connection to a primary host that says why it does not come about, and tries again.

After some refusals libzmq tries no more, and never says so: then the socket is made anew.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Literal, Protocol

import zmq
from zmq.utils.monitor import parse_monitor_message

from lib.wire.diagnosis import Diagnosis, ask_mechanism
from lib.wire.keys import Key
from lib.wire.sockets import Socket, events_of
from lib.zmtp.greeting import CURVE, NULL

log = logging.getLogger(__name__)

AGAIN_S = 2.0  # after a refusal
PATIENCE_S = 1.5  # without a connection, before it is tried by hand why
ASK_AGAIN_S = 5.0
# After a peer of another kind libzmq does not try again: then the socket is made anew. An idle
# connection stays as it is: heartbeats tell whether the primary is still there.
DOWN_S = 10.0
SAY_AGAIN_S = 600.0
HUNG_UP = 3  # times in a row before it is asked why

# How the port of each kind of socket is named in the settings.
SETTINGS: Mapping[object, str] = {
    zmq.PULL: "JOB_PORT",
    zmq.PUSH: "RESULT_PORT",
    zmq.SUB: "OUTPUT_PORT",
}
EVENTS = (
    zmq.EVENT_DISCONNECTED
    | zmq.EVENT_HANDSHAKE_SUCCEEDED
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
        self._down_s: float | None = time.monotonic()  # since when there is no connection
        self._up_s: float | None = None  # since when it is connected, until the first frame
        self._asked_s = -ASK_AGAIN_S
        self._diagnosis: Diagnosis | None = None
        self._found = ""  # what the latest one found, as it was said
        self._resources = resources.enter_context(ExitStack())
        self.reconnect()

    def reconnect(self) -> None:
        """With a socket of its own, from the start."""
        self._resources.close()
        self._again_s = None
        now_s = time.monotonic()
        self._down_s = now_s if self._down_s is None else self._down_s
        self._anew_s = now_s + DOWN_S
        self.socket = self._connect(self._resources, *self._where, self._key)
        self._events = events_of(self._resources, self.socket, EVENTS)

    def recv(self) -> bytes:
        message = self.socket.recv()
        if self._down_s is not None:
            self._is_up()
        if self._up_s is not None:
            log.info("its first frame came after %.1f s", time.monotonic() - self._up_s)
            self._up_s = None
        return message

    def send(self, message: bytes | bytearray) -> None:
        """Again where it cannot go out now."""
        self.socket.send(message, zmq.NOBLOCK)

    def check(self) -> None:
        """While nothing comes, a few times a second."""
        while self._events.poll(0):
            event = parse_monitor_message(self._events.recv_multipart())
            self._hear(int(event["event"]), int(event["value"]))
        now_s = time.monotonic()
        if self._down_s is not None:
            self._ask_why(self._down_s, now_s)
        stuck = self._down_s is not None and now_s >= self._anew_s
        if stuck or (self._again_s is not None and now_s >= self._again_s):
            self.reconnect()

    def _hear(self, event: int, value: int) -> None:
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._is_up()
        elif event == zmq.EVENT_DISCONNECTED:
            if self._down_s is None:
                log.info("the connection to %s:%d is lost", *self._where)
                self._down_s = time.monotonic()
                self._anew_s = self._down_s + DOWN_S
        elif event == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            self._hung_up += 1
            if self._refused or self._hung_up >= HUNG_UP:
                self._hung_up = 0
                self._judge(ask_mechanism(*self._where, own=CURVE if self._key else NULL))
        else:
            self._rest()
            if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                self._refuse(f"does not know this {self._who}'s key: {self._unknown()}")
            elif value == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
                self._judge(NULL if self._key else CURVE)

    def _is_up(self) -> None:
        if self._down_s is not None:
            log.info("connected to %s:%d as a %s", *self._where, self._who)
            self._up_s = time.monotonic()
        self.trouble, self._said_s, self._hung_up = "", 0.0, 0
        self._down_s, self._diagnosis, self._found = None, None, ""

    @property
    def _refused(self) -> bool:
        """Whether the primary host itself has said or shown what is wrong."""
        return bool(self.trouble) and not self._found

    def _ask_why(self, down_s: float, now_s: float) -> None:
        """Try by hand why there is no connection, unless the primary host has said it."""
        if self._refused:
            return
        if self._diagnosis is None:
            if now_s - down_s >= PATIENCE_S and now_s - self._asked_s >= ASK_AGAIN_S:
                self._asked_s = now_s
                self._diagnosis = Diagnosis(*self._where, self._key, SETTINGS[self.socket.type])
            return
        done, found = self._diagnosis.done, self._diagnosis.sentence()
        if found:
            self._found = found
            self._say(found)
        if done:
            self._diagnosis = None

    def _judge(self, mechanism: bytes | None) -> None:
        """By what the other side speaks; nothing is said where that is not known."""
        if mechanism == CURVE and self._key is None:
            self._refuse(f"wants keys: set KEYS to a folder with this {self._who}'s key")
        elif mechanism == NULL and self._key:
            self._refuse("has no keys, and KEYS is set here: set it on both or on neither")
        elif mechanism == CURVE:
            self._refuse("is not the primary host that primary.key is from: copy primary.key again")

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

    def _refuse(self, sentence: str) -> None:
        self._rest()
        self._found = ""
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        host, port = self._where
        trouble, now_s = f"{host}:{port} {sentence}", time.monotonic()
        if trouble != self.trouble or now_s >= self._said_s + SAY_AGAIN_S:
            self.trouble, self._said_s = trouble, now_s
            log.warning("%s", trouble)
