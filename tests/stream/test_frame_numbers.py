from __future__ import annotations

import resource
from pathlib import Path

import pytest

from lib.stream.frame_numbers import BLOCK, NOTE, FrameNumbers


def test_numbers_grow_by_one_and_go_on_above_after_a_replacement(tmp_path: Path) -> None:
    first = FrameNumbers(tmp_path)
    assert [first.next() for _ in range(3)] == [0, 1, 2]
    second = FrameNumbers(tmp_path)  # the first was killed without a word
    after = second.next()
    assert after >= 3
    taken = [second.next() for _ in range(2 * BLOCK)]
    assert taken == list(range(after + 1, after + 1 + 2 * BLOCK))
    assert FrameNumbers(tmp_path).next() > taken[-1]


@pytest.mark.parametrize("damage", ["", "rubbish", "-"])
def test_a_damaged_note_does_not_stop_the_stream(tmp_path: Path, damage: str) -> None:
    (tmp_path / f"{NOTE}{damage}").touch()
    assert FrameNumbers(tmp_path).next() == 0


def test_a_full_disk_does_not_make_them_begin_again(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # no file may hold a byte
    try:
        numbers = FrameNumbers(tmp_path)
        taken = [numbers.next() for _ in range(BLOCK + 1)]
        assert FrameNumbers(tmp_path).next() > taken[-1]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_folder_that_is_gone_does_not_stop_the_stream(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = FrameNumbers(tmp_path / "gone")
    assert [numbers.next() for _ in range(3)] == [0, 1, 2]
    assert "cannot be noted" in caplog.text
