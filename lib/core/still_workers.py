"""Which workers ask for stills, what each can do, and which of them a still waits for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from lib.core.still import BY_MEMORY, SECOND_NS, Still

ASKED_NS = 60 * SECOND_NS  # who asked within this time is there
MOST_WORKERS = 256  # that are remembered, and as many addresses
# A worker that hands in what is no picture, or takes jobs and falls silent, gets no other one for
# so long: else it would use up every job's tries, one after the other.
BENCH_NS = tuple(seconds * SECOND_NS for seconds in (1, 2, 5, 10, 30, 60))
# Workers choose their names. So many faults of those at one address that never did well, and all
# others there that never did are set aside, too, whatever they call themselves.
FREE_FAULTS = 3
MANY_FAULTS = 3  # in a row, and what a worker did well before counts no more


class WorkerName(NamedTuple):
    """A worker as the service knows it."""

    name: str  # that it calls itself
    address: str  # the network that its address is counted in


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
    unguided: tuple[str, ...] = ()  # models that by themselves heed no negative words; "": its own
    memory: str = ""  # in words, how it gets by with less memory
    asked_by: str = ""  # it makes only what owners whose names begin so have asked for

    @property
    def maker(self) -> str:
        """What it makes stills with, as a still notes it."""
        return f"{self.engine}{BY_MEMORY}{self.memory}" if self.memory else self.engine

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
class _Faults:
    in_a_row: int = 0
    until_ns: int = 0  # until then it gets nothing

    def and_one(self, now_ns: int, free: int = 0) -> _Faults:
        at = self.in_a_row - free
        pause_ns = BENCH_NS[min(at, len(BENCH_NS) - 1)] if at >= 0 else 0
        return _Faults(self.in_a_row + 1, now_ns + pause_ns)


@dataclass(frozen=True, slots=True)
class _Asker:
    worker: StillWorker
    asked_ns: int
    heard_ns: int
    faults: _Faults = _Faults()  # frozen, so all may have the same
    did_well: bool = False


class StillRoster:
    """The workers by their name and address, the most recent last."""

    def __init__(self) -> None:
        self._seen: dict[WorkerName, _Asker] = {}
        self._strange: dict[str, _Faults] = {}  # by address, of those that never did well

    def asked(self, who: WorkerName, worker: StillWorker, now_ns: int) -> None:
        before = self._seen.pop(who, _Asker(worker, now_ns, now_ns))
        self._seen[who] = replace(before, worker=worker, asked_ns=now_ns, heard_ns=now_ns)
        _drop_oldest(self._seen)

    def heard(self, who: WorkerName, now_ns: int) -> None:
        """While it makes a still it asks for none."""
        if who in self._seen:
            self._seen[who] = replace(self._seen[who], heard_ns=now_ns)

    def went_wrong(self, who: WorkerName, now_ns: int) -> None:
        seen = self._seen.get(who)
        if seen:
            faults = seen.faults.and_one(now_ns)
            good = seen.did_well and faults.in_a_row < MANY_FAULTS
            self._seen[who] = replace(seen, faults=faults, did_well=good)
            if good:
                return
        before = self._strange.pop(who.address, _Faults())
        if now_ns - before.until_ns > ASKED_NS:  # it is another day
            before = _Faults()
        self._strange[who.address] = before.and_one(now_ns, FREE_FAULTS)
        _drop_oldest(self._strange)

    def went_well(self, who: WorkerName) -> None:
        if who in self._seen:
            self._seen[who] = replace(self._seen[who], faults=_Faults(), did_well=True)

    def benched_ns(self, who: WorkerName, now_ns: int) -> int:
        """How long it gets nothing yet."""
        return max(0, self._until_ns(who, self._seen.get(who)) - now_ns)

    def _until_ns(self, who: WorkerName, seen: _Asker | None) -> int:
        own_ns = seen.faults.until_ns if seen else 0
        if seen and seen.did_well:
            return own_ns
        return max(own_ns, self._strange.get(who.address, _Faults()).until_ns)

    def there(self, now_ns: int, within_ns: int = ASKED_NS) -> list[StillWorker]:
        return [one.worker for one in self._there(now_ns) if now_ns - one.heard_ns <= within_ns]

    def _there(self, now_ns: int) -> list[_Asker]:
        seen = tuple(self._seen.items())  # another thread may add one
        return [one for who, one in seen if self._until_ns(who, one) <= now_ns]

    def better_than(self, worker: StillWorker, now_ns: int) -> tuple[StillWorker, ...]:
        """One of each kind that has a better engine and has asked lately: what works on a still for
        longer shall not keep the others from the rest."""
        asked = (one for one in self._there(now_ns) if now_ns - one.asked_ns <= ASKED_NS)
        there = (one.worker for one in asked if one.worker.rank > worker.rank)
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


def _drop_oldest(there: dict[Any, Any]) -> None:
    if len(there) > MOST_WORKERS:
        del there[next(iter(there))]


def _ability(worker: StillWorker) -> tuple[object, ...]:
    return (worker.kinds, worker.models, worker.largest)


def _models(workers: Iterable[StillWorker]) -> str:
    names = sorted({name for one in workers for name in one.models or ()})
    shown = ", ".join(name[:80] for name in names[:8])
    return (shown or "none") + (f" and {len(names) - 8} more" if len(names) > 8 else "")
