"""What a PUSH says, in whatever pieces it comes, and what no PUSH says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.wire.speech import RudeError, Said, Speech

LONGEST = 1000
SIGNATURE = b"\xff\0\0\0\0\0\0\0\x01\x7f"
HELLO = SIGNATURE + b"\3\1" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x04\x1a\5READY\x0bSocket-Type\0\0\0\4PUSH"
OLD = SIGNATURE + b"\1\x08" + b"\0\0"


def hear(said: bytes, pieces: int = 10**6, most: int = 10**6) -> tuple[list[Said], Speech]:
    speech, messages = Speech(LONGEST), list[Said]()
    for at in range(0, len(said), pieces):
        rest = memoryview(said[at : at + pieces])
        while rest:
            more, heard = speech.hear(rest, most)
            messages += more
            rest = rest[heard:]
    return messages, speech


@pytest.mark.parametrize("most", [1, 16])
@pytest.mark.parametrize("pieces", [1, 2, 9, 64, 10**6])
@pytest.mark.parametrize("start", [HELLO + READY, OLD])
def test_messages_come_out_as_they_went_in(start: bytes, pieces: int, most: int) -> None:
    long = b"y" * 700
    said = start + b"\0\3abc\0\0" + b"\2" + len(long).to_bytes(8, "big") + long + b"\0\1z"
    messages, speech = hear(said, pieces, most)
    assert messages == [b"abc", b"", long, b"z"]
    assert speech.through and not speech.held


def test_it_is_answered_as_zeromq_answers() -> None:
    _, speech = hear(HELLO + READY + b"\4\x0a\4PING\0\0abc")
    assert bytes(speech.answers).startswith(SIGNATURE + b"\3\0NULL")
    assert speech.answers.endswith(b"\4\x08\4PONGabc")
    assert b"\5READY\x0bSocket-Type\0\0\0\4PULL" in speech.answers


@pytest.mark.parametrize("pieces", [1, 10**6])
@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"GET / HTTP/1.1\r\n", "does not speak"),
        (b"\xff" + bytes(20), "does not speak"),
        (SIGNATURE + b"\3\1" + b"CURVE".ljust(20, b"\0") + bytes(32), "has keys"),
        (HELLO + b"\0\1a", "before it said"),
        (HELLO + READY.replace(b"PUSH", b"PULL"), "no PUSH"),
        (HELLO + b"\4\6\5READY", "no PUSH"),
        (HELLO + b"\4\7\5READY\xff", "no PUSH"),
        (OLD[:11] + b"\7", "no PUSH"),
        (HELLO + READY + b"\1\0", "several parts"),
        (HELLO + READY + b"\x40\0", "unknown kind"),
        (HELLO + READY + b"\2" + (LONGEST + 1).to_bytes(8, "big"), "1001 bytes"),
        (HELLO + READY + b"\2" + b"\xff" * 8, "bytes"),
        (HELLO + READY + b"\6" + (2000).to_bytes(8, "big"), "2000 bytes"),
        (HELLO + READY + b"\4\x0a\x09SUBSCRIBE", "a command"),
        (HELLO + READY + b"\4\xff\4PING" + bytes(250), "a command"),
        (HELLO + READY + READY, "a command"),
    ],
)
def test_what_no_push_says_ends_it_with_a_reason(said: bytes, words: str, pieces: int) -> None:
    with pytest.raises(RudeError, match=words):
        hear(said, pieces)


@given(st.sampled_from([b"", HELLO, HELLO + READY, OLD]), st.lists(st.binary(max_size=60)))
def test_any_bytes_are_messages_or_rude_and_nothing_is_kept(
    start: bytes, pieces: list[bytes]
) -> None:
    speech = Speech(LONGEST)
    speech.hear(memoryview(start), 9)
    try:
        for piece in pieces:
            _, heard = speech.hear(memoryview(piece), 10**6)
            assert heard == len(piece)
            assert speech.held <= LONGEST
    except RudeError as error:
        assert str(error)
