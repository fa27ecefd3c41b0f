"""Keeps the buffers and the graph of each shape, and prepares new ones while frames go on.

Where there is something to prepare (a compilation, a graph to capture), a shape that comes up while
the show runs is made by the plain function at first, which is slower but there at once. It changes
over to the prepared graph between two frames.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch

from lib.engine.turbo import cuda
from lib.engine.turbo.graph_buffers import GraphBuffers, GraphShape, frames_to_pictures
from lib.engine.turbo.library_logs import libraries_muted
from lib.engine.turbo.memory import empty_cache, is_out_of_memory
from lib.engine.turbo.models import Models

log = logging.getLogger(__name__)

MOST_SHAPES = 12  # shapes at once; the one that was not used for longest goes
WARM_UP_RUNS = 3  # before a capture: the libraries choose and allocate in the first ones


class GraphCache:
    """Called by the engine's thread; prepares graphs on a thread of its own."""

    def __init__(self, models: Models, compiling: str = "off", backend: str = "inductor") -> None:
        self._models = models
        self._convert = _compiled(compiling, backend)
        self._cuda = models.device.type == "cuda"
        self.prepares = self._cuda or self._convert is not None
        self._buffers: OrderedDict[GraphShape, GraphBuffers] = OrderedDict()
        self._ready: dict[GraphShape, GraphBuffers] = {}  # handed over by the preparing thread
        self._done: set[GraphShape] = set()  # prepared, or found impossible to prepare
        self._wanted: list[GraphShape] = []
        self._change = threading.Condition()
        self._quit = False
        self._pool = torch.cuda.graph_pool_handle() if self._cuda else None
        self._thread = threading.Thread(target=self._run, name="GraphCache", daemon=True)
        if self.prepares:
            self._thread.start()

    def get(self, shape: GraphShape) -> GraphBuffers:
        """The buffers to use now, prepared or not."""
        with self._change:
            fresh = self._ready.pop(shape, None)
            if fresh is not None:
                self._buffers[shape] = fresh
            elif self.prepares and shape not in self._done and shape not in self._wanted:
                self._wanted.append(shape)
                self._change.notify_all()
        if shape not in self._buffers:
            self._buffers[shape] = GraphBuffers(self._models, shape)
            if len(self._buffers) > MOST_SHAPES:
                gone, _ = self._buffers.popitem(last=False)
                self._done.discard(gone)
        self._buffers.move_to_end(shape)
        return self._buffers[shape]

    def prepare(self, shape: GraphShape) -> GraphBuffers:
        """The same, but wait until they are prepared."""
        buffers = self.get(shape)
        if self.prepares:
            with self._change:
                self._change.wait_for(lambda: self._quit or shape in self._done)
            buffers = self.get(shape)
        return buffers

    def is_prepared(self, shape: GraphShape) -> bool:
        return not self.prepares or shape in self._done

    def clear(self) -> None:
        """Drop all buffers, because memory is short; they are made again as they are needed."""
        with self._change:
            self._buffers.clear()
            self._ready.clear()
            self._done.clear()
            self._wanted.clear()
        empty_cache(self._models.device)

    def close(self) -> None:
        with self._change:
            self._quit = True
            self._wanted.clear()
            self._change.notify_all()
        if self.prepares:
            self._thread.join(5)

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._quit or self._wanted)
                if self._quit:
                    return
                shape = self._wanted[-1]  # the newest is the one on show
            buffers = self._prepared(shape)
            with self._change:
                if shape in self._wanted:  # else everything was cleared meanwhile
                    self._wanted.remove(shape)
                    self._done.add(shape)
                    if buffers is not None:
                        self._ready[shape] = buffers
                self._change.notify_all()

    def _prepared(self, shape: GraphShape) -> GraphBuffers | None:
        """None when preparing failed: the plain function stays in use."""
        started_s = time.monotonic()
        try:
            with torch.no_grad():
                buffers = GraphBuffers(self._models, shape)
                buffers.convert = self._convert or frames_to_pictures
                if self._cuda:
                    buffers.run = cuda.capture(
                        buffers, self._models.device, self._pool, WARM_UP_RUNS
                    )
                else:
                    buffers.make()
        except Exception as error:  # noqa: BLE001 - compilers fail in many ways, and the show goes on
            if is_out_of_memory(error):
                empty_cache(self._models.device)
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
            log.warning("%s cannot be prepared, it stays slower: %s", shape, reason)
            return None
        log.info("prepared %s in %.1f s", shape, time.monotonic() - started_s)
        return buffers


def _compiled(compiling: str, backend: str) -> Callable[..., Any] | None:
    """The work of a frame for the compiler; it compiles at the first call with a new shape."""
    if compiling == "off":
        return None
    with libraries_muted():
        torch._dynamo.config.recompile_limit = 64  # one for each shape
        mode = "max-autotune-no-cudagraphs" if compiling == "max" else None
        torch.backends.cudnn.benchmark = compiling == "max"
        return torch.compile(
            frames_to_pictures,
            mode=mode if backend == "inductor" else None,
            backend=backend,
            dynamic=False,
        )
