"""Pinned memory, and streams that copy beside the work of a GPU.

torch hands out 32 streams in turn, and the 33rd is the first again. So each of them is made once,
for the life of the engine: three here for the frames, two in `graph_recorder.py`, one for prompts.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lib.engine.engine import Batch, Frames
from lib.engine.turbo.graph_buffers import GraphBuffers
from lib.engine.turbo.graph_recorder import AHEAD

SLOTS = 2  # one batch may land while another is made


class _StagingBuffers:
    """Host and device memory for one batch in flight, and an event for each step of its way."""

    def __init__(self, buffers: GraphBuffers, work: torch.cuda.Stream) -> None:
        """Must be called on the stream `work`."""
        device = buffers.frames.device
        self.pinned = torch.empty(buffers.frames.shape, dtype=torch.uint8, pin_memory=True)
        self.landing = torch.empty_like(buffers.frames)
        self.leaving = torch.empty_like(buffers.pictures)
        self.leaving_whole = torch.empty_like(buffers.whole)
        with torch.cuda.device(device):
            self.landed, self.taken = torch.cuda.Event(), torch.cuda.Event()
            self.made, self.gone = torch.cuda.Event(), torch.cuda.Event(blocking=True)
        # The allocator gives out memory that `work` has yet to finish with: frames wait for that.
        self.taken.record(work)


class PendingBatch:
    """A batch that the GPU has not finished yet.

    It holds the memory that is read and written meanwhile. The allocator knows only the stream
    that a block was made for, and would give it out again while another stream uses it.
    """

    def __init__(
        self,
        host: Tensor,
        whole: Tensor,
        count: int,
        used: tuple[GraphBuffers, _StagingBuffers],
    ) -> None:
        self._host, self._whole, self._count, self._used = host, whole, count, used
        self._gone = used[1].gone

    def wait(self) -> tuple[Frames, NDArray[np.bool_]]:
        self._gone.synchronize()
        return self._host.numpy()[: self._count], self._whole.numpy()[: self._count]


class CudaStreams:
    """Three streams, so that copying in, computing and copying out overlap."""

    def __init__(self, device: torch.device) -> None:
        self.work = torch.cuda.Stream(device, priority=AHEAD)
        self._into = torch.cuda.Stream(device, priority=AHEAD)
        self._out = torch.cuda.Stream(device, priority=AHEAD)
        self._slots: WeakKeyDictionary[GraphBuffers, list[_StagingBuffers]] = WeakKeyDictionary()
        self._turn = 0

    def start(self, buffers: GraphBuffers, frames: Batch) -> PendingBatch:
        """Must be called on the stream `work`, behind what was written into the buffers."""
        slot = self._slot(buffers)
        count = len(frames)
        slot.landed.synchronize()  # until its pinned memory is free again
        for place, frame in zip(slot.pinned.numpy(), frames, strict=False):
            np.copyto(place, frame)  # on this thread alone: a tensor's copy wakes every core
        with torch.cuda.stream(self._into):
            self._into.wait_event(slot.taken)
            slot.landing.copy_(slot.pinned, non_blocking=True)
            slot.landed.record(self._into)
        self.work.wait_event(slot.landed)
        buffers.frames.copy_(slot.landing)
        slot.taken.record(self.work)
        buffers.run()
        self.work.wait_event(slot.gone)
        slot.leaving.copy_(buffers.pictures)
        slot.leaving_whole.copy_(buffers.whole)
        slot.made.record(self.work)
        # Pinned memory is kept by torch and given out again once nobody holds the picture.
        host = torch.empty(buffers.pictures.shape, dtype=torch.uint8, pin_memory=True)
        whole = torch.empty(buffers.whole.shape, dtype=torch.bool, pin_memory=True)
        with torch.cuda.stream(self._out):
            self._out.wait_event(slot.made)
            host.copy_(slot.leaving, non_blocking=True)
            whole.copy_(slot.leaving_whole, non_blocking=True)
            slot.gone.record(self._out)
        return PendingBatch(host, whole, count, (buffers, slot))

    def _slot(self, buffers: GraphBuffers) -> _StagingBuffers:
        slots = self._slots.get(buffers)
        if slots is None:
            slots = self._slots[buffers] = [
                _StagingBuffers(buffers, self.work) for _ in range(SLOTS)
            ]
        self._turn = (self._turn + 1) % SLOTS
        return slots[self._turn]
