"""What becomes of a frame until it is back, without a socket and without a clock."""

from __future__ import annotations

import itertools

import pytest

from lib.core.peer import Flight
from lib.core.playout import PlayoutState
from lib.core.scheduler import NOT_YET_NS, Assignment, Scheduler, worth_showing

MS = 1_000_000
PLAYOUT = PlayoutState(delay_ns=100 * MS, interval_ns=20 * MS, last_number=-1)


class Show:
    """A scheduler, a clock, and what was sent."""

    def __init__(self, batch: int = 1) -> None:
        self.scheduler = Scheduler[str](
            batch, itertools.count().__next__, lambda one, other: one[0] == other[0]
        )
        self.now = 1_000 * MS
        self.tokens = itertools.count(1)
        self.sent: list[Assignment[str]] = []
        self.flights: list[Flight[str]] = []

    def join(self, *peers: int) -> None:
        for peer in peers:
            self.scheduler.pool.join(peer, f"10.0.0.{peer}:1", self.now)

    def prove(self, *peers: int) -> None:
        """Each has answered a frame in 20 ms."""
        for peer in peers:
            self.join(peer)
            self.flights.clear()
            self.frame("a")
            self.give()
            self.now += 20 * MS
            for flight in self.flights:
                self.scheduler.answered(flight, f"w{peer}", self.now)
            self.flights.clear()
        self.sent.clear()

    def frame(self, item: str) -> list[str]:
        self.now += 20 * MS
        return self.scheduler.offer(item, self.now)

    def give(self, playout: PlayoutState = PLAYOUT) -> list[Assignment[str]]:
        """What goes out now."""
        given = []
        for job in self.scheduler.assign(self.now, playout):
            tokens = [float(next(self.tokens)) for _ in job.works]
            self.scheduler.sent(job, tokens, self.now)
            for token, work in zip(tokens, job.works, strict=True):
                flight = self.scheduler.pool.find(token, work.number)
                assert flight
                self.flights.append(flight)
            given.append(job)
        self.sent += given
        return given


@pytest.fixture
def show() -> Show:
    return Show()


def test_without_a_proven_worker_somebody_gets_the_frame_and_the_others_a_copy(show: Show) -> None:
    show.join(1, 2, 3)
    assert show.frame("a") == []
    given = show.give()
    assert [(job.peer.id, job.why) for job in given] == [(1, "new"), (2, "copy"), (3, "copy")]
    assert {job.works[0].number for job in given} == {0}


def test_a_frame_for_which_there_is_no_worker_is_left_out_by_the_next_one(show: Show) -> None:
    assert show.frame("a") == []
    assert show.frame("b") == ["no_worker"]
    show.prove(1)
    for _ in range(2):
        assert show.frame("c") == []
        assert len(show.give()) == 1
    assert show.frame("d") == []
    assert not show.give()
    assert show.frame("e") == ["thinned"]


def test_of_so_many_frames_one_enters(show: Show) -> None:
    show.scheduler.admission.every = 2
    assert [show.frame("a") for _ in range(3)] == [["relief"], [], ["relief"]]


def test_frames_that_are_not_alike_do_not_travel_together() -> None:
    show = Show(batch=3)
    for item in ("a1", "a2", "b1"):
        show.frame(item)
    show.join(1)
    (job,) = show.give()
    assert [work.item for work in job.works] == ["a1", "a2"]
    assert [work.tau_before_ns for work in job.works] == [job.works[0].tau_ns] * 2


def test_what_a_worker_lost_goes_to_another_as_long_as_it_is_worth_it(show: Show) -> None:
    show.prove(1, 2)
    show.frame("a")
    (job,) = show.give()
    show.scheduler.left(job.peer.id)
    (again,) = show.give()
    assert (again.why, again.works) == ("again", job.works)
    assert again.peer.id != job.peer.id
    show.scheduler.left(again.peer.id)
    show.prove(3)
    show.now += 200 * MS
    assert not show.give()
    assert [work.item for work in show.scheduler.take_lost()] == ["a"]
    assert not show.scheduler.take_lost()


def test_what_nobody_can_bring_in_time_is_lost_though_no_worker_has_room(show: Show) -> None:
    show.prove(1)
    show.frame("a")
    (job,) = show.give()
    show.scheduler.left(1)
    show.scheduler.check(show.now, PLAYOUT)
    assert not show.scheduler.take_lost()
    show.now += 200 * MS
    show.scheduler.check(show.now, PLAYOUT)
    assert show.scheduler.take_lost() == job.works
    assert not show.scheduler.waits


def test_a_frame_that_comes_back_after_all_is_not_sent_again_and_not_lost(show: Show) -> None:
    show.prove(1, 2)
    show.frame("a")
    (job,) = show.give()
    show.scheduler.failed(job.peer, show.now)
    assert show.scheduler.waits
    assert show.scheduler.answered(show.flights[-1], "w", show.now + 5 * MS) == "first"
    assert not show.give()
    assert not show.scheduler.waits
    assert not show.scheduler.take_lost()


def test_a_silent_worker_is_named_and_what_it_had_is_given_to_another(show: Show) -> None:
    show.prove(1, 2)
    show.frame("a")
    (job,) = show.give()
    show.now += 600 * MS
    playout = PLAYOUT._replace(delay_ns=2_000 * MS)
    assert show.scheduler.check(show.now, playout) == [job.peer]
    (again,) = show.give(playout)
    assert again.works == job.works
    assert again.peer is not job.peer
    assert show.scheduler.slowest_ns == pytest.approx(20 * MS)


def test_a_peer_that_no_frame_would_reach_is_tried_again_a_little_later(show: Show) -> None:
    show.join(1)
    show.frame("a")
    assert not list(show.scheduler.assign(show.now, PLAYOUT, lambda _: False))
    show.now += NOT_YET_NS - 1
    assert not show.give()
    show.now += 1
    assert len(show.give()) == 1


def test_what_is_worth_showing(show: Show) -> None:
    show.join(1)
    show.frame("a")
    ((work,),) = (job.works for job in show.give())
    last_ns = work.tau_ns + 120 * MS
    assert worth_showing(work, 5 * MS, PLAYOUT, last_ns - 5 * MS)
    assert not worth_showing(work, 5 * MS, PLAYOUT, last_ns - 5 * MS + 1)
    assert not worth_showing(work, 0, PLAYOUT._replace(last_number=work.number), work.tau_ns)
    work.answered = True
    assert not worth_showing(work, 0, PLAYOUT, work.tau_ns)
