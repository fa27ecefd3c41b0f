"""Measures how the workers have kept up recently, from counts since the start.

Times are seconds and come in as arguments.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

# Shares are taken over the first; a span shorter than the second is not judged.
OVER_S, LEAST_S = 2.0, 1.5
# Frames that a span needs to be judged at all, and after which older ones are dropped. At a slow
# rate the span grows for them, to LONGEST_S at most, and is judged then with what there is.
LITTLE, ENOUGH, LONGEST_S = 10, 40, 10.0
THINNED, LATE = 0.05, 0.03  # shares of the frames from which on the workers are overloaded
CALM = 0.01  # shares below this are calm


class LoadCounts(NamedTuple):
    """What the stream counts and measures. Counts are since the start."""

    offered: int  # frames offered for admission, without those that a level leaves out
    thinned: int  # of these
    done: int  # came back from workers
    slow: int  # of these, later than the latency setting allows
    waited_s: float  # from capture to coming back, summed over all of these
    fps: float  # of the source
    speed: float  # a second: the sum of what each worker makes, one frame after the other
    working: bool  # frames come, and workers make pictures of them


class LoadFigures(NamedTuple):
    """What was measured over the window."""

    thinned: float  # a share of the frames offered; `slow`, of the frames done
    slow: float
    done: int
    done_fps: float
    delay_s: float
    fps: float
    speed: float

    @property
    def over(self) -> bool:
        return self.thinned >= THINNED or self.slow >= LATE

    @property
    def calm(self) -> bool:
        return self.thinned < CALM and self.slow < CALM

    @property
    def why(self) -> str:
        if self.thinned >= THINNED:
            return f"{100 * self.thinned:.0f} % of the frames find no worker"
        return f"{100 * self.slow:.0f} % of the frames come later than wanted"


class LoadWindow:
    """The last seconds, or the part of them since the last change."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, LoadCounts]] = deque()
        self._from_s = float("-inf")

    def forget(self, from_s: float) -> None:
        """Count only what comes from that moment on."""
        self._seen.clear()
        self._from_s = from_s

    def add(self, seen: LoadCounts, now_s: float) -> LoadFigures | None:
        """The figures, or None while there is too little to judge."""
        if now_s < self._from_s:
            return None
        self._seen.append((now_s, seen))
        while len(self._seen) > 1 and _is_old(*self._seen[1], seen, now_s):
            self._seen.popleft()
        since_s, before = self._seen[0]
        span_s = now_s - since_s
        offered, done = seen.offered - before.offered, seen.done - before.done
        if span_s < LEAST_S or (done < LITTLE and span_s < LONGEST_S):
            return None
        return LoadFigures(
            thinned=min(1.0, (seen.thinned - before.thinned) / max(offered, 1)),
            slow=min(1.0, (seen.slow - before.slow) / max(done, 1)),
            done=done,
            done_fps=done / span_s,
            delay_s=(seen.waited_s - before.waited_s) / max(done, 1),
            fps=seen.fps,
            speed=sum(one.speed for _, one in self._seen) / len(self._seen),
        )


def _is_old(then_s: float, then: LoadCounts, seen: LoadCounts, now_s: float) -> bool:
    """Whether the counts after that moment are enough, so that older ones can go."""
    age_s = now_s - then_s
    return age_s >= LONGEST_S or (age_s >= OVER_S and seen.done - then.done >= ENOUGH)
