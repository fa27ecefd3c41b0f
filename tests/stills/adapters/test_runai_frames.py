from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from lib.stills.adapters.runai_frames import CHUNK, ChunkReader, ChunkSign, framed

MOST = 100_000


def read(data: bytes, cuts: list[int], longest: int = MOST) -> list[bytes | ChunkSign]:
    reader, found, start = ChunkReader(longest), [], 0
    for cut in [*sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]:
        found += list(reader.feed(data[start:cut]))
        start = cut
    return found


@given(st.lists(st.text(max_size=3000), max_size=4), st.lists(st.integers(0, 2**20), max_size=40))
def test_messages_come_whole_however_they_are_split(texts: list[str], cuts: list[int]) -> None:
    data = b"".join(framed({"text": text}) for text in texts)
    assert [json.loads(one) for one in read(data, cuts) if isinstance(one, bytes)] == [
        {"text": text} for text in texts
    ]


def test_split_at_every_byte() -> None:
    data = framed({"a": "b" * 2500}) + b"c" * CHUNK + framed({})
    for cut in range(len(data)):
        assert read(data, [cut]) == [
            json.dumps({"a": "b" * 2500}).encode(),
            ChunkSign.CANCEL,
            b"{}",
        ]


@given(st.binary(max_size=9000), st.lists(st.integers(0, 2**20), max_size=20))
def test_any_bytes_are_read_alike_in_any_portions(data: bytes, cuts: list[int]) -> None:
    assert read(data, cuts) == read(data, [])


def test_chunks_of_c_and_x_are_controls_only_between_messages() -> None:
    assert read(b"c" * CHUNK + b"x" * CHUNK, []) == [ChunkSign.CANCEL, ChunkSign.QUIT]
    inside = b"{" + b" " * (CHUNK - 1) + b"c" * CHUNK + bytes(CHUNK)
    assert read(inside, []) == [b"{" + b" " * (CHUNK - 1) + b"c" * CHUNK]
    assert read(bytes(5 * CHUNK), []) == []


def test_what_is_too_long_is_passed_over_and_the_next_is_read() -> None:
    data = framed({"a": "b" * 9000}) + framed({"a": 1})
    assert read(data, [], longest=5000) == [ChunkSign.TOO_LONG, b'{"a": 1}']
