"""Runs many probes at once, each with its own time limit, so that none holds up the table."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lib.ops.doctor.result import CheckResult

log = logging.getLogger(__name__)


class Probe(NamedTuple):
    """A check, and how long it may take."""

    what: str
    ask: Callable[[], list[CheckResult]]
    limit_s: float = 5.0


def ask_all(probes: Sequence[Probe]) -> list[CheckResult]:
    """Run all probes; return their lines, in the order of the probes."""
    asked = [_RunningProbe(probe) for probe in probes]
    return [line for one in asked for line in one.lines()]


class _RunningProbe:
    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._answer: list[CheckResult] | None = None
        self._until_s = time.monotonic() + probe.limit_s
        # A call into a driver or a dead network folder may never return: the thread is abandoned
        # then.
        self._thread = threading.Thread(target=self._run, name=probe.what, daemon=True)
        self._thread.start()

    def lines(self) -> list[CheckResult]:
        self._thread.join(max(0.0, self._until_s - time.monotonic()))
        if self._answer is not None:
            return self._answer
        says = f"gave no answer within {self._probe.limit_s:g} s"
        return [
            CheckResult(self._probe.what, "red", says, "look at it by hand: something there hangs")
        ]

    def _run(self) -> None:
        what = self._probe.what
        try:
            self._answer = self._probe.ask()
        except Exception as failure:
            log.debug("%s failed", what, exc_info=True)
            reason = f"{type(failure).__name__}: {failure}"
            to_do = "look at it by hand; --debug shows where it failed"
            self._answer = [CheckResult(what, "red", f"could not be examined: {reason}", to_do)]


def tool_says(argv: Sequence[str], limit_s: float) -> tuple[int | None, str]:
    """A program's exit code and what it prints; the code is None if it is missing or hangs."""
    try:
        done = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=limit_s,
            check=False,
        )
    except FileNotFoundError:
        return None, "is not installed"
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"does not answer: {error}"
    return done.returncode, done.stdout if done.returncode == 0 else done.stderr or done.stdout
