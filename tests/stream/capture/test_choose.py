from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lib.camera.devices import Devices
from lib.config.settings import ROOT
from lib.stream.capture.camera import Camera
from lib.stream.capture.choose import check_source, choose_mode, choose_source
from lib.stream.capture.directory import Directory
from lib.stream.capture.files import check_files
from lib.stream.capture.pattern import Pattern
from lib.stream.capture.remote import Remote
from lib.stream.capture.video_file import VideoFile
from tests.pictures.samples import encoded
from tests.stream.capture.helpers import plain_jpeg, settings, write
from tests.stream.capture.test_video_file import make_film

NOTHING = Devices(Path("/nonexistent"), Path("/nonexistent"))


@pytest.fixture
def camera(tmp_path: Path) -> Devices:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "video0").symlink_to("/dev/null")
    return Devices(tmp_path / "dev", tmp_path, lambda _: True)


def test_auto_takes_a_named_directory_then_a_camera_then_the_pattern(
    tmp_path: Path, camera: Devices
) -> None:
    write(tmp_path / "a.jpg", plain_jpeg(10))
    named = settings(directory=str(tmp_path))
    assert isinstance(choose_source(named, camera), Directory)
    assert isinstance(choose_source(settings(), camera), Camera)
    assert isinstance(choose_source(settings(), NOTHING), Pattern)
    assert choose_mode(settings(mode="zmq"), camera) == "zmq"


def test_a_mode_that_is_asked_for_is_taken(tmp_path: Path) -> None:
    assert isinstance(choose_source(settings(mode="zmq"), NOTHING), Remote)
    assert isinstance(choose_source(settings(mode="camera"), NOTHING), Camera)
    assert isinstance(choose_source(settings(mode="pattern"), NOTHING), Pattern)
    film = make_film(tmp_path / "f.mp4", [10, 20])
    assert isinstance(choose_source(settings(mode="video", directory=str(film))), VideoFile)
    still = write(tmp_path / "a.png", encoded(np.zeros((64, 64, 3), np.uint8), ".png"))
    assert isinstance(choose_source(settings(mode="video", directory=str(still))), Directory)


@pytest.mark.parametrize("mode", ["pattern", "camera", "zmq"])
def test_what_may_come_later_is_no_mistake(mode: str) -> None:
    assert check_source(settings(mode=mode)) is None


def test_what_can_be_played_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"rubbish")
    write(tmp_path / "z.jpg", plain_jpeg(10))
    film = make_film(tmp_path / "f.mp4", [10, 20])
    for path in (tmp_path, tmp_path / "z.jpg", film):
        assert check_source(settings(mode="video", directory=str(path))) is None
        assert check_source(settings(mode="auto", directory=str(path))) is None


def test_a_wrong_directory_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("hello")
    (tmp_path / "other" / "fake.jpg").write_text("hello")
    (tmp_path / "half.mp4").write_bytes(make_film(tmp_path / "f.mp4", [9] * 9).read_bytes()[:900])
    os.mkfifo(tmp_path / "fifo.mp4")
    (tmp_path / "fake.jpg").write_text("hello")
    for name, sentence in {
        "none": "does not exist",
        "empty": "holds no picture",
        "other": "holds no picture",
        "half.mp4": "neither a picture nor a film",
        "fake.jpg": "neither a picture nor a film",
        "fifo.mp4": "neither a directory nor a video file",
        "x" * 300: "cannot be read",
    }.items():
        found = check_source(settings(mode="video", directory=str(tmp_path / name)))
        assert found is not None and sentence in found and "\n" not in found
    assert "--directory" in (check_files(settings(mode="video")) or "")


def test_a_broken_film_is_said_once_and_by_us_alone(tmp_path: Path) -> None:
    (tmp_path / "half.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(500))
    code = (
        "from lib.config.settings import PrimarySettings\n"
        "from lib.stream.capture.choose import check_source\n"
        f"settings = PrimarySettings(mode='video', directory={str(tmp_path / 'half.mp4')!r})\n"
        "print(check_source(settings))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "neither a picture nor a film" in done.stdout and done.stderr == ""
