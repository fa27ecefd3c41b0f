"""One connection without keys: in whatever pieces it is spoken, and what ends it."""

from __future__ import annotations

import mmap

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.zmtp.commands import SocketType
from lib.zmtp.errors import ProtocolError, Reason
from lib.zmtp.mechanism import Null
from lib.zmtp.peer import Peer
from tests.zmtp.ends import client, frame, mechanism_of, pass_on, say, server, shake_hands

LONGEST = 1000
SIGNATURE = b"\xff\0\0\0\0\0\0\0\x01\x7f"
REST = b"NULL".ljust(20, b"\0") + bytes(32)
HELLO = SIGNATURE + b"\3\1" + REST
HELLO_3_0 = SIGNATURE + b"\3\0" + REST
READY = b"\x04\x1a\5READY\x0bSocket-Type\0\0\0\4PUSH"
SUB_READY = b"\x04\x19\5READY\x0bSocket-Type\0\0\0\3SUB"
OLD = SIGNATURE + b"\1\x08" + b"\0\0"
PING = b"\4\x0a\4PING\0\0abc"


def pull() -> Peer:
    return server(SocketType.PULL, None, LONGEST)


def pub() -> Peer:
    return server(SocketType.PUB, None, 256)


@pytest.mark.parametrize("most", [1, 16])
@pytest.mark.parametrize("pieces", [1, 2, 9, 64, 10**6])
@pytest.mark.parametrize("start", [HELLO + READY, HELLO_3_0 + READY, OLD])
def test_messages_come_out_as_they_went_in(start: bytes, pieces: int, most: int) -> None:
    peer, long = pull(), b"y" * 700
    said = start + b"\0\3abc\0\0" + b"\2" + len(long).to_bytes(8, "big") + long + b"\0\1z"
    assert say(peer, said, pieces, most) == [b"abc", b"", long, b"z"]
    assert peer.is_ready and not peer.held


def test_commands_are_read_a_few_at_a_time_too() -> None:
    peer, said = pull(), PING * 40 + b"\0\3abc"
    say(peer, HELLO + READY)
    assert peer.receive(memoryview(said), 16) == ([], 16 * len(PING))
    assert say(peer, said[16 * len(PING) :], most=16) == [b"abc"]
    assert peer.commands == 40


def test_it_is_answered_as_zeromq_answers() -> None:
    peer = pull()
    assert bytes(peer.outgoing) == SIGNATURE + b"\3", "an older peer would take more for its own"
    say(peer, HELLO + READY + PING)
    said = bytes(peer.outgoing)
    assert said.startswith(SIGNATURE + b"\3\1" + REST)
    assert b"\5READY\x0bSocket-Type\0\0\0\4PULL" in said
    assert said.endswith(b"\4\x08\4PONGabc")


def test_an_old_one_is_answered_in_its_own_version() -> None:
    peer = server(SocketType.PUB, None)
    assert say(peer, SIGNATURE + b"\1\2\0\0" + b"\0\1\1") == [b"\1"]
    assert bytes(peer.outgoing) == SIGNATURE + b"\3" + b"\1\0\0"
    assert frame(peer, b"picture") == b"\0\7picture"
    assert not peer.ping()


@pytest.mark.parametrize("kind", [SocketType.PULL, SocketType.PUB, SocketType.XSUB])
def test_two_of_ours_understand_each_other(kind: SocketType) -> None:
    one, other = server(kind, None), client(kind.peers[0], None)
    shake_hands(one, other)
    assert one.is_ready and other.is_ready
    assert say(one, frame(other, b"x" * 300)) == [b"x" * 300]
    assert say(other, frame(one, b"y")) == [b"y"]
    assert one.ping()
    pass_on(one, other)
    assert b"PONG" in other.outgoing and pass_on(other, one) == []


def test_subscriptions_are_the_same_as_messages_and_as_commands() -> None:
    peer = pub()
    said = HELLO + SUB_READY + b"\0\4\1pic" + b"\4\x0d\x09SUBSCRIBEpic" + b"\4\x0a\6CANCELpic"
    assert say(peer, said) == [b"\1pic", b"\1pic", b"\0pic"]


BAD: list[tuple[bytes, Reason]] = [
    (b"GET / HTTP/1.1\r\n", Reason.NO_ZEROMQ),
    (b"\xff" + bytes(20), Reason.NO_ZEROMQ),
    (SIGNATURE + b"\3\1" + b"CURVE".ljust(20, b"\0") + bytes(32), Reason.HAS_KEY),
    (SIGNATURE + b"\3\1" + b"PLAIN".ljust(20, b"\0") + bytes(32), Reason.UNKNOWN_MECHANISM),
    (HELLO + b"\0\1a", Reason.NOT_READY),
    (HELLO + READY.replace(b"PUSH", b"PULL"), Reason.WRONG_SOCKET_TYPE),
    (HELLO + b"\4\6\5READY", Reason.WRONG_SOCKET_TYPE),
    (HELLO + b"\4\7\5READY\xff", Reason.WRONG_SOCKET_TYPE),
    (HELLO + b"\4\7\5ERROR\0", Reason.ERROR),
    (HELLO + PING, Reason.UNKNOWN_COMMAND),
    (OLD[:11] + b"\7", Reason.WRONG_SOCKET_TYPE),
    (OLD + b"\4\5\4PING", Reason.UNKNOWN_FRAME),
    (HELLO + READY + b"\1\0", Reason.SEVERAL_PARTS),
    (HELLO + READY + b"\x40\0", Reason.UNKNOWN_FRAME),
    (HELLO + READY + b"\2" + (LONGEST + 1).to_bytes(8, "big"), Reason.TOO_LONG),
    (HELLO + READY + b"\2" + b"\xff" * 8, Reason.TOO_LONG),
    (HELLO + READY + b"\6" + (2000).to_bytes(8, "big"), Reason.TOO_LONG),
    (HELLO + b"\6" + (2000).to_bytes(8, "big"), Reason.TOO_LONG),
    (HELLO + READY + b"\4\x0a\x09SUBSCRIBE", Reason.UNKNOWN_COMMAND),
    (HELLO + READY + b"\4\xff\4PING" + bytes(250), Reason.UNKNOWN_COMMAND),
    (HELLO + READY + READY, Reason.UNKNOWN_COMMAND),
]


@pytest.mark.parametrize("pieces", [1, 10**6])
@pytest.mark.parametrize(("said", "reason"), BAD)
def test_what_no_push_says_ends_it_with_its_reason(
    said: bytes, reason: Reason, pieces: int
) -> None:
    with pytest.raises(ProtocolError) as refusal:
        say(pull(), said, pieces)
    assert refusal.value.reason == reason and str(refusal.value)


def test_a_topic_may_be_no_longer_as_a_command_than_as_a_message() -> None:
    for talk in (b"\0\xff\1" + bytes(254), b"\6\0\0\0\0\0\0\1\x09\x09SUBSCRIBE" + bytes(255)):
        assert say(pub(), HELLO + SUB_READY + talk)
    for talk in (
        b"\2\0\0\0\0\0\0\1\1\1" + bytes(256),
        b"\6\0\0\0\0\0\0\1\x0b\x09SUBSCRIBE" + bytes(257),
    ):
        with pytest.raises(ProtocolError, match="too long"):
            say(pub(), HELLO + SUB_READY + talk)


def test_a_sub_says_no_other_commands() -> None:
    with pytest.raises(ProtocolError, match="not expected"):
        say(pub(), HELLO + SUB_READY + b"\4\5\4JOIN")


def test_a_pong_and_a_late_error_say_nothing() -> None:
    assert say(pull(), HELLO + READY + b"\4\5\4PONG" + b"\4\7\5ERROR\0" + b"\0\1a") == [b"a"]


def test_what_says_it_has_no_keys_knows_no_key() -> None:
    peer = pull()
    peer.authenticate()
    assert not peer.is_ready
    say(peer, HELLO + READY)
    assert peer.key == b"" and isinstance(mechanism_of(peer), Null)
    peer.authenticate()
    assert peer.is_ready


@pytest.mark.parametrize("pieces", [1, 3, 1000])
@pytest.mark.parametrize(
    "said",
    [
        b"\1\0",
        b"\4\x0a\x09SUBSCRIBE",
        b"\5\5\4PING",
        b"\4\0",
        b"\4\3\4PI",
        b"\6" + (1 << 40).to_bytes(8, "big"),
        b"\0\1a",
    ],
)
def test_what_no_worker_says_at_the_job_port(said: bytes, pieces: int) -> None:
    peer = server(SocketType.PUSH, None, 0)
    long_pong = b"\6\0\0\0\0\0\0\0\5\4PONG"
    assert not say(peer, HELLO + READY.replace(b"PUSH", b"PULL") + PING * 9 + long_pong, pieces)
    with pytest.raises(ProtocolError):
        say(peer, said, pieces)


STARTS = [b"", HELLO, HELLO + READY, HELLO + SUB_READY, OLD]


@given(st.sampled_from(STARTS), st.lists(st.binary(max_size=60)), st.booleans())
def test_any_octets_are_messages_or_an_error_and_nothing_is_kept(
    start: bytes, pieces: list[bytes], is_pub: bool
) -> None:
    peer = pub() if is_pub else pull()
    try:
        say(peer, start)
        for piece in pieces:
            _, taken = peer.receive(memoryview(piece), 10**6)
            assert taken == len(piece)
            assert peer.held <= LONGEST
    except ProtocolError as error:
        assert str(error)


@given(st.lists(st.binary(max_size=400), max_size=12), st.lists(st.integers(1, 90), min_size=1))
def test_how_it_is_cut_makes_no_difference(messages: list[bytes], cuts: list[int]) -> None:
    one, peer = server(SocketType.PUSH, None), pull()
    said = HELLO + READY + b"".join(frame(one, message) for message in messages)
    heard: list[bytes] = []
    at = number = 0
    while at < len(said):
        cut = cuts[number % len(cuts)]
        heard += say(peer, said[at : at + cut], most=1 + number % 3)
        at, number = at + cut, number + 1
    assert heard == messages


def test_a_body_of_which_much_is_announced_and_little_comes_costs_little() -> None:
    """And it grows by no copy of what is there: it has its memory once."""
    longest = 64 * 1024 * 1024
    peers = [server(SocketType.PULL, None, longest) for _ in range(20)]
    before = psutil.Process().memory_info().rss
    for peer in peers:
        say(peer, HELLO + READY + b"\2" + longest.to_bytes(8, "big") + b"little")
        assert peer.held == 6
    assert psutil.Process().memory_info().rss - before < 4 * 1024 * 1024


@pytest.mark.parametrize("is_proven", [False, True])
def test_pages_of_its_own_are_for_strangers(is_proven: bool) -> None:
    """The kernel gives them one by one: a proven worker's large pictures would take longer."""
    peer, half = server(SocketType.PULL, None), bytes(500_000)
    say(peer, HELLO + READY)
    peer.is_proven = is_proven
    say(peer, b"\2" + (2 * len(half)).to_bytes(8, "big") + half)
    assert isinstance(peer._partial.obj, bytearray if is_proven else mmap.mmap)
    assert say(peer, half) == [2 * half]
