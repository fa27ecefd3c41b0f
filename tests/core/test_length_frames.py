from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.length_frames import LengthError, LengthReader, framed

MOST = 100_000


def read(data: bytes, cuts: list[int]) -> list[bytes]:
    """What was read, and at the end a mark where it could not go on."""
    reader, found, start = LengthReader(MOST), [], 0
    for cut in [*sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]:
        try:
            found += list(reader.feed(data[start:cut]))
        except LengthError:
            return [*found, b"too long"]
        start = cut
    return found


@given(st.lists(st.text(max_size=3000), max_size=4), st.lists(st.integers(0, 2**20), max_size=40))
def test_messages_come_whole_however_they_are_split(texts: list[str], cuts: list[int]) -> None:
    data = b"".join(framed({"text": text}) for text in texts)
    assert [json.loads(one) for one in read(data, cuts)] == [{"text": text} for text in texts]


def test_split_at_every_byte() -> None:
    data = framed({"a": "b" * 200}) + framed({"connect": 1})
    for cut in range(len(data)):
        assert read(data, [cut]) == [json.dumps({"a": "b" * 200}).encode(), b'{"connect": 1}']


@given(st.binary(max_size=3000), st.lists(st.integers(0, 2**20), max_size=20))
def test_any_bytes_end_in_messages_or_in_an_error(data: bytes, cuts: list[int]) -> None:
    whole, parts = read(data, []), read(data, cuts)
    assert parts[-1:] == whole[-1:] if whole[-1:] == [b"too long"] else parts == whole


def test_the_length_counts_the_zero_byte_and_has_a_bound() -> None:
    assert framed({}) == b"\x03\0\0\0{}\0"
    for length in (b"\0\0\0\0", b"\xff\xff\xff\xff", (MOST + 1).to_bytes(4, "little")):
        with pytest.raises(LengthError):
            list(LengthReader(MOST).feed(length))
