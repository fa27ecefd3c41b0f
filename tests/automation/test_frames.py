"""video-to-frames.sh with the real ffmpeg where there is one, and with a stand-in."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from natsort import natsorted

from lib.core.geometry import Size
from lib.ops.video_to_frames import FramesError, check_disk, ffmpeg_argv
from lib.pictures.header import read_header
from lib.pictures.sequence_rate import FILE, rate_in
from tests.automation.conftest import Machines

NAMES = ["00000001.jpg", "00000002.jpg", "00000003.jpg"]
PROBE = """#!/bin/sh
echo '{"streams": [{"width": 640, "height": 480, "avg_frame_rate": "25/1"}],
       "format": {"duration": "4"}}'
"""
# Writes its pictures into the folder it is started in, one for each of its progress reports.
FFMPEG = """#!/bin/sh
for name in 1 2 3; do echo x >0000000$name.jpg; echo frame=$name; done
[ -e "$HOSTS/here/stuck" ] && exec sleep 30
[ -e "$HOSTS/here/broken" ] && { echo 'film: Invalid data found' >&2; exit 1; }
exit 0
"""


@pytest.fixture
def film(machines: Machines) -> Path:
    for name, text in (("ffmpeg", FFMPEG), ("ffprobe", PROBE)):
        (machines.folder / "bin" / name).write_text(text)
        (machines.folder / "bin" / name).chmod(0o755)
    path = machines.folder / "-a film: 50 %d.mp4"
    path.touch()
    return path


def test_a_film_becomes_a_folder_once(machines: Machines, film: Path) -> None:
    done = machines.run("video-to-frames.sh", "--", film.name, "my frames")
    assert done.returncode == 0, done.stderr
    folder = machines.folder / "my frames"
    assert sorted(one.name for one in folder.iterdir()) == [*NAMES, FILE]
    assert rate_in(folder) == 25
    assert f"--directory {shlex.quote(str(folder))} --resolution 640x480" in done.stdout
    assert "100 frames of 640x480" in done.stdout and "3 pictures in" in done.stdout
    (folder / NAMES[1]).unlink()
    again = machines.run("video-to-frames.sh", "--", film.name, "my frames")
    assert again.returncode == 1 and "has 2 pictures already" in again.stderr
    assert len(list(folder.glob("*.jpg"))) == 2


@pytest.mark.parametrize("how", ["broken", "ctrl-c"])
def test_what_was_not_finished_leaves_nothing(machines: Machines, film: Path, how: str) -> None:
    (machines.hosts / "here" / ("broken" if how == "broken" else "stuck")).touch()
    process = machines.start("video-to-frames.sh", "--", film.name, "out")
    part = machines.folder / "out.part"
    if how == "broken":
        with process:
            _, said = process.communicate(timeout=10)
        assert process.returncode == 1 and "Invalid data found" in said
    else:
        code, said = machines.interrupt_when(process, (part / NAMES[2]).exists)
        assert code == 130 and "interrupted" in said
    assert not part.exists() and not (machines.folder / "out").exists()


def test_what_would_fill_the_disk_is_not_begun() -> None:
    with pytest.raises(FramesError, match=r"about 7.3 GB are needed .* has 8.0 GB"):
        check_disk(Path("/films"), 10_000, Size(1920, 1080), 8 * 10**9)
    assert "7.26 GB or less" in check_disk(Path(), 10_000, Size(1920, 1080), 9 * 10**9)


def test_wrong_words_are_refused(machines: Machines, film: Path) -> None:
    for words, says in (
        (["gone.mp4"], "is no file"),
        (["--resolution", "7", "--", film.name], "resolution must be like"),
    ):
        done = machines.run("video-to-frames.sh", *words)
        assert done.returncode == 1 and says in done.stderr


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed here")
def test_the_real_ffmpeg_cuts_to_the_shape_and_counts_right(tmp_path: Path) -> None:
    film, out = tmp_path / "a film: 50 %d.mp4", tmp_path / "out"
    source = "testsrc=size=320x240:rate=25:duration=0.5"
    made = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, f"file:{film}"]
    subprocess.run(made, check=True, timeout=30)
    out.mkdir()
    began = time.monotonic()
    subprocess.run(ffmpeg_argv(film, 10, Size(256, 128)), cwd=out, check=True, timeout=30)
    assert time.monotonic() - began < 20
    names = [one.name for one in out.iterdir()]
    assert natsorted(names) == sorted(names) == [f"{n:08d}.jpg" for n in range(1, 6)]
    assert all(read_header(one.read_bytes()).size == (256, 128) for one in out.iterdir())
