"""Warnings: what is wrong with the stream now, in plain words, and what to do about it.

A warning comes when something lasts and goes when it is really over. Its key identifies it while
the figures in its words change, so that a changed figure is not a new warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lib.core.alarm import Alarm, Recent, Share
from lib.core.counters import Drop
from lib.core.refusals import PortRefusal
from lib.core.trouble import StreamWarning, Trouble
from lib.stream.worker_warnings import WorkerWarnings
from lib.wire.messages import WorkerStatus
from lib.wire.refusals import RefusalLog, words

OUT_S = 0.5  # a worker that answers may be on probation for so long, which a hiccup causes
SILENT_S = 0.8  # since a worker on probation last answered: its connection may end soon after
COLD_S = 10.0  # while frames come, a worker that never answered may load a model for so long
NO_PICTURE_S = 2.0  # or three times what a frame takes, if that is longer
FLOWING_S = 2.0
MOST_WORKERS = 3  # that are named in warnings; more are counted
REFUSED_OVER_S = 60.0
# For each reason: the shares of frames at which its warning comes, and below which it goes.
SHARES = {
    Drop.THINNED: (Trouble.THINNED, 0.05, 0.02),
    Drop.LATE: (Trouble.LATE, 0.05, 0.02),
    Drop.LOST: (Trouble.LOST, 0.03, 0.01),
}
OVER_S, AFTER_S, HOLD_S = 5.0, 5.0, 3.0  # a start, or a worker that left, is over by then


class StreamFacts(NamedTuple):
    """All that is needed to judge. Counts are since the start."""

    source: str | None  # the source's own warning
    captured: int
    drops: dict[str, int]
    workers: list[WorkerStatus]
    refused: dict[str, dict[str, int]]  # connections, by port and reason
    last_frame_s: float | None
    refusals: Sequence[RefusalLog] = ()
    answers: Mapping[str, int] = {}  # answers by what became of them
    answered_by: Mapping[str, str] = {}  # kind -> the host whose answer of it was dropped last


class Warnings:
    """Updated a few times a second by one thread."""

    def __init__(self) -> None:
        self._source, self._source_words = Alarm(hold_s=1), ""
        self._no_worker, self._no_answer = Alarm(hold_s=1), Alarm(after_s=2, hold_s=1)
        self._silent: dict[str, Alarm] = {}
        self._silent_said: dict[str, StreamWarning] = {}
        self._joined_s: dict[str, float] = {}
        self._out_s: dict[str, float] = {}  # since when it gets no frames of its own
        self._shares = {
            drop: Share(rise, fall, over_s=OVER_S, after_s=AFTER_S, hold_s=HOLD_S)
            for drop, (_, rise, fall) in SHARES.items()
        }
        self._refused = Recent(REFUSED_OVER_S)
        self._keyless = Recent(REFUSED_OVER_S)
        self._no_picture = Alarm(hold_s=1)
        self._captured, self._captured_s = 0, float("-inf")
        self._of_worker = WorkerWarnings()

    def update(self, facts: StreamFacts, now_s: float) -> list[StreamWarning]:
        """All warnings, the worst first: what is missing, then what is slow, then connections that
        were refused."""
        if facts.captured != self._captured:
            self._captured, self._captured_s = facts.captured, now_s
        return [
            *self._of_source(facts, now_s),
            *self._of_workers(facts, now_s),
            *self._of_worker.of_workers(facts.workers, now_s),
            *self._of_pictures(facts, now_s),
            *self._of_drops(facts, now_s),
            *self._of_worker.of_answers(facts.answers, facts.answered_by, now_s),
            *self._of_ports(facts, now_s),
            *self._of_keys(facts, now_s),
        ]

    def _of_source(self, facts: StreamFacts, now_s: float) -> Iterator[StreamWarning]:
        self._source_words = facts.source or self._source_words
        if self._source.update(facts.source is not None, now_s):
            yield Trouble.SOURCE.said(words=self._source_words)

    def _of_workers(self, facts: StreamFacts, now_s: float) -> Iterator[StreamWarning]:
        workers = facts.workers
        proven = any(worker.state == "active" for worker in workers)
        if self._no_worker.update(not workers, now_s):
            yield Trouble.NO_WORKER.said()
        unproven = bool(workers) and not proven and self._frames_come(now_s)
        if self._no_answer.update(unproven, now_s):
            yield Trouble.NO_ANSWER.said()
        silent = list(self._of_silence(facts, now_s))
        yield from silent[:MOST_WORKERS]
        if len(silent) > MOST_WORKERS:
            yield Trouble.MORE_SILENT.said(count=len(silent) - MOST_WORKERS)

    def _of_silence(self, facts: StreamFacts, now_s: float) -> Iterator[StreamWarning]:
        here = {worker.address: worker for worker in facts.workers}
        for known in (self._silent, self._silent_said, self._joined_s, self._out_s):
            for gone in known.keys() - here.keys():
                del known[gone]
        for address, worker in here.items():
            found = self._silence(worker, now_s)
            if found:
                self._silent_said[address] = found
            if self._silent.setdefault(address, Alarm(hold_s=1)).update(found is not None, now_s):
                yield self._silent_said[address]

    def _silence(self, worker: WorkerStatus, now_s: float) -> StreamWarning | None:
        """What is wrong with this worker's answers at this moment."""
        address, quiet_s = worker.address, worker.last_seen_s
        joined_s = self._joined_s.setdefault(address, now_s)
        key = f"silent {address}"
        if quiet_s is None:
            wrong = now_s - joined_s > COLD_S and self._frames_come(now_s)
            return Trouble.NEVER_ANSWERED.said(key, address=address) if wrong else None
        if worker.state == "active":
            self._out_s.pop(address, None)
            return None
        out_s = now_s - self._out_s.setdefault(address, now_s)
        if quiet_s > SILENT_S:
            return Trouble.SILENT.said(key, name=worker.name, for_s=quiet_s)
        return Trouble.ANSWERS_LATE.said(key, name=worker.name) if out_s > OUT_S else None

    def _frames_come(self, now_s: float) -> bool:
        """Whether frames are captured: without them a worker has nothing to answer."""
        return now_s - self._captured_s < FLOWING_S

    def _of_pictures(self, facts: StreamFacts, now_s: float) -> Iterator[StreamWarning]:
        slowest_ms = max((worker.service_ms or 0 for worker in facts.workers), default=0)
        patience_s = max(NO_PICTURE_S, 3 * slowest_ms / 1000)
        last_s = facts.last_frame_s
        wrong = last_s is not None and last_s > patience_s  # a frozen picture is sent again, too
        if self._no_picture.update(wrong, now_s) and last_s is not None:
            yield Trouble.NO_PICTURE.said(for_s=last_s)

    def _of_drops(self, facts: StreamFacts, now_s: float) -> Iterator[StreamWarning]:
        for drop, share in self._shares.items():
            if share.update(facts.drops.get(drop, 0), facts.captured, now_s):
                yield SHARES[drop][0].said(share=f"{100 * share.share:.0f} %")

    def _of_ports(self, facts: StreamFacts, now_s: float) -> Iterator[StreamWarning]:
        counts = {
            f"{port}: {reason}": count
            for port, reasons in facts.refused.items()
            for reason, count in reasons.items()
        }
        for kind, count in self._refused.update(counts, now_s).items():
            port, _, reason = kind.partition(": ")
            hint = PortRefusal.hint_for(reason)
            yield Trouble.REFUSED.said(
                f"refused {port} {reason}",
                port=port,
                many=f"{count} connection{'s' if count > 1 else ''}",
                reason=reason,
                hint=f" ({hint})" if hint else "",
            )

    def _of_keys(self, facts: StreamFacts, now_s: float) -> Iterator[StreamWarning]:
        counts: dict[str, int] = {}
        last: dict[str, str] = {}
        for one in facts.refusals:  # `dict` at once: another thread may be adding to them
            counts |= dict(one.counts)
            last |= dict(one.last)
        for kind, count in self._keyless.update(counts, now_s).items():
            times = f" ({count} times in the last minute)" if count > 1 else ""
            yield Trouble.NO_KEY.said(kind, words=words(kind, last[kind]), times=times)
