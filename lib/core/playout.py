"""The playout buffer: shows each finished frame at a deadline that follows from its capture.

Frame k was admitted at tau_k; its slot is tau_k + D. A frame that is there at its slot is shown,
another is skipped; nothing waits for it, and no older frame follows a newer one. D adapts to the
delays of the arrivals. Numbers and times only grow, so a loop, a seek or a new worker needs no
reset. Times are nanoseconds of one monotonic clock and come in as arguments.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

T = TypeVar("T")
Mode = Literal["smooth", "fast", "tight", "glass"]

QUANTILE: dict[Mode, float] = {"smooth": 0.99, "fast": 0.99, "tight": 0.95, "glass": 0.995}
MARGIN_NS = 4_000_000
BUCKET_NS = 5_000_000
BUCKETS = 2000  # up to 10 s; longer delays are counted in the last bucket
LONGEST_NS = 2_000_000_000
FREEZE_NS = 100_000_000
FREEZE_SLOTS = 5
STALL_NS = 250_000_000  # so long without a call, beyond a planned rest, the process stood still
UP, DOWN = 0.05, 0.04  # the delay moves by these parts of a frame's interval at each arrival
LATE_SHARE, LATE_LEAST = 0.1, 3
INTERVAL_NS = 33_333_333  # between two frames, until it is known


class PlayoutState(NamedTuple):
    """What others need to judge whether a frame is still worth showing. It is replaced as a whole,
    so any thread may read it."""

    delay_ns: int = 0
    interval_ns: int = INTERVAL_NS
    last_number: int = -1  # of the newest frame shown: a frame up to this number is too late


class Delays:
    """A histogram of the delays of arrivals in buckets of 5 ms; older ones weigh less and less."""

    def __init__(self) -> None:
        self._weights = [0.0] * BUCKETS
        self._total = 0.0
        self._unit = 1.0  # the next arrival's weight: it grows, so that no bucket need shrink
        self._seen = 0

    def add(self, delay_ns: int) -> None:
        bucket = min(max(delay_ns, 0) // BUCKET_NS, BUCKETS - 1)
        self._seen += 1
        self._unit /= min(0.9985, 1 - 1 / (self._seen + 1))
        self._weights[bucket] += self._unit
        self._total += self._unit
        if self._unit > 1e12:
            self._weights = [weight / self._unit for weight in self._weights]
            self._total /= self._unit
            self._unit = 1.0

    def quantile(self, share: float) -> int:
        """The upper edge of the bucket below which this share of the arrivals lies."""
        wanted, below = share * self._total, 0.0
        for bucket, weight in enumerate(self._weights):
            below += weight
            if below >= wanted:
                return (bucket + 1) * BUCKET_NS
        return BUCKETS * BUCKET_NS


@dataclass(frozen=True)
class Shown(Generic[T]):
    """An item that may leave."""

    number: int
    item: T


class Playout(Generic[T]):
    """Takes frames in any order and gives them back in order and in time."""

    def __init__(self, mode: Mode = "smooth") -> None:
        self._mode = mode
        self._delays = Delays()
        self._waiting: dict[int, tuple[int, int, T]] = {}  # number: tau, tau of the one before
        self._asked_ns: int | None = None
        self._woke_ns = -1  # when the process went on after it had stood still
        self._order: list[int] = []
        self._lost: set[int] = set()
        self._recent: deque[tuple[int, bool]] = deque()  # the last second's arrivals: when, late
        self._recent_late = 0
        self._last_number = -1
        self._last_shown_ns: int | None = None
        self._last_tau: tuple[int, int] | None = None
        self._arrivals = 0
        self._target_ns = 0
        self.delay_ns = 0
        self.interval_ns = INTERVAL_NS
        self.longest_ns = LONGEST_NS
        self.shown = self.late = self.dup = 0

    def learn_anew(self) -> None:
        """Forget the delays so far: pictures are made in another way from now on."""
        self._delays = Delays()

    def allow_for(self, service_ns: float) -> None:
        """Workers that need this long may make the delay longer than it would otherwise be."""
        self.longest_ns = max(LONGEST_NS, int(4 * service_ns))

    @property
    def last_number(self) -> int:
        return self._last_number

    @property
    def state(self) -> PlayoutState:
        return PlayoutState(self.delay_ns, self.interval_ns, self._last_number)

    def push(self, number: int, tau_ns: int, tau_before_ns: int, item: T, now_ns: int) -> bool:
        """A finished frame; `tau_before_ns` belongs to the number before. False when dropped."""
        if number in self._waiting:
            self.dup += 1
            return False
        if tau_ns <= self._woke_ns and self._is_stale(tau_ns, now_ns):
            return False  # it waited while the process stood still: its delay tells nothing
        self._learn_interval(number, tau_ns)
        late = number <= self._last_number or (
            self._mode != "fast" and now_ns > tau_ns + self.delay_ns and self._arrivals > 0
        )
        self._learn_delay(now_ns - tau_ns, late, now_ns)
        if late and (number <= self._last_number or not self._frozen(now_ns)):
            self.late += 1
            return False
        self.late += late
        self._waiting[number] = (tau_ns, tau_before_ns, item)
        heapq.heappush(self._order, number)
        return True

    def lose(self, number: int) -> None:
        """This frame was given up: frames after it do not wait for it."""
        if number > self._last_number and len(self._lost) < 1000:
            self._lost.add(number)

    def next_ns(self) -> int | None:
        """When `pop` will next return a frame of those that are here; None without any."""
        return self._due(self._order[0]) if self._order else None

    def drop_stale(self, now_ns: int, rested_ns: int = 0) -> list[int]:
        """Take out the frames that should have left long ago, if the process or the machine stood
        still since the last call; return their numbers. The caller may have rested for
        `rested_ns` on purpose, because nothing came."""
        asked_ns, self._asked_ns = self._asked_ns, now_ns
        stale: list[int] = []
        if asked_ns is None or now_ns - asked_ns < STALL_NS + rested_ns:
            return stale
        self._woke_ns = now_ns
        while self._order and self._is_stale(self._waiting[self._order[0]][0], now_ns):
            number = heapq.heappop(self._order)
            del self._waiting[number]
            self._last_number = number
            stale.append(number)
        return stale

    def _is_stale(self, tau_ns: int, now_ns: int) -> bool:
        patience_ns = max(FREEZE_NS, FREEZE_SLOTS * self.interval_ns)
        return tau_ns + self.delay_ns <= now_ns - patience_ns

    def pop(self, now_ns: int) -> list[Shown[T]]:
        """Every frame whose time has come, in order."""
        out: list[Shown[T]] = []
        while self._order and self._due(self._order[0]) <= now_ns:
            number = heapq.heappop(self._order)
            out.append(Shown(number, self._waiting.pop(number)[2]))
            self._last_number = number
            self._last_shown_ns = now_ns
            self.shown += 1
        if out and self._lost:
            self._lost = {number for number in self._lost if number > self._last_number}
        return out

    def _due(self, number: int) -> int:
        tau_ns, tau_before_ns, _ = self._waiting[number]
        if self._mode != "fast":
            return tau_ns + self.delay_ns
        before = number - 1
        while before in self._lost:
            before -= 1
        if before <= self._last_number or self._last_number < 0:
            return 0  # next in order: at once
        return tau_before_ns + self.delay_ns

    def _frozen(self, now_ns: int) -> bool:
        patience_ns = max(FREEZE_NS, FREEZE_SLOTS * self.interval_ns)
        return self._last_shown_ns is None or now_ns - self._last_shown_ns >= patience_ns

    def _learn_interval(self, number: int, tau_ns: int) -> None:
        if self._last_tau and number > self._last_tau[0]:
            interval = (tau_ns - self._last_tau[1]) / (number - self._last_tau[0])
            if 0 < interval < 1e9:
                self.interval_ns += int(0.1 * (interval - self.interval_ns))
        if self._last_tau is None or number > self._last_tau[0]:
            self._last_tau = (number, tau_ns)

    def _learn_delay(self, delay_ns: int, late: bool, now_ns: int) -> None:
        self._delays.add(delay_ns)
        self._arrivals += 1
        if self._arrivals < 32 or self._arrivals % 8 == 0:  # a quantile costs more than a frame
            target = self._delays.quantile(QUANTILE[self._mode]) + MARGIN_NS
            self._target_ns = min(target, self.longest_ns)
        self._recent.append((now_ns, late))
        self._recent_late += late
        while self._recent[0][0] < now_ns - 1_000_000_000:
            self._recent_late -= self._recent.popleft()[1]
        missed = self._recent_late
        too_many = missed >= LATE_LEAST and missed >= LATE_SHARE * len(self._recent)
        if self._arrivals == 1 or too_many:
            self.delay_ns = max(self.delay_ns, self._target_ns)
        elif self.delay_ns < self._target_ns:
            self.delay_ns = min(self._target_ns, self.delay_ns + int(UP * self.interval_ns))
        else:
            self.delay_ns = max(self._target_ns, self.delay_ns - int(DOWN * self.interval_ns))
