"""Which workers ask for stills, what each can do, and which of them a still waits for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lib.core.still import SECOND_NS, Still

ASKED_NS = 60 * SECOND_NS  # who asked within this time is there
MOST_WORKERS = 256  # that are remembered
# A worker that hands in what is no picture, or takes jobs and falls silent, gets no other one for
# so long: else it would use up every job's tries, one after the other.
BENCH_NS = tuple(seconds * SECOND_NS for seconds in (1, 2, 5, 10, 30, 60))


@dataclass(frozen=True, slots=True)
class StillWorker:
    """What one worker can do, as it said when it asked last."""

    engine: str = "painter"
    kinds: tuple[str, ...] = ("txt2img", "img2img", "inpaint", "outpaint")
    models: tuple[str, ...] | None = None  # None: it takes any name
    held: tuple[str, ...] = ()  # models that it has loaded
    largest: int = 1024  # the longest side that it makes
    rank: int = 1  # the better engine has the higher one
    only_stills: bool = False
    name: str = ""
    asked_by: str = ""  # it makes only what owners whose names begin so have asked for

    @property
    def only_named(self) -> bool:
        """Whether it makes only what names its engine: pictures for tests are nobody's wish."""
        return self.rank < 1

    def can(self, still: Still) -> bool:
        able = still.side <= self.largest and still.kind in self.kinds
        return able and (self.models is None or still.model in ("", *self.models))

    def may(self, still: Still) -> bool:
        """Whether it can and its engine is asked for, by name or not."""
        named = still.engine == self.engine
        return self.can(still) and (named or (not still.engine and not self.only_named))


@dataclass(frozen=True, slots=True)
class _Asker:
    worker: StillWorker
    at_ns: int
    faults: int = 0  # in a row
    benched_ns: int = 0  # until then it gets nothing


class StillRoster:
    """The workers by their name and address, the most recent last."""

    def __init__(self) -> None:
        self._seen: dict[str, _Asker] = {}

    def asked(self, who: str, worker: StillWorker, now_ns: int) -> None:
        before = self._seen.pop(who, _Asker(worker, now_ns))
        self._seen[who] = replace(before, worker=worker, at_ns=now_ns)
        if len(self._seen) > MOST_WORKERS:
            del self._seen[next(iter(self._seen))]

    def went_wrong(self, who: str, now_ns: int) -> None:
        if who in self._seen:
            seen = self._seen[who]
            pause_ns = BENCH_NS[min(seen.faults, len(BENCH_NS) - 1)]
            self._seen[who] = replace(
                seen, faults=seen.faults + 1, benched_ns=now_ns + pause_ns
            )  # fmt: skip

    def went_well(self, who: str) -> None:
        if who in self._seen:
            self._seen[who] = replace(self._seen[who], faults=0)

    def benched_ns(self, who: str, now_ns: int) -> int:
        """How long it gets nothing yet."""
        return max(0, self._seen[who].benched_ns - now_ns) if who in self._seen else 0

    def there(self, now_ns: int, within_ns: int = ASKED_NS) -> list[StillWorker]:
        return [
            seen.worker
            for seen in tuple(self._seen.values())  # another thread may add one
            if now_ns - seen.at_ns <= within_ns and seen.benched_ns <= now_ns
        ]

    def better_than(self, worker: StillWorker, now_ns: int) -> tuple[StillWorker, ...]:
        """One of each kind that has a better engine and is there."""
        there = (one for one in self.there(now_ns) if one.rank > worker.rank)
        alike = {_ability(one): one for one in there if not one.only_named}
        return tuple(alike.values())

    def missing(self, still: Still, now_ns: int) -> str:
        """What a queued still waits for beside its place; empty if a worker there can make it."""
        there = self.there(now_ns)
        if not there:
            return "a worker: none has asked for stills within the last minute"
        if any(one.may(still) for one in there):
            return "another try in some seconds" if still.not_before_ns > 0 else ""
        able = [one for one in there if one.engine == still.engine or not still.engine]
        if not still.engine:
            able = [one for one in able if not one.only_named]
        if not able:
            return f"a worker with {still.engine or 'another engine than identity'}"
        able = [one for one in able if still.kind in one.kinds]
        if not able:
            return f"a worker that makes {still.kind}"
        if all(one.largest < still.side for one in able):
            largest = max(one.largest for one in able)
            return f"a worker for {still.side} pixels; the largest now is {largest}"
        return f"a worker with the model {still.model[:80]!r}; there is {_models(able)}"


def _ability(worker: StillWorker) -> tuple[object, ...]:
    return (worker.kinds, worker.models, worker.largest)


def _models(workers: Iterable[StillWorker]) -> str:
    names = sorted({name for one in workers for name in one.models or ()})
    shown = ", ".join(name[:80] for name in names[:8])
    return (shown or "none") + (f" and {len(names) - 8} more" if len(names) > 8 else "")
