from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from lib.pictures.sequence_rate import FILE, rate_in, write_rate


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_rate(tmp_path, Fraction(30000, 1001))
    assert rate_in(tmp_path) == Fraction(30000, 1001)


@pytest.mark.parametrize(("said", "rate"), [("25\n", 25), ("12.5", Fraction(25, 2))])
def test_a_person_may_write_it(tmp_path: Path, said: str, rate: Fraction) -> None:
    (tmp_path / FILE).write_text(said)
    assert rate_in(tmp_path) == rate


@pytest.mark.parametrize("said", [b"", b"fast", b"0", b"-5", b"1/0", b"1e9", b"\xff", b"9" * 99])
def test_nonsense_says_nothing(tmp_path: Path, said: bytes) -> None:
    (tmp_path / FILE).write_bytes(said)
    assert rate_in(tmp_path) is None


def test_no_file_and_no_regular_file(tmp_path: Path) -> None:
    assert rate_in(tmp_path / "nowhere") is None
    os.mkfifo(tmp_path / FILE)
    assert rate_in(tmp_path) is None
