"""Whether what comes in goes out again: the difference between a still wall and a stuck one.

No camera, no worker and a model that loads are no reason to start anything again: nothing comes in,
so nothing is meant to go out. Time comes in as an argument, in seconds.
"""

from __future__ import annotations


class Pulse:
    """Counts only grow; how far apart they are does not matter, only who moves."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._came = self._went = 0
        self._since_s: float | None = None  # something has come in and nothing gone out

    def beats(self, came: int, went: int, now_s: float, delay_s: float = 0.0) -> bool:
        """`delay_s` is how long it is kept on purpose."""
        if went != self._went:
            self._came, self._went, self._since_s = came, went, None
        elif came != self._came and self._since_s is None:
            self._since_s = now_s
        return self._since_s is None or now_s - self._since_s <= self._patience_s + delay_s
