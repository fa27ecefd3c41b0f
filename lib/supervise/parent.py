"""The parent's side: starts its children, reads their reports, restarts and ends them."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lib.supervise.child import NEWS, READY, REPORT_VARIABLE, signals_held

log = logging.getLogger("lib.supervise")

# again: start it again; quit: end everything with code 0; fail: end everything with its code;
# rest: let it be.
ExitAction: TypeAlias = Literal["again", "quit", "fail", "rest"]

POLL_S = 0.5  # between two rounds of the parent, at most
SLEPT_NS = 2_000_000_000  # so long between two rounds means that the machine slept
STACKS_NS = 3_000_000_000  # for a hung process to write its stacks


@dataclass(frozen=True)
class Child:
    """A program to keep running, and what its exit codes mean."""

    name: str
    argv: Sequence[str]
    on_exit: Mapping[int, ExitAction] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    hang_s: float | None = None  # ready and without progress for so long, it is ended
    start_s: float | None = None  # not ready after so long, it is ended
    needed: bool = True  # False: the whole is ready and going without it


@dataclass(frozen=True)
class RestartPolicy:
    """How long to wait before each restart in a row.

    The first comes at once: a process that was killed is back before anybody asks. One that fails
    again and again must not eat the machine that the others run on.
    """

    waits_s: tuple[float, ...] = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
    healthy_s: float = 5.0  # after so long at work the count of failures starts anew
    asked_s: float = 0.5  # after exit code 0: whoever ended it may be about to end us, too

    def wait_s(self, failures: int, code: int) -> float:
        wait_s = self.waits_s[min(failures, len(self.waits_s) - 1)]
        return max(wait_s, self.asked_s) if code == 0 else wait_s


class ChildState:
    """One child as its parent sees it."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.pipe: int | None = None
        self.ready = False
        self.about = ""  # its report of itself when it was ready
        self.news = ""  # its latest line on its state
        self.resting = False
        self.starts = 0
        self.failures = 0  # in a row
        self.progress_ns = 0  # its latest report of progress
        self.ready_ns = 0
        self.start_at_ns = 0
        self.started_ns = 0
        self.aborted_ns = 0  # when it was asked for its stacks because it hung

    def quiet_s(self, now_ns: int) -> float:
        """Seconds since it started, became ready or reported progress, whichever was last."""
        return (now_ns - max(self.started_ns, self.ready_ns, self.progress_ns)) / 1e9

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None


class Supervisor:
    """Runs its children until it is asked to end or until one of them ends everything.

    Used by one thread only, the main thread: the kernel's promise to end a child with its parent
    is bound to the thread that started it.
    """

    def __init__(
        self, children: Sequence[Child], restarts: RestartPolicy | None = None, grace_s: float = 1.2
    ) -> None:
        self.children = [ChildState(child) for child in children]
        self._restarts = restarts or RestartPolicy()
        self._grace_s = grace_s
        self._selector = selectors.DefaultSelector()
        self._polled_ns = time.monotonic_ns()

    @property
    def needed(self) -> list[ChildState]:
        return [one for one in self.children if one.child.needed]

    @property
    def all_ready(self) -> bool:
        return all(one.ready or one.resting for one in self.needed)

    def all_going(self, within_s: float) -> bool:
        """Whether each has reported progress within this time."""
        now_ns = time.monotonic_ns()
        return all(
            one.resting or (one.ready and one.quiet_s(now_ns) <= within_s) for one in self.needed
        )

    def run(self, quit_event: threading.Event, tick: Callable[[], None] = lambda: None) -> int:
        """The exit code for the whole; `tick` is called at least twice a second."""
        try:
            while not quit_event.is_set():
                self._start_due()
                self._listen(self._until_start_s())
                code = None if quit_event.is_set() else self._reap()
                if code is not None:
                    return code
                self._end_hung()
                tick()
            return 0
        finally:
            self.stop()
            self._selector.close()

    def stop(self) -> None:
        """Terminate all at once, then kill those that stay."""
        alive = [one.process for one in self.children if one.process]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + self._grace_s
        for process in alive:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.01, deadline - time.monotonic()))
            if process.returncode is None:
                log.warning("process %s did not end when asked and is killed", process.pid)
                process.kill()
                process.wait()
        for one in self.children:
            one.process = None
            self._close_pipe(one)

    def _until_start_s(self) -> float:
        """Seconds until the next child is to be started; POLL_S at most."""
        due_ns = [one.start_at_ns for one in self.children if not one.process and not one.resting]
        left_ns = min(due_ns, default=time.monotonic_ns() + int(POLL_S * 1e9)) - time.monotonic_ns()
        return max(0.001, min(POLL_S, left_ns / 1e9))

    def _start_due(self) -> None:
        now_ns = time.monotonic_ns()
        for one in self.children:
            if not one.process and not one.resting and now_ns >= one.start_at_ns:
                self._start(one)

    def _start(self, one: ChildState) -> None:
        one.starts += 1
        one.ready = False
        one.ready_ns = one.aborted_ns = 0
        one.news = ""
        one.started_ns = time.monotonic_ns()
        try:
            mine, theirs = os.pipe()
            os.set_blocking(mine, False)
            environment = os.environ | dict(one.child.environment)
            environment[REPORT_VARIABLE] = f"{theirs},{os.getpid()}"
            try:
                with signals_held():
                    one.process = subprocess.Popen(
                        list(one.child.argv),
                        stdin=subprocess.DEVNULL,
                        env=environment,
                        pass_fds=(theirs,),
                    )
            finally:
                os.close(theirs)
                one.pipe = mine
                self._selector.register(mine, selectors.EVENT_READ, one)
        except OSError as error:  # out of memory, processes or files: that may pass
            log.warning("%s cannot be started: %s", one.child.name, error)
            self._ended(one, code=1)

    def _listen(self, timeout: float) -> None:
        """Read the children's reports; a child's end closes its pipe and so wakes us at once."""
        for key, _ in self._selector.select(timeout):
            one: ChildState = key.data
            try:
                said = os.read(key.fd, 65536)  # all that a pipe holds: no report is cut in two
            except BlockingIOError:
                continue
            if not said:
                self._close_pipe(one)
                if one.process:
                    with suppress(subprocess.TimeoutExpired):
                        one.process.wait(0.05)  # the pipe closes a moment before the process ends
                continue
            one.progress_ns = time.monotonic_ns()
            for word in said.split(b"\n"):
                if word.startswith(READY) and not one.ready:
                    one.ready, one.ready_ns = True, one.progress_ns
                    one.about = word[len(READY) :].decode("utf-8", "replace")
                elif word.startswith(NEWS):
                    one.news = word[len(NEWS) :].decode("utf-8", "replace")

    def _end_hung(self) -> None:
        """Ask a hung child for the stacks of its threads, then kill it."""
        now_ns = time.monotonic_ns()
        slept_ns, self._polled_ns = now_ns - self._polled_ns, now_ns
        for one in self.children:
            if (
                slept_ns > SLEPT_NS
            ):  # this process or the whole machine was stopped, and so were its children
                one.started_ns = now_ns
            limit_s = one.child.hang_s if one.ready else one.child.start_s
            if not one.process or limit_s is None or one.quiet_s(now_ns) < limit_s:
                continue
            if not one.aborted_ns:
                one.aborted_ns = now_ns
                said = "has not got on" if one.ready else "has not become ready"
                log.error(
                    "%s %s for %g s and is ended; its stacks follow", one.child.name, said, limit_s
                )
                one.process.send_signal(signal.SIGABRT)
                one.process.send_signal(signal.SIGCONT)  # a stopped process gets no other signal
            elif now_ns - one.aborted_ns > STACKS_NS:
                one.process.kill()

    def _reap(self) -> int | None:
        """Collect children that ended; the exit code for the whole if that ends everything."""
        for one in self.children:
            code = one.process.poll() if one.process else None
            if code is None:
                continue
            one.process = None
            self._close_pipe(one)
            ending = one.child.on_exit.get(code, "again")
            if ending == "quit":
                return 0
            if ending == "fail":
                return code
            if ending == "rest":
                one.resting = True
                log.info("%s has ended and stays so", one.child.name)
            else:
                self._ended(one, code)
        return None

    def _ended(self, one: ChildState, code: int) -> None:
        now_ns = time.monotonic_ns()
        if one.ready_ns and now_ns - one.ready_ns >= self._restarts.healthy_s * 1e9:
            one.failures = 0
        wait_s = self._restarts.wait_s(one.failures, code)
        one.failures += 1
        one.ready = False
        one.start_at_ns = now_ns + int(wait_s * 1e9)
        log.warning("%s ended (%s), starts again in %g s", one.child.name, _why(code), wait_s)

    def _close_pipe(self, one: ChildState) -> None:
        if one.pipe is not None:
            self._selector.unregister(one.pipe)
            os.close(one.pipe)
            one.pipe = None


def _why(code: int) -> str:
    if code >= 0:
        return f"code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
