"""What the control process says of its machine: a full disk, a clock that was set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lib.control import host_health as module
from lib.control.host_health import HostHealth
from lib.control.notices import Notices
from lib.control.wall_clock import Clocks
from tests.rig import until


class Usage(NamedTuple):
    total: int
    used: int
    free: int


class Machine:
    """Its clocks and its disk in the hand of a test."""

    def __init__(self) -> None:
        self.steady_s, self.unix_s, self.free = 100.0, 1e9, 1 << 30
        self.looks = 0
        self.clocks = Clocks(lambda: self.unix_s, lambda: self.steady_s)

    def disk_usage(self, folder: Path) -> Usage:
        assert folder.is_dir()
        self.looks += 1
        return Usage(1 << 40, 0, self.free)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(module.shutil, "disk_usage", machine.disk_usage)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.005)
    return machine


@pytest.fixture
def said(machine: Machine, tmp_path: Path) -> Iterator[Notices]:
    notices = Notices()
    folders = (tmp_path, tmp_path / "not there", tmp_path / "..")  # on one disk
    health = HostHealth(folders, notices, machine.clocks)
    health.start()
    yield notices
    assert health.stop()


def test_a_disk_that_fills_is_said_once_until_there_is_room_again(
    machine: Machine, said: Notices, tmp_path: Path
) -> None:
    machine.free = 4 << 20
    looked = machine.looks
    assert until(lambda: machine.looks > looked + 1)
    assert said.current == []
    machine.free = 100 << 10
    assert until(lambda: said.current)
    wanted = f"the disk with {tmp_path} is full: make room, or what is changed now may be lost"
    assert said.current == [wanted]
    machine.free = 5 << 20
    looked = machine.looks
    assert until(lambda: machine.looks > looked + 1)
    assert said.current == [wanted], "a little room does not make it blink"
    machine.free = 9 << 20
    assert until(lambda: not said.current)


@pytest.mark.parametrize(
    ("by_s", "words"),
    [
        (3600, "the clock was set forward, or this machine slept, by 1:00:00 (h:mm:ss)"),
        (-3600, "the clock was set back by 1:00:00 (h:mm:ss)"),
    ],
)
def test_a_clock_that_is_set_is_said(
    machine: Machine, said: Notices, by_s: float, words: str
) -> None:
    assert until(lambda: machine.looks)
    assert said.current == []
    machine.unix_s += by_s
    assert until(lambda: said.current)
    assert said.current[0].startswith(words)
