"""RFC 26 in both roles, and what the traps of the first try became, one by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl import bindings as sodium

from lib.zmtp.commands import LONGEST_COMMAND, SocketType, error, metadata
from lib.zmtp.curve import (
    OVERHEAD,
    ClientKeys,
    CurveClient,
    ServerKeys,
    public_of,
)
from lib.zmtp.errors import ProtocolError, Reason
from lib.zmtp.framing import COMMAND, command_frame, frame_head
from lib.zmtp.greeting import OPENING, rest_of_greeting
from lib.zmtp.peer import Peer
from tests.zmtp.ends import (
    CLIENT,
    OTHER,
    SERVER,
    client,
    client_keys,
    frame,
    mechanism_of,
    pass_on,
    say,
    server,
    server_keys,
    shake_hands,
)

LONGEST = 1000
GREETING = OPENING + rest_of_greeting(b"CURVE", as_server=False)
# Points of small order: with them a shared secret would be known to everybody.
LOW_ORDER = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


def pair(longest: int = LONGEST) -> tuple[Peer, Peer]:
    """A PULL that serves and a PUSH that came to it, through the handshake."""
    ours = server(SocketType.PULL, server_keys(), longest)
    theirs = client(SocketType.PUSH, client_keys(), longest)
    shake_hands(ours, theirs)
    assert ours.is_ready and theirs.is_ready
    return ours, theirs


def refusal(peer: Peer, said: bytes) -> Reason:
    with pytest.raises(ProtocolError) as caught:
        say(peer, said)
    return caught.value.reason


def spoilt(framed: bytes) -> bytes:
    """With another last octet: a fixed one would be the right one at times."""
    return framed[:-1] + bytes((framed[-1] ^ 1,))


def body_of(framed: bytes) -> bytes:
    return framed[9:] if framed[0] & 0x02 else framed[2:]


# --- the handshake


def test_both_ends_know_whom_they_speak_to() -> None:
    ours, theirs = pair()
    assert ours.key == CLIENT.public and theirs.key == SERVER.public
    assert public_of(SERVER.secret) == SERVER.public


@pytest.mark.parametrize("size", [0, 1, 221, 222, 223, 255, 256, LONGEST])
def test_what_goes_in_comes_out_both_ways(size: int) -> None:
    ours, theirs = pair()
    message = bytes(range(256)) * 4
    for kind in (bytes, bytearray, memoryview):
        assert say(ours, frame(theirs, kind(message[:size]))) == [message[:size]]
        assert say(theirs, frame(ours, kind(message[:size]))) == [message[:size]]


def test_nothing_that_was_said_can_be_read_on_the_way() -> None:
    ours, theirs = pair()
    assert b"secret" not in frame(theirs, b"secret") + frame(ours, b"secret")


def test_a_wrong_server_key_an_unknown_key_and_no_key_are_told_apart() -> None:
    def why(peer: Peer) -> Reason:
        ours = server(SocketType.PULL, server_keys(), LONGEST)
        with pytest.raises(ProtocolError) as caught:
            shake_hands(ours, peer)
        assert not ours.is_ready
        return caught.value.reason

    assert why(client(SocketType.PUSH, client_keys(server=OTHER.public))) == Reason.WRONG_SERVER_KEY
    assert why(client(SocketType.PUSH, client_keys(OTHER))) == Reason.UNKNOWN_KEY
    assert why(client(SocketType.PUSH, None)) == Reason.NO_KEY
    assert why(client(SocketType.SUB, client_keys())) == Reason.WRONG_SOCKET_TYPE
    old = b"\xff\0\0\0\0\0\0\0\x01\x7f\1\x08\0\0"
    assert refusal(server(SocketType.PULL, server_keys()), old) == Reason.TOO_OLD


def test_who_claims_the_key_of_another_is_not_let_in() -> None:
    """The vouch is sealed with the secret of the key that is claimed."""
    liar = ClientKeys(CLIENT.public, OTHER.secret, SERVER.public)
    ours, theirs = server(SocketType.PULL, server_keys()), client(SocketType.PUSH, liar)
    with pytest.raises(ProtocolError) as caught:
        shake_hands(ours, theirs)
    assert caught.value.reason == Reason.BAD_HANDSHAKE


def test_a_key_of_which_nothing_is_known_yet_waits() -> None:
    verdicts: list[bool | None] = [None, None, True]
    keys = ServerKeys(SERVER.public, SERVER.secret, lambda _: verdicts.pop(0))
    ours, theirs = server(SocketType.PULL, keys), client(SocketType.PUSH, client_keys())
    ours.authenticate()
    assert len(verdicts) == 3, "nobody has shown a key"
    shake_hands(ours, theirs)
    assert ours.key == CLIENT.public and not ours.is_ready and not ours.outgoing
    ours.authenticate()
    assert not ours.is_ready
    ours.authenticate()
    ours.authenticate()
    assert ours.is_ready and not verdicts
    pass_on(ours, theirs)
    assert theirs.is_ready


def test_while_it_waits_it_may_say_nothing() -> None:
    keys = ServerKeys(SERVER.public, SERVER.secret, lambda _: None)
    ours, theirs = server(SocketType.PULL, keys), client(SocketType.PUSH, client_keys())
    shake_hands(ours, theirs)
    assert refusal(ours, command_frame(b"\x07MESSAGE" + bytes(40))) == Reason.BAD_HANDSHAKE


def test_who_waited_in_vain_is_told() -> None:
    verdicts: list[bool | None] = [None, False]
    keys = ServerKeys(SERVER.public, SERVER.secret, lambda _: verdicts.pop(0))
    ours, theirs = server(SocketType.PULL, keys), client(SocketType.PUSH, client_keys())
    shake_hands(ours, theirs)
    with pytest.raises(ProtocolError) as caught:
        ours.authenticate()
    assert caught.value.reason == Reason.UNKNOWN_KEY
    with pytest.raises(ProtocolError) as caught:
        pass_on(ours, theirs)
    assert caught.value.reason == Reason.ERROR


# --- trap 1 and 2: what libzmq makes of the flags


def test_a_command_inside_is_marked_as_libzmq_does() -> None:
    ours, theirs = pair()
    assert theirs.ping()
    ping = bytes(theirs.outgoing)
    assert pass_on(theirs, ours) == [], "a PING came out as a message"
    assert unsealed(ours, body_of(ping), b"CurveZMQMESSAGEC")[0] == 0x02
    assert pass_on(ours, theirs) == []


def test_outside_a_message_is_no_command_but_is_taken_as_one() -> None:
    ours, theirs = pair()
    sealed = frame(theirs, b"x")
    assert sealed[0] & COMMAND == 0, "libzmq would throw it away"
    body = body_of(sealed)
    assert say(ours, frame_head(len(body), COMMAND) + body) == [b"x"], "RFC 37 has it so"


def unsealed(peer: Peer, body: bytes, prefix: bytes) -> bytes:
    shared = mechanism_of(peer)._shared
    return sodium.crypto_box_open_easy_afternm(body[16:], prefix + body[8:16], shared)


# --- trap 3: a recording


def test_a_recorded_connection_cannot_be_played_again() -> None:
    keys = server_keys()
    ours, theirs = server(SocketType.PULL, keys), client(SocketType.PUSH, client_keys())
    recorded = []
    for _ in range(4):
        recorded.append(bytes(theirs.outgoing))
        pass_on(theirs, ours)
        pass_on(ours, theirs)
    recorded.append(frame(theirs, b"message"))
    assert ours.is_ready
    again = server(SocketType.PULL, keys)
    assert refusal(again, b"".join(recorded)) == Reason.BAD_HANDSHAKE
    assert not again.is_ready and not again.key


def test_a_cookie_of_one_connection_is_none_of_another() -> None:
    keys = server_keys()
    ours = [server(SocketType.PULL, keys) for _ in range(2)]
    theirs = [client(SocketType.PUSH, client_keys()) for _ in range(2)]
    for one, other in zip(ours, theirs, strict=True):
        pass_on(other, one)
        pass_on(one, other)
        pass_on(other, one)
        pass_on(one, other)
    assert b"INITIATE" in theirs[0].outgoing
    with pytest.raises(ProtocolError) as caught:
        pass_on(theirs[0], ours[1])
    assert caught.value.reason == Reason.BAD_HANDSHAKE


# --- trap 4: nonces


def test_what_was_sealed_may_be_left_out_but_not_come_late_or_twice() -> None:
    ours, theirs = pair()
    first, _, third, fourth = (frame(theirs, b"%d" % number) for number in range(4))
    assert say(ours, first) == [b"0"]
    assert say(ours, fourth) == [b"3"]
    for late in (first, third, fourth):
        assert refusal(ours, late) == Reason.BAD_BOX


def test_an_initiate_that_is_older_than_its_hello_is_refused() -> None:
    ours = server(SocketType.PULL, server_keys())
    theirs = client(SocketType.PUSH, client_keys())
    mechanism_of(theirs)._sent = 8  # type: ignore[attr-defined]
    pass_on(theirs, ours)
    pass_on(ours, theirs)
    pass_on(theirs, ours)  # HELLO has the nonce 9
    mechanism_of(theirs)._sent = 8  # type: ignore[attr-defined]
    pass_on(ours, theirs)
    assert refusal(ours, bytes(theirs.outgoing)) == Reason.BAD_HANDSHAKE


# --- trap 5: whom nobody knows


def test_an_unknown_key_is_told_400_before_the_end() -> None:
    ours, theirs = (
        server(SocketType.PULL, server_keys()),
        client(SocketType.PUSH, client_keys(OTHER)),
    )
    with pytest.raises(ProtocolError):
        shake_hands(ours, theirs)
    assert bytes(ours.outgoing) == command_frame(error(b"400")) == b"\4\x0a\5ERROR\x03400"


def test_a_wrong_server_key_is_told_nothing() -> None:
    ours = server(SocketType.PULL, server_keys())
    theirs = client(SocketType.PUSH, client_keys(server=OTHER.public))
    with pytest.raises(ProtocolError):
        shake_hands(ours, theirs)
    assert not ours.outgoing


# --- trap 6: prefixes, nonces, and what libzmq does not check


def test_the_first_nonces_are_those_of_the_rfc() -> None:
    ours, theirs = server(SocketType.PULL, server_keys()), client(SocketType.PUSH, client_keys())
    pass_on(theirs, ours)
    pass_on(ours, theirs)
    hello = bytes(theirs.outgoing)[-200:]
    assert hello.startswith(b"\x05HELLO\1\0" + bytes(72)) and hello[112:120] == bytes(7) + b"\1"
    pass_on(theirs, ours)
    welcome = body_of(bytes(ours.outgoing))
    assert welcome.startswith(b"\x07WELCOME") and len(welcome) == 168
    pass_on(ours, theirs)
    initiate = body_of(bytes(theirs.outgoing))
    assert initiate.startswith(b"\x08INITIATE") and initiate[105:113] == bytes(7) + b"\2"
    pass_on(theirs, ours)
    ready = body_of(bytes(ours.outgoing))
    assert ready.startswith(b"\x05READY") and ready[6:14] == bytes(7) + b"\1"
    pass_on(ours, theirs)
    assert body_of(frame(ours, b""))[:16] == b"\x07MESSAGE" + bytes(7) + b"\2"
    assert body_of(frame(theirs, b""))[:16] == b"\x07MESSAGE" + bytes(7) + b"\3"
    assert unsealed(theirs, body_of(frame(ours, b"x")), b"CurveZMQMESSAGES") == b"\0x"


class Hand:
    """A client that is made by hand, so that each part of what it says can be wrong."""

    def __init__(self, ours: Peer) -> None:
        self.ours = ours
        self.public, self.secret = sodium.crypto_box_keypair()
        say(ours, GREETING)
        ours.outgoing.clear()

    def hello(self, start: bytes = b"\x05HELLO\1\0" + bytes(72), zeros: bytes = bytes(64)) -> bytes:
        number = bytes(7) + b"\1"
        nonce = b"CurveZMQHELLO---" + number
        box = sodium.crypto_box_easy(zeros, nonce, SERVER.public, self.secret)
        return command_frame(start + self.public + number + box)

    def greet(self) -> None:
        say(self.ours, self.hello())
        welcome = body_of(bytes(self.ours.outgoing))
        self.ours.outgoing.clear()
        nonce = b"WELCOME-" + welcome[8:24]
        told = sodium.crypto_box_open_easy(welcome[24:], nonce, SERVER.public, self.secret)
        self.transient, self.cookie = told[:32], told[32:]

    def initiate(
        self,
        name: bytes = b"\x08INITIATE",
        key: bytes = CLIENT.public,
        vouch_for: bytes | None = None,
        properties: bytes = metadata(SocketType.PUSH),
        number: bytes = bytes(7) + b"\2",
    ) -> bytes:
        vouch_for = self.public + SERVER.public if vouch_for is None else vouch_for
        vouch = sodium.crypto_box_easy(
            vouch_for, b"VOUCH---" + bytes(16), self.transient, CLIENT.secret
        )
        plain = key + bytes(16) + vouch + properties
        box = sodium.crypto_box_easy(
            plain, b"CurveZMQINITIATE" + number, self.transient, self.secret
        )
        return command_frame(name + self.cookie + number + box)


@pytest.fixture
def hand() -> Hand:
    return Hand(server(SocketType.PULL, server_keys(), LONGEST))


def test_what_is_made_by_hand_and_right_is_let_in(hand: Hand) -> None:
    hand.greet()
    say(hand.ours, hand.initiate())
    assert hand.ours.is_ready and hand.ours.key == CLIENT.public


@pytest.mark.parametrize(
    "start",
    [
        b"\x05HELLO\1\0" + bytes(71) + b"\1",
        b"\x05HELLO\2\0" + bytes(72),
        b"\x05HELLO\1\1" + bytes(72),
        b"\x05HULLO\1\0" + bytes(72),
    ],
)
def test_a_hello_has_its_version_and_its_padding(hand: Hand, start: bytes) -> None:
    assert refusal(hand.ours, hand.hello(start)) == Reason.BAD_HANDSHAKE


def test_the_box_of_a_hello_holds_zeros(hand: Hand) -> None:
    said = hand.hello(zeros=bytes(63) + b"\1")
    assert refusal(hand.ours, said) == Reason.BAD_HANDSHAKE


@pytest.mark.parametrize(
    "wrong",
    [
        lambda hand: hand.initiate(vouch_for=hand.public + OTHER.public),
        lambda hand: hand.initiate(vouch_for=OTHER.public + SERVER.public),
        lambda hand: hand.initiate(key=OTHER.public),
        lambda hand: hand.initiate(name=b"\x08INITIATF"),
        lambda hand: hand.initiate(number=bytes(7) + b"\1"),
        lambda hand: hand.hello(),
    ],
    ids=["another server", "another connection", "another key", "name", "nonce", "HELLO again"],
)
def test_an_initiate_vouches_for_this_connection_to_this_server(
    hand: Hand, wrong: Callable[[Hand], bytes]
) -> None:
    hand.greet()
    assert refusal(hand.ours, wrong(hand)) == Reason.BAD_HANDSHAKE
    assert not hand.ours.key, "nothing is proved"


@pytest.mark.parametrize("properties", [b"", b"\xff", metadata(SocketType.SUB)])
def test_an_initiate_says_what_socket_it_is(hand: Hand, properties: bytes) -> None:
    hand.greet()
    assert refusal(hand.ours, hand.initiate(properties=properties)) == Reason.WRONG_SOCKET_TYPE


# --- trap 7: what the library refuses by itself


@pytest.mark.parametrize("point", LOW_ORDER)
def test_a_key_of_low_order_is_refused_wherever_it_comes(hand: Hand, point: bytes) -> None:
    hello = bytearray(hand.hello())
    hello[82:114] = point
    assert refusal(hand.ours, bytes(hello)) == Reason.WRONG_SERVER_KEY
    other = Hand(server(SocketType.PULL, server_keys(point), LONGEST))
    other.greet()
    assert refusal(other.ours, other.initiate(key=point)) == Reason.BAD_HANDSHAKE
    with pytest.raises(ProtocolError) as caught:
        say(client(SocketType.PUSH, client_keys(server=point)), GREETING)
    assert caught.value.reason == Reason.WRONG_SERVER_KEY


@pytest.mark.parametrize("point", LOW_ORDER)
def test_a_client_refuses_a_transient_key_of_low_order(point: bytes) -> None:
    theirs = client(SocketType.PUSH, client_keys())
    say(theirs, OPENING + rest_of_greeting(b"CURVE", as_server=True))
    transient = mechanism_of(theirs)
    assert isinstance(transient, CurveClient)
    told = point + bytes(96)
    nonce = b"WELCOME-" + bytes(16)
    box = sodium.crypto_box_easy(told, nonce, transient._transient, SERVER.secret)
    said = command_frame(b"\x07WELCOME" + bytes(16) + box)
    assert refusal(theirs, said) == Reason.BAD_HANDSHAKE


class FalseServer:
    """It has the right key, and what it says can be wrong."""

    def __init__(self) -> None:
        self.theirs = client(SocketType.PUSH, client_keys())
        say(self.theirs, OPENING + rest_of_greeting(b"CURVE", as_server=True))
        mechanism = mechanism_of(self.theirs)
        assert isinstance(mechanism, CurveClient)
        self.client = mechanism._transient
        self.public, self.secret = sodium.crypto_box_keypair()

    def welcome(self, name: bytes = b"\x07WELCOME", cut: int = 0) -> bytes:
        told = self.public + bytes(96)
        box = sodium.crypto_box_easy(told, b"WELCOME-" + bytes(16), self.client, SERVER.secret)
        return command_frame((name + bytes(16) + box)[: 168 - cut])

    def ready(
        self,
        name: bytes = b"\x05READY",
        properties: bytes = metadata(SocketType.PULL),
        number: int = 1,
    ) -> bytes:
        nonce = number.to_bytes(8, "big")
        box = sodium.crypto_box_easy(
            properties, b"CurveZMQREADY---" + nonce, self.client, self.secret
        )
        return command_frame(name + nonce + box)


def test_a_client_lets_in_the_server_it_trusts() -> None:
    served = FalseServer()
    say(served.theirs, served.welcome())
    say(served.theirs, served.ready())
    assert served.theirs.is_ready


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (lambda it: it.welcome(b"\x07WELCOMF"), Reason.BAD_HANDSHAKE),
        (lambda it: it.welcome(cut=1), Reason.BAD_HANDSHAKE),
        (lambda it: it.ready(), Reason.BAD_HANDSHAKE),
        (lambda it: spoilt(it.welcome()), Reason.BAD_HANDSHAKE),
        (lambda it: it.welcome() + it.welcome(), Reason.BAD_HANDSHAKE),
        (lambda it: it.welcome() + it.ready(b"\x05REEDY"), Reason.BAD_HANDSHAKE),
        (lambda it: it.welcome() + it.ready(number=0), Reason.BAD_HANDSHAKE),
        (lambda it: it.welcome() + spoilt(it.ready()), Reason.BAD_HANDSHAKE),
        (lambda it: it.welcome() + command_frame(b"\x05READY" + bytes(23)), Reason.BAD_HANDSHAKE),
        (lambda it: it.welcome() + it.ready(properties=b""), Reason.WRONG_SOCKET_TYPE),
        (lambda it: it.welcome() + command_frame(error(b"400")), Reason.ERROR),
        (lambda _: command_frame(error(b"400")), Reason.ERROR),
    ],
)
def test_a_client_takes_nothing_else(said: Callable[[FalseServer], bytes], reason: Reason) -> None:
    served = FalseServer()
    assert refusal(served.theirs, said(served)) == reason
    assert not served.theirs.is_ready


def test_a_ready_cannot_be_said_again_as_a_message() -> None:
    """Both have the nonce that is due; what they begin with tells them apart."""
    served = FalseServer()
    say(served.theirs, served.welcome() + served.ready())
    again = body_of(served.ready(number=2))
    assert refusal(served.theirs, frame_head(len(again)) + again) == Reason.BAD_BOX
    forged = b"\x07MESSAGE" + again[6:]
    assert refusal(served.theirs, frame_head(len(forged)) + forged) == Reason.BAD_BOX


# --- trap 8 and 9: metadata, subscriptions, and the bounds


@pytest.mark.parametrize("minor", [b"\0", b"\1"])
def test_subscriptions_come_out_of_the_box_in_either_version(minor: bytes) -> None:
    """A SUB of 3.0 sends messages for them, one of 3.1 commands."""
    ours, theirs = server(SocketType.PUB, server_keys(), 256), client(SocketType.SUB, client_keys())
    rest = bytearray(rest_of_greeting(b"CURVE", as_server=False))
    say(ours, OPENING + minor + bytes(rest[1:]))
    pass_on(ours, theirs)
    theirs.outgoing = theirs.outgoing[64:]  # its own greeting: ours was said above
    for _ in range(4):
        pass_on(theirs, ours)
        pass_on(ours, theirs)
    assert ours.is_ready and theirs.is_ready
    assert say(ours, frame(theirs, b"\1pic")) == [b"\1pic"]
    command = b"".join(mechanism_of(theirs).encode(b"\x09SUBSCRIBEpic", is_command=True))
    assert say(ours, command) == [b"\1pic"]
    command = b"".join(mechanism_of(theirs).encode(b"\6CANCELpic", is_command=True))
    assert say(ours, command) == [b"\0pic"]


@pytest.mark.parametrize("name", ["hello", "initiate"])
def test_before_it_is_known_it_may_say_one_small_command(hand: Hand, name: str) -> None:
    if name == "initiate":
        hand.greet()
    for size in (0, 199, 201, 256) if name == "hello" else (0, 256, LONGEST_COMMAND + 1):
        peer = Hand(server(SocketType.PULL, server_keys())) if name == "hello" else hand
        assert refusal(peer.ours, frame_head(size, COMMAND)) == Reason.BAD_HANDSHAKE
        if name == "initiate":
            hand = Hand(server(SocketType.PULL, server_keys()))
            hand.greet()
    fresh = Hand(server(SocketType.PULL, server_keys()))
    assert refusal(fresh.ours, frame_head(200)) == Reason.NOT_READY
    assert fresh.ours.held == 0


def test_a_frame_may_be_as_long_as_a_message_and_its_box() -> None:
    ours, theirs = pair()
    longest = OVERHEAD + max(LONGEST, LONGEST_COMMAND)
    assert OVERHEAD == 33
    ours.receive(memoryview(frame_head(longest)), 1)
    ours, theirs = pair()
    assert refusal(ours, frame_head(longest + 1)) == Reason.TOO_LONG
    ours, theirs = pair()
    assert refusal(ours, frame(theirs, bytes(LONGEST + 1))) == Reason.TOO_LONG
    ours, theirs = pair()
    assert refusal(ours, frame_head(OVERHEAD - 1)) == Reason.BAD_BOX


def test_a_command_inside_the_box_is_no_longer_than_one_outside() -> None:
    for size, reason in ((LONGEST_COMMAND, None), (LONGEST_COMMAND + 1, Reason.TOO_LONG)):
        ours, theirs = pair(10 * LONGEST_COMMAND)
        said = mechanism_of(theirs).encode(b"\4PONG".ljust(size, b"x"), is_command=True)
        if reason is None:
            assert say(ours, b"".join(said)) == []
        else:
            assert refusal(ours, b"".join(said)) == reason


def test_inside_the_box_there_are_no_parts_and_no_unknown_flags() -> None:
    for flags, reason in ((1, Reason.SEVERAL_PARTS), (4, Reason.UNKNOWN_FRAME), (2, None)):
        ours, theirs = pair()
        number = (9).to_bytes(8, "big")
        plain = bytes((flags,)) + b"\4PING\0\0"
        shared = mechanism_of(theirs)._shared  # type: ignore[attr-defined]
        box = sodium.crypto_box_easy_afternm(plain, b"CurveZMQMESSAGEC" + number, shared)
        said = frame_head(OVERHEAD + len(plain) - 1) + b"\x07MESSAGE" + number + box
        if reason is None:
            assert say(ours, said) == [] and ours.outgoing
        else:
            assert refusal(ours, said) == reason


# --- pieces, mutations, truth


@settings(max_examples=30)
@given(st.lists(st.integers(1, 300), min_size=1), st.lists(st.binary(max_size=500), max_size=6))
def test_how_it_is_cut_makes_no_difference(cuts: list[int], messages: list[bytes]) -> None:
    ours, theirs = server(SocketType.PULL, server_keys()), client(SocketType.PUSH, client_keys())
    heard: list[bytes] = []
    count = 0

    def cut_through(source: Peer, sink: Peer, said: bytes) -> None:
        nonlocal count
        at = 0
        while at < len(said):
            size = cuts[count % len(cuts)]
            heard.extend(say(sink, said[at : at + size]))
            at, count = at + size, count + 1

    for _ in range(8):
        for source, sink in ((theirs, ours), (ours, theirs)):
            said = bytes(source.outgoing)
            source.outgoing.clear()
            cut_through(source, sink, said)
    for message in messages:
        cut_through(theirs, ours, frame(theirs, message))
    assert heard == messages


@pytest.mark.parametrize("step", [0, 1, 2, 3, 4])
@settings(max_examples=60)
@given(st.data())
def test_one_changed_octet_is_refused_or_changes_nothing(step: int, data: st.DataObject) -> None:
    """At each step of a fresh connection, by a position that hypothesis chooses."""
    ours = server(SocketType.PULL, server_keys(), LONGEST)
    theirs = client(SocketType.PUSH, client_keys(), LONGEST)
    for _ in range(step):
        pass_on(theirs, ours)
        pass_on(ours, theirs)
    said = bytearray(theirs.outgoing or frame(theirs, b"message"))
    at = data.draw(st.integers(0, len(said) - 1))
    said[at] ^= data.draw(st.integers(1, 255))
    was_ready = ours.is_ready
    try:
        messages = say(ours, bytes(said))
    except ProtocolError as refused:
        assert str(refused)
        return
    assert messages in ([], [b"message"])
    if was_ready and messages:
        assert at == 0, "only the flags outside are not sealed"
    assert ours.held <= LONGEST + OVERHEAD


@settings(max_examples=100)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=300),
            st.tuples(
                st.sampled_from([0, 2, 4, 6]),
                st.sampled_from([b"\x05HELLO", b"\x08INITIATE", b"\x07MESSAGE", b"\x05READY"]),
                st.binary(max_size=400),
            ),
        ),
        max_size=5,
    ),
    st.booleans(),
    st.booleans(),
)
def test_rubbish_is_refused_or_waited_for_and_never_a_message(
    pieces: list[bytes | tuple[int, bytes, bytes]], is_server: bool, through: bool
) -> None:
    ours, theirs = (
        server(SocketType.PULL, server_keys(), LONGEST),
        client(SocketType.PUSH, client_keys(), LONGEST),
    )
    if through:
        shake_hands(ours, theirs)
    peer = ours if is_server else theirs
    try:
        for piece in pieces:
            if isinstance(piece, tuple):
                flags, name, rest = piece
                body = name + rest
                piece = frame_head(len(body), flags & COMMAND) + body
            assert say(peer, piece) == []
            assert peer.held <= LONGEST + OVERHEAD + 64
    except ProtocolError as refused:
        assert refused.reason != Reason.UNKNOWN_KEY, "it proved to hold a key"
    assert through or not peer.is_ready
