"""No test writes into the state folder of the tree, nor do the programs that it starts; and none
leaves the log otherwise than it found it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples for the same code. `--hypothesis-profile default` looks for others.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")

# What judges by the clock has the machine to itself; the rest runs three files at a time.
ALONE = (
    "test_app.py",
    "test_doors.py",
    "test_show.py",
    "supervise/",
    "bench/test_live.py",
    "stream/dispatch/",
    "stream/test_",
    "ops/units/test_start.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    root = Path(__file__).parent
    for item in items:
        if str(item.path.relative_to(root)).startswith(ALONE):
            item.add_marker("alone")


@pytest.fixture(scope="session", autouse=True)
def _no_state_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For what outlives a single test."""
    before = os.environ.get("STATE_DIR")
    os.environ["STATE_DIR"] = str(tmp_path_factory.mktemp("state"))
    yield
    if before is None:
        del os.environ["STATE_DIR"]
    else:
        os.environ["STATE_DIR"] = before


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test begins with nothing kept."""
    folder = tmp_path / "state"
    monkeypatch.setenv("STATE_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """A program's main() sets up the log of its process, which here is everybody's."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    # One that stays would write each later line to the stderr of a test that is over, and say
    # with a traceback that it is closed.
    root.handlers[:] = handlers
