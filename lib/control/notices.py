"""What the operators should know of the control process, in plain words."""

from __future__ import annotations

import logging
import math
import threading
import time

DAY_S = 86400.0  # the notice of a single event is shown for a day

log = logging.getLogger(__name__)


class Notices:
    """One sentence for each key, until it is withdrawn or its time is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: dict[str, tuple[str, float]] = {}

    def say(self, key: str, text: str, for_s: float = math.inf) -> None:
        with self._lock:
            known = self._said.get(key)
            self._said[key] = (text, time.monotonic() + for_s)
        if known is None or known[0] != text:
            log.warning("%s", text)

    def unsay(self, key: str) -> None:
        with self._lock:
            self._said.pop(key, None)

    @property
    def current(self) -> list[str]:
        now = time.monotonic()
        with self._lock:
            self._said = {key: one for key, one in self._said.items() if one[1] > now}
            return [text for text, _ in self._said.values()]
