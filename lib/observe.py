"""Logs, counters, durations, and the signals that ask a process to end."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections import Counter, deque
from typing import Any, NamedTuple

from lib.core.plain import printable

LOG_LEVEL_VARIABLE = "AFTERIMAGE_LOG_LEVEL"  # run.sh lets only warnings through to its terminal


def log_to_stderr(debug: bool = False) -> None:
    """Log one line an event; the journal knows the time and gets each line's priority."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _ForJournal("%(name)s: %(message)s")
        if to_journal()
        else _LogLines("%(asctime)s %(levelname).1s %(name)s: %(message)s", "%H:%M:%S")
    )
    logging.basicConfig(handlers=[handler], level=_level(debug), force=True)


def to_journal() -> bool:
    """Whether systemd reads what this process writes to stderr."""
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


class _LogLines(logging.Formatter):
    """One line for each event, and a traceback below it: text from outside, of which a message or
    an error may hold a part, can neither begin a line that looks like ours nor steer a terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return printable(" ".join(super().formatMessage(record).splitlines()))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"  {printable(line)}" for line in lines)


class _ForJournal(_LogLines):
    """Each line with its priority in front, as sd-daemon(3) says."""

    def format(self, record: logging.LogRecord) -> str:
        level = record.levelno
        grave = 3 if level >= logging.ERROR else 4 if level >= logging.WARNING else 6
        lines = super().format(record).splitlines() or [""]
        return "\n".join(f"<{grave if level >= logging.INFO else 7}>{line}" for line in lines)


def log_debug(debug: bool) -> None:
    """Log more from now on, or as much as at the start."""
    root = logging.getLogger()
    if debug != (root.level == logging.DEBUG):
        root.setLevel(_level(debug))


def _level(debug: bool) -> int:
    quiet = os.environ.get(LOG_LEVEL_VARIABLE) == "WARNING"
    return logging.DEBUG if debug else logging.WARNING if quiet else logging.INFO


def quit_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set, so that every stage can end in order."""
    event = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: event.set())
    # A supervised process starts with these held back, until it can end in order.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
    return event


class Times(NamedTuple):
    """Durations in milliseconds."""

    p50: float
    p95: float
    p99: float


class Tally:
    """Counts by name and durations of one stage.

    One thread writes, others may read: counters only grow, and a reader that sees one of them a
    moment early sees nothing wrong.
    """

    def __init__(self, keep: int = 512) -> None:
        self.counts: Counter[str] = Counter()
        self._durations_ns: deque[int] = deque(maxlen=keep)

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] += by

    def took(self, duration_ns: int) -> None:
        self._durations_ns.append(duration_ns)

    def times(self) -> Times | None:
        """Percentiles of the latest durations, or None when nothing was measured yet."""
        for _ in range(3):
            try:
                durations = sorted(self._durations_ns)
            except RuntimeError:  # the writer appended while we copied: look again
                continue
            if not durations:
                return None
            last = len(durations) - 1
            return Times(*(durations[round(last * q)] / 1e6 for q in (0.5, 0.95, 0.99)))
        return None


class BurstLimitedLog:
    """Logs a burst of lines, then one a second, and says how many it held back."""

    def __init__(self, logger: logging.Logger, at_once: int = 40) -> None:
        self._logger, self._at_once = logger, at_once
        self._left, self._then_ns = float(at_once), time.monotonic_ns()
        self._held = 0

    def info(self, message: str, *args: object) -> None:
        now_ns = time.monotonic_ns()
        self._left = min(self._at_once, self._left + (now_ns - self._then_ns) / 1e9)
        self._then_ns = now_ns
        if self._left < 1:
            self._held += 1
            return
        self._left -= 1
        held, self._held = self._held, 0
        self._logger.info(message + (f" (and {held} more lines)" if held else ""), *args)


class OncePerSecond:
    """Logs one message a second for each key, and says how many it held back."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._next_ns: dict[str, int] = {}
        self._held: Counter[str] = Counter()

    def warning(self, key: str, message: str, *args: object) -> None:
        now_ns = time.monotonic_ns()
        if now_ns < self._next_ns.get(key, 0):
            self._held[key] += 1
            return
        if len(self._next_ns) > 256:  # keys hold peers' names: strangers must not fill memory
            self._next_ns.clear()
            self._held.clear()
        self._next_ns[key] = now_ns + 1_000_000_000
        held = self._held.pop(key, 0)
        self._logger.warning(message + (f" (and {held} more like it)" if held else ""), *args)
