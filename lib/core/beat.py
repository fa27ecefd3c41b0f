"""A beat, from taps of a finger or from MIDI's clock: where in it a moment is.

Position is counted in beats. Between two clocks it goes on at the tempo that was measured; a tempo
that changes bends the position and never makes it jump. Times are nanoseconds and come in.
"""

from __future__ import annotations

from collections import deque

CLOCKS = 24  # of MIDI in one beat
SLOWEST_BPM, FASTEST_BPM = 30.0, 300.0
MINUTE_NS = 60_000_000_000
TAPS = 8  # the latest, whose mean distance is the tempo
NEW_TAP_NS = 2_500_000_000  # after so long a tap begins a new tempo
CLOCK_LOST_NS = 2_000_000_000  # without a clock for so long the beat goes on by itself


class Beat:
    """There is none until two taps, a tempo or a clock have said how fast it goes."""

    def __init__(self) -> None:
        self._taps: deque[int] = deque(maxlen=TAPS)
        self._clocks: deque[int] = deque(maxlen=CLOCKS + 1)
        self._counted = 0  # clocks since the start
        self._beat_ns = 0.0  # the length of a beat; 0: not known
        self._zero_ns = 0.0  # a moment at which the position was a whole number
        self._stopped = False

    @property
    def bpm(self) -> float:
        return MINUTE_NS / self._beat_ns if self._beat_ns else 0.0

    def tap(self, now_ns: int) -> None:
        """A tap is on the beat: it sets the position at once, and the tempo with the second."""
        if self._taps and not 0 < now_ns - self._taps[-1] <= NEW_TAP_NS:
            self._taps.clear()
        self._taps.append(now_ns)
        if len(self._taps) > 1:
            self._beat_ns = _usual((now_ns - self._taps[0]) / (len(self._taps) - 1))
        if self._beat_ns:
            whole = round(self._raw(now_ns))
            self._zero_ns = now_ns - whole * self._beat_ns
        self._stopped = False

    def clock(self, now_ns: int) -> None:
        if self._clocks and now_ns - self._clocks[-1] > CLOCK_LOST_NS:
            self._clocks.clear()
        self._clocks.append(now_ns)
        self._counted += 1
        gaps = len(self._clocks) - 1
        if gaps >= CLOCKS // 4:  # a quarter of a beat is enough to know its length
            self._beat_ns = _usual((now_ns - self._clocks[0]) / gaps * CLOCKS)
            self._zero_ns = now_ns - self._counted / CLOCKS * self._beat_ns
        self._stopped = False

    def start(self, now_ns: int) -> None:
        """MIDI's start: the next clock is the first of a bar."""
        self._clocks.clear()
        self._counted, self._stopped = -1, False
        self._zero_ns = float(now_ns)

    def stop(self) -> None:
        self._stopped = True

    def set_bpm(self, bpm: float, now_ns: int) -> None:
        """A tempo that somebody wrote; the position stays where it is."""
        here = self._raw(now_ns) if self._beat_ns else 0.0
        self._taps.clear()
        self._beat_ns = MINUTE_NS / min(FASTEST_BPM, max(SLOWEST_BPM, bpm))
        self._zero_ns, self._stopped = now_ns - here * self._beat_ns, False

    def position(self, now_ns: int) -> float | None:
        if not self._beat_ns or self._stopped:
            return None
        return self._raw(now_ns)

    def _raw(self, now_ns: int) -> float:
        return (now_ns - self._zero_ns) / self._beat_ns


def _usual(beat_ns: float) -> float:
    return min(MINUTE_NS / SLOWEST_BPM, max(MINUTE_NS / FASTEST_BPM, beat_ns))
