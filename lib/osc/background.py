"""Plays changes on a second thread where prompts are checked or translated first.

A check takes seconds, and a fader must not wait for it. The newest prompt wins: a check that has
not begun when a newer prompt comes is never made.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from lib.osc.change_queue import QueuedAction, QueuedChange

MOST_WAITING = 8


class BackgroundPlayer:
    """Owns one thread, which starts when first needed and ends with the process or `close`."""

    def __init__(
        self, play: Callable[[QueuedChange], None], do: Callable[[QueuedAction], None]
    ) -> None:
        self._play, self._do = play, do
        self._turn = threading.Condition()
        self._waiting: deque[QueuedChange | QueuedAction] = deque()
        self._running: QueuedChange | QueuedAction | None = None
        self._since = QueuedChange({})  # what was played elsewhere while a prompt was checked
        self._closed = False
        self._thread: threading.Thread | None = None

    def put(self, item: QueuedChange | QueuedAction) -> bool:
        """False when too much waits already."""
        with self._turn:
            last = self._waiting[-1] if self._waiting else None
            if isinstance(item, QueuedChange) and isinstance(last, QueuedChange):
                last.add(item)
            elif len(self._waiting) >= MOST_WAITING:
                return False
            else:
                self._waiting.append(item)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="OscWords", daemon=True)
                self._thread.start()
            self._turn.notify_all()
        return True

    def played(self, change: QueuedChange) -> None:
        """Note what was played at once: it is newer than the same value beside a waiting prompt."""
        with self._turn:
            for item in self._waiting:
                if isinstance(item, QueuedChange):
                    for key in change.values.keys() & item.values.keys():
                        del item.values[key]
            if self._running:
                self._since.add(change)

    def close(self) -> None:
        with self._turn:
            self._closed = True
            self._turn.notify_all()

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                self._running = item = self._waiting.popleft()
                self._since = QueuedChange({})
            if isinstance(item, QueuedAction):
                self._do(item)
            else:
                self._play(item)
            with self._turn:
                self._running = None
                since = self._since
            if isinstance(item, QueuedChange):
                self._restore(item, since)

    def _restore(self, ran: QueuedChange, since: QueuedChange) -> None:
        """Play again what came during the check and was just overwritten by the checked change."""
        newer = {key: value for key, value in since.values.items() if key in ran.values}
        if newer:
            self._play(QueuedChange(newer, since.senders))
