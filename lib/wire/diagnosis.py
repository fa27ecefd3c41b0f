"""Why a connection to a primary host does not come about, found by trying it by hand: libzmq tries
again and again, and tells its user nothing."""

from __future__ import annotations

import socket
import threading
import time

from lib.wire.keys import Key
from lib.zmtp.greeting import CURVE, MECHANISM_ENDS, NULL, OPENING, mechanism_in, rest_of_greeting

CONNECT_S = 1.0
GREETING_S = 0.5
LOOK_UP_S = 1.0  # a name server that is not there may take half a minute to say so

NO_NAME_SERVER = "cannot be looked up: the name server does not answer"
UNKNOWN_NAME = "cannot be resolved: check the primary host's name, or give its address"
NOTHING_HERE = "nothing listens there yet: is app.py running, and is this its port?"
REFUSED = "refuses the connection: is app.py running there, with --bind, and is this its port?"
NO_ANSWER = "does not answer: is it switched on, and does a firewall or a cable stand between?"
NOT_ZEROMQ = "does not speak ZeroMQ: is this the primary host's port?"


class Diagnosis:
    """One try on a thread of its own, since it may take long; `sentence` is empty until something
    is known, and stays so if nothing is wrong that can be seen from here."""

    def __init__(self, host: str, port: int, key: Key | None, setting: str) -> None:
        self._where, self._key, self._setting = (host, port), key, setting
        self._sentence = ""
        self._looked_up = False
        self._since_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="Diagnosis", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def sentence(self) -> str:
        if not self._looked_up and time.monotonic() - self._since_s > LOOK_UP_S:
            return NO_NAME_SERVER
        return self._sentence

    def _run(self) -> None:
        host, port = self._where
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            self._sentence = UNKNOWN_NAME
            return
        finally:
            self._looked_up = True
        address = str(found[0][4][0])
        own = CURVE if self._key else NULL
        try:
            with socket.create_connection((address, port), timeout=CONNECT_S) as line:
                mechanism = _mechanism_of(line, own)
        except ConnectionRefusedError:
            local = address == "::1" or address.startswith("127.")
            self._sentence = NOTHING_HERE if local else REFUSED
            return
        except OSError:
            self._sentence = NO_ANSWER
            return
        if mechanism is None:
            self._sentence = NOT_ZEROMQ
        elif mechanism == own:
            self._sentence = (
                "is a port of ZeroMQ, but does not take this connection: "
                f"is {self._setting} the same here as there?"
            )


def ask_mechanism(host: str, port: int, own: bytes) -> bytes | None:
    """What is spoken there, with keys or without; None when nothing listens or it says nothing.
    libzmq itself tells its user only that the other side hung up."""
    try:
        with socket.create_connection((host, port), timeout=GREETING_S) as line:
            return _mechanism_of(line, own)
    except (OSError, UnicodeError):
        return None


def _mechanism_of(line: socket.socket, own: bytes) -> bytes | None:
    """The other side is told what we are in the end, so that it can tell its own people who was
    there."""
    end_s = time.monotonic() + GREETING_S
    heard = b""
    try:
        line.sendall(OPENING)  # it goes on when it knows our version
        while len(heard) < MECHANISM_ENDS and (left_s := end_s - time.monotonic()) > 0:
            line.settimeout(left_s)
            more = line.recv(MECHANISM_ENDS - len(heard))
            if not more:
                return None
            heard += more
        line.sendall(rest_of_greeting(own, as_server=False))
    except OSError:
        return None
    return mechanism_in(heard) if len(heard) == MECHANISM_ENDS else None
