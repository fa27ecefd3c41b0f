"""What becomes of a frame that somebody has: answered, late, twice, lost, handed back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.pools import MS, Bench


def test_what_a_later_answer_overtakes_is_lost_and_the_worker_is_not_blamed(bench: Bench) -> None:
    peer = bench.join(1, service_ms=25)
    first, second = bench.work(), bench.work()
    early = bench.send(1, first)
    token = bench.send(1, second)
    flight = bench.pool.find(token, second.number)
    assert flight
    assert bench.pool.overtaken(flight) == [first]
    assert bench.answer(token) == "first"
    assert (peer.active, peer.jobs, peer.lost) == (True, 0, 1)
    assert bench.pool.expire(bench.now + 5_000 * MS)[0] == []
    assert bench.answer(early) == "first"  # it came after all


def test_nothing_is_overtaken_by_an_answer_in_order_or_within_a_job(bench: Bench) -> None:
    peer = bench.join(1, service_ms=25)
    works = [bench.work(), bench.work()]
    job = [(100.0, works[0]), (101.0, works[1])]
    bench.pool.sent(peer, job, bench.now)
    later = bench.send(1)
    for token, work in reversed(job):
        flight = bench.pool.find(token, work.number)
        assert flight
        assert bench.pool.overtaken(flight) == []
    assert len(peer.in_flight) == 3
    assert later in peer.in_flight


def test_a_dead_workers_frames_are_handed_back_once(bench: Bench) -> None:
    bench.join(1, service_ms=25)
    first, second = bench.work(), bench.work()
    bench.send(1, first)
    token = bench.send(1, second)
    assert bench.answer(token) == "first"
    assert bench.pool.leave(1) == [first]
    assert bench.pool.leave(1) == []


def test_a_frame_that_another_still_has_is_not_handed_back(bench: Bench) -> None:
    bench.join(1, service_ms=25)
    bench.join(2)
    work = bench.work()
    bench.send(1, work)
    bench.send(2, work)
    assert bench.pool.leave(1) == []
    assert bench.pool.leave(2) == [work]


def test_a_late_answer_is_no_proof_and_says_nothing_of_the_speed(bench: Bench) -> None:
    peer = bench.join(1, service_ms=25)
    token = bench.send(1)
    before = peer.service_ns
    bench.now += 5_000 * MS
    bench.pool.expire(bench.now)
    assert bench.answer(token) == "first"  # nobody else made it, so it may still be shown
    assert not peer.active and peer.service_ns == before


def test_the_second_answer_is_a_dup_a_copys_answer_is_a_copy(bench: Bench) -> None:
    bench.join(1, service_ms=25)
    bench.join(2, service_ms=25)
    work = bench.work()
    one, two = bench.send(1, work), bench.send(2, work)
    assert bench.answer(one) == "first"
    assert bench.answer(one) == "dup"
    assert bench.answer(two) == "copy"


def test_what_matches_no_dispatch_is_foreign(bench: Bench) -> None:
    bench.join(1, service_ms=25)
    token = bench.send(1)
    number = bench.numbers[token]
    assert bench.pool.find(token + 0.5, number) is None
    assert bench.pool.find(token, number + 1) is None


def test_service_time_is_counted_from_the_last_result_when_frames_queue(bench: Bench) -> None:
    peer = bench.join(1, service_ms=20)
    tokens = [bench.send(1), bench.send(1)]
    for token in tokens:
        bench.now += 20 * MS
        bench.answer(token)
    assert peer.service_ns == pytest.approx(20 * MS, rel=0.01)
    assert bench.pool.capacity == pytest.approx(50, rel=0.01)


def test_memory_stays_bounded() -> None:
    bench = Bench()
    bench.join(1, service_ms=5)
    for _ in range(10_000):
        token = bench.send(1)
        bench.now += 5 * MS
        bench.answer(token)
    assert len(bench.pool._answered) <= 4096
    assert len(bench.pool._flights) == 0  # nothing holds a frame that was answered


def test_frames_that_are_never_answered_are_let_go() -> None:
    bench = Bench()
    bench.join(1)
    for _ in range(100):
        if bench.pool.pick_for_copy(bench.now):
            bench.send(1)
        bench.now += 1_000 * MS
        bench.pool.expire(bench.now)
    assert len(bench.pool._flights) <= 3


@given(st.integers(0, 2**32))
def test_whatever_happens_each_frame_is_answered_at_most_once_and_never_forgotten(
    seed: int,
) -> None:
    dice, bench = random.Random(seed), Bench()
    firsts: list[int] = []
    given_back: set[int] = set()
    tokens: list[float] = []
    sent: set[int] = set()
    for _ in range(300):
        bench.now += dice.randrange(0, 60 * MS)
        peers = list(bench.pool.peers)
        action = dice.random()
        if action < 0.05 or not peers:
            bench.join(max(peers, default=0) + 1)
        elif action < 0.08:
            given_back |= {work.number for work in bench.pool.leave(dice.choice(peers))}
        elif action < 0.5:
            peer = bench.pool.pick() or bench.pool.pick_for_copy(bench.now)
            if peer:
                tokens.append(bench.send(peer.id))
                sent.add(bench.number)
        elif action < 0.9 and tokens:
            token = tokens.pop(dice.randrange(len(tokens)))
            number = bench.numbers[token]
            if bench.answer(token) == "first":
                firsts.append(number)
        else:
            given_back |= {work.number for work in bench.pool.expire(bench.now)[1]}
        for one in bench.pool.peers.values():
            assert 0 <= one.jobs <= 3 or not one.active
    held = {f.work.number for p in bench.pool.peers.values() for f in p.in_flight.values()}
    assert len(firsts) == len(set(firsts))
    assert sent == set(firsts) | given_back | held
