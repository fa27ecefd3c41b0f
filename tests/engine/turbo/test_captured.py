"""Captured graphs, streams and memory on a GPU that stands in: the rules, not the speed."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from lib.config.params import Params
from tests.engine.turbo import test_gpu
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames
from tests.engine.turbo.stand_in_gpu import STREAMS, StandInEvent, StandInGpu, StandInStream
from tests.rig import until

if TYPE_CHECKING:
    from lib.engine.turbo.graph_buffers import GraphShape
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", seed=5, num_inference_steps=2, strength=0.5)
ALL = Params(prompt="snow", seed=5, num_inference_steps=4, strength=1.0)


@pytest.fixture(scope="module")
def gpu() -> Iterator[StandInGpu]:
    with pytest.MonkeyPatch.context() as patch:
        gpu = StandInGpu()
        gpu.install(patch)
        yield gpu


@pytest.fixture(scope="module")
def captured(gpu: StandInGpu, opens: Opens) -> Iterator[Turbo]:
    del gpu
    engine = opens(compile="off")
    engine.warm_up(4, 64, 64)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def eager(gpu: StandInGpu, opens: Opens) -> Iterator[Turbo]:
    del gpu
    engine = opens(compile="off")
    engine.graph_cache.prepares = False
    yield engine
    engine.close()


@pytest.fixture
def fresh(gpu: StandInGpu, opens: Opens) -> Iterator[Turbo]:
    del gpu
    engine = opens(compile="off")
    yield engine
    engine.close()


def shape(size: int = 64, batch: int = 1, steps: int = 1) -> GraphShape:
    from lib.engine.turbo.graph_buffers import GraphShape

    return GraphShape(batch, 64, size, steps, guided=False)


def prepare(engine: Turbo, wanted: GraphShape) -> Any:
    return engine._on_compute_stream(engine.graph_cache.prepare, wanted)


# --- what a GPU has to show as well, where it does not judge by the clock

test_warming_up = test_gpu.test_warming_up_captures_each_size_of_batch
test_changes = test_gpu.test_changes_between_replays_are_in_the_next_picture
test_new_noise = test_gpu.test_new_noise_each_time_reaches_the_graph
test_batches = test_gpu.test_batches_are_what_each_frame_is_alone
test_batches_at_once = test_gpu.test_batches_on_their_way_at_once_do_not_meet


def test_a_replay_is_what_makes_the_frames(captured: Turbo, gpu: StandInGpu) -> None:
    captured.settle(ONE)
    before = len(gpu.log)
    captured.generate(noise_frames(1, 64, 64), ONE)
    assert captured._streams is not None
    assert gpu.log[before:] == [("replay", captured._streams.work.number)]


# --- streams


def test_an_evening_of_shapes_takes_no_new_stream(fresh: Turbo, gpu: StandInGpu) -> None:
    """torch's 33rd stream is its first again: frames would be launched into a recording."""
    recorder, streams = fresh.graph_cache._recorder, fresh._streams
    assert recorder is not None and streams is not None
    frames, made, recorded = noise_frames(1, 64, 64), gpu.streams_made, len(gpu.recorded_on)
    fresh.settle(ONE)
    good = fresh.generate(frames, ONE)
    one = torch.zeros(1)
    for _ in range(STREAMS + 2):
        recorder.record(lambda: one.add_(1))
    for size in (72, 80):
        prepare(fresh, shape(size))
        assert np.array_equal(fresh.generate(frames, ONE), good)
    assert gpu.streams_made == made
    assert streams.work.number not in gpu.recorded_on[recorded:]


def test_runs_before_a_recording_stay_off_its_stream(fresh: Turbo, gpu: StandInGpu) -> None:
    """cuBLAS has a workspace for each stream, and a graph that is played writes to the one of the
    stream that recorded it."""
    del gpu
    recorder = fresh.graph_cache._recorder
    assert recorder is not None and fresh._streams is not None
    ran_on: list[int] = []
    products: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        addmm = torch.addmm

        def noted(*given: Any) -> torch.Tensor:
            products.append(torch.cuda.current_stream().number)
            made: torch.Tensor = addmm(*given)
            return made

        patch.setattr(torch, "addmm", noted)
        for _ in range(2):
            recorder.record(lambda: ran_on.append(torch.cuda.current_stream().number))
    rounds, recording = ran_on[0], ran_on[3]
    assert ran_on == [rounds, rounds, rounds, recording] * 2
    assert products == [recording]  # once, before the first recording
    streams = fresh._streams
    frames = {streams.work.number, streams._into.number, streams._out.number}
    assert len({rounds, recording} | frames) == 5


def test_no_frame_meets_a_recording(fresh: Turbo, gpu: StandInGpu) -> None:
    """The stand-in raises where a stream that is recorded gets a launch of another thread."""
    fresh.settle(ONE)
    frames = noise_frames(1, 64, 64)
    good = fresh.generate(frames, ONE)
    recorded = len(gpu.recorded_on)
    for size in (72, 80, 88):
        while not fresh.graph_cache.is_prepared(shape(size)):
            fresh.generate(noise_frames(1, 64, size), ONE)
            assert np.array_equal(fresh.generate(frames, ONE), good)
    assert len(gpu.recorded_on) > recorded


def test_frames_land_only_once_their_memory_is_free(
    fresh: Turbo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was freed on the frames' stream is given out again while that stream still works with
    it, and frames are copied in on another."""
    waited: list[tuple[int, int | None]] = []

    def record(event: StandInEvent, stream: StandInStream) -> None:
        event.recorded_on = stream.number  # type: ignore[attr-defined] # noted for this test

    def wait_event(stream: StandInStream, event: StandInEvent) -> None:
        waited.append((stream.number, getattr(event, "recorded_on", None)))

    monkeypatch.setattr(StandInEvent, "record", record)
    monkeypatch.setattr(StandInStream, "wait_event", wait_event)
    fresh.settle(ONE)
    fresh.generate(noise_frames(1, 64, 64), ONE)
    streams = fresh._streams
    assert streams is not None
    assert waited[0] == (streams._into.number, streams.work.number)


def test_cudnn_searches_while_no_frames_wait_and_from_the_first_run_on(
    fresh: Turbo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch keeps the first algorithm that a thread has found, searched or not."""
    from lib.engine.turbo.graph_buffers import GraphBuffers

    searched: dict[int, list[bool]] = {}
    make = GraphBuffers.make

    def noted(self: GraphBuffers, *given: Any) -> None:
        searched.setdefault(self.shape.batch, []).append(torch.backends.cudnn.benchmark)
        make(self, *given)

    monkeypatch.setattr(GraphBuffers, "make", noted)
    fresh.graph_cache._searches = True
    with fresh.graph_cache.captures_only():
        fresh._on_compute_stream(fresh.graph_cache.prepare_usable, shape(batch=1))
    prepare(fresh, shape(batch=2))
    assert searched == {1: [True] * 5, 2: [False] * 5}
    assert not torch.backends.cudnn.benchmark


# --- memory


@pytest.mark.parametrize("free", [1 << 20, 1 << 30])
def test_what_the_runs_left_makes_room_for_the_recording(
    fresh: Turbo, gpu: StandInGpu, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    """Where memory is short; where it is not, to give it back would only cost time."""
    recorder = fresh.graph_cache._recorder
    assert recorder is not None
    one, before, runs = torch.zeros(1), gpu.given_back, list[int]()

    def make() -> None:
        runs.append(gpu.given_back - before)
        one.add_(1)

    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _device: 3 << 20)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _device: 1 << 20)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (free, 1 << 34))
    recorder.record(make)
    assert runs == [0, 0, 0, 1 if free == 1 << 20 else 0]


def test_all_graphs_share_one_pool(fresh: Turbo, gpu: StandInGpu) -> None:
    recorded = len(gpu.recorded_on)
    for batch in (1, 2, 4):
        prepare(fresh, shape(batch=batch))
    assert len(set(gpu.pools_used[recorded:])) == 1
    assert len(set(gpu.recorded_on[recorded:])) == 1


def test_dropped_buffers_are_gone_at_once(fresh: Turbo, gpu: StandInGpu) -> None:
    """Without the garbage collector, which looks at what is old once in a long while."""
    fresh.settle(ONE)
    gc.collect()
    gc.disable()
    try:
        plain = fresh.graph_cache.get(shape())
        buffers = prepare(fresh, shape())
        seen = [weakref.ref(plain), weakref.ref(buffers), weakref.ref(buffers.recorded)]
        assert buffers is not plain and buffers.recorded is not None
        del plain
        assert seen[0]() is None  # it was replaced
        del buffers
        fresh.graph_cache.clear()
        assert [one() for one in seen] == [None, None, None]
    finally:
        gc.enable()
    assert gpu.pools[gpu.pools_used[-1]] == 0
    assert prepare(fresh, shape()).recorded is not None  # in a pool that lives


def test_memory_is_given_back_while_no_error_holds_it(fresh: Turbo, gpu: StandInGpu) -> None:
    frames = noise_frames(2, 64, 64)
    fresh.settle(ONE)
    fresh.generate(frames, ONE)
    first = weakref.ref(next(iter(fresh.graph_cache._buffers.values())))
    held: list[object] = []

    def give_back() -> None:
        held.append(first())
        gpu.given_back += 1

    real = fresh._streams
    assert real is not None

    class Short:
        work = real.work

        def start(self, buffers: Any, frames: Any) -> Any:
            if len(frames) > 1:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return real.start(buffers, frames)

    fresh._streams = Short()  # type: ignore[assignment] # it has what is used
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "empty_cache", give_back)
        assert fresh.generate(frames, ONE).shape == frames.shape
    fresh._streams = real
    assert held == [None]


def test_nothing_is_given_back_while_a_graph_is_recorded(fresh: Turbo, gpu: StandInGpu) -> None:
    recorder = fresh.graph_cache._recorder
    assert recorder is not None
    inside, go = threading.Event(), threading.Event()
    runs = []

    def make() -> None:
        runs.append(1)
        if len(runs) == 4:  # the recording, after three runs
            inside.set()
            go.wait(10)

    recording = threading.Thread(target=recorder.record, args=(make,))
    recording.start()
    assert inside.wait(10)
    clearing = threading.Thread(target=fresh.graph_cache.clear)
    clearing.start()
    time.sleep(0.05)
    assert clearing.is_alive()
    go.set()
    clearing.join(10)
    recording.join(10)
    assert gpu.refused == 0


def test_what_a_batch_on_its_way_uses_is_kept_until_it_is_back(fresh: Turbo) -> None:
    fresh.settle(ONE)
    frames = noise_frames(1, 64, 64)
    pending = fresh.begin(frames, ONE)
    used = weakref.ref(next(iter(fresh.graph_cache._buffers.values())))
    assert fresh._streams is not None
    slot = weakref.ref(fresh._streams._slots[used()][0])  # type: ignore[index] # it is there
    fresh.graph_cache.clear()
    assert used() is not None
    pending.wait()
    del pending
    assert used() is None and slot() is None


@pytest.fixture
def memory_for(gpu: StandInGpu) -> Iterator[Callable[[int], None]]:
    from lib.engine.turbo.graph_buffers import GraphBuffers

    del gpu
    with pytest.MonkeyPatch.context() as patch:

        def only(frames: int) -> None:
            make = GraphBuffers.make

            def short(self: GraphBuffers, *given: Any) -> None:
                if self.shape.batch > frames:
                    raise torch.OutOfMemoryError("CUDA out of memory")
                make(self, *given)

            patch.setattr(GraphBuffers, "make", short)

        yield only


def test_warming_up_a_small_gpu_ends_with_what_fits(
    fresh: Turbo, memory_for: Callable[[int], None], caplog: pytest.LogCaptureFixture
) -> None:
    memory_for(2)
    fresh.warm_up(16, 64, 64)
    cache = fresh.graph_cache
    assert sorted(one.batch for one, made in cache._buffers.items() if made.recorded) == [1, 2]
    assert not [one for one in caplog.messages if "1x" in one or "8x" in one or "16x" in one]
    fresh.settle(ONE)
    assert fresh.generate(noise_frames(4, 64, 64), ONE).shape == (4, 64, 64, 3)


# --- failures


def test_after_a_recording_that_failed_half_way_the_next_has_a_pool_of_its_own(
    fresh: Turbo, gpu: StandInGpu, caplog: pytest.LogCaptureFixture
) -> None:
    first = prepare(fresh, shape(64))
    pool = gpu.pools_used[-1]
    gpu.fail_after = 20
    try:
        failed = prepare(fresh, shape(72))
    finally:
        gpu.fail_after = None
    assert first.recorded is not None and failed.recorded is None
    assert caplog.messages == [
        (
            "1x64x72x3, 1 step cannot be captured and stays slower; tried again in 1 min: "
            "CUDA error: out of memory"
        )
    ]
    assert prepare(fresh, shape(80)).recorded is not None
    assert gpu.pools_used[-1] > pool and not gpu.recorders


def test_a_process_that_can_record_no_more_says_so_and_ends(
    fresh: Turbo, gpu: StandInGpu, caplog: pytest.LogCaptureFixture
) -> None:
    """The worker ends after five failed frames, and its supervisor starts a fresh one."""
    prepare(fresh, shape(64))
    gpu.stuck = True
    try:
        fresh.graph_cache.get(shape(72))
        assert until(lambda: fresh.graph_cache.is_prepared(shape(72)))
    finally:
        gpu.stuck = False
    with pytest.raises(RuntimeError, match="graphs can no longer be recorded in this process"):
        fresh.generate(noise_frames(1, 64, 64), ONE)
    assert "has left the GPU unable to record: capture_begin: already" in caplog.text


def test_a_gpu_that_never_recorded_stays_with_the_plain_functions(
    fresh: Turbo, gpu: StandInGpu
) -> None:
    gpu.stuck = True
    try:
        assert prepare(fresh, shape(64)).recorded is None
    finally:
        gpu.stuck = False
    fresh.settle(ONE)
    assert fresh.generate(noise_frames(1, 64, 64), ONE).shape == (1, 64, 64, 3)


# --- compiled graphs


class Compiled:
    """In the place of the compiler: counts the shapes that reach each function."""

    def __init__(self) -> None:
        from lib.engine.turbo.img2img import PLAIN, FrameFunctions

        self.fails = False
        self.seen: list[tuple[str, tuple[int, ...]]] = []

        def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*given: Any) -> Any:
                if self.fails:
                    raise RuntimeError("no C compiler on this machine")
                key = name, tuple(given[1].shape)
                if key not in self.seen:
                    self.seen.append(key)
                return function(*given)

            return call

        self.functions = FrameFunctions(
            *(counted(name, one) for name, one in PLAIN._asdict().items())
        )


@pytest.fixture
def compiled() -> Compiled:
    return Compiled()


@pytest.fixture
def compiling(fresh: Turbo, compiled: Compiled) -> Iterator[Turbo]:
    from lib.engine.turbo import graph_cache

    plain = fresh.graph_cache
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph_cache, "compiled_functions", lambda *_: compiled.functions)
        fresh.graph_cache = graph_cache.GraphCache(fresh.models, "on", settle_ns=200_000_000)
    yield fresh
    fresh.graph_cache.close()
    fresh.graph_cache = plain


def functions(engine: Turbo, wanted: GraphShape) -> Any:
    buffers = engine.graph_cache._buffers[wanted]
    return buffers.functions if buffers.recorded else None


def test_a_graph_comes_first_and_the_compiled_one_takes_its_place(
    compiling: Turbo, compiled: Compiled
) -> None:
    from lib.engine.turbo.img2img import PLAIN

    frames = noise_frames(1, 64, 64)
    compiling.settle(ONE)
    good = compiling.generate(frames, ONE)
    assert functions(compiling, shape()) is None
    ways = []
    while (way := functions(compiling, shape())) is not compiled.functions:
        ways += [way] if way not in ways else []
        assert np.array_equal(compiling.generate(frames, ONE), good)
    assert ways == [None, PLAIN]
    assert np.array_equal(compiling.generate(frames, ONE), good)


def test_warming_up_waits_for_graphs_and_not_for_the_compiler(
    compiling: Turbo, compiled: Compiled
) -> None:
    begun = threading.Event()

    def compile_for_long(*given: Any) -> Any:
        begun.wait(20)
        return encode(*given)

    encode = compiled.functions.encode
    compiling.graph_cache._compiled = compiled.functions._replace(encode=compile_for_long)
    compiling.warm_up(4, 64, 64)
    assert not begun.is_set()
    assert all(buffers.recorded for buffers in compiling.graph_cache._buffers.values())
    begun.set()
    wanted = [shape(batch=batch) for batch in (1, 2, 4)]
    assert until(lambda: all(map(compiling.graph_cache.is_prepared, wanted)), 30)


def test_other_steps_compile_nothing(compiling: Turbo, compiled: Compiled, gpu: StandInGpu) -> None:
    recorded = len(gpu.recorded_on)
    for steps in (1, 2, 4):
        assert prepare(compiling, shape(steps=steps)).recorded is not None
        assert functions(compiling, shape(steps=steps)) is compiled.functions
    assert len(compiled.seen) == 3
    # Only the first is recorded plain before; for the others the compiled functions are there.
    assert len(gpu.recorded_on) - recorded == 4


@pytest.mark.slow
def test_what_the_first_job_plays_is_what_gets_ready(compiling: Turbo, compiled: Compiled) -> None:
    """A show that was restored plays other steps than the settings' own, in any size of batch."""
    compiling.warm_up(4, 64, 64)
    compiling.settle(ALL)
    compiling.generate(noise_frames(1, 64, 64), ALL)
    wanted = [shape(batch=batch, steps=4) for batch in (1, 2, 4)]
    assert until(lambda: all(map(compiling.graph_cache.is_prepared, wanted)), 30)
    for batch, one in zip((1, 2, 4), wanted, strict=True):
        compiling.generate(noise_frames(batch, 64, 64), ALL)
        assert functions(compiling, one) is compiled.functions


def test_a_dragged_size_compiles_the_last_one_only(compiling: Turbo, compiled: Compiled) -> None:
    compiling.settle(ONE)
    for size in range(64, 144, 8):
        compiling.generate(noise_frames(1, 64, size), ONE)
        time.sleep(0.03)
    end_s = time.monotonic() + 20
    last = noise_frames(1, 64, 136)
    while not compiling.graph_cache.is_prepared(shape(136)) and time.monotonic() < end_s:
        compiling.generate(last, ONE)
        if time.monotonic() > end_s - 18.5:  # the others are out of sight now
            compiling.graph_cache._preparations._settle_ns = 0
    assert [seen for name, seen in compiled.seen if name == "encode"] == [(1, 64, 136, 3)]


def test_without_a_compiler_the_plain_graph_stays(
    compiling: Turbo, compiled: Compiled, caplog: pytest.LogCaptureFixture
) -> None:
    from lib.engine.turbo.img2img import PLAIN

    compiled.fails = True
    prepare(compiling, shape())
    assert functions(compiling, shape()) is PLAIN
    assert caplog.messages == [
        (
            "1x64x64x3, 1 step cannot be compiled and stays slower; tried again in 1 min: "
            "no C compiler on this machine"
        )
    ]
    compiled.fails = False
    cache = compiling.graph_cache
    with cache._change:
        assert len(cache._preparations._retries) == 1
        cache._preparations._retries.clear()  # as after a minute
        cache._change.notify_all()
    prepare(compiling, shape())
    assert functions(compiling, shape()) is compiled.functions


def test_what_is_ready_and_never_used_does_not_pile_up(compiling: Turbo) -> None:
    from lib.engine.turbo import graph_cache

    cache = compiling.graph_cache
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph_cache, "MOST_SHAPES", 2)
        for size in (64, 72, 80, 88):
            cache.get(shape(size))
            assert until(lambda size=size: shape(size) in cache._ready, 20)
            assert len(cache._ready) <= 2
