"""The door without keys: whoever says that it is a worker is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lib.wire.guest import Limits
from tests.rig import until
from tests.wire.house import House, receive


@pytest.fixture
def house() -> Iterator[House]:
    with ExitStack() as resources:
        yield House(resources, Limits(peers=8, peers_per_address=6))


GREETING = b"\xff\0\0\0\0\0\0\0\x01\x7f\3\0" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\5READY\x0bSocket-Type\0\0\0\4PULL\x08Identity\0\0\0\0"


def test_rubbish_after_a_good_first_byte_ends_that_peer_alone(house: House) -> None:
    pull = house.pull()
    assert until(lambda: house.joined() == 1)
    stranger = house.stranger()
    stranger.sendall(b"\xff" + b"rubbish" * 100)
    assert house.turns_away(stranger)
    assert house.door.refused == {"says what no worker says": 1}
    assert until(lambda: house.send(1, b"fine"))
    assert receive(pull) == b"fine"


@pytest.mark.parametrize(
    "talk",
    [
        b"\x00\x01a" * 2000,  # a thousand of these and a pause ended the whole process
        b"\x01\x00" * 2000,  # parts of a message that never ends filled the memory
        b"\x04\x0a\x09SUBSCRIBE" * 2000,
        b"\x04\x07\x04PING\0\0" * 3000,
        b"\x06" + (10 << 20).to_bytes(8, "big") + bytes(9000),
    ],
)
def test_who_says_what_no_worker_says_is_shown_the_door(house: House, talk: bytes) -> None:
    pull = house.pull()
    assert until(lambda: house.joined() == 1)
    liar = house.stranger()
    liar.sendall(GREETING + bytes([4, len(READY)]) + READY + talk)
    assert until(lambda: house.door.refused["says what no worker says"] == 1)
    assert until(lambda: house.joined() == 1)
    assert until(lambda: house.send(1, b"fine"))
    assert receive(pull) == b"fine"


def test_a_worker_of_an_older_version_is_a_worker(house: House) -> None:
    old = house.stranger()
    old.sendall(GREETING[:10] + b"\1\7" + b"\0\0")  # version 2: what it is, and no name
    assert until(lambda: house.joined() == 1)
    assert until(lambda: house.send(1, b"for an old one"))
    heard = b""
    while b"for an old one" not in heard:
        heard += old.recv(100)


def test_who_never_brought_a_picture_makes_room_for_a_worker(house: House) -> None:
    mute = [house.pull() for _ in range(6)]
    assert until(lambda: house.joined() == 6)
    house.door.trust(1)
    worker = house.pull()
    assert until(lambda: any(event.peer == 7 for event in house.events))
    assert until(lambda: house.send(1, b"who is proven stays"))
    assert receive(next(pull for pull in mute if pull.poll(1000))) == b"who is proven stays"
    assert until(lambda: house.send(7, b"welcome"))
    assert receive(worker) == b"welcome"


def test_who_shows_no_life_is_let_go(house: House) -> None:
    still = house.stranger()
    still.sendall(GREETING + bytes([4, len(READY)]) + READY)
    assert until(lambda: house.joined() == 1)
    pull = house.pull()
    assert until(lambda: house.joined() == 2)
    assert until(lambda: house.joined() == 1, 4), "it never answered when it was asked"
    assert not until(lambda: house.joined() == 0, 1), "libzmq answers by itself"
    assert until(lambda: house.send(2, b"fine"))
    assert receive(pull) == b"fine"
