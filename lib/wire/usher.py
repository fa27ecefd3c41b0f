"""Shows out of the feed who says more than a viewer says, and who are too many.

libzmq takes in all that comes at a PUB: every subscription that somebody thinks of, and parts of
messages without end, while the thread that publishes is busy filing them. It has no bound for that
and none for connections, but they are this process's own, and the kernel counts their bytes.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass

log = logging.getLogger(__name__)

LOOK_S = 0.05
AT_ONCE, A_SECOND = 8192, 128  # bytes; a viewer's heartbeats are some 10 a second
GREETED = 80  # bytes; with fewer it has not said who it is
RECEIVED = struct.Struct("@Q"), 128  # tcpi_bytes_received
INFO_SIZE = 192


@dataclass(slots=True)
class _Guest:
    descriptor: int
    since_s: float
    said: int = 0

    @property
    def is_greeted(self) -> bool:
        return self.said > GREETED


class Usher:
    """A thread of its own: the one that publishes may be what has to be freed."""

    def __init__(self, resources: ExitStack, port: int, most: int, refused: Counter[str]) -> None:
        self._refused = refused  # is counted up, by reason
        self._port, self._most = port, most
        self._guests: dict[str, _Guest] = {}  # by what the kernel calls the connection
        self._others: set[str] = set()
        self._quit = threading.Event()
        self._thread = threading.Thread(target=self._run, name="usher", daemon=True)
        self._thread.start()
        resources.callback(self._close)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _close(self) -> None:
        self._quit.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._quit.wait(LOOK_S):
            self._look(time.monotonic())

    def _look(self, now_s: float) -> None:
        self._find(now_s)
        for name, guest in list(self._guests.items()):
            said = _said(guest.descriptor, self._port)
            if said is None:
                del self._guests[name]
            elif said > AT_ONCE + A_SECOND * (now_s - guest.since_s):
                self._show_out(name, "says more than a viewer says")
            else:
                guest.said = said
        while len(self._guests) > self._most:
            self._show_out(min(self._guests, key=self._rank), "too many viewers")

    def _rank(self, name: str) -> tuple[bool, float]:
        """Who has not said who it is goes first, then who came last."""
        guest = self._guests[name]
        return (True, -guest.since_s) if guest.is_greeted else (False, guest.since_s)

    def _find(self, now_s: float) -> None:
        """Connections are known by the kernel's number: descriptors are used again."""
        here: set[str] = set()
        # As text: twenty times a second a Path for each would cost more than all the rest.
        for descriptor in os.listdir("/proc/self/fd"):  # noqa: PTH208
            try:
                name = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
            except OSError:
                continue
            if not name.startswith("socket:"):
                continue
            here.add(name)
            if name in self._others or name in self._guests:
                continue
            if _said(int(descriptor), self._port) is None:
                self._others.add(name)
            else:
                self._guests[name] = _Guest(int(descriptor), now_s)
        self._others &= here
        for name in self._guests.keys() - here:
            del self._guests[name]

    def _show_out(self, name: str, reason: str) -> None:
        """Hung up here, libzmq notices and closes it."""
        self._refused[reason] += 1
        guest = self._guests.pop(name)
        self._others.add(name)
        if _said(guest.descriptor, self._port) is not None:
            borrowed = socket.socket(fileno=guest.descriptor)
            try:
                borrowed.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            finally:
                borrowed.detach()


def _said(descriptor: int, port: int) -> int | None:
    """Bytes that came over this connection; None where it is none to this port."""
    try:
        borrowed = socket.socket(fileno=descriptor)
    except OSError:
        return None
    try:
        if borrowed.family not in (socket.AF_INET, socket.AF_INET6):
            return None
        if borrowed.type != socket.SOCK_STREAM or borrowed.getsockname()[1] != port:
            return None
        if borrowed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return None
        info = borrowed.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO_SIZE)
        form, at = RECEIVED
        return int(form.unpack_from(info, at)[0]) if len(info) >= at + form.size else 0
    except OSError:
        return None
    finally:
        borrowed.detach()  # it is libzmq's
