"""A whole show as its user starts it, and what happens when parts of it are killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bench.pictures import fill
from bench.processes import tree
from bench.show import Show
from lib.pictures.codec import open_codec
from lib.pictures.header import read_header
from lib.wire.messages import Picture, decode_picture
from tests.programs import in_time
from tests.rig import until

FPS = 60


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    fill(folder, 8)
    return folder


@pytest.fixture(scope="module")
def running(pictures: Path) -> Iterator[Show]:
    with Show(pictures, FPS, ["--delay_ms 15"] * 3) as show:
        yield show


@pytest.fixture
def show(running: Show) -> Show:
    """The same one for all, as long as each leaves it as whole as it found it."""
    running.until_answered()

    def all_at_work() -> bool:
        states = [one["state"] for one in running.status()["workers"]]
        return states.count("active") == len(running.workers)

    assert until(all_at_work, 20)
    running.settle(1)
    return running


def watch(show: Show, seconds: float) -> list[tuple[float, Picture]]:
    """Every picture of the feed, and when it came."""
    seen, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        if show.viewer.poll(20):
            seen.append((time.monotonic(), decode_picture(show.viewer.recv())))
    return seen


def in_order(seen: list[tuple[float, Picture]]) -> bool:
    return all(one.index < other.index for (_, one), (_, other) in pairwise(seen))


def silences(seen: list[tuple[float, Picture]], longer_than_s: float) -> list[float]:
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(seen)]
    return [gap for gap in gaps if gap > longer_than_s]


def role(show: Show, name: str) -> int:
    """The process that plays this role."""
    for pid in tree(show.primary.pid):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--role" in words and words[words.index(b"--role") + 1] == name.encode():
            return pid
    return 0


def test_the_feed_keeps_its_promises(show: Show) -> None:
    seen = watch(show, 2)
    assert len(seen) > 0.9 * 2 * FPS
    assert in_order(seen)
    codec = open_codec()
    for _, picture in seen:
        assert isinstance(picture.timestamp, int) and isinstance(picture.index, int)
        assert 0 <= time.time() * 1000 - picture.timestamp < 10_000
        assert read_header(picture.jpg).size == (512, 512)
        assert codec.decode(picture.jpg).shape == (512, 512, 3)


def test_a_worker_killed_at_full_load_costs_at_most_one_silence(show: Show) -> None:
    show.workers[0].kill()
    seen = watch(show, 2)
    assert in_order(seen)
    assert len(silences(seen, 0.15)) <= 1
    missing = seen[-1][1].index - seen[0][1].index + 1 - len(seen)
    assert missing <= 6  # two in flight, and what came late behind them on this small machine
    show.workers[0] = show.start_worker("--delay_ms 15 --worker_id fresh")
    assert until(lambda: "fresh" in show.known(), 20)
    assert until(lambda: show.known()["fresh"]["share"] > 0, 1.0), "not used within a second"


@pytest.mark.parametrize("name", ["stream", "control"])
def test_a_killed_process_is_back_within_two_seconds(show: Show, name: str) -> None:
    last = watch(show, 0.5)[-1][1].index
    old = role(show, name)
    os.kill(old, signal.SIGKILL)
    killed_s = time.monotonic()
    if name == "stream":
        seen = watch(show, 2)
        assert seen and in_order(seen)
        after = [picture.index for came_s, picture in seen if came_s > killed_s + 0.1]
        assert after and after[0] > last, "numbers went back"
    else:
        assert until(lambda: role(show, name) not in (0, old) and show.answers(), 20)
        assert in_time(time.monotonic() - killed_s, 2)
        assert in_order(watch(show, 0.5))


def test_the_primary_may_die_and_come_back_under_its_workers(show: Show) -> None:
    children = tree(show.primary.pid)[1:]
    show.primary.kill()
    show.primary.wait()
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), 20), "orphans"
    show.start_primary()
    assert show.viewer.poll(20_000), "no picture after the restart"
    assert until(lambda: len(watch(show, 0.5)) > 0.4 * FPS, 20)


def test_sigterm_ends_everything_with_code_0_within_two_seconds(show: Show) -> None:
    """The last one: nothing is left of the show."""
    everything = [pid for pids in show.pids() for pid in pids]
    started_s = time.monotonic()
    for process in (show.primary, *show.workers):
        process.terminate()
    assert show.primary.wait(30) == 0
    assert [worker.wait(30) for worker in show.workers] == [0, 0, 0]
    assert in_time(time.monotonic() - started_s, 2)
    assert not any(Path(f"/proc/{pid}").exists() for pid in everything)
