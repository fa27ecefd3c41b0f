from __future__ import annotations

from pathlib import Path

import pytest

from lib.stream.numbers import BLOCK, Numbers


def test_numbers_grow_by_one_and_go_on_above_after_a_replacement(tmp_path: Path) -> None:
    first = Numbers(tmp_path)
    assert [first.next() for _ in range(3)] == [0, 1, 2]
    second = Numbers(tmp_path)  # the first was killed without a word
    after = second.next()
    assert after >= 3
    taken = [second.next() for _ in range(2 * BLOCK)]
    assert taken == list(range(after + 1, after + 1 + 2 * BLOCK))
    assert Numbers(tmp_path).next() > taken[-1]


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"\xff\xfe", b"-"])
def test_a_damaged_note_does_not_stop_the_stream(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "next_number").write_bytes(damage)
    assert Numbers(tmp_path).next() == 0


def test_a_full_disk_does_not_stop_the_stream(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = Numbers(tmp_path / "gone")
    assert [numbers.next() for _ in range(3)] == [0, 1, 2]
    assert "can not be noted" in caplog.text
