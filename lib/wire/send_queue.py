"""What goes out on one connection: what the kernel does not take at once waits here."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

Buffer: TypeAlias = "bytes | bytearray | memoryview"


class SendQueue:
    """OSError from any of its calls: the connection has ended."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self.messages = 0  # of those that wait, whole or in part
        self._unsent = bytearray()

    @property
    def octets(self) -> int:
        return len(self._unsent)

    def put(self, parts: Sequence[Buffer]) -> None:
        """One message. Its caller has looked whether there is room for it."""
        sent = 0
        if not self._unsent:
            with suppress(BlockingIOError):
                sent = self._socket.sendmsg(parts)
            if sent == sum(map(len, parts)):
                return
        self.messages += 1
        for part in parts:
            if sent < len(part):
                self._unsent += memoryview(part)[sent:]
            sent = max(0, sent - len(part))

    def answer(self, octets: Buffer) -> None:
        """What the protocol itself has to say; it goes out before any later message, or not at all:
        behind messages that wait it would come too late, and a peer that reads those hears enough
        of us."""
        if not self.messages:
            self._unsent += octets
            self.flush()

    def flush(self) -> None:
        if not self._unsent:
            return
        try:
            del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            return
        if not self._unsent:
            self.messages = 0
