"""No test writes into the state folder of the tree, nor do the programs that it starts; and none
leaves the log otherwise than it found it."""

from __future__ import annotations

import gc
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

# What judges by the clock runs after the rest. Most of it waits more than it computes, so three
# files of it run at a time; whole shows with many frames a second have the machine to themselves.
CLOCKED = {
    "timed": (
        "engine/turbo/test_beside_frames.py",
        "test_app.py",
        "stream/test_",
        "stream/dispatch/",
        "ops/units/test_start.py",
        "supervise/",
        "transform/stills/test_between_frames.py",
    ),
    "alone": ("bench/test_live.py", "test_doors.py", "test_show.py"),
}
# Which files begin: what takes longest comes last by no accident. The first one waits for 96 s.
FIRST = (
    "stills/adapters/test_intermediary.py",
    *CLOCKED["timed"],
    "engine/turbo/test_absent_gpu.py",
    "bench/test_engine.py",
    "stills/adapters/test_single.py",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays until the end: to look through it again and again for garbage takes
    a fifth of the time until the first test, and more while they run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _named(path: Path) -> str:
    return str(path.relative_to(Path(__file__).parent))


@cache  # asked for each test
def clocked(path: Path) -> str:
    """The mark of a file that judges by the clock, or nothing."""
    name = _named(path)
    return next((mark for mark, begins in CLOCKED.items() if name.startswith(begins)), "")


@cache
def _turn(path: Path) -> int:
    name = _named(path)
    return next((turn for turn, one in enumerate(FIRST) if name.startswith(one)), len(FIRST))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if mark := clocked(item.path):
            item.add_marker(mark)
    items.sort(key=lambda item: _turn(item.path))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files of which no test would run are not read: to read all takes each process 15 s."""
    if collection_path.is_dir() or not collection_path.name.startswith("test_"):
        return None
    wanted, mark = config.option.markexpr, clocked(collection_path)
    if wanted in CLOCKED:  # a single test of another file may have the mark, too
        left_out = mark != wanted and f"mark.{wanted}" not in collection_path.read_text("utf-8")
    else:
        left_out = bool(mark) and f"not {mark}" in wanted
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
