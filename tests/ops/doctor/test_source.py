"""Camera, folder, film or another program: what is said of where the frames come from."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from lib.camera.devices import Devices
from lib.camera.modes import Mode
from lib.core.geometry import Size
from lib.ops.doctor import display, source
from tests import rig


def camera(folder: Path) -> Devices:
    (folder / "dev").mkdir()
    (folder / "dev" / "video0").symlink_to("/dev/null")  # a character device
    return Devices(folder / "dev", folder / "sys", lambda _: True)


@pytest.mark.parametrize(
    ("modes", "colour", "says"),
    [
        ([Mode("MJPG", Size(1280, 720), 30)], "green", "1280x720 MJPG up to 30 frames a second"),
        ([Mode("YUYV", Size(1280, 720), 10)], "yellow", "it lists YUYV 1280x720 10"),
        ([Mode("MJPG", Size(320, 240), 30)], "yellow", "320x240"),
        ([], "yellow", "lists no modes"),
    ],
)
def test_a_camera_is_held_to_what_is_wanted(
    modes: list[Mode], colour: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "modes_of", lambda _: modes)
    settings = rig.primary(mode="camera", resolution="1024x576", fps=30)
    (line,) = source.source(settings, camera(tmp_path))
    assert (line.what, line.colour) == ("camera", colour)
    assert says in line.says


def test_no_camera_is_red_only_where_one_is_wanted(tmp_path: Path) -> None:
    none = Devices(tmp_path, tmp_path)
    (line,) = source.source(rig.primary(mode="camera"), none)
    assert line.colour == "red" and line.says == "no camera 0"
    (line,) = source.source(rig.primary(mode="auto"), none)
    assert line.colour == "yellow" and "drawn scene" in line.says
    (line,) = source.source(rig.primary(mode="pattern"), none)
    assert line.colour == "green"


def test_a_password_in_a_camera_s_address_is_not_said(tmp_path: Path) -> None:
    settings = rig.primary(mode="camera", camera="rtsp://me:secret@10.0.0.9/1")
    (line,) = source.source(settings, Devices(tmp_path, tmp_path))
    assert "10.0.0.9" in line.says and "secret" not in line.says


def test_folders_and_films(tmp_path: Path) -> None:
    def colour(path: Path) -> str:
        return source.source(rig.primary(mode="auto", directory=str(path)))[0].colour

    assert colour(tmp_path) == "red"  # empty
    assert colour(tmp_path / "none") == "red"
    (tmp_path / "film.mp4").touch()
    assert colour(tmp_path) == colour(tmp_path / "film.mp4") == "green"


def test_a_program_that_publishes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings = rig.primary(
            mode="zmq", video_hostname="127.0.0.1", video_port=server.getsockname()[1]
        )
        assert source.source(settings)[0].colour == "green"
    assert source.source(settings)[0].colour == "red"


def test_sdl_is_asked_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.chdir(tmp_path)
    (line,) = display.display(rig.primary(headless=False), False, tmp_path)
    assert line.colour == "green" and "driver dummy; screen 0: " in line.says
    (line,) = display.display(rig.primary(headless=False, monitor=3), False, tmp_path)
    assert line.colour == "red" and "--monitor 3 does not exist" in line.to_do
    monkeypatch.setenv("SDL_VIDEODRIVER", "no-such-driver")
    (line,) = display.display(rig.primary(headless=False), False, tmp_path)
    assert line.colour == "red" and "no screen" in line.says


def test_what_is_plugged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, state, modes in (
        ("card0-HDMI-A-1", "connected", "1920x1080\n1280x720\n"),
        ("card0-DP-1", "disconnected", ""),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "status").write_text(f"{state}\n")
        (tmp_path / name / "modes").write_text(modes)
    lines = display.display(rig.primary(), False, tmp_path)
    assert [one.colour for one in lines] == ["green", "green"]
    assert lines[1].says == "connected: HDMI-A-1 1920x1080"
    (tmp_path / "card0-HDMI-A-1" / "status").write_text("disconnected\n")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    lines = display.display(rig.primary(headless=False), True, tmp_path)
    assert [one.colour for one in lines] == ["green", "red"]
    assert "projector" in lines[1].to_do
