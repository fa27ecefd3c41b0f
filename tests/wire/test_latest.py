"""A state goes on reaching those who come later, whatever becomes of its socket's file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.wire.latest import LatestPublisher
from lib.wire.sockets import Socket, Topic, latest_in
from tests.rig import until


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ai-") as base:
        path = Path(base) / "run"
        path.mkdir()
        yield path


def hears(socket: Socket, out: LatestPublisher, word: bytes) -> bool:
    def heard() -> bool:
        out.send(word)
        return bool(socket.poll(10)) and socket.recv() == word

    return until(heard)


def test_those_who_are_connected_hear_on_and_those_who_come_later_too(folder: Path) -> None:
    with ExitStack() as resources:
        out = LatestPublisher(resources, folder, Topic.STATUS)
        before = latest_in(resources, folder, Topic.STATUS)
        assert hears(before, out, b"first")
        for number in range(3):
            shutil.rmtree(folder)
            assert hears(before, out, b"without %d" % number)
            folder.mkdir()
            later = latest_in(resources, folder, Topic.STATUS)
            assert hears(later, out, b"later %d" % number)
            assert hears(before, out, b"before %d" % number)


def test_a_folder_where_it_cannot_listen_is_tried_again(folder: Path) -> None:
    with ExitStack() as resources:
        out = LatestPublisher(resources, folder, Topic.STATUS)
        (folder / "status").unlink()
        moved = folder.rename(folder.with_name("other"))
        folder.symlink_to(moved / ("x" * 100))
        out.send(b"1")
        folder.unlink()
        (moved / ("x" * 100)).mkdir()
        folder.symlink_to(moved / ("x" * 100))
        out.send(b"2")
        folder.unlink()
        moved.rename(folder)
        assert hears(latest_in(resources, folder, Topic.STATUS), out, b"3")
