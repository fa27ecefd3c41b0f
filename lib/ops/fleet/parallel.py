"""Asks many machines at once: a bounded number of them, each with its own timeout."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import FrameType

from lib.ops.fleet.machines import Machine
from lib.ops.fleet.ssh import AgentAnswer, SshRunner

AT_ONCE = 8

Ask = Callable[[Machine], AgentAnswer]


def ask_all(
    line: SshRunner, machines: Sequence[Machine], ask: Ask, at_once: int = AT_ONCE
) -> Iterator[tuple[Machine, AgentAnswer]]:
    """Yield each answer as it comes, so that a slow machine does not hold up the others."""
    if not machines:
        return
    pool = ThreadPoolExecutor(min(at_once, len(machines)), thread_name_prefix="ask")
    asked: dict[Future[AgentAnswer], Machine] = {pool.submit(ask, one): one for one in machines}
    open_ones = set(asked)
    try:
        while open_ones:
            # With a timeout, because signals are only handled between two waits.
            done, open_ones = wait(open_ones, 0.1, FIRST_COMPLETED)
            for one in sorted(done, key=lambda one: machines.index(asked[one])):
                yield asked[one], one.result()
    except BaseException:
        line.cut()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def answers(
    line: SshRunner, machines: Sequence[Machine], ask: Ask, at_once: int = AT_ONCE
) -> dict[Machine, AgentAnswer]:
    found = dict(ask_all(line, machines, ask, at_once))
    return {one: found[one] for one in machines}


def end_is_interrupt() -> None:
    """Make SIGTERM and a lost terminal end the program as Ctrl+C does: in order, with a report."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, interrupt)
