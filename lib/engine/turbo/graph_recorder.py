"""Records what a GPU is to do as a graph, which is played again with one launch."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor

from lib.engine.turbo.compiling import no_garbage_collection

# The priority of streams whose kernels go before those of stills. The kernels of a graph have that
# of the stream that recorded them.
AHEAD = -1
log = logging.getLogger(__name__)

WARM_UP_RUNS = 3  # before a capture: the libraries choose and allocate in the first ones


class RecordedGraph:
    """What one run launched; it reads and writes the buffers of that run, wherever they live."""

    def __init__(self, graph: torch.cuda.CUDAGraph, pool: Any) -> None:
        self._graph, self.pool = graph, pool

    def replay(self) -> None:
        self._graph.replay()


class GraphRecorder:
    """Records graphs, on two streams of its own. Called by one thread; `exclusive` by any.

    Everything is recorded on one stream, because the allocator gives a free block only to the
    stream that it was made for: so all graphs share the memory of the largest. Nothing else may
    run on that stream: cuBLAS keeps a workspace for each stream, and the graphs, which are played
    on another, go on writing to the one of the stream that recorded them.
    """

    def __init__(self, device: torch.device, dtype: torch.dtype) -> None:
        self._device, self._dtype = device, dtype
        self._warming = torch.cuda.Stream(device)
        self._recording = torch.cuda.Stream(device, priority=AHEAD)
        self._underway = threading.Lock()
        self._pool: Any = None
        self._graphs: WeakSet[RecordedGraph] = WeakSet()
        self._has_workspace = self._has_recorded = False
        self.broken = ""  # why this process cannot record any more

    def run(self, make: Callable[[], None], times: int = 1) -> None:
        """Beside the frames, without recording it."""
        torch.cuda.current_stream(self._device).synchronize()  # what filled the buffers
        with torch.cuda.stream(self._warming):
            for _ in range(times):
                make()
            self._warming.synchronize()

    def record(self, make: Callable[[], None]) -> RecordedGraph:
        """Run `make` a few times, then record it. The frames of other threads go on meanwhile."""
        if not self._has_workspace:
            self._make_workspace()
        self.run(make, WARM_UP_RUNS)
        with self.exclusive():
            # A pool dies with its last graph, which no other thread may drop from here on.
            kept = [graph for graph in self._graphs if graph.pool == self._pool]
            if not kept:
                self._pool = torch.cuda.graph_pool_handle()
            self._make_room()
            try:
                graph = self._recorded(make, self._pool)
            except BaseException:
                self._pool = None
                self._check_health()
                raise
            self._graphs.add(graph)
            self._has_recorded = True
        return graph

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """No recording is underway inside: the allocator gives nothing back while one is."""
        with self._underway:
            yield

    def _recorded(self, make: Callable[[], None], pool: Any) -> RecordedGraph:
        graph = torch.cuda.CUDAGraph()
        # To free a graph or an event of another recording would end this one.
        with torch.cuda.stream(self._recording), no_garbage_collection():
            # Only this thread's mistakes end it: the engine's thread goes on launching frames.
            graph.capture_begin(pool=pool, capture_error_mode="thread_local")
            try:
                make()
            except BaseException:
                with suppress(RuntimeError):  # the first error is the one to know
                    graph.capture_end()
                raise
            graph.capture_end()
            self._recording.synchronize()
        return RecordedGraph(graph, pool)

    def _make_room(self) -> None:
        """The runs before have left about as much memory cached as the recording needs, but for
        another stream; and while one is underway the allocator gives nothing of it back."""
        reserved = torch.cuda.memory_reserved(self._device)
        cached = reserved - torch.cuda.memory_allocated(self._device)
        if torch.cuda.mem_get_info(self._device)[0] < cached:
            torch.cuda.empty_cache()

    def _make_workspace(self) -> None:
        """Else the first recorded product would allocate it, inside the pool of its graph."""
        with torch.cuda.stream(self._recording):
            side = torch.zeros((16, 16), dtype=self._dtype, device=self._device)
            torch.addmm(side[0], side, side)
            self._recording.synchronize()
        self._has_workspace = True

    def _check_health(self) -> None:
        """A recording that failed half way may leave torch's allocator recording for ever."""
        try:
            one = torch.zeros(1, device=self._device)
            self._recorded(lambda: _add_one(one), torch.cuda.graph_pool_handle())
        except RuntimeError as error:
            log.warning(
                "a failed recording of a graph has left the GPU unable to record: %s", error
            )
            if self._has_recorded:  # else it never could, and a new process would not either
                self.broken = "graphs can no longer be recorded in this process"


def _add_one(one: Tensor) -> None:
    one.add_(1)
