"""Whose answers these are: what may be held against a worker, and what is somebody else's."""

from __future__ import annotations

from dataclasses import dataclass

from lib.core.peer import WorkerPeer


@dataclass
class Line:
    """A connection to the result port."""

    host: str = "10.0.0.1"
    key: bytes = b""
    is_open: bool = True


def peer(key: bytes = b"") -> WorkerPeer[str]:
    return WorkerPeer(1, "10.0.0.1:5000", 0, key)


def test_until_a_good_answer_came_a_worker_is_known_by_its_host() -> None:
    assert peer().owns(Line())
    assert not peer().owns(Line("10.0.0.2"))
    assert WorkerPeer[str](1, "fe80::1%2:5000", 0).owns(Line("fe80::1%2"))


def test_then_it_is_known_by_the_connection_that_brought_it() -> None:
    """So several workers of one host are told apart, and a worker of several addresses is known."""
    worker, own = peer(), Line("192.168.0.1")
    worker.brought(own)
    assert worker.owns(own) and not worker.owns(Line()) and not worker.owns(Line("192.168.0.1"))


def test_a_stranger_that_was_first_gives_way_to_the_workers_own_host() -> None:
    worker, stranger, own = peer(), Line("10.0.0.9"), Line()
    worker.brought(stranger)
    worker.brought(own)
    worker.brought(stranger)
    worker.brought(Line())  # another worker of the same host
    assert worker.owns(own) and not worker.owns(stranger)


def test_a_worker_that_connected_again_is_known_by_its_new_connection() -> None:
    worker, old, new = peer(), Line(), Line()
    worker.brought(old)
    old.is_open = False
    assert worker.owns(new)
    worker.brought(new)
    assert worker.owns(new) and not worker.owns(Line())


def test_with_keys_nobody_answers_for_another_key() -> None:
    worker = peer(b"a")
    assert worker.may_send(Line("10.0.0.2", b"a")) and worker.owns(Line("10.0.0.2", b"a"))
    assert not worker.may_send(Line(key=b"b")) and not worker.may_send(Line())
    one, other = Line(key=b"a"), Line(key=b"a")  # one host's workers may share its key
    worker.brought(one)
    assert worker.owns(one) and not worker.owns(other)
