"""What workers do wrong is said within two seconds, and nothing is said in normal running."""

from __future__ import annotations

import pytest

from lib.stream.worker_warnings import WorkerWarnings
from tests.stream.test_warnings import EVERY_S, worker

ALL = [worker("a"), worker("b"), worker("c")]


class Run:
    """Asked as the stream asks it."""

    def __init__(self) -> None:
        self.warnings, self.now_s = WorkerWarnings(), 50.0
        self.workers = ALL
        self.counts: dict[str, int] = {"answered": 0}
        self.last: dict[str, str] = {}

    def live(self, seconds: float) -> list[str]:
        """Everything that is said within so long, once each."""
        said: list[str] = []
        for _ in range(round(seconds / EVERY_S)):
            self.now_s += EVERY_S
            self.counts["answered"] += 24
            found = [*self.warnings.of_workers(self.workers, self.now_s)]
            found += self.warnings.of_answers(self.counts, self.last, self.now_s)
            self.latest = [one.words for one in found]
            said += [words for words in self.latest if words not in said]
        return said


@pytest.fixture
def run() -> Run:
    run = Run()
    assert run.live(15) == []
    return run


def test_a_worker_that_left_is_named_for_a_while(run: Run) -> None:
    run.workers = ALL[:2]
    assert (
        run.live(0.8)[0] == "worker c disconnected 0 s ago: if nobody stopped it, look at its log"
    )
    run.live(28)
    assert run.latest == ["worker c disconnected 28 s ago: if nobody stopped it, look at its log"]
    run.live(3)
    assert run.latest == []


def test_a_worker_that_is_back_is_no_news(run: Run) -> None:
    run.workers = ALL[:2]
    assert run.live(0.8)
    run.workers = [*ALL[:2], worker("c", address="10.0.0.9:7")]
    run.live(0.4)
    assert run.latest == []


def test_a_worker_that_was_started_again_under_another_name_is_no_news(run: Run) -> None:
    run.workers = [worker("a", address="10.0.0.7:1"), worker("b", address="10.0.0.8:1")]
    run.live(40)
    run.workers = run.workers[:1]
    assert run.live(0.8)
    run.workers = [*run.workers, worker("", "probation", None, address="10.0.0.9:4")]
    assert run.live(0.4), "this one is of another host"
    run.workers = [*run.workers, worker("", "probation", None, address="10.0.0.8:2")]
    run.live(0.4)
    assert run.latest == []


def test_who_never_gave_anything_may_go(run: Run) -> None:
    run.workers = [*ALL, worker("new", "probation", None)]
    run.live(2)
    run.workers = ALL
    assert run.live(5) == []


def test_of_many_that_leave_three_are_named(run: Run) -> None:
    run.workers = [*ALL, *(worker(str(number)) for number in range(7))]
    run.live(2)
    run.workers = ALL
    run.live(0.4)
    assert len(run.latest) == 4 and run.latest[-1] == "4 more workers disconnected"


def test_a_worker_that_became_too_slow(run: Run) -> None:
    slow = worker("c", service_ms=125.0, done=500)
    run.workers = [*ALL[:2], slow]
    words = "worker c is too slow to be given frames: 125 ms each, the fastest 30 ms"
    assert run.live(1.2) == [words]
    run.workers = ALL
    assert run.live(1.2) == [words], "while it lasts, the words of when it was wrong"
    run.live(4)
    assert run.latest == []


def test_a_worker_that_is_slow_by_its_network(run: Run) -> None:
    own = {"decode": 2.0, "engine": 25.0, "encode": 3.0}
    run.workers = [*ALL[:2], worker("c", service_ms=125.0, done=500, timings=own)]
    words = "worker c is too slow to be given frames: 125 ms each (95 of them on the way), the"
    assert [said.rpartition(" fastest")[0] for said in run.live(1.2)] == [words]


def test_cold_workers_and_uneven_ones_are_left_in_peace(run: Run) -> None:
    run.workers = [*ALL[:2], worker("c", service_ms=900.0, done=3)]
    assert run.live(5) == []
    run.workers = [*ALL[:2], worker("c", service_ms=80.0, done=300)]
    assert run.live(5) == []


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("bad", "3 answers in the last minute were no pictures of their frames, the last from c"),
        ("dup", "3 answers in the last minute came twice, the last from c"),
        ("foreign", "3 answers in the last minute belong to no job of that worker, the last"),
        ("garbage", "3 answers in the last minute could not be read as results, the last from c"),
    ],
)
def test_wrong_answers(run: Run, kind: str, part: str) -> None:
    run.last[kind] = "c"
    run.counts[kind] = 2
    assert run.live(5) == [], "one or two are no news"
    run.counts[kind] = 3
    (said,) = run.live(0.4)
    assert said.startswith(part)
    run.live(61)
    assert run.latest == []


def test_answers_to_the_life_before_are_no_news() -> None:
    run = Run()
    run.live(2)
    run.counts["foreign"] = 128
    assert run.live(70) == []
    run.counts["foreign"] += 3
    assert len(run.live(0.4)) == 1
