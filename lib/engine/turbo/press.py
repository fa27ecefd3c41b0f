"""Keeps a plate for each shape, and gets new ones ready beside the running one.

Where there is something to get ready (a compiler, a graph to capture), a shape that comes up while
the show runs is made with the plain function at first, which is slower and at once there, and
changes to the prepared plate between two frames.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch

from lib.engine.turbo import graph
from lib.engine.turbo.memory import give_back, is_short
from lib.engine.turbo.models import Models
from lib.engine.turbo.plate import Plate, Shape, develop
from lib.engine.turbo.quiet import quiet

log = logging.getLogger(__name__)

PLATES = 12  # shapes at once; the one that was not used for longest goes
ROUNDS = 3  # before a capture: the libraries choose and allocate in the first ones


class Press:
    """Asked by the engine's thread; a thread of its own prepares."""

    def __init__(self, models: Models, compiling: str = "off", backend: str = "inductor") -> None:
        self._models = models
        self._develop = _compiled(compiling, backend)
        self._cuda = models.device.type == "cuda"
        self.prepares = self._cuda or self._develop is not None
        self._plates: OrderedDict[Shape, Plate] = OrderedDict()
        self._ready: dict[Shape, Plate] = {}  # handed over by the preparing thread
        self._done: set[Shape] = set()  # prepared, or it can not be
        self._wanted: list[Shape] = []
        self._change = threading.Condition()
        self._quit = False
        self._pool = torch.cuda.graph_pool_handle() if self._cuda else None
        self._thread = threading.Thread(target=self._run, name="Press", daemon=True)
        if self.prepares:
            self._thread.start()

    def plate(self, shape: Shape) -> Plate:
        """One to use now."""
        with self._change:
            fresh = self._ready.pop(shape, None)
            if fresh is not None:
                self._plates[shape] = fresh
            elif self.prepares and shape not in self._done and shape not in self._wanted:
                self._wanted.append(shape)
                self._change.notify_all()
        if shape not in self._plates:
            self._plates[shape] = Plate(self._models, shape)
            if len(self._plates) > PLATES:
                gone, _ = self._plates.popitem(last=False)
                self._done.discard(gone)
        self._plates.move_to_end(shape)
        return self._plates[shape]

    def prepare(self, shape: Shape) -> Plate:
        """The same, and it is waited for."""
        plate = self.plate(shape)
        if self.prepares:
            with self._change:
                self._change.wait_for(lambda: self._quit or shape in self._done)
            plate = self.plate(shape)
        return plate

    def is_prepared(self, shape: Shape) -> bool:
        return not self.prepares or shape in self._done

    def clear(self) -> None:
        """Memory is short: all plates go, and come back as they are needed."""
        with self._change:
            self._plates.clear()
            self._ready.clear()
            self._done.clear()
            self._wanted.clear()
        give_back(self._models.device)

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
            plate = self._prepared(shape)
            with self._change:
                if shape in self._wanted:  # else everything was cleared meanwhile
                    self._wanted.remove(shape)
                    self._done.add(shape)
                    if plate is not None:
                        self._ready[shape] = plate
                self._change.notify_all()

    def _prepared(self, shape: Shape) -> Plate | None:
        """None when it can not be: the plain function goes on."""
        started_s = time.monotonic()
        try:
            with torch.no_grad():
                plate = Plate(self._models, shape)
                plate.develop = self._develop or develop
                if self._cuda:
                    plate.run = graph.capture(plate, self._models.device, self._pool, ROUNDS)
                else:
                    plate.make()
        except Exception as error:  # noqa: BLE001 - compilers fail in many ways, and the show goes on
            if is_short(error):
                give_back(self._models.device)
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
            log.warning("%s can not be prepared, it stays slower: %s", shape, reason)
            return None
        log.info("prepared %s in %.1f s", shape, time.monotonic() - started_s)
        return plate


def _compiled(compiling: str, backend: str) -> Callable[..., Any] | None:
    """The work of a frame for the compiler; it compiles at the first call with a new shape."""
    if compiling == "off":
        return None
    with quiet():
        torch._dynamo.config.recompile_limit = 64  # one for each shape
        mode = "max-autotune-no-cudagraphs" if compiling == "max" else None
        torch.backends.cudnn.benchmark = compiling == "max"
        return torch.compile(
            develop, mode=mode if backend == "inductor" else None, backend=backend, dynamic=False
        )
