"""What a PUSH, a PULL or a SUB says to us, read within bounds: ZMTP 3 without keys, and version 2
of old libraries.

libzmq reads a message of any number of parts into memory before it asks anybody, so that one
stranger at the result port took 740 MB in a second. Here a message has one part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from lib.wire.greeting import CURVE, NO_ZEROMQ, PLAIN, SIGNATURE, mechanism

Said: TypeAlias = "bytes | bytearray"

GREETING = 64
MORE, LONG, COMMAND = 0x01, 0x02, 0x04
LONGEST_COMMAND = 1024
READY = b"\x05READY"
SUBSCRIBE, CANCEL = b"\x09SUBSCRIBE", b"\x06CANCEL"
PING, PONG, ERROR = b"\x04PING", b"\x04PONG", b"\x05ERROR"
TTL = 2  # bytes between PING and what its PONG has to repeat
LIVE_ON = (20).to_bytes(TTL, "big")  # tenths of a second without a word before it may give us up
LONGEST_PING = len(PING) + TTL + 16


class Talk(NamedTuple):
    """What sort of socket we are, and who may speak to it: by name, and as version 2 has it."""

    ours: bytes
    theirs: tuple[bytes, ...]
    old_ours: bytes
    old_theirs: bytes


PULL = Talk(b"PULL", (b"PUSH",), b"\x07", b"\x08")
PUSH = Talk(b"PUSH", (b"PULL",), b"\x08", b"\x07")
PUB = Talk(b"PUB", (b"SUB", b"XSUB"), b"\x01", b"\x02\x0a")


class RudeError(ValueError):
    """Not what may be said here; the text says why."""


class KeyedError(RudeError):
    """It wants to speak with keys."""


class Speech:
    """One peer's, in whatever pieces it comes. `answers` is what is to be sent back."""

    def __init__(self, longest: int, talk: Talk = PULL) -> None:
        self._talk = talk
        self.answers = bytearray(SIGNATURE + b"\x03")
        self.through = False  # it has said who it is
        self._longest = longest
        self._is_old = False
        self._held = bytearray()
        self._flags = 0
        self._expect(len(SIGNATURE) + 1, self._version)

    @property
    def held(self) -> int:
        """Bytes of a message that is not whole."""
        return len(self._held)

    def hear(self, data: memoryview, most: int) -> tuple[list[Said], int]:
        """At most so many messages, and how many of the bytes were heard."""
        messages: list[Said] = []
        at, end = 0, len(data)
        while len(messages) < most and (at < end or not self._needs):
            missing = self._needs - len(self._held)
            piece: Said = bytes(data[at : at + missing])
            at += len(piece)
            if self._held or len(piece) < missing:
                self._held += piece
                if len(self._held) < self._needs:
                    break
                piece, self._held = self._held, bytearray()
            message = self._next(piece)
            if message is not None:
                messages.append(message)
        return messages, at

    def ask_for_life(self) -> bool:
        """Ask it to say something; False where it is too old to know what that means."""
        if self._is_old:
            return False
        self.answers += bytes([COMMAND, len(PING) + TTL]) + PING + LIVE_ON
        return True

    def _expect(self, size: int, then: Callable[[Said], Said | None]) -> None:
        self._needs, self._next = size, then

    # --- who it is

    def _version(self, said: Said) -> None:
        if said[0] != SIGNATURE[0] or not said[9] & 1:
            raise RudeError(NO_ZEROMQ)
        if said[10] >= 3:
            self.answers += b"\0" + PLAIN.encode().ljust(20, b"\0") + bytes(32)
            self._expect(GREETING - len(said), self._mechanism)
        else:
            self._is_old = True
            self.answers += self._talk.old_ours + bytes(2)  # and no name
            self._expect(1, self._old_kind)

    def _mechanism(self, said: Said) -> None:
        named = mechanism(bytes(10) + b"\x03" + said)
        if named == CURVE:
            raise KeyedError("it has keys, and KEYS is not set here")
        if named != PLAIN:
            raise RudeError("a mechanism that is not spoken here")
        ours = self._talk.ours
        body = READY + b"\x0bSocket-Type" + len(ours).to_bytes(4, "big") + ours
        self.answers += bytes([COMMAND, len(body)]) + body
        self._expect(1, self._flag)

    def _old_kind(self, said: Said) -> None:
        if said not in self._talk.old_theirs:
            raise RudeError(self._wrong)
        self._expect(1, self._flag)

    # --- frames

    def _flag(self, said: Said) -> None:
        self._flags = said[0]
        if self._flags & MORE:
            raise RudeError("a message of several parts")
        if self._flags & ~(LONG | COMMAND):
            raise RudeError("a frame of an unknown kind")
        self._expect(8 if self._flags & LONG else 1, self._length)

    def _length(self, said: Said) -> None:
        size = int.from_bytes(said, "big")
        small = self._flags & COMMAND or not self.through
        if size > (LONGEST_COMMAND if small else self._longest):
            raise RudeError(f"a message of {size} bytes")
        self._expect(size, self._frame)

    def _frame(self, said: Said) -> Said | None:
        self._expect(1, self._flag)
        if self._flags & COMMAND:
            return self._command(said)
        if not self.through and self._is_old:  # its name
            self.through = True
            return None
        if not self.through:
            raise RudeError("a message before it said what it is")
        return said

    def _command(self, said: Said) -> Said | None:
        if said.startswith(READY) and not self.through:
            if _kind(said[len(READY) :]) not in self._talk.theirs:
                raise RudeError(self._wrong)
            self.through = True
        elif said.startswith(PING) and len(said) <= LONGEST_PING:
            context = said[len(PING) + TTL :]
            self.answers += bytes([COMMAND, len(PONG) + len(context)]) + PONG + context
        elif self.through and self._talk is PUB and said.startswith((SUBSCRIBE, CANCEL)):
            wants = said.startswith(SUBSCRIBE)
            return bytes([wants]) + said[len(SUBSCRIBE if wants else CANCEL) :]
        elif not said.startswith((PONG, ERROR)):
            raise RudeError(f"a command that a {self._who} does not say")
        return None

    @property
    def _who(self) -> str:
        return self._talk.theirs[0].decode()

    @property
    def _wrong(self) -> str:
        return f"it is no {self._who}"


def _kind(properties: Said) -> bytes:
    """What socket it says it is."""
    at = 0
    while at < len(properties):
        name = bytes(properties[at + 1 : at + 1 + properties[at]])
        at += 1 + len(name)
        size = int.from_bytes(properties[at : at + 4], "big")
        if name.lower() == b"socket-type":
            return bytes(properties[at + 4 : at + 4 + size])
        at += 4 + size
    return b""
