"""The child's side: reports to its parent, and ends with it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

QUIT_SIGNALS = (signal.SIGTERM, signal.SIGINT)
REPORT_VARIABLE = "AFTERIMAGE_REPORT"  # file descriptor of the pipe, process id of the parent
PR_SET_PDEATHSIG = 1
READY, PROGRESS, NEWS = b"ready ", b"progress", b"news "
LONGEST_WORD = 1000  # a write to a pipe as short as this is whole or not at all
EVERY_NS = 1_000_000_000


class ParentLink:
    """A child's pipe to its parent; reports nothing where the process runs alone."""

    def __init__(self, pipe: int | None = None) -> None:
        self._pipe = pipe
        self._progress_ns = self._news_ns = 0  # when the next one may be said

    def ready(self, about: str = "") -> None:
        """The work can begin; `about` is one line for the person who started it all."""
        self._say(READY + _line(about))

    def progress(self) -> None:
        """The work goes on. May be called for every frame: at most one a second is sent."""
        now_ns = time.monotonic_ns()
        if now_ns >= self._progress_ns:
            self._progress_ns = now_ns + EVERY_NS
            self._say(PROGRESS)

    def news(self, text: str) -> None:
        """The state in one line; the latest counts. May be called as often as progress."""
        now_ns = time.monotonic_ns()
        if now_ns >= self._news_ns:
            self._news_ns = now_ns + EVERY_NS
            self._say(NEWS + _line(text))

    def _say(self, word: bytes) -> None:
        if self._pipe is None:
            return
        try:
            os.write(self._pipe, word + b"\n")
        except BlockingIOError:
            pass  # the parent has enough to read from us
        except OSError:
            self._pipe = None  # the parent is gone, and the kernel is about to end us


def _line(text: str) -> bytes:
    return " ".join(text.split()).encode()[:LONGEST_WORD]


def report_to_parent() -> ParentLink:
    """Called once at the start of a process: ties its life to its supervisor's, if it has one."""
    said = os.environ.pop(REPORT_VARIABLE, "")
    try:
        pipe, parent = map(int, said.split(","))
        os.set_inheritable(pipe, False)
        os.set_blocking(pipe, False)
    except (ValueError, OSError):
        return ParentLink()
    end_with_parent(parent)
    return ParentLink(pipe)


def end_with_parent(parent: int) -> None:
    """The kernel ends this process once the thread that started it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:  # it died before we asked to be told
        raise SystemExit(1)


def hold_signals() -> set[signal.Signals]:
    """Ctrl+C and SIGTERM wait until `quit_on_signals` lets them through: no traceback meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, QUIT_SIGNALS)
    return {signal.Signals(number) for number in before}


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold the signals, so that a child that is started meanwhile holds them too."""
    before = hold_signals()
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
