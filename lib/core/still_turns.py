"""How stills and the live picture share an engine or a processor, so that the picture comes first.

While frames wait a still gets as much of the engine as its share says: the time that frames take
earns credit, and what a piece takes is paid from it. While none waits it gets half of the time that
is left: with all of it each frame would find the engine busy, and a primary that measures how long
its frames take would send fewer. Without a live picture it gets everything. Credit does not grow
beyond one long piece, so that a still which was away for an hour takes nothing at once.
"""

from __future__ import annotations

from collections import deque

MOST_CREDIT_NS = 30_000_000
IDLE_PART = 0.5  # of the time that frames leave
NO_FRAMES_NS = 500_000_000  # so long without one there is no live picture
# A still whose pieces take longer than this beside a live picture is left to another worker.
LONGEST_PIECE_NS = 70_000_000
_STARVES = 0.25  # of its time that a thread waits for a processor
_PIECES, _LONG = 9, 3  # so many are judged together, and so many of them may be no accident


class StillTurns:
    """When a still may have the engine for a piece of its work."""

    def __init__(self, share: float) -> None:
        """`share`: the part of the engine's time that is for stills while frames wait."""
        self._earns = share / (1 - share)
        self._credit_ns = self._idle_ns = 0.0
        self._frame_ns = -NO_FRAMES_NS  # when the latest frame was made
        self._at_ns = 0  # up to when all time was counted
        self._pieces: deque[int] = deque(maxlen=_PIECES)

    def may_run(self, frames_wait: bool, now_ns: int) -> bool:
        if frames_wait:
            return self._credit_ns > 0
        if now_ns - self._frame_ns >= NO_FRAMES_NS:
            return True
        self._count(0, now_ns)
        return self._credit_ns > 0 or self._idle_ns > 0

    def frame_took(self, took_ns: int, now_ns: int) -> None:
        self._count(took_ns, now_ns)
        self._frame_ns = now_ns
        self._credit_ns = min(MOST_CREDIT_NS, self._credit_ns + took_ns * self._earns)

    def piece_took(self, took_ns: int, now_ns: int) -> None:
        self._count(took_ns, now_ns)
        if now_ns - self._frame_ns >= NO_FRAMES_NS:
            return
        self._pieces.append(took_ns)
        if self._idle_ns > 0:
            self._idle_ns -= took_ns
        else:
            self._credit_ns -= took_ns

    def _count(self, busy_ns: int, now_ns: int) -> None:
        idle_ns = max(0, now_ns - self._at_ns - busy_ns)
        self._idle_ns = min(MOST_CREDIT_NS, self._idle_ns + idle_ns * IDLE_PART)
        self._at_ns = now_ns

    @property
    def too_long(self) -> bool:
        """Whether its pieces make frames wait for longer than a still may."""
        return len(self._pieces) == _PIECES and sorted(self._pieces)[-_LONG] > LONGEST_PIECE_NS


class IdleTime:
    """How long the live picture rests after its frames, for stills that are made by a process which
    runs only while a processor is idle: not at all while that gets its share anyway."""

    def __init__(self, share: float, processors: int) -> None:
        self._share, self._processors = share, processors
        self._seen: tuple[int, int, int] | None = None
        self._starves = False

    def saw(self, ran_ns: int, waited_ns: int, now_ns: int) -> None:
        """How long its threads ran by now, all together, and how long the one that waited most for
        a processor did."""
        seen, self._seen = self._seen, (ran_ns, waited_ns, now_ns)
        if seen is None or now_ns <= seen[2] or ran_ns < seen[0]:  # the first, or of a new process
            self._starves = False
            return
        over_ns = now_ns - seen[2]
        ran = (ran_ns - seen[0]) / over_ns / self._processors
        self._starves = ran < self._share and (waited_ns - seen[1]) / over_ns > _STARVES

    def rest_ns(self, took_ns: int) -> int:
        """After frames that took so long."""
        return round(took_ns * self._share / (1 - self._share)) if self._starves else 0
