"""A desktop that comes, goes and comes again as another, by its sockets."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.view.desktop import DesktopFinder


@pytest.fixture
def listen() -> Iterator[Callable[[Path], None]]:
    with ExitStack() as resources:

        def listening(path: Path) -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            one = resources.enter_context(socket.socket(socket.AF_UNIX))
            one.bind(str(path))

        yield listening


def test_a_desktop_is_found_when_it_comes(tmp_path: Path, listen: Callable[[Path], None]) -> None:
    home: dict[str, str] = {}
    desktop = DesktopFinder(home, tmp_path / "run", tmp_path / "x")
    desktop.find()
    assert home == {}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "wayland-0.lock").touch()  # lies beside the socket
    desktop.find()
    assert home == {}
    listen(tmp_path / "run" / "wayland-0")
    desktop.find()
    assert home == {
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "WAYLAND_DISPLAY": "wayland-0",
    }


def test_another_desktop_takes_its_place(tmp_path: Path, listen: Callable[[Path], None]) -> None:
    home: dict[str, str] = {}
    desktop = DesktopFinder(home, tmp_path / "run", tmp_path / "x")
    listen(tmp_path / "run" / "wayland-0")
    desktop.find()
    (tmp_path / "run" / "wayland-0").unlink()
    listen(tmp_path / "x" / "X1")
    (tmp_path / "run" / "gdm").mkdir()
    (tmp_path / "run" / "gdm" / "Xauthority").touch()
    desktop.find()
    assert home == {"DISPLAY": ":1", "XAUTHORITY": str(tmp_path / "run" / "gdm" / "Xauthority")}
    (tmp_path / "x" / "X1").unlink()
    desktop.find()
    assert home == {}


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"])
def test_who_is_told_where_to_show_stays_there(
    name: str, tmp_path: Path, listen: Callable[[Path], None]
) -> None:
    listen(tmp_path / "run" / "wayland-0")
    home = {name: "x"}
    DesktopFinder(home, tmp_path / "run", tmp_path / "x").find()
    assert home == {name: "x"}
