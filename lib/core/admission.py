"""Decides which frames enter: what the workers cannot take is thinned evenly, here only.

Frames are admitted on even ticks. While everything fits, a frame's tick is its own capture time;
under overload it is the tick itself, so an even clock at the entrance makes an even output.
"""

from __future__ import annotations

LOWER = 0.97  # the rate is multiplied by this at a tick that finds no room
RECOVER = 1.02  # the rate grows by this factor at most at a tick that finds room
SHARE = 0.95  # the share of the workers' believed capacity that is used
# The belief is a factor on the estimated capacity: a tick without room lowers it, each second in
# which every tick found room raises it. A tick without room counts for its share of a second, 2 %
# at most: at any rate, about one tick in a hundred may find no room before the belief falls.
BELIEF_LOWER, BELIEF_LEAST, BELIEF_MOST = 0.02, 0.7, 2.0
# Raised by so much a second: quickly back to the estimate, slowly beyond it, and faster beyond it
# after CALM_S seconds in which every tick found room.
RAISE_TO_ONE, RAISE_ABOVE, RAISE_CALM, CALM_S = 0.10, 0.01, 0.05, 10.0
SLOWEST = 0.5  # frames a second


class Admission:
    """Asked for every captured frame. Times are nanoseconds of one clock, rates a second."""

    def __init__(self) -> None:
        self.rate = 0.0  # admitted at most; 0 until the source's own rate is known
        self.source_rate = 0.0
        self.every = 1  # one frame of so many enters, whatever the workers could take
        self.left_out = False  # whether `every` kept the last frame out
        self._turn = 0
        self._interval_ns = 0.0
        self._last_ns: int | None = None
        self._next_tick_ns = 0
        self._last_tau_ns = -1
        # While workers are not kept busy, their capacity is estimated from latency instead of
        # throughput. This factor learns the difference.
        self._belief = 1.0
        self._since_last_s = 0.0
        self._calm_s = 0.0  # since a tick found no room

    def offer(self, captured_ns: int, capacity: float) -> int | None:
        """Return the frame's tau (its tick) when it may enter, None when it is thinned.

        `capacity` is the frames a second that the workers seem to manage, 0 when unknown.
        """
        self._learn_source(captured_ns)
        self._turn = (self._turn + 1) % self.every
        self.left_out = self._turn != 0
        if self.left_out:
            return None
        offered_rate = self.source_rate / self.every
        limit = offered_rate
        if capacity > 0 and limit > 0:
            limit = min(limit, SHARE * capacity * self._belief)
        self.rate = min(self.rate * RECOVER, limit) if self.rate else limit
        if self.rate >= 0.97 * offered_rate:  # a camera's clock varies by more than the rest
            self._next_tick_ns = captured_ns
            return self._tau(captured_ns)
        if captured_ns < self._next_tick_ns:
            return None
        period_ns = int(1e9 / max(self.rate, SLOWEST))
        tick_ns = self._next_tick_ns
        longest_ns = max(period_ns, self.every * self._interval_ns)
        if captured_ns - tick_ns > longest_ns:  # the source stood still meanwhile
            tick_ns = captured_ns
        self._next_tick_ns = tick_ns + period_ns
        return self._tau(tick_ns)

    def found_room(self, room: bool) -> None:
        """Learn whether the frame just admitted found a worker with room."""
        if room:
            self._calm_s += self._since_last_s
            raised = RAISE_ABOVE if self._calm_s < CALM_S else RAISE_CALM
            if self._belief < 1:
                raised = RAISE_TO_ONE
            self._belief = min(BELIEF_MOST, self._belief * (1 + raised * self._since_last_s))
            self._since_last_s = 0.0
        else:
            lowered = min(BELIEF_LOWER, 1 / max(self.rate, SLOWEST))
            self._belief = max(BELIEF_LEAST, self._belief * (1 - lowered))
            self._calm_s = 0.0
            self.rate = max(SLOWEST, self.rate * LOWER)

    def _tau(self, tau_ns: int) -> int:
        self._last_tau_ns = max(tau_ns, self._last_tau_ns + 1)
        return self._last_tau_ns

    def _learn_source(self, captured_ns: int) -> None:
        if self._last_ns is not None and captured_ns > self._last_ns:
            interval_ns = captured_ns - self._last_ns
            self._since_last_s = min(1.0, self._since_last_s + interval_ns / 1e9)
            # A pause of the source says nothing of its rate.
            if self._interval_ns == 0 or interval_ns < 4 * self._interval_ns:
                weight = 0.05 if self._interval_ns else 1.0
                self._interval_ns += weight * (interval_ns - self._interval_ns)
            else:
                self._interval_ns *= 1.05  # a source that stays that slow is followed in the end
            self.source_rate = 1e9 / self._interval_ns
        self._last_ns = captured_ns
