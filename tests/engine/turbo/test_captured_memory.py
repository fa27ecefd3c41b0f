"""Memory of captured graphs on a GPU that stands in, and recordings that fail."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import torch

from lib.config.params import Params
from tests.engine.turbo.reference import noise_frames
from tests.engine.turbo.stand_in_gpu import (
    StandInGpu,
    prepare,
    shape,
)
from tests.rig import until

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", seed=5, num_inference_steps=2, strength=0.5)
ALL = Params(prompt="snow", seed=5, num_inference_steps=4, strength=1.0)


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


def test_the_gpu_is_done_with_what_is_dropped(
    fresh: Turbo, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.settle(ONE)
    fresh.generate(noise_frames(1, 64, 64), ONE)
    there: list[int] = []
    buffers = fresh.graph_cache._buffers
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _device: there.append(len(buffers)))
    fresh.graph_cache.clear()
    assert there == [1] and not buffers


def test_memory_that_cannot_be_given_back_ends_no_thread(
    fresh: Turbo, gpu: StandInGpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a recording has failed half way: nothing would be prepared for the whole night."""
    from lib.engine.turbo import graph_cache

    def refused(_device: object) -> None:
        raise RuntimeError("captures_underway.empty() INTERNAL ASSERT FAILED")

    gpu.fail_after = 20
    with monkeypatch.context() as patch:
        patch.setattr(graph_cache, "empty_cache", refused)
        try:
            assert prepare(fresh, shape(72)).recorded is None
        finally:
            gpu.fail_after = None
    assert prepare(fresh, shape(80)).recorded is not None


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
