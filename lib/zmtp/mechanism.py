"""RFC 23, "Security mechanisms": what a mechanism decides, and NULL, which decides nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from lib.zmtp.commands import ERROR, LONGEST_COMMAND, READY, SocketType, metadata, socket_type_in
from lib.zmtp.errors import ProtocolError, Reason
from lib.zmtp.framing import COMMAND, Message, command_frame, frame_head
from lib.zmtp.greeting import CURVE, NULL


class Mechanism(ABC):
    """One connection's. It belongs to a `Peer`, which feeds it whole frames."""

    name: ClassVar[bytes]
    as_server: ClassVar[bool] = False

    def __init__(self, socket_type: SocketType) -> None:
        self.socket_type = socket_type  # ours
        self.is_ready = False
        self.refusal: Reason | None = None  # the peer is told, and then to be let go
        self.peer_key = b""  # the permanent public key that the peer has proved to hold

    @abstractmethod
    def begin(self) -> bytes:
        """What is to be sent right after the greeting."""

    @abstractmethod
    def check_size(self, flags: int, size: int, longest: int) -> None:
        """ProtocolError where no frame may be so long, before any of it is read."""

    @abstractmethod
    def handshake(self, command: bytes) -> bytes:
        """The next step, and what is to be sent for it."""

    @abstractmethod
    def encode(self, *body: Message, is_command: bool = False) -> tuple[Message, ...]:
        """The pieces of a whole frame around those of a body. They must be sent in the order of
        these calls, or not."""

    @abstractmethod
    def decode(self, flags: int, body: Message) -> tuple[bool, Message]:
        """Whether it is a command, and what it says."""

    def authenticate(self) -> bytes:
        """Ask again about a peer of whom nothing was known yet, and what is to be sent for it."""
        return b""

    def wrong_mechanism(self, theirs: bytes) -> Reason:
        """Why a peer with another mechanism cannot be spoken to."""
        if self.name == CURVE:
            return Reason.NO_KEY
        return Reason.HAS_KEY if theirs == CURVE else Reason.UNKNOWN_MECHANISM

    def check_socket_type(self, properties: bytes) -> None:
        if socket_type_in(properties) not in [one.label for one in self.socket_type.peers]:
            raise self.wrong_type()

    def wrong_type(self) -> ProtocolError:
        wanted = self.socket_type.peers[0].label.decode()
        return ProtocolError(Reason.WRONG_SOCKET_TYPE, f"it is no {wanted}")


class Null(Mechanism):
    """RFC 23, "The NULL mechanism": each side says READY, and that is all."""

    name = NULL

    def begin(self) -> bytes:
        return command_frame(READY + metadata(self.socket_type))

    def check_size(self, flags: int, size: int, longest: int) -> None:
        short = flags & COMMAND or not self.is_ready
        if size > (LONGEST_COMMAND if short else longest):
            raise ProtocolError(Reason.TOO_LONG)

    def handshake(self, command: bytes) -> bytes:
        if command.startswith(ERROR):
            raise ProtocolError(Reason.ERROR)
        if not command.startswith(READY):
            raise ProtocolError(Reason.UNKNOWN_COMMAND)
        self.check_socket_type(command[len(READY) :])
        self.is_ready = True
        return b""

    def encode(self, *body: Message, is_command: bool = False) -> tuple[Message, ...]:
        return frame_head(sum(map(len, body)), COMMAND if is_command else 0), *body

    def decode(self, flags: int, body: Message) -> tuple[bool, Message]:
        return bool(flags & COMMAND), body
