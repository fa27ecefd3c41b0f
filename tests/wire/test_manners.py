"""What passes at the job port, in whatever pieces it comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.wire.manners import AT_ONCE, Manners

SIGNATURE = b"\xff\0\0\0\0\0\0\0\x01\x7f"
PLAIN = SIGNATURE + b"\3\1" + b"NULL".ljust(20, b"\0") + bytes(32)
CURVE = SIGNATURE + b"\3\1" + b"CURVE".ljust(20, b"\0") + bytes(32)
READY = b"\x04\x27\5READY\x0bSocket-Type\0\0\0\4PULL\x08Identity\0\0\0\0"
PING, LONG_PONG = b"\x04\x07\4PING\0\0", b"\x06\0\0\0\0\0\0\0\5\4PONG"


def fine(said: bytes, pieces: int = 1_000_000) -> bool:
    manners = Manners(0.0)
    return all(
        manners.hear(memoryview(said[at : at + pieces]), 1.0) for at in range(0, len(said), pieces)
    )


@pytest.mark.parametrize("pieces", [1, 2, 7, 63, 1000])
@pytest.mark.parametrize("said", [PLAIN + READY + PING * 9 + LONG_PONG, PLAIN, CURVE + bytes(900)])
def test_what_a_worker_says_passes_in_any_pieces(said: bytes, pieces: int) -> None:
    assert fine(said, pieces)


@pytest.mark.parametrize("pieces", [1, 3, 1000])
@pytest.mark.parametrize(
    "said",
    [
        b"\0\1a",
        b"\1\0",
        b"\4\x0b\x09SUBSCRIBE",
        b"\5\5\4PING",
        b"\4\0",
        b"\4\3\4PI",
        b"\6" + (1 << 40).to_bytes(8, "big"),
    ],
)
def test_what_no_worker_says_does_not(said: bytes, pieces: int) -> None:
    assert not fine(PLAIN + READY + said, pieces)


def test_too_much_is_too_much_whatever_it_is() -> None:
    assert not fine(CURVE + bytes(AT_ONCE + 2048))
    assert not fine(SIGNATURE + b"\1\7" + bytes(300)), "an old one says its name and no more"
    manners = Manners(0.0)
    for second in range(100_000):  # heartbeats of more than a day
        assert manners.hear(memoryview(PING * 20), second * 1.0) or not second


@given(st.lists(st.binary(max_size=80), max_size=30), st.booleans())
def test_any_bytes_are_fine_or_not(pieces: list[bytes], greeted: bool) -> None:
    manners = Manners(0.0)
    if greeted:
        assert manners.hear(memoryview(PLAIN), 0.0)
    verdicts = [manners.hear(memoryview(piece), 0.0) for piece in pieces]
    if greeted and all(verdicts):
        assert fine(PLAIN + b"".join(pieces)), "how it was cut makes no difference"
