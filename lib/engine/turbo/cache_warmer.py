"""A child process that compiles, so that here what it made has only to be loaded.

To compile takes minutes of Python, which frames would have to share an interpreter with. The
child loads the same model, compiles the same functions for a shape, and writes them into a file
that it shares with its parent; what they load in turn is in the compiler's cache on the disk. It is
nicer to the processor than the show is, and ends when it is not needed: it holds the weights a
second time.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO, NamedTuple

import torch

from lib.config.settings import ROOT, WorkerSettings
from lib.engine.engine import first_line
from lib.engine.turbo.compiling import compiled_functions
from lib.engine.turbo.gpu_options import GpuOptions
from lib.engine.turbo.graph_buffers import GraphBuffers, GraphShape
from lib.engine.turbo.load import load_models
from lib.engine.turbo.memory import free_gb
from lib.engine.turbo.saved_functions import SavedFunctions, save

log = logging.getLogger(__name__)

# The settings that a graph depends on.
MADE_FROM = ("model", "vae", "device", "dtype", "lora", "lora_dir")
SPARE_GB = 3.0  # beside the weights: its context, its buffers, what the show may still want
NICENESS = 10
LONGEST_S = 1800.0  # for one shape; a child that takes longer hangs
DONE = "done"  # and how many bytes each function has, if they could be saved


class WarmedCache(NamedTuple):
    """What became of a compilation; `trouble` is empty where all went well."""

    shape: GraphShape
    trouble: str
    saved: SavedFunctions = ()  # without them, the compiler's cache is warm at least


class CacheWarmer:
    """The parent's side. Used by the preparing thread alone; `close` by any."""

    def __init__(
        self,
        settings: WorkerSettings,
        options: GpuOptions,
        device: torch.device,
        weights_gb: float,
    ) -> None:
        chosen = {name: getattr(settings, name) for name in MADE_FROM}
        self.made_from = json.dumps([chosen | {"local_files_only": True}, options])
        self._device, self._weights_gb = device, weights_gb
        self._child: subprocess.Popen[str] | None = None
        self._file: IO[bytes] | None = None  # where the child writes what it compiled
        self._shape: GraphShape | None = None
        self._asked_s = 0.0
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()

    def has_room(self) -> bool:
        """Whether the weights fit a second time without making the show's memory short."""
        free = free_gb(self._device)
        return free is None or free > self._weights_gb + SPARE_GB

    def start(self, shape: GraphShape, tunes: bool = False) -> None:
        """With `tunes` it searches longest, and times kernels on the GPU."""
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = self._started()
            threading.Thread(target=self._listen, args=(self._child,), daemon=True).start()
            self._say(self.made_from)
        self._shape = shape  # what `poll` waits for; `close` forgets it
        self._asked_s = time.monotonic()
        self._say(json.dumps([shape, tunes]))

    def poll(self) -> WarmedCache | None:
        """The answer, if there is one by now."""
        if self._shape is None:
            return None
        try:
            answer = self._answers.get_nowait()
        except queue.Empty:
            if time.monotonic() - self._asked_s < LONGEST_S:
                return None
            answer = f"it was not done in {LONGEST_S / 60:g} min"
        shape, self._shape = self._shape, None
        if answer.partition(" ")[0] != DONE or self._file is None:
            self.close()
            return WarmedCache(shape, answer)
        self._file.seek(0)
        sizes = [int(size) for size in answer.split()[1:]]
        return WarmedCache(shape, "", tuple(map(self._file.read, sizes)))

    def close(self) -> None:
        """End the child, whatever it does. This does not wait for its end."""
        child, self._child, self._shape = self._child, None, None
        file, self._file = self._file, None
        if file is not None:
            file.close()
        self._answers = queue.SimpleQueue()  # a late word of the one that ends is nobody's
        if child is not None:
            child.kill()

    def _started(self) -> subprocess.Popen[str]:
        """In a session of its own: Ctrl+C is for the worker, which ends the child itself."""
        # It has no name, so that nothing is left of it.
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` closes it
        shared = self._file.fileno()
        return subprocess.Popen(
            [sys.executable, "-m", __name__, str(shared)],
            cwd=ROOT,
            pass_fds=[shared],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def _say(self, line: str) -> None:
        assert self._child is not None and self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its end is the answer then
            self._child.stdin.write(line + "\n")

    def _listen(self, child: subprocess.Popen[str]) -> None:
        """A thread for each child; it ends with it."""
        answers = self._answers
        with contextlib.suppress(BrokenPipeError), child:
            assert child.stdout is not None
            for line in child.stdout:
                answers.put(line.strip())
            answers.put(f"the process that compiles ended with code {child.wait()}")


# --- the child's side


def main() -> None:
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    try:
        chosen, options = json.loads(lines.get())
        settings = WorkerSettings(**chosen)
        models = load_models(settings, GpuOptions(*options))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent says it
        answers.write(_line(error))
        os._exit(1)  # the thread that reads stands in the way of an orderly end
    while True:
        sides, tunes = json.loads(lines.get())
        try:
            with torch.no_grad(), os.fdopen(int(sys.argv[1]), "wb", closefd=False) as file:
                saved = _compiled(GraphBuffers(models, GraphShape(*sides)), tunes)
                file.seek(0)
                file.writelines(saved)
            answers.write(" ".join([DONE, *(str(len(one)) for one in saved)]) + "\n")
        except Exception as error:  # noqa: BLE001 - compilers fail in many ways
            answers.write(_line(error))


def _compiled(buffers: GraphBuffers, tunes: bool) -> SavedFunctions:
    """Nothing where they cannot be saved: the compiler's cache is warm then."""
    saved: SavedFunctions = ()
    try:
        saved = save(compiled_functions(tunes=tunes, guarded=False), buffers.make)
    except Exception as error:  # noqa: BLE001 - torch calls it an experiment
        log.warning("what is compiled cannot be saved: %s", first_line(error))
        buffers.make(compiled_functions(tunes=tunes))
    buffers.pictures.cpu()  # a GPU's errors come late
    return saved


def _read(lines: queue.SimpleQueue[str]) -> None:
    """Ends the process with its parent, also in the middle of a compilation."""
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error)}\n"


if __name__ == "__main__":
    main()
