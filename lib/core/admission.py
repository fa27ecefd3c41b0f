"""Which frames enter: what the workers can not take is thinned evenly, here and nowhere else.

Frames are admitted on even ticks. While everything fits, a frame's tick is its own capture time;
under overload it is the tick itself, so an even clock at the entrance makes an even output.
"""

from __future__ import annotations

LOWER = 0.97  # of the rate, at a tick that finds no room
RECOVER = 1.02  # at most, at a tick that does
SHARE = 0.95  # of what the workers are believed to be able to do
DOUBT_LOWER, DOUBT_RAISE, DOUBT_MOST, DOUBT_LEAST = 0.98, 1.0005, 2.0, 0.5
SLOWEST = 0.5  # frames a second


class Admission:
    """Asked for every captured frame. Times are nanoseconds of one clock, rates a second."""

    def __init__(self) -> None:
        self.rate = 0.0  # admitted at most; 0 until the source's own rate is known
        self.source_rate = 0.0
        self._interval_ns = 0.0
        self._last_ns: int | None = None
        self._next_tick_ns = 0
        self._last_tau_ns = -1
        # The estimate of what the workers can do comes from frames that did not queue, and so
        # from latency where throughput is meant. This factor learns the difference.
        self._belief = 1.0

    def offer(self, captured_ns: int, capacity: float) -> int | None:
        """The frame's tau when it may enter, None when it is thinned.

        `capacity` is the frames a second that the workers seem to manage, 0 when unknown.
        """
        self._learn_source(captured_ns)
        limit = self.source_rate
        if capacity > 0 and limit > 0:
            limit = min(limit, SHARE * capacity * self._belief)
        self.rate = min(self.rate * RECOVER, limit) if self.rate else limit
        if self.rate >= 0.97 * self.source_rate:  # a camera's own clock is not that even
            self._next_tick_ns = captured_ns
            return self._tau(captured_ns)
        if captured_ns < self._next_tick_ns:
            return None
        period_ns = int(1e9 / max(self.rate, SLOWEST))
        tick_ns = self._next_tick_ns
        if captured_ns - tick_ns > max(period_ns, self._interval_ns):  # it stood still meanwhile
            tick_ns = captured_ns
        self._next_tick_ns = tick_ns + period_ns
        return self._tau(tick_ns)

    def found_room(self, room: bool) -> None:
        """Whether the frame just admitted found a worker with room."""
        if room:
            self._belief = min(DOUBT_MOST, self._belief * DOUBT_RAISE)
        else:
            self._belief = max(DOUBT_LEAST, self._belief * DOUBT_LOWER)
            self.rate = max(SLOWEST, self.rate * LOWER)

    def _tau(self, tau_ns: int) -> int:
        self._last_tau_ns = max(tau_ns, self._last_tau_ns + 1)
        return self._last_tau_ns

    def _learn_source(self, captured_ns: int) -> None:
        if self._last_ns is not None and captured_ns > self._last_ns:
            interval_ns = captured_ns - self._last_ns
            # A pause of the source says nothing of its rate.
            if self._interval_ns == 0 or interval_ns < 4 * self._interval_ns:
                weight = 0.05 if self._interval_ns else 1.0
                self._interval_ns += weight * (interval_ns - self._interval_ns)
            else:
                self._interval_ns *= 1.05  # unless it stays that slow
            self.source_rate = 1e9 / self._interval_ns
        self._last_ns = captured_ns
