"""What is wrong with the stream right now, in plain words, and what to do about it.

A warning comes when something lasts and goes when it is really over. Its key says what it is
about, whatever figures its words hold: a figure that moves is no news.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lib.core.alarm import Alarm, Recent, Share
from lib.stream.conduct import Conduct, Sentence
from lib.wire.messages import WorkerStatus
from lib.wire.strangers import Strangers, words

__all__ = ["ABOUT_KEYS", "DOOR_HINTS", "Facts", "Sentence", "Trouble"]

OUT_S = 0.5  # that a worker has no place though it answers: a hiccup is over by then
SILENT_S = 0.8  # of a worker that lost its place: its connection may end soon after
COLD_S = 10.0  # a worker that has never answered, while frames come: a model may be loading
NO_PICTURE_S = 2.0  # or three times what a frame takes
FLOWING_S = 2.0
MOST_WORKERS = 3  # that are named
REFUSED_OVER_S = 60.0
ABOUT_KEYS = "key "  # how the keys of sentences about strangers begin
# Where a frame ends: from which share of the frames on that is said, below which no longer.
ENTRANCE, LATE, LOST = (0.05, 0.02), (0.05, 0.02), (0.03, 0.01)
OVER_S, AFTER_S, HOLD_S = 5.0, 5.0, 3.0  # a start, or a worker that left, is over by then

DOOR_HINTS = {
    "says what no worker says": "something that is no worker tries that port",
    "too many workers": "raise max_peers",
    "too many workers from one address": "raise max_peers_per_address",
    "too many viewers": "raise max_viewers",
    "no descriptor is left": "raise this user's limit of open files",
    "does not speak ZeroMQ": "something that is no worker tries that port",
    "said nothing": "something that is no worker tries that port",
    "sends nothing but rubbish": "something that is no worker tries that port",
}


class Facts(NamedTuple):
    """All that is judged. Counts are since the start."""

    source: str | None  # the source's own words
    captured: int
    drops: dict[str, int]
    workers: list[WorkerStatus]
    refused: dict[str, dict[str, int]]  # connections, by port and reason
    last_frame_s: float | None
    strangers: Sequence[Strangers] = ()
    answers: Mapping[str, int] = {}  # what became of them, by kind
    answered_by: Mapping[str, str] = {}  # kind -> who sent the last of those that were dropped


class Trouble:
    """Asked a few times a second by one thread."""

    def __init__(self) -> None:
        self._source, self._source_words = Alarm(hold_s=1), ""
        self._no_worker, self._no_answer = Alarm(hold_s=1), Alarm(after_s=2, hold_s=1)
        self._silent: dict[str, Alarm] = {}
        self._silent_words: dict[str, str] = {}
        self._joined_s: dict[str, float] = {}
        self._out_s: dict[str, float] = {}  # since when it gets no frames of its own
        self._shares = {
            name: Share(*limits, over_s=OVER_S, after_s=AFTER_S, hold_s=HOLD_S)
            for name, limits in (("thinned", ENTRANCE), ("late", LATE), ("lost", LOST))
        }
        self._refused = Recent(REFUSED_OVER_S)
        self._keyless = Recent(REFUSED_OVER_S)
        self._no_picture = Alarm(hold_s=1)
        self._captured, self._captured_s = 0, float("-inf")
        self._conduct = Conduct()

    def look(self, facts: Facts, now_s: float) -> list[Sentence]:
        """The worst first: what is missing altogether, then what is slow, then who knocks."""
        if facts.captured != self._captured:
            self._captured, self._captured_s = facts.captured, now_s
        return [
            *self._of_source(facts, now_s),
            *self._of_workers(facts, now_s),
            *self._conduct.of_workers(facts.workers, now_s),
            *self._of_pictures(facts, now_s),
            *self._of_drops(facts, now_s),
            *self._conduct.of_answers(facts.answers, facts.answered_by, now_s),
            *self._of_door(facts, now_s),
            *self._of_strangers(facts, now_s),
        ]

    def _of_source(self, facts: Facts, now_s: float) -> Iterator[Sentence]:
        self._source_words = facts.source or self._source_words
        if self._source.update(facts.source is not None, now_s):
            yield Sentence("source", self._source_words)

    def _of_workers(self, facts: Facts, now_s: float) -> Iterator[Sentence]:
        workers = facts.workers
        proven = any(worker.state == "active" for worker in workers)
        if self._no_worker.update(not workers, now_s):
            yield Sentence("no worker", "no worker is connected: start transform.py")
        unproven = bool(workers) and not proven and self._frames_come(now_s)
        if self._no_answer.update(unproven, now_s):
            yield Sentence("no answer", "no worker answers: look at a worker's log")
        silent = list(self._of_silence(facts, now_s))
        yield from silent[:MOST_WORKERS]
        if len(silent) > MOST_WORKERS:
            more = len(silent) - MOST_WORKERS
            yield Sentence("silent, more", f"{more} more workers silent")

    def _of_silence(self, facts: Facts, now_s: float) -> Iterator[Sentence]:
        here = {worker.address: worker for worker in facts.workers}
        for known in (self._silent, self._silent_words, self._joined_s, self._out_s):
            for gone in known.keys() - here.keys():
                del known[gone]
        for address, worker in here.items():
            joined_s = self._joined_s.setdefault(address, now_s)
            quiet_s = worker.last_seen_s
            if quiet_s is None:
                wrong = now_s - joined_s > COLD_S and self._frames_come(now_s)
                words = f"worker at {address} has never answered: is its model still loading?"
            elif worker.state == "active":
                self._out_s.pop(address, None)
                wrong, words = False, ""
            else:
                out_s = now_s - self._out_s.setdefault(address, now_s)
                wrong = out_s > OUT_S or quiet_s > SILENT_S
                how = f"silent for {quiet_s:.0f} s" if quiet_s > SILENT_S else "answers too late"
                words = f"worker {worker.name} {how}: look at its log"
            if wrong:
                self._silent_words[address] = words
            if self._silent.setdefault(address, Alarm(hold_s=1)).update(wrong, now_s):
                yield Sentence(f"silent {address}", self._silent_words[address])

    def _frames_come(self, now_s: float) -> bool:
        """Without frames a worker has nothing to answer."""
        return now_s - self._captured_s < FLOWING_S

    def _of_pictures(self, facts: Facts, now_s: float) -> Iterator[Sentence]:
        slowest_ms = max((worker.service_ms or 0 for worker in facts.workers), default=0)
        patience_s = max(NO_PICTURE_S, 3 * slowest_ms / 1000)
        last_s = facts.last_frame_s
        wrong = last_s is not None and last_s > patience_s  # what stands still is sent on, too
        if self._no_picture.update(wrong, now_s) and last_s is not None:
            yield Sentence("no picture", f"no picture for {last_s:.0f} s")

    def _of_drops(self, facts: Facts, now_s: float) -> Iterator[Sentence]:
        words = {
            "thinned": "dropping {} at the entrance: workers too slow, add one or lower fps",
            "late": "{} come too late to be shown: playout glass waits for more of them",
            "lost": "{} are lost with their workers: look at the workers' logs",
        }
        for name, share in self._shares.items():
            if share.update(facts.drops.get(name, 0), facts.captured, now_s):
                yield Sentence(name, words[name].format(f"{100 * share.share:.0f} %"))

    def _of_door(self, facts: Facts, now_s: float) -> Iterator[Sentence]:
        counts = {
            f"{port}: {reason}": count
            for port, reasons in facts.refused.items()
            for reason, count in reasons.items()
        }
        for kind, count in self._refused.update(counts, now_s).items():
            port, _, reason = kind.partition(": ")
            hint = DOOR_HINTS.get(reason)
            many = f"{count} connection{'s' if count > 1 else ''} in the last minute"
            words = f"the {port} refused {many}: {reason}"
            yield Sentence(f"refused {port} {reason}", words + (f" ({hint})" if hint else ""))

    def _of_strangers(self, facts: Facts, now_s: float) -> Iterator[Sentence]:
        counts: dict[str, int] = {}
        last: dict[str, str] = {}
        for one in facts.strangers:  # `dict` at once: another thread may be adding to them
            counts |= dict(one.counts)
            last |= dict(one.last)
        for kind, count in self._keyless.update(counts, now_s).items():
            many = f" ({count} times in the last minute)" if count > 1 else ""
            yield Sentence(f"{ABOUT_KEYS}{kind}", words(kind, last[kind]) + many)
