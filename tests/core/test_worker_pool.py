"""Who gets the next frame: the window, the pace of each, copies, probation."""

from __future__ import annotations

import pytest

from tests.core.pools import MS, Bench


def test_a_new_peer_gets_only_a_copy_until_it_has_answered_in_time(bench: Bench) -> None:
    bench.join(1)
    assert bench.pool.pick() is None
    newcomer = bench.pool.pick_for_copy(bench.now)
    assert newcomer
    token = bench.send(newcomer.id)
    assert bench.pool.pick_for_copy(bench.now) is None  # one copy at a time
    bench.now += 30 * MS
    assert bench.answer(token) == "first"
    picked = bench.pool.pick()
    assert picked and picked.name == "w1"


def test_the_one_expected_to_finish_first_gets_the_frame(bench: Bench) -> None:
    bench.join(1, service_ms=25)
    bench.join(2, service_ms=40)
    picks = []
    for _ in range(4):
        peer = bench.pool.pick()
        assert peer
        picks.append(peer.id)
        bench.send(peer.id)
    # 25 alone, then 40 alone beats 50 behind one, then 50, then 80
    assert picks == [1, 2, 1, 2]
    assert bench.pool.pick() is None  # a window of two each


def test_workers_that_are_alike_take_turns(bench: Bench) -> None:
    for peer in (1, 2, 3):
        bench.join(peer, service_ms=20 + peer / 10)
    turns = []
    for _ in range(6):
        peer = bench.pool.pick()
        assert peer
        turns.append(peer.id)
        token = bench.send(peer.id)
        bench.now += 20 * MS
        bench.answer(token)
    assert sorted(turns[:3]) == sorted(turns[3:]) == [1, 2, 3]


def test_the_window_follows_the_service_time(bench: Bench) -> None:
    assert bench.join(3, service_ms=5).window == 3
    assert bench.join(1, service_ms=150).window == 1
    assert bench.join(2, service_ms=90).window == 2


def test_who_is_five_times_slower_gets_copies_only_and_can_come_back(bench: Bench) -> None:
    bench.join(1, service_ms=25)
    slow = bench.join(2, service_ms=125)
    for _ in range(2):
        peer = bench.pool.pick()
        assert peer and peer.id == 1
        bench.send(1)
    assert bench.pool.pick() is None
    for _ in range(12):  # it has become fast: one copy a second shows it
        bench.now += 1_001 * MS
        peer = bench.pool.pick_for_copy(bench.now)
        if peer is None:
            break
        assert peer is slow
        token = bench.send(2, copy=True)
        bench.now += 25 * MS
        bench.answer(token)
    peer = bench.pool.pick()
    assert peer is slow


def test_a_cold_first_answer_is_soon_forgotten_though_nobody_needs_the_worker(
    bench: Bench,
) -> None:
    bench.join(1, service_ms=20)
    cold = bench.join(2, service_ms=50)
    chosen = []
    for _ in range(100):  # 50 frames a second: worker 1 manages alone
        peer = bench.pool.pick()
        assert peer
        chosen.append(peer.id)
        tokens = [bench.send(peer.id)]
        if copy_to := bench.pool.pick_for_copy(bench.now):
            assert copy_to is not peer
            tokens.append(bench.send(copy_to.id, copy=True))
        bench.now += 20 * MS
        for token in tokens:
            bench.answer(token)
    assert set(chosen[:10]) == {1}
    assert chosen[-10:].count(2) == 5, cold.service_ns


def test_a_worker_that_drops_every_second_frame_is_soon_put_on_probation(bench: Bench) -> None:
    peer = bench.join(1, service_ms=25)
    dropped = 0
    while peer.active and dropped < 100:
        bench.send(1)
        token = bench.send(1)
        dropped += 1
        bench.now += 50 * MS
        flight = bench.pool.find(token, bench.numbers[token])
        assert flight
        bench.pool.overtaken(flight)
        bench.answer(token)
        bench.pool.expire(bench.now)
    assert 5 < dropped < 40


def test_a_silent_worker_is_on_probation_after_half_a_second_and_its_frames_free(
    bench: Bench,
) -> None:
    peer = bench.join(1, service_ms=25)
    work = bench.work()
    bench.send(1, work)
    bench.now += 499 * MS
    assert bench.pool.expire(bench.now) == ([], [])
    bench.now += 2 * MS
    assert bench.pool.expire(bench.now) == ([peer], [work])
    assert not peer.active and peer.lost == 1
    assert bench.pool.pick() is None


def test_probation_lasts_longer_each_time(bench: Bench) -> None:
    bench.join(1)
    waits = []
    for _ in range(7):
        started = bench.now
        while bench.pool.pick_for_copy(bench.now) is None:
            bench.now += 10 * MS
        waits.append((bench.now - started) // MS)
        bench.send(1)
        bench.now += 501 * MS
        bench.pool.expire(bench.now)
    assert waits == [0, 250, 500, 1000, 2000, 4000, 8000]


def test_a_worker_that_needs_seconds_for_a_frame_is_found_out_and_used(bench: Bench) -> None:
    peer = bench.join(1)
    tries = 0
    while not peer.active and tries < 5:
        while bench.pool.pick_for_copy(bench.now) is None:
            bench.now += 50 * MS
        token = bench.send(1)
        tries += 1
        for _ in range(46):  # 2.3 s, looked at as often as the real one is
            bench.now += 50 * MS
            bench.pool.expire(bench.now)
        bench.answer(token)
    assert peer.active and tries == 1
    assert peer.service_ns == pytest.approx(2300 * MS, rel=0.02)
    assert bench.pool.slowest_ns == peer.service_ns


def test_a_batch_is_one_job_of_the_window(bench: Bench) -> None:
    peer = bench.join(1, service_ms=20)
    tokens = [(100.0 + i, bench.work()) for i in range(4)]
    bench.pool.sent(peer, tokens, bench.now)
    assert peer.jobs == 1
    bench.numbers |= {token: work.number for token, work in tokens}
    for token, _ in tokens[:3]:
        bench.answer(token)
    assert peer.jobs == 1
    bench.answer(tokens[3][0])
    assert peer.jobs == 0


def test_a_batch_that_could_be_fuller_counts_as_if_it_were(bench: Bench) -> None:
    peer = bench.join(1, service_ms=20)
    known = bench.pool.capacity
    bench.pool.batch = 4
    assert bench.pool.capacity == pytest.approx(4 * known)
    for job in range(1, 40):  # full ones, and one takes as long as a single frame did
        tokens = [(1000.0 * job + i, bench.work()) for i in range(4)]
        bench.pool.sent(peer, tokens, bench.now)
        bench.numbers |= {token: work.number for token, work in tokens}
        bench.now += 20 * MS
        for token, _ in tokens:
            bench.answer(token)
    assert peer.service_ns == pytest.approx(5 * MS, rel=0.02)
    assert bench.pool.capacity == pytest.approx(200, rel=0.1)
    bench.pool.batch = 1
    assert bench.pool.capacity == pytest.approx(50, rel=0.1)
