"""Keeps the buffers and the graph of each shape, and prepares new ones while frames go on.

A shape that comes up while the show runs is made by the plain functions at first, which is slower
but there at once. It changes over between two frames to whatever is ready: its captured graph, and
later its compiled one. What is prepared next is judged in `preparation.py`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress

import torch

from lib.engine.engine import first_line
from lib.engine.turbo.cache_warmer import WarmedCache
from lib.engine.turbo.compiling import beside_frames, cudnn_benchmark, from_cache
from lib.engine.turbo.graph_buffers import GraphBuffers, GraphShape
from lib.engine.turbo.graph_recorder import GraphRecorder
from lib.engine.turbo.memory import empty_cache, is_out_of_memory, on_gpu
from lib.engine.turbo.models import Models
from lib.engine.turbo.preparation import SETTLE_NS, Preparations, PreparationTask
from lib.engine.turbo.shape_compiler import ShapeCompiler
from lib.engine.turbo.shape_history import ShapeHistory

log = logging.getLogger(__name__)

MOST_SHAPES = 12  # shapes at once; the one that was not used for longest goes
ASK_AGAIN_S = 0.25  # whoever waits for a shape keeps it on show
WARMER_POLL_S = 0.25  # between two looks at the child process, while it compiles
CLOSE_S = 1.0  # a thread inside the compiler cannot be ended


class GraphCache:
    """Called by the engine's thread; prepares graphs on a thread of its own.

    The engine's thread owns the buffers that it was given, and the preparing thread those that it
    is preparing; they are handed over whole.
    """

    def __init__(
        self,
        models: Models,
        compiler: ShapeCompiler | None = None,
        history: ShapeHistory | None = None,
        settle_ns: int = SETTLE_NS,
    ) -> None:
        """Without a compiler, graphs are of the plain functions."""
        self._models, self._compiler = models, compiler
        self._history = history or ShapeHistory()
        self._searches = compiler is not None and compiler.tuned is not None
        self._tunes_now = False
        self._recorder = (
            GraphRecorder(models.device, models.dtype) if on_gpu(models.device) else None
        )
        self._preparations: Preparations[GraphShape] = Preparations(
            lambda shape: shape.compiled_for,
            captures=self._recorder is not None,
            compiles=compiler is not None,
            warms=compiler is not None and compiler.warmer is not None,
            settle_ns=settle_ns,
        )
        self.prepares = self._recorder is not None or compiler is not None
        self._buffers: OrderedDict[GraphShape, GraphBuffers] = OrderedDict()
        self._ready: OrderedDict[GraphShape, GraphBuffers] = OrderedDict()  # handed over
        self._cleared = 0  # how often; what was begun before is not handed over
        self._change = threading.Condition()
        self._quit = False
        self._noted: GraphShape | None = None  # the latest of what the history knows
        self._thread = threading.Thread(target=self._run, name="GraphCache", daemon=True)
        if self.prepares:
            self._thread.start()

    # --- the engine's thread

    def get(self, shape: GraphShape, beside: Sequence[GraphShape] = ()) -> GraphBuffers:
        """The buffers to use now, prepared or not; `beside` will be wanted soon, too."""
        if self.prepares:
            self._check_recorder()
            with self._change:
                if self._preparations.ask(shape, time.monotonic_ns(), beside):
                    self._change.notify_all()
                fresh = self._ready.pop(shape, None)
            if fresh is not None:
                self._buffers[shape] = fresh
        if shape not in self._buffers:
            self._buffers[shape] = GraphBuffers(self._models, shape)
        self._buffers.move_to_end(shape)
        if len(self._buffers) > MOST_SHAPES:
            gone, _ = self._buffers.popitem(last=False)
            with self._change:
                self._preparations.forget(gone)
        return self._buffers[shape]

    def prepare(self, shape: GraphShape) -> GraphBuffers:
        """The same, but wait until they are as fast as they get."""
        self._wait(shape, self._preparations.is_final)
        return self.get(shape)

    def prepare_usable(self, shape: GraphShape) -> GraphBuffers:
        """The same, but wait only for what needs no compiler: a graph, where there are graphs."""
        self._wait(shape, self._preparations.is_usable)
        return self.get(shape)

    @contextmanager
    def captures_only(self) -> Iterator[None]:
        """Inside, no compilation is begun: whoever warms up waits for graphs alone."""
        self._set_captures_only(True)
        try:
            yield
        finally:
            self._set_captures_only(False)

    def tune(self, shapes: Sequence[GraphShape]) -> None:
        """Wait until these are compiled by the longest search, where that is asked for and not done
        yet. It times kernels on the GPU, which it must not share with frames."""
        if not self._searches:
            return
        self._tunes_now = True
        for shape in shapes:
            if not self._history.is_tuned(shape):
                self._wait(shape, self._preparations.is_final)
        self._tunes_now = False

    def interrupt(self) -> None:
        """End what another thread waits for here."""
        with self._change:
            self._quit = True
            self._change.notify_all()

    def _set_captures_only(self, captures_only: bool) -> None:
        with self._change:
            self._preparations.captures_only = captures_only
            self._change.notify_all()

    def is_prepared(self, shape: GraphShape) -> bool:
        """Whether they are as fast as they get, or as they get for now."""
        if not self.prepares:
            return True
        with self._change:
            return self._preparations.is_final(shape, time.monotonic_ns())

    def has_graph(self, shape: GraphShape) -> bool:
        """Whether its frames are launched at once. For the engine's thread."""
        buffers = self._buffers.get(shape)
        return buffers is not None and buffers.recorded is not None

    def clear(self) -> None:
        """Drop all buffers, because memory is short; they are made again as they are needed."""
        if self._recorder is not None:
            with self._recorder.exclusive():
                torch.cuda.synchronize(self._models.device)  # what still uses them
                self._drop_all()
        else:
            self._drop_all()

    def close(self) -> None:
        self.interrupt()
        if self.prepares:
            self._thread.join(CLOSE_S)
        if self._compiler is not None:
            self._compiler.rest()

    @property
    def is_busy(self) -> bool:
        """Whether the preparing thread is at work; after `close`, whether it could not be ended."""
        return self._thread.is_alive()

    def _check_recorder(self) -> None:
        if self._recorder is not None and self._recorder.broken:
            raise RuntimeError(self._recorder.broken)

    def _wait(self, shape: GraphShape, enough: Callable[[GraphShape, int], bool]) -> None:
        if not self.prepares:
            return
        with self._change:
            while not self._quit:
                now_ns = time.monotonic_ns()
                if self._preparations.ask(shape, now_ns, settled=True):
                    self._change.notify_all()
                if enough(shape, now_ns):
                    return
                self._change.wait(ASK_AGAIN_S)

    def _drop_all(self) -> None:
        with self._change:
            self._cleared += 1
            self._buffers.clear()
            self._ready.clear()
            self._preparations.clear()
        empty_cache(self._models.device)

    # --- the preparing thread

    def _run(self) -> None:
        with torch.no_grad():
            while (work := self._next()) is not None:
                self._do(*work)

    def _next(self) -> tuple[PreparationTask, GraphShape] | None:
        """What to do; None at the end."""
        while True:
            warmed = self._warmed()
            with self._change:
                if self._quit:
                    return None
                self._note_warmed(warmed)
                now_ns = time.monotonic_ns()
                played = self._preparations.played(now_ns)
                work = self._preparations.next(now_ns)
                if work is None and played in (None, self._noted):
                    self._change.wait(self._rest_s(now_ns))
            if played is not None:  # a file is written, for which no frame waits
                self._history.note_played(played)
                self._noted = played
            if work is not None:
                return work

    def _rest_s(self, now_ns: int) -> float | None:
        """Until time alone brings something to do."""
        if self._preparations.warming is not None:
            return WARMER_POLL_S
        if self._compiler is not None:
            self._compiler.rest()  # nothing is left for the child
        due_ns = self._preparations.due_ns(now_ns)
        return None if due_ns is None else (due_ns - now_ns) / 1e9

    def _warmed(self) -> WarmedCache | None:
        """The child's answer. It comes from a file, for which no frame waits: without the lock."""
        if self._compiler is None or self._preparations.warming is None:
            return None
        return self._compiler.poll()

    def _note_warmed(self, warmed: WarmedCache | None) -> None:
        if self._compiler is None or self._preparations.warming is None:
            return
        if warmed is None:
            if self._preparations.is_abandoned():
                self._compiler.rest()
                self._preparations.warming = None
            return
        self._preparations.warming = None
        if warmed.trouble:
            self._failed(PreparationTask.WARM, warmed.shape, warmed.trouble)
        else:
            self._preparations.done(PreparationTask.WARM, warmed.shape)

    def _warm(self, compiler: ShapeCompiler, shape: GraphShape) -> None:
        """Without room for a child, this process compiles by itself."""
        with self._change:
            self._preparations.warming = shape
        is_begun = compiler.start(shape, self._may_tune(shape))
        with self._change:
            if not is_begun:
                self._preparations.warming = None
                self._preparations.done(PreparationTask.WARM, shape)

    def _may_tune(self, shape: GraphShape) -> bool:
        """While no frames are made, or where all timing is done and what it found is kept."""
        return self._searches and (self._tunes_now or self._history.is_tuned(shape))

    def _do(self, task: PreparationTask, shape: GraphShape) -> None:
        if task is PreparationTask.WARM and self._compiler is not None:
            try:
                self._warm(self._compiler, shape)
            except OSError as error:  # no process can be started now
                self._preparations.warming = None
                self._failed(task, shape, str(error))
            return
        started_s, cleared = time.monotonic(), self._cleared
        reason, is_short = "", False
        try:
            buffers = self._prepared(task, shape)
        except Exception as error:  # noqa: BLE001 - compilers fail in many ways, and the show goes on
            is_short = is_out_of_memory(error)
            reason = first_line(error)
        if reason:  # only here is the traceback gone, which holds the buffers
            if is_short:
                with suppress(RuntimeError):  # where a recording has left the allocator recording
                    empty_cache(self._models.device)
            self._failed(task, shape, reason)
            return
        log.info("%s: %s in %.1f s", shape, task.value, time.monotonic() - started_s)
        surplus = None if self._compiler is None else self._compiler.surplus()
        with self._change:
            if surplus is not None:
                self._preparations.forget_compiled(surplus)
            if cleared == self._cleared:
                self._preparations.done(task, shape)
                self._ready[shape] = buffers
                if len(self._ready) > MOST_SHAPES:
                    gone, _ = self._ready.popitem(last=False)
                    self._preparations.forget(gone)
            self._change.notify_all()

    def _prepared(self, task: PreparationTask, shape: GraphShape) -> GraphBuffers:
        buffers, recorder = GraphBuffers(self._models, shape), self._recorder
        compiler, tunes = self._compiler, self._may_tune(shape)
        is_cached = compiler is not None and compiler.is_cached(shape)
        with beside_frames(), from_cache() if is_cached else nullcontext():
            if task is PreparationTask.COMPILE and compiler is not None:
                buffers.functions = compiler.functions(shape, tunes)
            if recorder is None:
                buffers.make(buffers.functions)
            else:
                # A thread's first run of a convolution decides on its algorithm for good. The
                # search is on for the whole process, and so only while no frames are made that it
                # would hold up.
                is_quiet = self._preparations.captures_only or self._tunes_now
                with cudnn_benchmark(self._searches and is_quiet):
                    recorder.run(lambda: buffers.make(buffers.functions))  # compiles, if it has to
                    buffers.recorded = recorder.record(lambda: buffers.make(buffers.functions))
        if tunes and task is PreparationTask.COMPILE:
            self._history.note_tuned(shape)
        return buffers

    def _failed(self, task: PreparationTask, shape: GraphShape, reason: str) -> None:
        with self._change:
            wait_s = self._preparations.failed(task, shape, time.monotonic_ns())
            log.warning(
                "%s cannot be %s and stays slower; tried again in %g min: %s",
                *(shape, task.value, wait_s / 60, reason),
            )
            self._change.notify_all()
