"""Streams, events and graphs of a GPU that is not there, so that the engine's own part runs in CI.

All work is done at once on the CPU. What stands in here are the rules that the engine has to keep:
32 streams, handed out in turn; nothing runs on a stream that another thread records; a pool dies
with its last graph; nothing is given back while a recording is underway. A graph plays the very
operations again that ran while it was recorded, on the same memory: what a replay does not read
from a buffer stays as it was. What only a GPU can show, such as races and speed, stays unseen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

if TYPE_CHECKING:
    from lib.engine.turbo.graph_buffers import GraphBuffers, GraphShape
    from lib.engine.turbo.turbo import Turbo

STREAMS = 32


class StandInGpu:
    """One GPU's state; `install` puts it in the place of torch.cuda."""

    def __init__(self) -> None:
        self.streams_made = 0
        self.recorders: dict[int, int] = {}  # number of a stream -> thread that records it
        self.recorded_on: list[int] = []  # number of the stream of each recording
        self.pools: dict[int, int] = {}  # handle -> graphs that use it
        self.pools_used: list[int] = []  # of each recording
        self.log: list[tuple[str, int]] = []  # what ran on which stream
        self.fail_after: int | None = None  # operations of a recording, before one fails
        self.stuck = False  # a failed recording has left the allocator recording
        self.given_back = 0
        self.refused = 0  # what was asked for while a recording was underway
        self._local = threading.local()
        self._lock = threading.Lock()
        self.default = StandInStream.__new__(StandInStream)
        self.default.number = -1

    @property
    def current(self) -> StandInStream:
        stream: StandInStream = getattr(self._local, "stream", self.default)
        return stream

    @contextmanager
    def on(self, stream: StandInStream | None) -> Iterator[None]:
        before = self.current
        if stream is not None:
            self._local.stream = stream
            self.check_launch(stream)
        try:
            yield
        finally:
            self._local.stream = before

    def check_launch(self, stream: StandInStream) -> None:
        recorder = self.recorders.get(stream.number)
        if recorder is not None and recorder != threading.get_ident():
            raise AssertionError(f"a launch into stream {stream.number}, which is being recorded")

    def new_stream(self) -> int:
        with self._lock:
            self.streams_made += 1
            return (self.streams_made - 1) % STREAMS

    def pool_handle(self) -> int:
        with self._lock:
            self.pools[len(self.pools)] = 0
            return len(self.pools) - 1

    def empty_cache(self) -> None:
        if self.recorders:
            self.refused += 1
            raise RuntimeError("captures_underway.empty() INTERNAL ASSERT FAILED")
        self.given_back += 1

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """For engines on the device cpu that are made from now on."""
        from lib.engine.stills import diffusers_stills
        from lib.engine.turbo import cuda, graph_cache, memory, prompt_cache, turbo

        for module in (graph_cache, memory, prompt_cache, turbo, diffusers_stills):
            patch.setattr(module, "on_gpu", lambda _device: True)
        patch.setattr(turbo, "_device_name", lambda _device: "a stand-in")
        empty = torch.empty

        def plain_empty(*given: Any, pin_memory: bool = False, **named: Any) -> torch.Tensor:
            del pin_memory
            made: torch.Tensor = empty(*given, **named)
            return made

        patch.setattr(cuda.torch, "empty", plain_empty)
        patch.setattr(torch.Tensor, "record_stream", lambda _tensor, _stream: None)
        for name, stand_in in {
            "Stream": lambda _device=None, priority=0: StandInStream(self, priority),
            "Event": lambda **_: StandInEvent(),
            "CUDAGraph": lambda: StandInGraph(self),
            "stream": self.on,
            "current_stream": lambda _device=None: self.current,
            "device": lambda _device: nullcontext(),
            "graph_pool_handle": self.pool_handle,
            "empty_cache": self.empty_cache,
            "memory_allocated": lambda _device=None: 0,
            "memory_reserved": lambda _device=None: 0,
            "synchronize": lambda _device=None: None,
            "mem_get_info": lambda _device=None: (1 << 33, 1 << 34),
        }.items():
            patch.setattr(torch.cuda, name, stand_in)


class StandInStream:
    def __init__(self, gpu: StandInGpu, priority: int = 0) -> None:
        self.number, self.priority = gpu.new_stream(), priority

    def wait_event(self, event: StandInEvent) -> None:
        assert isinstance(event, StandInEvent)

    def synchronize(self) -> None:
        pass


class StandInEvent:
    def record(self, _stream: StandInStream | None = None) -> None:
        pass

    def synchronize(self) -> None:
        pass


class StandInGraph:
    """A recording of operations on memory that stays where it is."""

    def __init__(self, gpu: StandInGpu) -> None:
        self._gpu = gpu
        self._pool: int | None = None
        self._recording: _Recording | None = None
        self.replays = 0

    def capture_begin(self, pool: int, capture_error_mode: str) -> None:
        gpu, stream = self._gpu, self._gpu.current
        assert capture_error_mode == "thread_local"
        assert stream is not gpu.default, "a graph cannot be recorded on the default stream"
        if gpu.stuck:
            raise RuntimeError("capture_begin: already recording")
        if pool in gpu.pools_used and not gpu.pools[pool]:
            raise RuntimeError("use_count > 0 INTERNAL ASSERT FAILED")
        gpu.pools[pool] += 1
        gpu.pools_used.append(pool)
        gpu.recorded_on.append(stream.number)
        self._pool = pool
        gpu.recorders[stream.number] = threading.get_ident()
        self._recording = _Recording(gpu)
        self._recording.__enter__()

    def capture_end(self) -> None:
        assert self._recording is not None
        self._recording.__exit__(None, None, None)
        del self._gpu.recorders[self._gpu.current.number]
        if self._recording.failed:
            raise RuntimeError("the recording was invalidated")

    def replay(self) -> None:
        assert self._recording is not None
        self._gpu.check_launch(self._gpu.current)
        self._gpu.log.append(("replay", self._gpu.current.number))
        self.replays += 1
        with torch.no_grad():
            self._recording.play()

    def __del__(self) -> None:
        if self._pool is not None:
            self._gpu.pools[self._pool] -= 1


class _Recording(TorchDispatchMode):
    def __init__(self, gpu: StandInGpu) -> None:
        super().__init__()
        self._gpu = gpu
        self._calls: list[tuple[Callable[..., Any], Any, Any, list[torch.Tensor]]] = []
        self.failed = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self._gpu.fail_after is not None and len(self._calls) >= self._gpu.fail_after:
            self.failed = True
            raise RuntimeError("CUDA error: out of memory")
        named = kwargs or {}
        made = func(*args, **named)
        given, _ = tree_flatten((args, named))
        places = {one.untyped_storage().data_ptr() for one in given if torch.is_tensor(one)}
        flat, _ = tree_flatten(made)
        fresh = [
            one
            for one in flat
            if torch.is_tensor(one) and one.untyped_storage().data_ptr() not in places
        ]
        self._calls.append((func, args, named, fresh))
        return made

    def play(self) -> None:
        for func, args, named, fresh in self._calls:
            again, _ = tree_flatten(func(*args, **named))
            tensors = [one for one in again if torch.is_tensor(one)]
            for place, value in zip(fresh, tensors, strict=False):
                place.copy_(value)


def shape(size: int = 64, batch: int = 1, steps: int = 1) -> GraphShape:
    """Of a picture 64 high."""
    from lib.engine.turbo.graph_buffers import GraphShape

    return GraphShape(batch, 64, size, steps, guided=False)


def prepare(engine: Turbo, wanted: GraphShape) -> GraphBuffers:
    """As the engine's thread would wait for them."""
    made: GraphBuffers = engine._on_compute_stream(engine.graph_cache.prepare, wanted)
    return made
