"""One batch in flight: what begins when, in which order pictures come out, what a failure costs.

The engine is a stand-in for a GPU: a batch that was begun is finished when it is waited for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from lib.config.params import Params
from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.engine.choose import open_engine
from lib.engine.engine import Engine, EngineError, Frames
from lib.stage import Flow, HangWatchdog
from lib.transform.fetch import Fetch
from lib.transform.generate import FAILURES, Generate
from lib.transform.task import Task
from tests.rig import primary, until, worker

SIZE = Size(8, 8)
MADE = 100  # brighter is a picture than its frame


def level(frame: Pixels) -> int:
    return int(frame[0, 0, 0])


class Gpu(Engine):
    """Notes all calls. Frames of a level in `fails` fail where it says; black is no picture."""

    name = about = "stand-in"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.captured = True
        self.fails: dict[int, str] = {}
        self.threads: set[threading.Thread] = set()
        self.hangs = threading.Event()
        self.hangs.set()

    def overlaps(self, frames: Sequence[Pixels], params: Params) -> bool:
        return self.captured

    def begin(self, frames: Sequence[Pixels], params: Params) -> OnItsWay:
        self._note("begin", frames)
        return OnItsWay(self, [frame.copy() for frame in frames])

    def generate(self, frames: Frames, params: Params) -> Frames:
        self._note("generate", frames)
        return frames + np.uint8(MADE)

    def close(self) -> None:
        self.calls.append("close")

    def _note(self, what: str, frames: Sequence[Pixels]) -> None:
        levels = [level(frame) for frame in frames]
        self.calls.append(f"{what} {' '.join(map(str, levels))}")
        self.threads.add(threading.current_thread())
        if any(self.fails.get(one) == what for one in levels):
            raise RuntimeError(f"{what} failed")


class OnItsWay(NamedTuple):
    gpu: Gpu
    frames: list[Pixels]

    def wait(self) -> tuple[Frames, NDArray[np.bool_]]:
        self.gpu._note("wait", self.frames)
        self.gpu.hangs.wait(10)
        stack = np.stack(self.frames)
        return stack + np.uint8(MADE), stack.any((1, 2, 3))


@pytest.fixture
def gpu() -> Gpu:
    return Gpu()


@pytest.fixture
def generate(gpu: Gpu) -> Generate:
    return Generate(gpu, after=Fetch(worker(primary())))


def come(generate: Generate, *levels: int, batch: int = 1, **played: object) -> None:
    for one in levels:
        pixels = np.full((8, 8, 3), one, np.uint8)
        generate._tasks.put(Task(float(one), one, Params(**played), SIZE, batch, pixels))


def out(generate: Generate) -> list[int]:
    found = []
    while task := generate.done.get(0):
        assert task.pixels is not None
        found.append(level(task.pixels) - (0 if task.params.passthrough else MADE))
    return found


def steps(generate: Generate, count: int) -> list[int]:
    for _ in range(count):
        generate.step()
    return out(generate)


def test_the_next_begins_before_this_one_is_waited_for(gpu: Gpu, generate: Generate) -> None:
    come(generate, 1, 2, 3)
    assert steps(generate, 4) == [1, 2, 3]
    assert gpu.calls == ["begin 1", "begin 2", "wait 1", "begin 3", "wait 2", "wait 3"]
    assert generate.tally.counts["in"] == 3 and not generate.tally.counts["failed"]


def test_no_frame_waits_for_one_that_is_not_there(gpu: Gpu, generate: Generate) -> None:
    come(generate, 1)
    assert steps(generate, 2) == [1]  # and neither of the two steps waited for a task
    come(generate, 2)
    assert steps(generate, 2) == [2]
    assert gpu.calls == ["begin 1", "wait 1", "begin 2", "wait 2"]


def test_nothing_overlaps_where_beginning_takes_long(gpu: Gpu, generate: Generate) -> None:
    come(generate, 1)
    generate.step()
    gpu.captured = False  # the next one's shape has no graph yet
    come(generate, 2)
    assert steps(generate, 1) == [1, 2]
    assert gpu.calls == ["begin 1", "wait 1", "generate 2"]


def test_a_batch_that_could_still_grow_waits_for_the_one_in_flight(
    gpu: Gpu, generate: Generate
) -> None:
    """Half a batch beside a whole one would cost more than it gains."""
    come(generate, 1, 2, 3, 4, batch=2)
    assert steps(generate, 2) == [1, 2]
    come(generate, 5, batch=2)
    gpu.hangs.clear()
    threading.Timer(0.02, lambda: (come(generate, 6, batch=2), gpu.hangs.set())).start()
    assert steps(generate, 2) == [3, 4, 5, 6]
    assert gpu.calls == ["begin 1 2", "begin 3 4", "wait 1 2", "wait 3 4", "begin 5 6", "wait 5 6"]


def test_one_that_another_ends_cannot_grow(gpu: Gpu, generate: Generate) -> None:
    come(generate, 1, 2, batch=2)
    come(generate, 3, batch=2)
    come(generate, 4, 5, batch=2, prompt="snow")
    assert steps(generate, 4) == [1, 2, 3, 4, 5]
    assert gpu.calls[:3] == ["begin 1 2", "begin 3", "wait 1 2"]


@pytest.mark.parametrize("last", [{"feedback": 0.5}, {"similar": 4.0}])
def test_what_needs_the_last_picture_is_made_by_itself(
    gpu: Gpu, generate: Generate, last: dict[str, float]
) -> None:
    come(generate, 1)
    come(generate, 20, 40, **last)
    come(generate, 3)
    made = steps(generate, 5)
    assert made[0] == 1 and made[-1] == 3 and len(made) == 4
    assert gpu.calls[:2] == ["begin 1", "wait 1"] and gpu.calls[-2:] == ["begin 3", "wait 3"]
    assert [call.split()[0] for call in gpu.calls[2:-2]] == ["generate", "generate"]


def test_a_frame_that_passes_through_does_not_overtake(gpu: Gpu, generate: Generate) -> None:
    come(generate, 1)
    come(generate, 2, passthrough=True)
    assert steps(generate, 2) == [1, 2]


def test_what_cannot_be_begun_beside_another_is_made_after_it(gpu: Gpu, generate: Generate) -> None:
    """As where memory does for one batch and not for two."""
    gpu.fails = {2: "begin"}
    come(generate, 1, 2, 3)
    assert steps(generate, 4) == [1, 2, 3]
    assert gpu.calls[:4] == ["begin 1", "begin 2", "wait 1", "generate 2"]
    assert generate.tally.counts["in"] == 3 and not generate.tally.counts["failed"]


def test_a_batch_that_fails_in_flight_takes_no_other_along(gpu: Gpu, generate: Generate) -> None:
    gpu.fails = {2: "wait"}
    come(generate, 1, 2, 0, 3)
    assert steps(generate, 5) == [1, 3]
    assert generate.tally.counts == {"in": 2, "failed": 2}


def test_a_row_of_them_ends_the_worker_after_what_is_in_flight(
    gpu: Gpu, generate: Generate
) -> None:
    gpu.fails = dict.fromkeys(range(1, FAILURES + 1), "wait")
    come(generate, *range(1, FAILURES + 2))
    generate.start()
    assert until(lambda: not generate.alive)
    assert str(generate.failure) == f"the engine failed {FAILURES} times in a row"
    assert out(generate) == [FAILURES + 1]
    assert gpu.calls[-2:] == [f"wait {FAILURES + 1}", "close"]


def test_what_is_in_flight_is_handed_on_at_the_end(gpu: Gpu, generate: Generate) -> None:
    gpu.hangs.clear()
    generate.start()
    come(generate, 1)
    assert until(lambda: gpu.calls == ["begin 1", "wait 1"])
    come(generate, 2)
    threading.Timer(0.05, gpu.hangs.set).start()
    assert generate.stop()
    assert out(generate)[0] == 1
    assert gpu.calls[-1] == "close" and len(gpu.calls) % 2


def test_a_batch_that_never_ends_is_found_by_the_watchdog(gpu: Gpu, generate: Generate) -> None:
    gpu.hangs.clear()
    with ExitStack() as resources:
        resources.callback(generate.stop)
        resources.callback(gpu.hangs.set)
        generate.start()
        come(generate, 1, 2)
        assert until(lambda: "wait 1" in gpu.calls)
        watchdog = HangWatchdog([generate], 1.0)
        later_ns = max(generate.stepped_ns, watchdog._awake_ns) + 1_100_000_000
        assert watchdog.hung(later_ns) is generate


def test_the_time_of_a_picture_is_without_the_one_before_it(gpu: Gpu, generate: Generate) -> None:
    come(generate, 1, 2)
    generate.step()
    gpu.hangs.clear()
    threading.Timer(0.2, gpu.hangs.set).start()
    generate.step()  # begins 2, and waits for 1
    generate.step()
    times = [task.timings["engine"] for _ in range(2) if (task := generate.done.get(0))]
    assert times[0] > 190 and times[1] < 100


@pytest.mark.parametrize("name", ["identity", "painter"])
def test_other_engines_hand_on_each_batch_at_once(name: str) -> None:
    engine = open_engine(worker(primary(), engine=name))
    generate = Generate(engine, after=Fetch(worker(primary())))
    come(generate, 1, 2, 3, batch=2)
    for expected in (2, 1):
        generate.step()
        assert len(generate.done) == expected and generate._in_flight is None
        out(generate)


def test_it_warms_up_on_the_thread_that_makes_the_pictures(gpu: Gpu) -> None:
    warm = []
    generate = Generate(
        gpu, Fetch(worker(primary())), lambda: warm.append(threading.current_thread())
    )
    generate.start()
    come(generate, 1)
    assert until(lambda: "wait 1" in gpu.calls)
    assert generate.stop()
    assert gpu.threads == set(warm) == {generate._thread}


def test_a_worker_that_is_to_end_waits_for_no_warm_up(gpu: Gpu) -> None:
    begun, quit_event = threading.Event(), threading.Event()
    gpu.interrupt = gpu.hangs.set  # type: ignore[method-assign] # this test's own
    gpu.hangs.clear()

    def warm_up() -> None:
        begun.set()
        gpu.hangs.wait(20)

    generate = Generate(gpu, Fetch(worker(primary())), warm_up)

    def end() -> None:
        begun.wait(20)
        quit_event.set()

    threading.Thread(target=end).start()
    started_s = time.monotonic()
    assert Flow(generate).run(quit_event) == 0
    assert time.monotonic() - started_s < 2


def test_a_warm_up_that_cannot_be_is_no_traceback(
    gpu: Gpu, caplog: pytest.LogCaptureFixture
) -> None:
    def warm_up() -> None:
        raise EngineError("not enough memory")

    generate = Generate(gpu, Fetch(worker(primary())), warm_up)
    come(generate, 1)
    generate.start()
    assert until(lambda: not generate.alive)
    assert str(generate.failure) == "not enough memory"
    assert not caplog.records and gpu.calls == ["close"]
