"""RFC 23 and RFC 37, the whole of one connection: greeting, handshake, then traffic."""

from __future__ import annotations

from collections.abc import Callable

from lib.zmtp.commands import (
    ERROR,
    LONGEST_COMMAND,
    LONGEST_PING,
    PING,
    PONG,
    SocketType,
    as_subscription,
    ping,
    pong,
)
from lib.zmtp.errors import ProtocolError, Reason
from lib.zmtp.framing import COMMAND, LONG, MORE, Message, room_for
from lib.zmtp.greeting import (
    OPENING,
    SIZE,
    is_greeting,
    is_old,
    mechanism_in,
    rest_of_greeting,
)
from lib.zmtp.mechanism import Mechanism, Null

NOTHING = memoryview(b"")


class Peer:
    """The other end of a connection, which may speak in whatever pieces it likes.

    `outgoing` is to be sent before any frame that `encode` makes later.
    """

    def __init__(self, mechanism: Mechanism, longest: int) -> None:
        self.outgoing = bytearray(OPENING)
        self.is_ready = False  # the handshake is through
        self.commands = 0  # that it has sent since then
        self.is_proven = False  # its owner has got something good from it, or knows its key
        self._mechanism = mechanism
        self._longest = longest  # a message
        self._is_old = False
        self._partial = NOTHING  # what is expected, as far as it has come
        self._come = 0  # octets of it
        self._flags = 0
        self._frames = 0  # that were read
        self._expect(len(OPENING), Peer._on_opening)

    @property
    def held(self) -> int:
        """Octets of a frame that is not whole."""
        return self._come

    @property
    def key(self) -> bytes:
        """The permanent public key that it has proved to hold; empty where there are no keys."""
        return self._mechanism.peer_key

    def receive(self, data: memoryview, most: int) -> tuple[list[Message], int]:
        """The messages in at most so many frames, and how many of the octets were taken.

        Commands count, too: a quarter of a megabyte of PONG takes 100 ms to read.
        """
        messages: list[Message] = []
        at, end, last = 0, len(data), self._frames + most
        while self._frames < last and (at < end or not self._size):
            piece = data[at : at + self._size - self._come]
            at += len(piece)
            if len(piece) == self._size:
                message = self._next(self, piece)
                if message is piece:  # its memory is the caller's
                    message = bytes(piece)
            elif self._is_whole_with(piece):
                whole, self._partial, self._come = self._partial, NOTHING, 0
                message = self._next(self, whole)
            else:
                break
            if message is not None:
                messages.append(message)
        return messages, at

    def _is_whole_with(self, piece: memoryview) -> bool:
        if not self._come:
            self._partial = room_for(self._size, own_mapping=not self.is_proven)
        end = self._come + len(piece)
        self._partial[self._come : end] = piece
        self._come = end
        return end == self._size

    def encode(self, *message: Message) -> tuple[Message, ...]:
        """The pieces of a message's frame, for a peer that is ready; the message may be in pieces
        itself. A frame may be left out altogether, but none may be sent before one that was encoded
        earlier."""
        return self._mechanism.encode(*message)

    def ping(self) -> bool:
        """Ask it to say something; False where it is too old to know what that means."""
        if self._is_old or not self.is_ready:
            return False
        self._send_command(ping())
        return True

    def authenticate(self) -> None:
        """Ask again whether its key is allowed, if that was not known when it came."""
        if not self.is_ready:
            self._go_on(self._mechanism.authenticate())

    def _expect(self, size: int, then: Callable[[Peer, Message], Message | None]) -> None:
        # No bound method: through one of its own this would hold itself, and what a stranger left
        # behind would lie there until the garbage collector comes.
        self._size, self._next = size, then

    def _send_command(self, command: bytes) -> None:
        self.outgoing += b"".join(self._mechanism.encode(command, is_command=True))

    # --- the greeting

    def _on_opening(self, opening: Message) -> None:
        if not is_greeting(bytes(opening)):
            raise ProtocolError(Reason.NO_ZEROMQ)
        mechanism = self._mechanism
        if not is_old(bytes(opening)):
            self.outgoing += rest_of_greeting(mechanism.name, mechanism.as_server)
            self._expect(SIZE - len(OPENING), Peer._on_rest_of_greeting)
        elif isinstance(mechanism, Null):
            self._is_old = True
            # RFC 15: what socket we are, and an identity that is empty.
            self.outgoing += bytes((mechanism.socket_type.number, 0, 0))
            self._expect(1, Peer._on_old_socket_type)
        else:
            raise ProtocolError(Reason.TOO_OLD)

    def _on_rest_of_greeting(self, rest: Message) -> None:
        theirs = mechanism_in(OPENING + rest)
        if theirs != self._mechanism.name:
            raise ProtocolError(self._mechanism.wrong_mechanism(theirs))
        self.outgoing += self._mechanism.begin()
        self._expect(1, Peer._on_flags)

    def _on_old_socket_type(self, number: Message) -> None:
        if number[0] not in [one.number for one in self._mechanism.socket_type.peers]:
            raise self._mechanism.wrong_type()
        self._expect(1, Peer._on_flags)

    # --- frames

    def _on_flags(self, octet: Message) -> None:
        self._flags = octet[0]
        if self._flags & MORE:
            raise ProtocolError(Reason.SEVERAL_PARTS)
        if self._flags & ~(LONG if self._is_old else LONG | COMMAND):
            raise ProtocolError(Reason.UNKNOWN_FRAME)
        self._expect(8 if self._flags & LONG else 1, Peer._on_size)

    def _on_size(self, octets: Message) -> None:
        size = int.from_bytes(octets, "big")
        self._mechanism.check_size(self._flags, size, self._longest)
        self._expect(size, Peer._on_body)

    def _on_body(self, body: Message) -> Message | None:
        self._frames += 1
        self._expect(1, Peer._on_flags)
        if not self.is_ready:
            self._on_handshake(bytes(body))
            return None
        is_command, said = self._mechanism.decode(self._flags, body)
        if is_command and len(said) > LONGEST_COMMAND:  # in a box it is known only now
            raise ProtocolError(Reason.TOO_LONG)
        message = self._on_command(bytes(said)) if is_command else said
        if message is not None and len(message) > self._longest:
            raise ProtocolError(Reason.TOO_LONG)
        return message

    def _on_handshake(self, body: bytes) -> None:
        if self._is_old:
            self.is_ready = True  # the body is its identity, which says nothing to us
        elif not self._flags & COMMAND:
            raise ProtocolError(Reason.NOT_READY)
        else:
            self._go_on(self._mechanism.handshake(body))

    def _go_on(self, answer: bytes) -> None:
        self.outgoing += answer
        if self._mechanism.refusal:
            raise ProtocolError(self._mechanism.refusal)
        self.is_ready = self._mechanism.is_ready

    def _on_command(self, command: bytes) -> bytes | None:
        self.commands += 1
        if command.startswith(PING) and len(command) <= LONGEST_PING:
            self._send_command(pong(command))
            return None
        if command.startswith((PONG, ERROR)):
            return None
        if self._mechanism.socket_type in (SocketType.PUB, SocketType.XPUB):
            subscription = as_subscription(command)
            if subscription is not None:
                return subscription
        raise ProtocolError(Reason.UNKNOWN_COMMAND)
