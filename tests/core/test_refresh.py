import random
from itertools import pairwise

import pytest

from lib.core.refresh import Refresh

MS = 1_000_000
HZ60 = 16_666_667


class Display:
    """Takes one frame at each refresh from a queue, as a driver with vsync does."""

    def __init__(self, interval_ns: int) -> None:
        self._interval_ns = interval_ns
        self._busy_until_ns = 0

    def give(self, now_ns: int) -> int:
        """How long this frame waits in the queue until it is on the screen."""
        next_ns = -(-now_ns // self._interval_ns) * self._interval_ns
        seen_ns = max(next_ns, self._busy_until_ns + self._interval_ns)
        self._busy_until_ns = seen_ns
        return seen_ns - now_ns


def run(offered_fps: float, jitter_ms: float, seconds: float = 60) -> tuple[list[int], float]:
    """Waits of the frames given, and the share that lost its turn to a newer one."""
    rng = random.Random(1)
    refresh, display = Refresh(int(HZ60 / 0.995)), Display(HZ60)
    every = 1e9 / offered_fps
    arrivals = sorted(
        int(n * every + rng.uniform(0, jitter_ms) * MS) for n in range(int(seconds * offered_fps))
    )
    waits, lost = [], 0
    for arrival, following in pairwise(arrivals):
        due = refresh.due_ns(arrival)
        if due > following:
            lost += 1
            continue
        refresh.given(due)
        waits.append(display.give(due) + due - arrival)
    return waits, lost / len(arrivals)


@pytest.mark.parametrize("jitter_ms", [0, 4])
@pytest.mark.parametrize("fps", [25, 29.97, 30, 50])
def test_a_source_slower_than_the_display_is_never_held_back(fps: float, jitter_ms: float) -> None:
    waits, lost = run(fps, jitter_ms)
    assert lost == 0
    assert max(waits) <= 2 * HZ60


@pytest.mark.parametrize("fps", [59.94, 60, 60.06, 75, 120, 1000])
def test_a_source_as_fast_as_the_display_or_faster_builds_no_queue(fps: float) -> None:
    waits, lost = run(fps, jitter_ms=2)
    assert max(waits) <= 3 * HZ60
    assert sorted(waits)[len(waits) // 2] <= 2 * HZ60
    expected = max(0.0, 1 - 0.995 * 60 / fps)
    assert lost == pytest.approx(expected, abs=0.01)
    assert len(waits) >= 60 * min(fps, 60) * 0.98


def test_time_that_passes_without_frames_is_not_saved_up() -> None:
    refresh = Refresh(10 * MS)
    refresh.given(0)
    late = 1000 * MS
    assert refresh.due_ns(late) == late
    refresh.given(late)
    assert refresh.due_ns(late) == late + 5 * MS
