"""The job port over real sockets, with and without keys: PULL workers in front, jobs behind."""

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

from lib.wire.tcp import Limits
from lib.wire.worker_listener import WorkerListener
from tests.rig import until
from tests.wire.job_port import JobPort, receive


@pytest.fixture(params=[False, True], ids=["null", "curve"])
def jobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JobPort]:
    with ExitStack() as resources:
        folder = tmp_path / "keys" if request.param else None
        yield JobPort(resources, Limits(peers=8, peers_per_address=6), folder)


def test_each_worker_gets_exactly_what_was_sent_to_it(jobs: JobPort) -> None:
    pulls = [jobs.pull() for _ in range(3)]
    assert until(lambda: jobs.joined() == 3)
    for event in jobs.events:
        assert until(lambda peer=event.peer: jobs.send(peer, b"for %d" % peer))
    assert sorted(receive(pull) for pull in pulls) == [b"for 1", b"for 2", b"for 3"]
    assert not any(pull.poll(50) for pull in pulls)


def test_a_large_message_passes_whole_through_small_buffers(jobs: JobPort) -> None:
    pull = jobs.pull()
    assert until(lambda: jobs.joined() == 1)
    big = bytes(range(256)) * 40_000  # 10 MB: far more than any buffer on the way
    assert until(lambda: jobs.send(1, big))
    assert until(lambda: jobs.send(1, b"after"))
    assert receive(pull) == big
    assert receive(pull) == b"after"


def test_who_leaves_is_noticed_at_once_and_may_come_back(jobs: JobPort) -> None:
    pull = jobs.pull()
    assert until(lambda: jobs.joined() == 1)
    pull.close(0)
    assert until(lambda: jobs.joined() == 0, 1)
    jobs.pull()
    assert until(lambda: jobs.joined() == 1)


@pytest.mark.parametrize(
    "greeting", [b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"\0" * 64]
)
def test_who_does_not_speak_zeromq_stays_outside(jobs: JobPort, greeting: bytes) -> None:
    stranger = jobs.stranger()
    stranger.sendall(greeting)
    assert jobs.turns_away(stranger)
    assert jobs.events == []
    assert jobs.listener.refused == {"does not speak ZeroMQ": 1}


def test_who_says_nothing_is_shown_the_door_soon(jobs: JobPort) -> None:
    stranger = jobs.stranger()
    started = time.monotonic()
    assert jobs.turns_away(stranger)
    assert 1 < time.monotonic() - started < 3
    assert jobs.events == []


def test_who_hangs_up_at_once_costs_nothing(jobs: JobPort) -> None:
    pull = jobs.pull()
    assert until(lambda: jobs.joined() == 1)
    for _ in range(200):
        with socket.create_connection(("127.0.0.1", jobs.port)) as hasty:
            hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert jobs.alive
    assert until(lambda: jobs.send(jobs.events[0].peer, b"fine"))
    assert receive(pull) == b"fine"


def test_no_more_workers_than_allowed_in_all_and_from_one_address(jobs: JobPort) -> None:
    for _ in range(6):
        jobs.pull()
    assert until(lambda: jobs.joined() == 6)
    for event in jobs.events:
        jobs.listener.trust(event.peer)
    stranger = jobs.stranger()
    assert jobs.turns_away(stranger)
    assert jobs.listener.refused["too many workers from one address"] >= 1
    assert jobs.joined() == 6


def test_a_worker_that_stops_reading_fills_only_its_own_queue(jobs: JobPort) -> None:
    pulls = [jobs.pull(), jobs.pull()]
    assert until(lambda: jobs.joined() == 2)
    job, taken = b"x" * 60_000, 0
    while until(lambda: jobs.send(1, job), 0.05) and taken < 5000:
        taken += 1
    assert 4 <= taken < 5000, "a queue without end"
    assert jobs.send(2, b"still here")
    heard = [pull for pull in pulls if pull.poll(1000)]
    assert b"still here" in {pull.recv() for pull in heard}


def test_who_said_nothing_yet_makes_room_for_who_comes(jobs: JobPort) -> None:
    crowd = [jobs.stranger() for _ in range(20)]
    pull = jobs.pull()
    assert until(lambda: jobs.joined() == 1, 1.5), "it had to wait for those who say nothing"
    assert until(lambda: jobs.send(jobs.events[0].peer, b"in"))
    assert receive(pull) == b"in"
    assert sum(jobs.turns_away(one) for one in crowd[:10]) == 10


def test_no_descriptor_left_costs_only_who_comes(jobs: JobPort) -> None:
    pull = jobs.pull()
    assert until(lambda: jobs.joined() == 1)
    # libzmq ends the process when it finds no descriptor for what it was about to accept.
    assert until(lambda: jobs.listener.ready(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (held()[0] + 4, hard))
    try:
        with ExitStack() as crowd:
            for _ in range(3):
                jobs.resources.enter_context(socket.socket()).connect(("127.0.0.1", jobs.port))
            crowd.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
            spent_s = time.process_time()
            assert not until(lambda: not jobs.listener.alive or jobs.joined() != 1, 0.5)
            assert time.process_time() - spent_s < 0.4, "it asks again and again"
            assert jobs.send(1, b"fine")
            assert receive(pull) == b"fine"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    jobs.pull()
    assert until(lambda: jobs.joined() == 2, 4)


def held() -> tuple[int, int]:
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


@pytest.mark.parametrize("keys", [False, True], ids=["null", "curve"])
def test_closing_leaves_no_thread_and_no_descriptor(keys: bool, tmp_path: Path) -> None:
    before = held()
    for number in range(3):
        with ExitStack() as resources:
            folder = tmp_path / str(number) if keys else None
            jobs = JobPort(resources, Limits(8, 8), folder)
            jobs.pull()
            assert until(lambda jobs=jobs: jobs.joined() == 1)
    assert until(lambda: held() == before, 3)


# --- what is said in the clear


@pytest.fixture
def plain() -> Iterator[JobPort]:
    with ExitStack() as resources:
        yield JobPort(resources, Limits(peers=8, peers_per_address=6))


GREETING = b"\xff\0\0\0\0\0\0\0\x01\x7f\3\0" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\5READY\x0bSocket-Type\0\0\0\4PULL\x08Identity\0\0\0\0"


def test_rubbish_after_a_good_first_byte_ends_that_peer_alone(plain: JobPort) -> None:
    pull = plain.pull()
    assert until(lambda: plain.joined() == 1)
    stranger = plain.stranger()
    stranger.sendall(b"\xff" + b"rubbish" * 100)
    assert plain.turns_away(stranger)
    assert plain.listener.refused == {"says what no worker says": 1}
    assert until(lambda: plain.send(1, b"fine"))
    assert receive(pull) == b"fine"


@pytest.mark.parametrize(
    "talk",
    [
        b"\x00\x01a" * 2000,  # a thousand of these and a pause ended the whole process
        b"\x01\x00" * 2000,  # parts of a message that never ends filled the memory
        b"\x04\x0a\x09SUBSCRIBE" * 2000,
        b"\x04\x07\x04PING\0\0" * 3000,
        b"\x06" + (10 << 20).to_bytes(8, "big") + bytes(9000),
        b"\x00\x00" * 300,
    ],
)
def test_who_says_what_no_worker_says_is_shown_the_door(plain: JobPort, talk: bytes) -> None:
    pull = plain.pull()
    assert until(lambda: plain.joined() == 1)
    liar = plain.stranger()
    liar.sendall(GREETING + bytes([4, len(READY)]) + READY + talk)
    assert until(lambda: plain.listener.refused["says what no worker says"] == 1)
    assert until(lambda: plain.joined() == 1)
    assert until(lambda: plain.send(1, b"fine"))
    assert receive(pull) == b"fine"


def test_a_worker_of_an_older_version_is_a_worker(plain: JobPort) -> None:
    old = plain.stranger()
    old.sendall(GREETING[:10] + b"\1\7" + b"\0\0")  # version 2: what it is, and no name
    assert until(lambda: plain.joined() == 1)
    assert until(lambda: plain.send(1, b"for an old one"))
    heard = b""
    while b"for an old one" not in heard:
        heard += old.recv(100)


def test_who_never_brought_a_picture_makes_room_for_a_worker(plain: JobPort) -> None:
    """With keys nobody makes room: see below."""
    mute = [plain.pull() for _ in range(6)]
    assert until(lambda: plain.joined() == 6)
    plain.listener.trust(1)
    worker = plain.pull()
    assert until(lambda: any(event.peer == 7 for event in plain.events))
    assert until(lambda: plain.send(1, b"who is proven stays"))
    assert receive(next(pull for pull in mute if pull.poll(1000))) == b"who is proven stays"
    assert until(lambda: plain.send(7, b"welcome"))
    assert receive(worker) == b"welcome"


def test_who_shows_no_life_is_let_go(plain: JobPort) -> None:
    still = plain.stranger()
    still.sendall(GREETING + bytes([4, len(READY)]) + READY)
    assert until(lambda: plain.joined() == 1)
    pull = plain.pull()
    assert until(lambda: plain.joined() == 2)
    assert until(lambda: plain.joined() == 1, 4), "it never answered when it was asked"
    assert not until(lambda: plain.joined() == 0, 1), "libzmq answers by itself"
    assert until(lambda: plain.send(2, b"fine"))
    assert receive(pull) == b"fine"


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[JobPort]:
    with ExitStack() as resources:
        yield JobPort(resources, Limits(peers=8, peers_per_address=6), tmp_path / "keys")


def test_who_has_a_key_makes_room_for_nobody(locked: JobPort) -> None:
    for _ in range(6):
        locked.pull()
    assert until(lambda: locked.joined() == 6)
    locked.pull()
    assert until(lambda: locked.listener.refused["too many workers from one address"] >= 1)
    assert locked.joined() == 6 and not locked.listener.refused["was idle"]


@pytest.mark.parametrize("talk", [b"\x00\x01a", b"\x01\x00", b"\x04\x0a\x09SUBSCRIBE"])
def test_where_keys_are_asked_for_nothing_is_heard_in_the_clear(
    locked: JobPort, talk: bytes
) -> None:
    liar = locked.stranger()
    liar.sendall(GREETING.replace(b"NULL\0", b"CURVE") + talk * 2000)
    assert until(lambda: locked.listener.refused == {"says what no worker says": 1})
    assert locked.turns_away(liar) and not locked.events


def test_who_stops_in_the_middle_of_the_handshake_is_let_go(locked: JobPort) -> None:
    still = locked.stranger()
    still.sendall(GREETING.replace(b"NULL\0", b"CURVE"))
    assert locked.turns_away(still)
    assert locked.listener.refused == {"said nothing": 1}


def test_heartbeats_of_more_than_a_day_are_not_too_much() -> None:
    quota = WorkerListener.quota
    assert quota and all(quota.holds(200 * second + 600, second) for second in range(100_000))
    assert not quota.holds(8192 + 2048, 1)
