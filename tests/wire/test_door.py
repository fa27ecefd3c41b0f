"""The door over real sockets, with and without keys: PULL workers in front, jobs from behind."""

from __future__ import annotations

import resource
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.wire.guest import Limits
from tests.rig import until
from tests.wire.house import House, receive


@pytest.fixture(params=[False, True], ids=["plain", "locked"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with ExitStack() as resources:
        folder = tmp_path / "keys" if request.param else None
        yield House(resources, Limits(peers=8, peers_per_address=6), folder)


def test_each_worker_gets_exactly_what_was_sent_to_it(house: House) -> None:
    pulls = [house.pull() for _ in range(3)]
    assert until(lambda: house.joined() == 3)
    for event in house.events:
        assert until(lambda peer=event.peer: house.send(peer, b"for %d" % peer))
    assert sorted(receive(pull) for pull in pulls) == [b"for 1", b"for 2", b"for 3"]
    assert not any(pull.poll(50) for pull in pulls)


def test_a_large_message_passes_whole_through_small_buffers(house: House) -> None:
    pull = house.pull()
    assert until(lambda: house.joined() == 1)
    big = bytes(range(256)) * 40_000  # 10 MB: far more than any buffer on the way
    assert until(lambda: house.send(1, big))
    assert until(lambda: house.send(1, b"after"))
    assert receive(pull) == big
    assert receive(pull) == b"after"


def test_who_leaves_is_noticed_at_once_and_may_come_back(house: House) -> None:
    pull = house.pull()
    assert until(lambda: house.joined() == 1)
    pull.close(0)
    assert until(lambda: house.joined() == 0, 1)
    house.pull()
    assert until(lambda: house.joined() == 1)


@pytest.mark.parametrize(
    "greeting", [b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"\0" * 64]
)
def test_who_does_not_speak_zeromq_stays_outside(house: House, greeting: bytes) -> None:
    stranger = house.stranger()
    stranger.sendall(greeting)
    assert house.turns_away(stranger)
    assert house.events == []
    assert house.door.refused == {"does not speak ZeroMQ": 1}


def test_who_says_nothing_is_shown_the_door_soon(house: House) -> None:
    stranger = house.stranger()
    started = time.monotonic()
    assert house.turns_away(stranger)
    assert 1 < time.monotonic() - started < 3
    assert house.events == []


def test_who_hangs_up_at_once_costs_nothing(house: House) -> None:
    pull = house.pull()
    assert until(lambda: house.joined() == 1)
    for _ in range(200):
        with socket.create_connection(("127.0.0.1", house.port)) as hasty:
            hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert house.alive
    assert until(lambda: house.send(house.events[0].peer, b"fine"))
    assert receive(pull) == b"fine"


def test_no_more_workers_than_allowed_in_all_and_from_one_address(house: House) -> None:
    for _ in range(6):
        house.pull()
    assert until(lambda: house.joined() == 6)
    for event in house.events:
        house.door.trust(event.peer)
    stranger = house.stranger()
    assert house.turns_away(stranger)
    assert house.door.refused["too many workers from one address"] >= 1
    assert house.joined() == 6


def test_a_worker_that_stops_reading_fills_only_its_own_queue(house: House) -> None:
    pulls = [house.pull(), house.pull()]
    assert until(lambda: house.joined() == 2)
    job, taken = b"x" * 60_000, 0
    while until(lambda: house.send(1, job), 0.05) and taken < 5000:
        taken += 1
    assert 4 <= taken < 5000, "a queue without end"
    assert house.send(2, b"still here")
    heard = [pull for pull in pulls if pull.poll(1000)]
    assert b"still here" in {pull.recv() for pull in heard}


def test_who_said_nothing_yet_makes_room_for_who_comes(house: House) -> None:
    crowd = [house.stranger() for _ in range(20)]
    pull = house.pull()
    assert until(lambda: house.joined() == 1, 1.5), "it had to wait for those who say nothing"
    assert until(lambda: house.send(house.events[0].peer, b"in"))
    assert receive(pull) == b"in"
    assert sum(house.turns_away(one) for one in crowd[:10]) == 10


def test_no_descriptor_left_costs_only_who_comes(house: House) -> None:
    pull = house.pull()
    assert until(lambda: house.joined() == 1)
    # libzmq ends the process when it finds no descriptor for what it was about to accept.
    assert until(lambda: house.door.ready(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (held()[0] + 4, hard))
    try:
        with ExitStack() as crowd:
            for _ in range(3):
                house.resources.enter_context(socket.socket()).connect(("127.0.0.1", house.port))
            crowd.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
            spent_s = time.process_time()
            assert not until(lambda: not house.door.alive or house.joined() != 1, 0.5)
            assert time.process_time() - spent_s < 0.4, "it asks again and again"
            assert house.send(1, b"fine")
            assert receive(pull) == b"fine"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    house.pull()
    assert until(lambda: house.joined() == 2, 4)


def held() -> tuple[int, int]:
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def test_closing_leaves_no_thread_and_no_descriptor() -> None:
    before = held()
    for _ in range(3):
        with ExitStack() as resources:
            house = House(resources, Limits(8, 8))
            house.pull()
            assert until(lambda house=house: house.joined() == 1)
    assert until(lambda: held() == before, 3)
