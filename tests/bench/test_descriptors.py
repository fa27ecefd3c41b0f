"""A descriptor that is new has a name: what it is, and the program at its other end."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from bench.faults.descriptors import changes, connected, opened


def test_a_new_connection_is_named_with_the_program_at_its_other_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), listener.accept()[0]:
            before = opened(os.getpid())
            assert connected(os.getpid(), port) == 1
            with socket.create_connection(("127.0.0.1", port)) as one, listener.accept()[0]:
                after, own = opened(os.getpid()), one.getsockname()[1]
                words = changes(before, after)
            assert f"1 more of connection to its port {port}" in words
            assert f"(new: port {own} of {os.getpid()}, " in words
            assert f"1 more of connection to port {port}" in words
            assert f"1 fewer of connection to its port {port}" in changes(after, before)
            assert changes(before, opened(os.getpid())) == ""


def test_a_connection_that_replaces_another_is_no_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), listener.accept()[0]:
            before = opened(os.getpid())
        with socket.create_connection(("127.0.0.1", port)), listener.accept()[0]:
            assert changes(before, opened(os.getpid())) == ""


def test_files_are_named_by_their_path_and_pipes_by_their_kind(tmp_path: Path) -> None:
    before, path = opened(os.getpid()), tmp_path / "left open"
    pipe = os.pipe()
    with path.open("w"):
        words = changes(before, opened(os.getpid()))
    for one in pipe:
        os.close(one)
    assert f"1 more of {path}" in words
    assert "2 more of pipe (new: " in words


def test_a_socket_that_was_never_closed_is_named_as_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        before = opened(os.getpid())
        one = socket.create_connection(listener.getsockname())
        other = listener.accept()[0]
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        one.close()  # with a reset
        with other:
            words = changes(before, opened(os.getpid()))
    assert words.startswith("1 more of socket without a connection (new: ")


def test_sockets_of_other_kinds_are_not_taken_for_ended_connections() -> None:
    before = opened(os.getpid())
    with (
        socket.socket(socket.AF_UNIX) as local,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        local.bind(f"\0afterimage-test-{os.getpid()}")
        udp.bind(("127.0.0.1", 0))
        assert changes(before, opened(os.getpid())).startswith("2 more of socket (new: ")
