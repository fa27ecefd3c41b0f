"""What every ledger keeps to, whatever happens in whatever order: a model beside it, and steps
that hypothesis chooses."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from unittest import mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lib.core.lanes import Lane
from lib.core.still import SECOND_NS, StaleTokenError, Still
from lib.stills.ledger.leases import Offer
from tests.stills.ledger.ledgers import LEDGERS, LedgerUnderTest

ENDS = ("done", "failed", "cancelled")
WHICH = st.just(0) | st.integers(0, 1_000)  # the newest lease, or any


@dataclass
class Job:
    """What is known of a job by who only remembers the answers."""

    words: str
    samples: int
    since_ns: int
    state: str = "queued"
    token: int = 0
    released: bool = False
    beaten: bool = False
    had_minute: bool = False  # of a restart, and its worker has not been heard since
    lapsed: str = ""
    deadline_ns: int = 0
    tries: int = 0
    vanished: int = 0
    waiters: set[str] = field(default_factory=set)
    pictures: set[int] = field(default_factory=set)

    def holds(self, token: int) -> bool:
        return token == self.token and not self.released

    def end(self, state: str) -> None:
        self.state, self.lapsed = state, ""


@dataclass(frozen=True)
class Lease:
    number: str
    job: str
    token: int


class LedgerMachine(RuleBasedStateMachine):
    kind: type[LedgerUnderTest]

    def __init__(self) -> None:
        super().__init__()
        self.wall_s = 1_800_000_000.0
        self.wall = mock.patch.object(time, "time", lambda: self.wall_s)
        self.wall.start()
        self.made = self.kind()
        self.jobs: dict[str, Job] = {}
        self.leases: list[Lease] = []
        self.last_ns = 0

    def teardown(self) -> None:
        self.wall.stop()
        self.made.close()

    @property
    def now_ns(self) -> int:
        return self.made.ledger.book.now_ns()

    # --- clients

    @rule(words=st.sampled_from("xyz"), owner=st.sampled_from("abc"), samples=st.integers(1, 2),
          lane=st.sampled_from(Lane))  # fmt: skip
    def submit(self, words: str, owner: str, samples: int, lane: Lane) -> None:
        still = self.made.submit(words, owner, lane, samples=samples)
        on_its_way = [
            name for name, job in self.jobs.items()
            if (job.words, job.samples) == (words, samples) and job.state not in ENDS
        ]  # fmt: skip
        if on_its_way and self.made.joins:
            assert [still.id] == on_its_way
        else:
            assert still.id not in self.jobs
            self.jobs[still.id] = Job(words, samples, self.now_ns)
        self.jobs[still.id].waiters.add(owner)

    @precondition(lambda self: self.jobs)
    @rule(which=WHICH, owner=st.sampled_from("abc"), stop=st.booleans())
    def leave(self, which: int, owner: str, stop: bool) -> None:
        name, job = self.pick(which)
        self.made.ledger.queue.leave(name, owner, stop=stop)
        if job.state in ENDS or owner not in job.waiters:
            return
        job.waiters.discard(owner)
        if not job.waiters and (job.state == "queued" or stop):
            job.end("cancelled")

    @precondition(lambda self: self.jobs)
    @rule(which=WHICH)
    def operator_cancels(self, which: int) -> None:
        name, job = self.pick(which)
        still = self.made.ledger.queue.cancel(name, "The operator ended it.")
        if job.state not in ENDS:
            job.end("cancelled")
            assert still.error == "The operator ended it."

    # --- workers

    @rule()
    def claim(self) -> None:
        offer = self.made.offer()
        still = self.made.ledger.leases.claim(offer)
        self.leases_run_out()
        self.took(offer, still)

    def took(self, offer: Offer, still: Still | None) -> None:
        if still is None:
            return
        job = self.jobs[still.id]
        assert job.state == "queued"
        assert still.token == job.token + 1
        job.state, job.token, job.lapsed = "running", still.token, ""
        job.released = job.beaten = job.had_minute = False
        job.deadline_ns = self.now_ns + 10 * SECOND_NS
        self.leases.append(Lease(offer.number, still.id, still.token))

    @precondition(lambda self: self.leases)
    @rule(which=WHICH)
    def claim_again(self, which: int) -> None:
        """Its answer was lost, so the worker asks with the same number."""
        number = self.leases[-1 - which % len(self.leases)].number
        lease = [one for one in self.leases if one.number == number][-1]
        offer, job = Offer(number), self.jobs[lease.job]
        still = self.made.ledger.leases.claim(offer)
        if job.token != lease.token:  # another worker has it: a number like a new one
            self.leases_run_out()
            self.took(offer, still)
        elif job.released or job.state in ENDS:
            assert still is None
        else:
            assert still is not None and (still.id, still.token) == (lease.job, lease.token)
            self.resume(job)

    def resume(self, job: Job) -> None:
        if job.lapsed:
            job.vanished -= job.lapsed == "vanished"
            job.had_minute = False
        job.state, job.lapsed = "running", ""
        job.deadline_ns = self.now_ns + 10 * SECOND_NS

    @precondition(lambda self: self.leases)
    @rule(which=WHICH)
    def beat(self, which: int) -> None:
        lease = self.leases[-1 - which % len(self.leases)]
        job = self.jobs[lease.job]
        if not job.holds(lease.token):
            with pytest.raises(StaleTokenError):
                self.made.ledger.leases.beat(lease.job, lease.token)
            return
        answer = self.made.ledger.leases.beat(lease.job, lease.token)
        assert answer.cancel == (job.state in ("cancelled", "failed"))
        if job.state not in ENDS:
            self.resume(job)
            job.beaten, job.had_minute = True, False

    @precondition(lambda self: self.leases)
    @rule(which=WHICH, sample=st.integers(0, 1), twice=st.booleans())
    def finish(self, which: int, sample: int, twice: bool) -> None:
        lease = self.leases[-1 - which % len(self.leases)]
        job, sample = self.jobs[lease.job], sample % self.jobs[lease.job].samples
        for _ in range(1 + twice):
            data = f"{lease.job} {sample}".encode()
            values = (lease.job, lease.token, sample, data, "png")
            if not job.holds(lease.token) or job.state in ("cancelled", "failed"):
                with pytest.raises(StaleTokenError):
                    self.made.ledger.leases.finish(*values)
                return
            self.made.ledger.leases.finish(*values)
            if sample not in job.pictures:
                job.pictures.add(sample)
                self.resume(job)
                job.beaten, job.had_minute = True, False
                if len(job.pictures) == job.samples:
                    job.end("done")

    @precondition(lambda self: self.leases)
    @rule(which=WHICH, error=st.sampled_from(["", "out of memory"]), twice=st.booleans())
    def give_back(self, which: int, error: str, twice: bool) -> None:
        lease = self.leases[-1 - which % len(self.leases)]
        job = self.jobs[lease.job]
        if lease.token != job.token:
            with pytest.raises(StaleTokenError):
                self.made.ledger.leases.give_back(lease.job, lease.token, error)
            return
        for _ in range(1 + twice):
            self.made.ledger.leases.give_back(lease.job, lease.token, error)
        if job.state in ENDS or job.released:
            return
        self.resume(job)
        job.state, job.released = "queued", True
        job.tries += bool(error)
        if job.tries == 3:
            job.end("failed")

    # --- time

    @precondition(lambda self: self.leases)
    @rule(which=WHICH, beaten=st.booleans())
    def lose(self, which: int, beaten: bool) -> None:
        """A worker falls silent, after a beat or before its first."""
        if beaten:
            self.beat(which)
        self.made.later(10)
        self.sweep()

    @rule(seconds=st.sampled_from([1, 4, 11, 16, 31, 61]))
    def time_passes(self, seconds: int) -> None:
        self.made.later(seconds)

    @rule(by=st.sampled_from([-1e9, -3600, 3600, 1e9]))
    def wall_clock_steps(self, by: float) -> None:
        self.wall_s += by

    @rule(days=st.sampled_from([0.5, 2]))
    def monotonic_clock_jumps(self, days: float) -> None:
        """As over a suspended machine."""
        self.made.later(days * 86_400)

    @rule(boot_ns=st.sampled_from([None, 0, 10**18]))
    def restart(self, boot_ns: int | None) -> None:
        """On the same machine, or on one that was started again: its clock begins anew."""
        self.made.restart(boot_ns)
        if not self.made.lasts:
            self.jobs, self.leases = {}, []
        self.last_ns = 0  # what had passed since the last transaction is not on the disk
        for job in self.jobs.values():
            if job.state == "running" and not job.had_minute:
                job.deadline_ns, job.had_minute = self.now_ns + 60 * SECOND_NS, True

    @rule()
    def sweep(self) -> None:
        self.made.ledger.leases.sweep()
        self.leases_run_out()

    def leases_run_out(self) -> None:
        for name, job in self.jobs.items():
            if job.state == "running" and job.deadline_ns <= self.now_ns:
                job.state, job.lapsed = "queued", "vanished" if job.beaten else "unheard"
                job.vanished += job.beaten
                if job.vanished == 2:
                    job.end("failed")
            too_old = self.now_ns - job.since_ns >= self.made.limits.wait_ns
            if job.state == "queued" and too_old and self.row(name).state == "failed":
                job.end("failed")

    # --- always

    def pick(self, which: int) -> tuple[str, Job]:
        return list(self.jobs.items())[which % len(self.jobs)]

    def row(self, name: str) -> Still:
        return self.made.ledger.still(name)

    @invariant()
    def rows_are_what_the_answers_said(self) -> None:
        for name, job in self.jobs.items():
            still = self.row(name)
            assert (still.state, still.token) == (job.state, job.token)
            assert (still.tries, still.vanished) == (job.tries, job.vanished)
            owners = {one.owner for one in self.made.ledger.book.waiters(name)}
            assert owners == job.waiters
            kept = self.made.ledger.history.pictures_of(name)
            assert [one.sample for one in kept] == sorted(job.pictures)
            assert (job.state == "done") == (len(kept) == job.samples)
            assert (job.state == "failed") <= bool(still.error)

    @invariant()
    def each_end_was_told_once_and_numbers_have_no_gap(self) -> None:
        events = self.made.ledger.history.events(0, 100_000)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        told = [event.job for event in events if event.what in ENDS]
        assert sorted(told) == sorted(name for name, job in self.jobs.items() if job.state in ENDS)

    @invariant()
    def its_time_never_goes_back(self) -> None:
        assert self.last_ns <= self.now_ns
        self.last_ns = self.now_ns


def _case(name: str, examples: int = 40) -> type:
    machine = type(name, (LedgerMachine,), {"kind": LEDGERS[name]})
    case: type = machine.TestCase
    case.settings = settings(max_examples=examples, stateful_step_count=30)
    return case


TestFile = _case("file")
TestMemory = _case("memory")
if "postgres" in LEDGERS:
    TestPostgres = _case("postgres", 10)  # each statement is a way to a server and back
TestSealed = _case("sealed", 10)  # the same database: only its texts differ
