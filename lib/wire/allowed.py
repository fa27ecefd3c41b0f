"""Which public keys a port lets in: what some files hold, read anew by a thread of its own.

A disk that hangs must stop neither the pictures nor those who are in.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from zmq.utils import z85

from lib.wire.keys import (
    KeysError,
    PrimaryKey,
    UnreadableKeyError,
    read_public,
    viewers_files,
    workers_files,
)
from lib.zmtp.curve import ServerKeys, public_of

log = logging.getLogger(__name__)

LOOK_S, AT_ONCE_S = 1.0, 0.1  # between two looks; where somebody with an unknown key is waiting
MOST_ASKED = 256
GONE_S = 2.0  # no connection waits so long for an answer: it has left without one
CLOSE_S = 1.0  # the disk may be what hangs


class _Seen(NamedTuple):
    """Of one file: what it held, and what had to be said of it."""

    stamp: tuple[int, ...] = ()  # empty: it is read again
    key: bytes | None = None
    problem: str = ""


class KeyFiles:
    """The keys that some files hold, as they were when `refresh` last looked.

    What holds for a missing file does not hold for a broken disk: what cannot be looked at counts
    as it did before, each file by itself.
    """

    def __init__(self, find: Callable[[], Iterable[Path]]) -> None:
        self._find = find
        self._seen: dict[Path, _Seen] = {}
        self._problem = ""
        self.keys: frozenset[bytes] = frozenset()
        self.refresh()

    def refresh(self) -> None:
        try:
            paths = list(self._find())
        except OSError as error:
            if str(error) != self._problem:
                log.warning("the keys cannot be looked at, so they stay as they were: %s", error)
            self._problem = str(error)
            return
        self._problem = ""
        self._seen = {path: self._look(path) for path in paths}
        self.keys = frozenset(seen.key for seen in self._seen.values() if seen.key)

    def _look(self, path: Path) -> _Seen:
        before = self._seen.get(path, _Seen())
        stamp: tuple[int, ...] = ()
        try:
            found = path.stat()
            # With the time of the last chmod: what could not be read may be readable by now.
            stamp = found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
            if stamp == before.stamp:
                return before
            return _Seen(stamp, z85.decode(read_public(path)))
        except FileNotFoundError:
            return _Seen()
        except (OSError, UnreadableKeyError) as error:
            seen, so = _Seen((), before.key, str(error)), "it counts as it did before"
        except KeysError as error:
            seen, so = _Seen(stamp, None, str(error)), "whoever has that key is not let in"
        if seen.problem != before.problem:
            log.warning("%s; %s", seen.problem, so)
        return seen


class AllowedKeys:
    """Asked by the thread of the port; the files are read on a thread of its own."""

    def __init__(
        self, resources: ExitStack, locked: PrimaryKey, find: Callable[[], Iterable[Path]]
    ) -> None:
        secret = z85.decode(locked.secret)
        self.server = ServerKeys(public_of(secret), secret, self.allows)
        self._files = KeyFiles(find)
        self._asked_s: dict[bytes, float] = {}  # unknown keys, and when they came
        self._looked_s = 0.0  # when the last look began that has ended
        self._is_asked, self._quit = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="keys", daemon=True)
        self._thread.start()
        resources.callback(self._close)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def keys(self) -> frozenset[bytes]:
        return self._files.keys

    def allows(self, key: bytes) -> bool | None:
        """None for an unknown key until the files were looked at once more: it may have been added
        just now, and libzmq never comes again once it was refused."""
        if key in self.keys:
            return True
        if len(self._asked_s) > MOST_ASKED:  # strangers must not fill memory
            self._asked_s.clear()
        now_s = time.monotonic()
        if now_s - self._asked_s.get(key, -math.inf) > GONE_S:
            self._asked_s[key] = now_s
        if self._looked_s > self._asked_s[key]:
            del self._asked_s[key]
            return key in self.keys
        self._is_asked.set()
        return None

    def _close(self) -> None:
        self._quit.set()
        self._is_asked.set()
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._quit.is_set():
            self._is_asked.wait(LOOK_S)
            self._is_asked.clear()
            began_s = time.monotonic()
            self._files.refresh()
            self._looked_s = began_s
            self._quit.wait(AT_ONCE_S)


def worker_keys(resources: ExitStack, locked: PrimaryKey | None) -> AllowedKeys | None:
    if locked is None:
        return None
    return AllowedKeys(resources, locked, lambda: workers_files(locked.folder))


def viewer_keys(resources: ExitStack, locked: PrimaryKey | None) -> AllowedKeys | None:
    if locked is None:
        return None
    return AllowedKeys(resources, locked, lambda: viewers_files(locked.folder))
