"""No test writes into the state folder of the tree, nor do the programs that it starts; and none
leaves the log otherwise than it found it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples for the same code. `--hypothesis-profile default` looks for others. How long one
# takes says more about what else the machine does than about the code.
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")

# What judges by the clock has the machine to itself; the rest runs three files at a time.
ALONE = (
    "test_app.py",
    "test_doors.py",
    "test_show.py",
    "supervise/",
    "bench/test_live.py",
    "engine/turbo/test_beside_frames.py",
    "stream/dispatch/",
    "stream/test_",
    "transform/stills/test_between_frames.py",
    "ops/units/test_start.py",
)


@cache  # asked for each test
def _is_alone(path: Path) -> bool:
    return str(path.relative_to(Path(__file__).parent)).startswith(ALONE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _is_alone(item.path):
            item.add_marker("alone")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files of which no test would run are not read: to read all takes each process 15 s."""
    if collection_path.is_dir() or not collection_path.name.startswith("test_"):
        return None
    wanted, alone = config.option.markexpr, _is_alone(collection_path)
    left_out = alone if "not alone" in wanted else wanted == "alone" and not alone
    return left_out or None


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
