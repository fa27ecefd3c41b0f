"""What systemd hears, over both kinds of socket that it uses."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.notify import SystemdNotifier, systemd_notifier


@pytest.fixture(params=["path", "abstract"])
def ear(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@ai-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(name.replace("@", "\0", 1))
        one.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield one


def heard(ear: socket.socket) -> list[str]:
    words = []
    while True:
        try:
            words.append(ear.recv(4096).decode())
        except BlockingIOError:
            return words


def test_each_thing_is_said_once_and_in_time(
    ear: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    notify = systemd_notifier()
    assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & os.environ.keys(), (
        "what it starts must not speak for it"
    )
    for _ in range(3):
        notify.ready()
        notify.alive()
        notify.status("30.0 fps,\n40 ms\nREADY=1")
    notify.stopping()
    assert heard(ear) == [
        "READY=1",
        "WATCHDOG=1",
        "STATUS=30.0 fps, 40 ms READY=1",
        "STOPPING=1",
    ]


@pytest.mark.parametrize(("name", "value"), [("WATCHDOG_PID", "1"), ("WATCHDOG_USEC", "")])
def test_no_watchdog_where_none_was_asked_of_us(
    ear: socket.socket, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    monkeypatch.setenv(name, value)
    systemd_notifier().alive()
    assert heard(ear) == []


def test_ready_is_said_again_until_somebody_hears_it(tmp_path: Path) -> None:
    notify = SystemdNotifier(str(tmp_path / "later"))
    notify.ready()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "later"))
        ear.setblocking(False)
        notify.ready()
        notify.ready()
        assert heard(ear) == ["READY=1"]


def test_a_full_ear_holds_nobody_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "full"))
        notify = SystemdNotifier(str(tmp_path / "full"))
        for _ in range(2000):
            notify.stopping()


def test_without_systemd_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify = systemd_notifier()
    notify.ready()
    notify.alive()
    notify.status("x")
    notify.stopping()
