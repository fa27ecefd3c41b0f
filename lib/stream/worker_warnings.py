"""Warnings of what workers do wrong: they leave, are too slow, or send wrong answers.

A wrong answer now and then is no warning, nor is the leaving of a worker that came back or that
never was of use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lib.core.alarm import Alarm, Recent
from lib.core.counters import Mishap
from lib.core.trouble import StreamWarning, Trouble
from lib.core.worker_pool import SLACK_NS, TOO_SLOW
from lib.wire.messages import WorkerStatus

LEFT_FOR_S = 30.0  # a worker's leaving is reported for so long
SLOW_AFTER_S, SLOW_HOLD_S = 0.3, 2.0
PROVEN = 10  # frames: a worker's first ones may be cold
MISHAPS_OVER_S, MISHAPS_LEAST = 60.0, 3
MOST_NAMED = 3
# After a restart, workers still answer jobs of the process before it for so long.
OLD_ANSWERS_S = 10.0

WRONG_ANSWERS = {
    Mishap.BAD: Trouble.BAD,
    Mishap.DUP: Trouble.DUP,
    Mishap.FOREIGN: Trouble.FOREIGN,
    Mishap.GARBAGE: Trouble.GARBAGE,
}


class WorkerWarnings:
    """Updated a few times a second by one thread."""

    def __init__(self) -> None:
        self._here: dict[str, str] = {}  # address -> name, of workers that have been of use
        self._seen: set[str] = set()  # addresses of all that were here
        self._left: dict[str, tuple[str, float]] = {}  # address -> name, and when
        self._slow: dict[str, Alarm] = {}
        self._slow_said: dict[str, StreamWarning] = {}
        self._mishaps = Recent(MISHAPS_OVER_S)
        self._since_s: float | None = None
        self._old = 0  # foreign answers in the first seconds, which are not counted

    def of_workers(self, workers: Sequence[WorkerStatus], now_s: float) -> Iterator[StreamWarning]:
        yield from self._of_leaving(workers, now_s)
        yield from self._of_slowness(workers, now_s)

    def _of_leaving(self, workers: Sequence[WorkerStatus], now_s: float) -> Iterator[StreamWarning]:
        here = {worker.address: worker.name for worker in workers}
        names = set(here.values())
        for address, name in self._here.items():
            if address not in here:
                self._left[address] = (name, now_s)
        for address in here.keys() - self._seen:
            self._replace_one_of(_host(address))
        self._seen = set(here)
        self._left = {
            address: (name, at_s)
            for address, (name, at_s) in self._left.items()
            if name not in names and now_s - at_s < LEFT_FOR_S
        }
        useful = (worker for worker in workers if worker.last_seen_s is not None)
        self._here = {worker.address: worker.name for worker in useful}
        left = list(self._left.values())
        for name, at_s in left[:MOST_NAMED]:
            yield Trouble.LEFT.said(f"left {name}", name=name, for_s=now_s - at_s)
        if len(left) > MOST_NAMED:
            yield Trouble.MORE_LEFT.said(count=len(left) - MOST_NAMED)

    def _replace_one_of(self, host: str) -> None:
        """A worker that comes from a host takes the place of one that left it: it reconnected, or
        was started again, perhaps under another name."""
        for address in self._left:
            if _host(address) == host:
                del self._left[address]
                return

    def _of_slowness(
        self, workers: Sequence[WorkerStatus], now_s: float
    ) -> Iterator[StreamWarning]:
        active = {one.address: one for one in workers if one.state == "active"}
        for known in (self._slow, self._slow_said):
            for gone in known.keys() - active.keys():
                del known[gone]
        fastest_ms = min((one.service_ms or 0 for one in active.values()), default=0.0)
        limit_ms = max(TOO_SLOW * fastest_ms, fastest_ms + SLACK_NS / 1e6)
        slow = []
        for address, worker in active.items():
            alarm = self._slow.setdefault(address, Alarm(SLOW_AFTER_S, SLOW_HOLD_S))
            takes_ms = worker.service_ms or 0.0
            wrong = worker.done >= PROVEN and takes_ms > limit_ms
            if wrong:  # kept, since the warning lasts a little longer than its cause
                self._slow_said[address] = Trouble.TOO_SLOW.said(
                    f"slow {worker.name}",
                    name=worker.name,
                    takes_ms=takes_ms,
                    way=_way(worker, takes_ms),
                    fastest_ms=fastest_ms,
                )
            if alarm.update(wrong, now_s):
                slow.append(self._slow_said[address])
        yield from slow[:MOST_NAMED]
        if len(slow) > MOST_NAMED:
            yield Trouble.MORE_SLOW.said(count=len(slow) - MOST_NAMED)

    def of_answers(
        self, counts: Mapping[str, int], last: Mapping[str, str], now_s: float
    ) -> Iterator[StreamWarning]:
        """`counts`: answers that were dropped since the start, by kind; `last`: the host that sent
        the last one of each kind."""
        if self._since_s is None:
            self._since_s = now_s
        dropped: dict[str, int] = {kind: counts.get(kind, 0) for kind in WRONG_ANSWERS}
        if now_s - self._since_s < OLD_ANSWERS_S:
            self._old = dropped[Mishap.FOREIGN]
        dropped[Mishap.FOREIGN] -= self._old
        for kind, count in self._mishaps.update(dropped, now_s).items():
            if count >= MISHAPS_LEAST:
                host = last.get(kind, "somebody")
                yield WRONG_ANSWERS[Mishap(kind)].said(count=count, host=host)


def _way(worker: WorkerStatus, takes_ms: float) -> str:
    """A remark for a worker whose own times are less than half: the network takes the rest."""
    way_ms = takes_ms - sum(worker.timings.values())
    return f" ({way_ms:.0f} of them on the way)" if worker.timings and way_ms > takes_ms / 2 else ""


def _host(address: str) -> str:
    return address.rpartition(":")[0]
