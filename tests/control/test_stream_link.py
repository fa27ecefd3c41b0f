"""Board and stream kept in step over real sockets, whichever of them starts again."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lib.config.params import Played
from lib.control.played_state import PlayedState
from lib.control.stream_link import StreamLink
from lib.stage import Stage
from tests.ports import free_ports
from tests.web.stream import TestStream


@pytest.fixture
def run_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ai-") as path:
        yield Path(path)


@pytest.fixture
def started() -> Iterator[Callable[[Stage], None]]:
    stages: list[Stage] = []

    def start(stage: Stage) -> None:
        stages.append(stage)
        stage.start()
        assert stage.failure is None

    yield start
    stopped = [stage.stop() for stage in stages]  # each one, always
    assert all(stopped)


class Linked(NamedTuple):
    """What is played, and its link to a stream."""

    played_state: PlayedState
    stream_link: StreamLink


def linked(run_dir: Path) -> Linked:
    played_state = PlayedState()
    return Linked(played_state, StreamLink(run_dir, played_state))


def wait_until(holds: Callable[[], bool], within_s: float = 20) -> float:
    before = time.monotonic()
    while not holds():
        assert time.monotonic() - before < within_s
        time.sleep(0.005)
    return time.monotonic() - before


def test_control_starts_again(run_dir: Path, started: Callable[[Stage], None]) -> None:
    stream = TestStream(run_dir, free_ports(1)[0], Played(seed=44), number=12)
    started(stream)
    played_state, stream_link = linked(run_dir)
    started(stream_link)
    assert (played_state.played.seed, played_state.number) == (44, 12)
    played_state.change({"seed": 45})
    wait_until(lambda: stream.params.seed == 45)
    assert stream.numbers[-1] == 13
    assert min(stream.numbers) >= 12


def test_the_stream_starts_again(run_dir: Path, started: Callable[[Stage], None]) -> None:
    played_state, stream_link = linked(run_dir)
    started(stream_link)
    first = TestStream(run_dir, free_ports(1)[0])
    started(first)
    played_state.change({"prompt": "a cat"})
    wait_until(lambda: first.params.prompt == "a cat")
    first.stop()
    second = TestStream(run_dir, free_ports(1)[0])
    started(second)
    assert wait_until(lambda: second.params.prompt == "a cat") < 2
    assert played_state.number == 1


def test_both_start_again_at_once(run_dir: Path, started: Callable[[Stage], None]) -> None:
    before = linked(run_dir)
    started(before.stream_link)
    before.played_state.change({"seed": 44})
    wait_until((run_dir / "params").exists)
    before.stream_link.stop()
    after = linked(run_dir)
    started(after.stream_link)
    assert (after.played_state.played.seed, after.played_state.number) == (44, 1)
    after.stream_link.stop()
    (run_dir / "params").write_bytes(b"half")
    third = linked(run_dir)
    started(third.stream_link)
    assert third.played_state.number == 0


def test_a_change_goes_out_at_once(run_dir: Path, started: Callable[[Stage], None]) -> None:
    played_state, stream_link = linked(run_dir)
    stream = TestStream(run_dir, free_ports(1)[0])
    started(stream_link)
    started(stream)
    wait_until(lambda: bool(stream.numbers))
    took = []
    for seed in range(1, 6):
        played_state.change({"seed": seed})
        took.append(wait_until(lambda seed=seed: stream.params.seed == seed))  # type: ignore[misc]
    assert sorted(took)[2] < 0.1


def test_a_silent_stream_counts_as_down(run_dir: Path, started: Callable[[Stage], None]) -> None:
    _, stream_link = linked(run_dir)
    started(stream_link)
    assert stream_link.status() is None
    stream = TestStream(run_dir, free_ports(1)[0])
    started(stream)
    wait_until(lambda: stream_link.status() is not None)
    stream.stop()
    wait_until(lambda: stream_link.status() is None)
    assert 1.4 < stream_link.silent_s < 3


def test_debug_says_more_in_the_log_of_this_process_too(
    run_dir: Path, started: Callable[[Stage], None]
) -> None:
    root = logging.getLogger()
    before = root.level
    try:
        played_state, stream_link = linked(run_dir)
        started(stream_link)
        played_state.change({"debug": True})
        wait_until(lambda: root.level == logging.DEBUG)
        played_state.change({"debug": False})
        wait_until(lambda: root.level != logging.DEBUG)
    finally:
        root.setLevel(before)
