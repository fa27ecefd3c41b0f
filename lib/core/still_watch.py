"""Whether the engine still gets on with a still.

Handed the time; what the still was held back for, since the live picture or other programs had the
engine or the processor, does not count.
"""

from __future__ import annotations

from statistics import median

SHORTEST_NS = 60_000_000_000
STEPS = 20  # an engine that takes as long as so many of its steps for one hangs


class StillWatch:
    def __init__(self, now_ns: int, load_ns: int) -> None:
        self._load_ns = load_ns
        self._since_ns = now_ns  # of the latest step, later by what it was held back since
        self._steps: list[int] = []

    def stepped(self, now_ns: int) -> None:
        self._steps.append(max(0, now_ns - self._since_ns))
        self._since_ns = now_ns

    def held(self, for_ns: int) -> None:
        self._since_ns += for_ns

    @property
    def limit_ns(self) -> int:
        if not self._steps:
            return self._load_ns  # a model may be loading
        return max(SHORTEST_NS, round(STEPS * median(self._steps)))

    def hung(self, now_ns: int) -> str | None:
        """A sentence, where it does."""
        waited_ns = now_ns - self._since_ns
        if waited_ns <= self.limit_ns:
            return None
        what = "finished no step" if self._steps else "did not begin"
        return f"The engine {what} within {waited_ns / 1e9:.0f} s."
