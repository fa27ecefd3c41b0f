"""Wakes a thread that waits in a poller."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack, suppress


class Wake:
    """`set` from any thread; the waiting one polls `fd` and clears."""

    def __init__(self, resources: ExitStack) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._open = True
        self._lock = threading.Lock()  # the number of a closed descriptor may be somebody else's
        resources.callback(self._close)

    def set(self) -> None:
        with self._lock:
            if self._open:
                os.eventfd_write(self.fd, 1)

    def clear(self) -> None:
        with suppress(BlockingIOError):  # it was not set
            os.eventfd_read(self.fd)

    def _close(self) -> None:
        with self._lock:
            self._open = False
            os.close(self.fd)
