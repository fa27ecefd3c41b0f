"""What a message consists of is counted as msgpack has it, and no further than asked."""

from __future__ import annotations

import os
import time
from typing import Any

import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.wire.items import more_items_than
from lib.wire.messages import MAX_ITEMS, WireError, decode_result

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=40)
    | st.binary(max_size=40)
    | st.sampled_from([bytes(70_000), "x" * 40, "x" * 300, [0] * 20])
    | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=40))
)
ANYTHING = st.recursive(
    LEAVES, lambda of: st.lists(of) | st.dictionaries(st.text(max_size=5), of), max_leaves=20
)


def items(one: Any) -> int:
    if isinstance(one, list):
        return 1 + sum(map(items, one))
    if isinstance(one, dict):
        return 1 + sum(items(key) + items(value) for key, value in one.items())
    return 1


@given(ANYTHING)
@example([0] * 70_000)
@example("x" * 70_000)
@example({str(number): [] for number in range(300)})
def test_it_counts_as_msgpack_does(one: object) -> None:
    data, count = memoryview(msgpack.packb(one)), items(one)
    assert not more_items_than(count, data)
    assert more_items_than(count - 1, data)


@given(st.binary(max_size=200), st.integers(0, 50))
def test_any_octets_are_counted_without_an_error(data: bytes, most: int) -> None:
    more_items_than(most, memoryview(data))


NESTED = b"\x81\xa1x\xdd" + (1_900_000).to_bytes(4, "big") + b"\x91\xc0" * 1_900_000


@pytest.mark.parametrize("data", [NESTED, msgpack.packb({"x": [None] * 3_900_000})])
def test_a_long_message_of_many_items_is_not_read_to_its_end(data: bytes) -> None:
    began_s = time.thread_time()
    with pytest.raises(WireError, match=f"more than {MAX_ITEMS} items"):
        decode_result(data)
    assert time.thread_time() - began_s < 0.005


def test_a_long_picture_is_read() -> None:
    jpg = os.urandom(3_000_000)
    timings = {f"stage {n}": 1.0 for n in range(16)}
    message = {"timestamp": 1.5, "index": 7, "jpg": jpg, "timings": timings, "more": [1, {"a": 2}]}
    assert bytes(decode_result(msgpack.packb(message)).jpg) == jpg
