"""Captured graphs and streams on a GPU that stands in: the rules, not the speed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from lib.config.params import Params
from tests.engine.turbo import test_gpu
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames
from tests.engine.turbo.stand_in_gpu import (
    STREAMS,
    StandInEvent,
    StandInGpu,
    StandInStream,
    prepare,
    shape,
)

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", seed=5, num_inference_steps=2, strength=0.5)
ALL = Params(prompt="snow", seed=5, num_inference_steps=4, strength=1.0)


@pytest.fixture(scope="module")
def captured(gpu: StandInGpu, opens: Opens, tiniest_model: dict[str, str]) -> Iterator[Turbo]:
    del gpu
    engine = opens(**tiniest_model, compile="off")
    engine.warm_up(4, 64, 64)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def eager(gpu: StandInGpu, opens: Opens, tiniest_model: dict[str, str]) -> Iterator[Turbo]:
    del gpu
    engine = opens(**tiniest_model, compile="off")
    engine.graph_cache.prepares = False
    yield engine
    engine.close()


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
