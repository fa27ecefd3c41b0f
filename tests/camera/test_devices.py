from __future__ import annotations

import os
from pathlib import Path

import pytest

from lib.camera.devices import Devices, words_for


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Two cameras, each with a second device for metadata, and a codec."""
    names = ["HD Webcam C920", "HD Webcam C920", "codec", "Cam Link 4K", "Cam Link 4K"]
    for number, name in enumerate(names):
        (tmp_path / "dev").mkdir(exist_ok=True)
        (tmp_path / "dev" / f"video{number}").symlink_to("/dev/null")  # a character device
        (tmp_path / "sys" / f"video{number}").mkdir(parents=True)
        (tmp_path / "sys" / f"video{number}" / "name").write_text(name + "\n")
    return tmp_path


def devices_of(machine: Path, cameras: tuple[int, ...] = (0, 3)) -> Devices:
    paths = {machine / "dev" / f"video{number}" for number in cameras}
    return Devices(machine / "dev", machine / "sys", lambda path: path in paths)


def test_a_camera_is_found_by_number_path_and_part_of_its_name(machine: Path) -> None:
    devices = devices_of(machine)
    for named in ("3", str(machine / "dev" / "video3"), "cam link", "4K"):
        device, reason = devices.find(named)
        assert device is not None, reason
        assert device.is_v4l2 and not device.is_file
    device, _ = devices.find("C920")
    assert device is not None and device.words == "camera HD Webcam C920"


def test_what_is_not_there_is_said_and_what_is_there_instead(machine: Path) -> None:
    devices = devices_of(machine)
    assert devices.find("7") == (None, "no camera 7")
    assert devices.find("/no/such/path") == (None, "no camera /no/such/path")
    device, reason = devices.find("Leica")
    assert device is None
    assert reason == (
        "no camera with 'Leica' in its name (there is HD Webcam C920, codec, Cam Link 4K)"
    )


def test_only_what_takes_pictures_counts_as_a_camera(machine: Path, tmp_path: Path) -> None:
    assert devices_of(machine).any()
    assert not devices_of(machine, cameras=()).any()
    assert devices_of(machine, cameras=()).find("codec")[0] is None
    assert not Devices(tmp_path / "none", tmp_path / "none").any()
    # The driver itself is asked, and /dev/null is none that knows the question.
    assert not Devices(machine / "dev", machine / "sys").any()


def test_a_file_an_address_and_a_directory(tmp_path: Path) -> None:
    (tmp_path / "film.avi").touch()
    device, _ = Devices().find(str(tmp_path / "film.avi"))
    assert device is not None and device.is_file and not device.is_v4l2
    device, _ = Devices().find("rtsp://me:secret@10.0.0.7:554/live?key=1")
    assert device is not None and device.path.startswith("rtsp://me:secret@")
    assert device.words == "camera at 10.0.0.7:554"  # shown in public: without the password
    assert words_for("http://a/b") == "camera at a"
    device, reason = Devices().find(str(tmp_path))
    assert device is None and reason.endswith("is no camera")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
@pytest.mark.skipif(not Path("/dev/mem").exists(), reason="no /dev/mem here")
def test_a_missing_permission_is_said(tmp_path: Path) -> None:
    device, reason = Devices().find("/dev/mem")
    assert device is None and "group video" in reason
