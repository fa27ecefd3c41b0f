"""What decides which tests run, and beside what."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import CLOCKED, FIRST, clocked, pytest_ignore_collect

TESTS = Path(__file__).parent


def test_what_judges_by_the_clock_is_still_called_so() -> None:
    """A file that moves would run beside the others, and nobody would know why it fails."""
    there = [str(path.relative_to(TESTS)) for path in TESTS.rglob("test_*.py")]
    named = {*FIRST, *(one for begins in CLOCKED.values() for one in begins)}
    assert [one for one in named if not any(path.startswith(one) for path in there)] == []


@pytest.mark.parametrize("wanted", ["", *CLOCKED, "not slow and not timed and not alone"])
def test_a_file_is_left_out_only_where_none_of_its_tests_would_run(wanted: str) -> None:
    """And each is run by one phase of test.sh."""
    config = SimpleNamespace(option=SimpleNamespace(markexpr=wanted))
    for path in TESTS.rglob("test_*.py"):
        mark = clocked(path)
        runs = {"": True, mark: True}.get(wanted, not mark and "not" in wanted)
        # A test that has the mark by itself was run by no phase, because its file was not read.
        runs = runs or (wanted in CLOCKED and f"mark.{wanted}" in path.read_text("utf-8"))
        assert pytest_ignore_collect(path, config) is (None if runs else True), path  # type: ignore[arg-type]
    assert pytest_ignore_collect(TESTS / "core", config) is None  # type: ignore[arg-type]
