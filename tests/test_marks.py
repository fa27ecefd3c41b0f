"""What decides which tests run, and beside what."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import ALONE

TESTS = Path(__file__).parent


def test_what_has_the_machine_to_itself_is_still_called_so() -> None:
    """A file that moves would run beside the others, and nobody would know why it fails."""
    there = [str(path.relative_to(TESTS)) for path in TESTS.rglob("test_*.py")]
    assert [one for one in ALONE if not any(path.startswith(one) for path in there)] == []
