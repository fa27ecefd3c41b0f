"""What a worker may say at the job port: who it is, and that it lives. Nothing else.

libzmq keeps whatever a peer sends to a PUSH, though nobody ever reads it: 500 MB after a second of
empty parts, and a thousand small messages and a pause end its whole process. So it hears only
what passes here.
"""

from __future__ import annotations

from lib.wire.greeting import PLAIN, SIZE, mechanism

GREETING = 64  # of the third version, its filler included
OLD_GREETING, OLD_IDENTITY = 12, 257
AT_ONCE, A_SECOND = 8192, 1024  # bytes; a worker's heartbeats are some 50 a second
LONGEST = 1024  # of a command
COMMAND, LONG = 0x04, 0x02
ALLOWED = (b"\x05READY", b"\x05ERROR", b"\x04PING", b"\x04PONG")
_NAME = max(map(len, ALLOWED))


class Manners:
    """Fed with all that one peer says, in order."""

    def __init__(self, now_s: float) -> None:
        self.mechanism = ""  # once it was said
        self.through = False  # it has said more than its greeting
        self._since_s = now_s
        self._said = 0
        self._greeting = bytearray()
        self._command = bytearray()  # its head and name, until they are whole
        self._rest = 0  # of a command's body, which says nothing to us

    def hear(self, data: memoryview, now_s: float) -> bool:
        """False as soon as it says what no worker says."""
        self._said += len(data)
        if self._said > AT_ONCE + A_SECOND * (now_s - self._since_s):
            return False
        if not self._is_greeted:
            missing = GREETING - len(self._greeting)
            self._greeting += data[:missing]
            data = data[missing:]
            if len(self._greeting) >= SIZE:
                self.mechanism = mechanism(self._greeting)
        if self._is_old:
            self.through = len(self._greeting) > OLD_GREETING
            return self._said <= OLD_GREETING + OLD_IDENTITY
        if not self._is_greeted or not data:
            return True
        if self.mechanism != PLAIN:  # libzmq lets in no message of who has no key
            self.through = True
            return True
        return self._follow(bytes(data))

    @property
    def _is_greeted(self) -> bool:
        return len(self._greeting) == GREETING

    @property
    def _is_old(self) -> bool:
        return len(self._greeting) > 10 and self._greeting[10] < 3

    def _follow(self, data: bytes) -> bool:
        """From command to command."""
        while data:
            skipped = min(self._rest, len(data))
            self._rest -= skipped
            data = data[skipped:]
            while data and not self._rest:
                self._command.append(data[0])
                data = data[1:]
                fine = self._look()
                if not fine:
                    return False
        return True

    def _look(self) -> bool:
        """At the command that begins; once its name is known the rest is let through."""
        command = self._command
        if command[0] not in (COMMAND, COMMAND | LONG):
            return False
        head = 9 if command[0] & LONG else 2
        if len(command) < head:
            return True
        size = int.from_bytes(command[1:head], "big")
        if not 0 < size <= LONGEST:
            return False
        name = bytes(command[head:])
        known = next((one for one in ALLOWED if name.startswith(one)), None)
        if known is None:
            return len(name) < min(size, _NAME)
        self.through = True
        self._rest = size - len(known)
        command.clear()
        return self._rest >= 0
