"""A worker at the end of a long line: its way there and back counts, and holds up no frame."""

from __future__ import annotations

import heapq

from lib.core.peer import WorkerPeer
from tests.core.pools import MS, Bench


def play(
    bench: Bench, rate: int, seconds: float, service_ms: dict[int, float]
) -> tuple[list[float], int]:
    """Frames at this rate; each worker makes one after the other, and its line takes what its peer
    was told. Returns how old each picture was, and how many frames found no worker."""
    free: dict[int, float] = {}
    coming: list[tuple[float, float, int]] = []
    ages, refused = [], 0
    for tick in range(int(rate * seconds)):
        now = 1_000 * MS + tick * 1_000 * MS // rate
        while coming and coming[0][0] <= now:
            back, token, left = heapq.heappop(coming)
            bench.now = int(back)
            if bench.answer(token) == "first":
                ages.append((back - left) / MS)
        bench.now = now
        peer = bench.pool.pick() or bench.pool.pick_for_copy(now)
        if peer is None:
            refused += 1
            continue
        token = bench.send(peer.id)
        half = peer.round_trip_ns / 2
        begun = max(now + half, free.get(peer.id, 0.0))
        free[peer.id] = begun + service_ms[peer.id] * MS
        heapq.heappush(coming, (free[peer.id] + half, token, now))
    return ages, refused


def far(bench: Bench, peer: int, round_trip_ms: int) -> WorkerPeer[str]:
    bench.pool.join(peer, f"203.0.113.{peer}:1", bench.now, tunnelled=True)
    bench.pool.measured(peer, round_trip_ms * MS)
    return bench.pool.peers[peer]


def test_a_worker_far_away_is_kept_as_busy_as_a_near_one() -> None:
    """80 ms there and back would leave it 11 frames a second, one after the other."""
    bench = Bench()
    peer = far(bench, 1, 80)
    ages, refused = play(bench, 60, 10, {1: 10})
    assert refused <= 6, "none after its first answer, which took 90 ms"
    assert len(ages) > 585 and max(ages) < 100
    assert 9 < peer.service_ns / MS < 11, "its way is no part of its work"
    assert peer.window >= 80 / 10 + 2


def test_what_is_on_the_way_is_bounded() -> None:
    bench = Bench()
    peer = far(bench, 1, 10_000)
    bench.now += 10_001 * MS
    play(bench, 30, 1, {1: 1})
    bench.answer(1)
    assert peer.window <= 2 + 1 + 16


def test_the_near_one_of_two_equal_workers_is_asked_first() -> None:
    bench = Bench()
    near, _ = bench.join(1, 10), far(bench, 2, 25)
    ages, refused = play(bench, 60, 5, {1: 10, 2: 10})
    assert refused <= 1 and sorted(ages)[int(0.9 * len(ages))] < 12
    assert near.done > 0.8 * len(ages)


def test_one_too_far_away_beside_a_near_one_gets_nothing_but_copies() -> None:
    bench = Bench()
    bench.join(1, 10)
    distant = far(bench, 2, 80)
    token = bench.send(2, copy=True)
    bench.now += 90 * MS
    bench.answer(token)
    assert distant.active and bench.pool.fastest_ns == bench.pool.peers[1].service_ns
    for _ in range(2):
        assert bench.pool.pick() is bench.pool.peers[1]
        bench.send(1)
    assert bench.pool.pick() is None, "a picture would come later than all others"
    assert bench.pool.slowest_ns == bench.pool.fastest_ns


def test_alone_it_is_what_there_is() -> None:
    bench = Bench()
    distant = far(bench, 1, 80)
    token = bench.send(1)
    bench.now += 90 * MS
    bench.answer(token)
    assert bench.pool.pick() is distant
    assert bench.pool.fastest_ns == bench.pool.slowest_ns == distant.latency_ns
    assert 89 < distant.latency_ns / MS < 91


def test_a_line_that_is_measured_late_takes_its_time_back_from_the_work() -> None:
    bench = Bench()
    bench.pool.join(1, "203.0.113.1:1", bench.now, tunnelled=True)
    peer = bench.pool.peers[1]
    token = bench.send(1)
    bench.now += 90 * MS
    bench.answer(token)
    assert 89 < peer.service_ns / MS < 91
    bench.pool.measured(1, 80 * MS)
    assert 9 < peer.service_ns / MS < 11 and peer.window > 8
    bench.pool.measured(1, 60 * MS)
    assert 9 < peer.service_ns / MS < 11, "what was learnt since has nothing of the way in it"


def test_an_answer_is_not_overdue_while_it_is_on_its_way() -> None:
    bench = Bench()
    peer = far(bench, 1, 400)
    token = bench.send(1)
    bench.now += 410 * MS
    bench.answer(token)
    bench.send(1)
    bench.now += 900 * MS
    assert bench.pool.expire(bench.now) == ([], [])
    bench.now += 2_000 * MS
    late, works = bench.pool.expire(bench.now)
    assert late == [peer] and len(works) == 1
