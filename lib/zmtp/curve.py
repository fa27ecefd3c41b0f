"""RFC 26, CurveZMQ, both roles, on PyNaCl's public bindings.

    client                                                      server
    HELLO: C', a box of zeros from c' to S                 ->
                                                           <-   WELCOME: S', a cookie
    INITIATE: the cookie; C, a vouch for C', metadata      ->
                                                           <-   READY: metadata
    MESSAGE                                               <->   MESSAGE

S and C are the permanent public keys, s and c their secrets; S', C', s', c' live as long as the
connection. A server keeps 40 octets and one frame of at most LONGEST_COMMAND until it knows C.

Checked here, though libzmq does not: that the vouch names S, that HELLO's padding and box are
zeros, that INITIATE comes after HELLO by its nonce. Unlike RFC 37, libzmq sends MESSAGE as a
message and throws away one that comes as a command; the flags inside the box are libzmq's, too.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from lib.zmtp.commands import ERROR, LONGEST_COMMAND, READY, SocketType, error, metadata
from lib.zmtp.errors import ProtocolError, Reason
from lib.zmtp.framing import COMMAND, Message, command_frame, frame_head
from lib.zmtp.greeting import CURVE
from lib.zmtp.mechanism import Mechanism

HELLO, WELCOME = b"\x05HELLO", b"\x07WELCOME"
INITIATE, MESSAGE = b"\x08INITIATE", b"\x07MESSAGE"
VERSION = b"\x01\x00"
HELLO_SIZE, WELCOME_SIZE = 200, 168
LEAST_INITIATE, LEAST_READY = 257, 30
FROM_SERVER, FROM_CLIENT = b"CurveZMQMESSAGES", b"CurveZMQMESSAGEC"
MORE_INSIDE, COMMAND_INSIDE = 0x01, 0x02
MAC = 16
BOX_AT = len(MESSAGE) + 8
OVERHEAD = BOX_AT + MAC + 1  # of a MESSAGE: name, nonce, authenticator, flags
# libzmq's client reports this status to its user and never comes again.
NOT_ALLOWED = b"400"


class ServerKeys(NamedTuple):
    """What all connections to a server share. Keys are of 32 octets."""

    public: bytes
    secret: bytes
    # Whether a client's permanent public key is let in; None: that is not known yet.
    allows: Callable[[bytes], bool | None]


class ClientKeys(NamedTuple):
    public: bytes
    secret: bytes
    server: bytes  # the permanent public key of the only server that is trusted


def public_of(secret: bytes) -> bytes:
    return sodium.crypto_scalarmult_base(secret)


class _Curve(Mechanism):
    """What both roles do once they share a secret."""

    name = CURVE
    _ours: bytes  # how the nonces of our messages begin
    _theirs: bytes

    def __init__(self, socket_type: SocketType) -> None:
        super().__init__(socket_type)
        self._shared = b""
        self._sent = 0  # the nonce of the last box of ours
        self._received = 0  # of the last of theirs
        self._sizes = 0, -1  # of the handshake's next command; such a range holds nothing

    def check_size(self, flags: int, size: int, longest: int) -> None:
        if self.is_ready:
            if size > OVERHEAD + max(longest, LONGEST_COMMAND):
                raise ProtocolError(Reason.TOO_LONG)
            if size < OVERHEAD:
                raise ProtocolError(Reason.BAD_BOX)
            return
        least, most = self._sizes
        if not flags & COMMAND:
            raise ProtocolError(Reason.NOT_READY)
        if not least <= size <= most:
            raise ProtocolError(Reason.BAD_HANDSHAKE)

    def encode(self, *body: Message, is_command: bool = False) -> tuple[Message, ...]:
        number = self._next()
        plain = b"".join((bytes((COMMAND_INSIDE if is_command else 0,)), *body))
        box = sodium.crypto_box_easy_afternm(plain, self._ours + number, self._shared)
        return b"".join((frame_head(OVERHEAD + len(plain) - 1), MESSAGE, number)), box

    def decode(self, flags: int, body: Message) -> tuple[bool, Message]:
        del flags  # libzmq sets none on what RFC 37 calls a command: both are taken
        if body[: len(MESSAGE)] != MESSAGE:
            raise ProtocolError(Reason.BAD_BOX)
        number = self._follow(bytes(body[len(MESSAGE) : BOX_AT]), Reason.BAD_BOX)
        try:
            box = bytes(memoryview(body)[BOX_AT:])
            plain = sodium.crypto_box_open_easy_afternm(box, self._theirs + number, self._shared)
        except CryptoError:
            raise ProtocolError(Reason.BAD_BOX) from None
        if plain[0] & MORE_INSIDE:
            raise ProtocolError(Reason.SEVERAL_PARTS)
        if plain[0] & ~COMMAND_INSIDE:
            raise ProtocolError(Reason.UNKNOWN_FRAME)
        return plain[0] == COMMAND_INSIDE, memoryview(plain)[1:]

    def _next(self) -> bytes:
        self._sent += 1
        return self._sent.to_bytes(8, "big")

    def _follow(self, number: bytes, reason: Reason) -> bytes:
        """Nonces only ever grow. There may be gaps: what was not sent had one, too."""
        received = int.from_bytes(number, "big")
        if received <= self._received:
            raise ProtocolError(reason)
        self._received = received
        return number


class CurveServer(_Curve):
    """Our transient secret s' goes out in the cookie and comes back in it.

    The cookie's key is this connection's own: with one for all of them, a recorded connection could
    be played again.
    """

    as_server = True
    _ours, _theirs = FROM_SERVER, FROM_CLIENT

    def __init__(self, socket_type: SocketType, keys: ServerKeys) -> None:
        super().__init__(socket_type)
        self._keys = keys
        self._cookie_key = b""
        self._sizes = HELLO_SIZE, HELLO_SIZE

    def begin(self) -> bytes:
        return b""

    def handshake(self, command: bytes) -> bytes:
        if not self._cookie_key:
            return self._welcome(command)
        self._initiate(command)
        return self.authenticate()

    def authenticate(self) -> bytes:
        """READY, or ERROR, or nothing while that is not known."""
        verdict = None if self.is_ready or not self.peer_key else self._keys.allows(self.peer_key)
        if verdict is None:
            return b""
        if not verdict:
            self.refusal = Reason.UNKNOWN_KEY
            return command_frame(error(NOT_ALLOWED))
        self.is_ready = True
        number = self._next()
        nonce = b"CurveZMQREADY---" + number
        box = sodium.crypto_box_easy_afternm(metadata(self.socket_type), nonce, self._shared)
        return command_frame(READY + number + box)

    def _welcome(self, hello: bytes) -> bytes:
        if not hello.startswith(HELLO + VERSION) or any(hello[8:80]):
            raise ProtocolError(Reason.BAD_HANDSHAKE)
        transient, box = hello[80:112], hello[120:]
        number = self._follow(hello[112:120], Reason.BAD_HANDSHAKE)
        try:
            shared = sodium.crypto_box_beforenm(transient, self._keys.secret)
            zeros = sodium.crypto_box_open_easy_afternm(box, b"CurveZMQHELLO---" + number, shared)
        except CryptoError:
            raise ProtocolError(Reason.WRONG_SERVER_KEY) from None
        if any(zeros):
            raise ProtocolError(Reason.BAD_HANDSHAKE)
        public, secret = sodium.crypto_box_keypair()
        self._cookie_key, nonce, random = os.urandom(32), os.urandom(16), os.urandom(16)
        cookie = sodium.crypto_secretbox_easy(
            transient + secret, b"COOKIE--" + nonce, self._cookie_key
        )
        told = public + nonce + cookie
        self._sizes = LEAST_INITIATE, LONGEST_COMMAND
        box = sodium.crypto_box_easy_afternm(told, b"WELCOME-" + random, shared)
        return command_frame(WELCOME + random + box)

    def _initiate(self, initiate: bytes) -> None:
        """The peer has proved that it holds the secret of `peer_key`; whether that is allowed is
        another question."""
        if not initiate.startswith(INITIATE):
            raise ProtocolError(Reason.BAD_HANDSHAKE)
        number = self._follow(initiate[105:113], Reason.BAD_HANDSHAKE)
        try:
            nonce = b"COOKIE--" + initiate[9:25]
            cookie = sodium.crypto_secretbox_open_easy(initiate[25:105], nonce, self._cookie_key)
            transient, secret = cookie[:32], cookie[32:]
            shared = sodium.crypto_box_beforenm(transient, secret)
            nonce = b"CurveZMQINITIATE" + number
            told = sodium.crypto_box_open_easy_afternm(initiate[113:], nonce, shared)
            key, nonce = told[:32], b"VOUCH---" + told[32:48]
            vouched = sodium.crypto_box_open_easy(told[48:128], nonce, key, secret)
        except CryptoError:
            raise ProtocolError(Reason.BAD_HANDSHAKE) from None
        if vouched != transient + self._keys.public:  # it vouches for another connection
            raise ProtocolError(Reason.BAD_HANDSHAKE)
        self.check_socket_type(told[128:])
        self._sizes = 0, -1  # nothing is due before our READY
        self._shared, self.peer_key = shared, key


class CurveClient(_Curve):
    """The end that knows which server it wants."""

    _ours, _theirs = FROM_CLIENT, FROM_SERVER

    def __init__(self, socket_type: SocketType, keys: ClientKeys) -> None:
        super().__init__(socket_type)
        self._keys = keys
        self._transient, self._secret = sodium.crypto_box_keypair()
        self._sizes = 0, WELCOME_SIZE

    def begin(self) -> bytes:
        number = self._next()
        nonce = b"CurveZMQHELLO---" + number
        try:
            box = sodium.crypto_box_easy(bytes(64), nonce, self._keys.server, self._secret)
        except CryptoError:  # no key that a server could have
            raise ProtocolError(Reason.WRONG_SERVER_KEY) from None
        return command_frame(HELLO + VERSION + bytes(72) + self._transient + number + box)

    def handshake(self, command: bytes) -> bytes:
        if command.startswith(ERROR):
            raise ProtocolError(Reason.ERROR)
        if not self._shared:
            return self._initiate(command)
        self._ready(command)
        return b""

    def _initiate(self, welcome: bytes) -> bytes:
        if not welcome.startswith(WELCOME) or len(welcome) != WELCOME_SIZE:
            raise ProtocolError(Reason.BAD_HANDSHAKE)
        keys = self._keys
        try:
            nonce = b"WELCOME-" + welcome[8:24]
            told = sodium.crypto_box_open_easy(welcome[24:], nonce, keys.server, self._secret)
            transient, cookie = told[:32], told[32:]
            self._shared = sodium.crypto_box_beforenm(transient, self._secret)
        except CryptoError:
            raise ProtocolError(Reason.BAD_HANDSHAKE) from None
        number, random = self._next(), os.urandom(16)
        vouch = sodium.crypto_box_easy(
            self._transient + keys.server, b"VOUCH---" + random, transient, keys.secret
        )
        plain = keys.public + random + vouch + metadata(self.socket_type)
        box = sodium.crypto_box_easy_afternm(plain, b"CurveZMQINITIATE" + number, self._shared)
        self._sizes = 0, LONGEST_COMMAND
        return command_frame(INITIATE + cookie + number + box)

    def _ready(self, ready: bytes) -> None:
        if not ready.startswith(READY) or len(ready) < LEAST_READY:
            raise ProtocolError(Reason.BAD_HANDSHAKE)
        number = self._follow(ready[6:14], Reason.BAD_HANDSHAKE)
        try:
            nonce = b"CurveZMQREADY---" + number
            told = sodium.crypto_box_open_easy_afternm(ready[14:], nonce, self._shared)
        except CryptoError:
            raise ProtocolError(Reason.BAD_HANDSHAKE) from None
        self.check_socket_type(told)
        self.peer_key, self.is_ready = self._keys.server, True
