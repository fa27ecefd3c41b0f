"""Another source while the show runs: whatever is asked for, pictures go on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.pictures.header import read_header
from lib.stage import Inbox
from lib.stream.capture import camera as camera_module
from lib.stream.capture import source_switch
from lib.stream.capture.capture import Capture
from lib.stream.capture.source import LiveSource, SourcePlace
from lib.stream.frame import Frame
from tests.stream.capture.helpers import level, plain_jpeg, settings, wait_for, write
from tests.stream.capture.test_video_file import make_film

FPS = 50


class Show:
    """A running Capture, what is played, and what came out of it."""

    def __init__(self, **given: Any) -> None:
        self.frames: list[Frame] = []
        self.mailbox: Inbox[Frame] = Inbox(1)
        known = settings(**{"fps": FPS} | given)
        self.capture = Capture(known, self.mailbox, self._wake)
        self.played = known.played
        self.capture.start()
        wait_for(lambda: self.frames)

    def _wake(self) -> None:
        frame = self.mailbox.get(0)
        assert frame is not None
        self.frames.append(frame)

    def play(self, **change: object) -> None:
        self.played = self.played.changed(**change)
        self.capture.play(self.played)

    @property
    def last(self) -> int | None:
        return level(self.frames[-1].jpg)

    def longest_gap_s(self, since: int = 0) -> float:
        stamps = [frame.captured_ns for frame in self.frames[since:]]
        return max(b - a for a, b in pairwise(stamps)) / 1e9

    def check(self) -> None:
        for frame in self.frames:
            assert read_header(frame.jpg).size == frame.size


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name, grey in (("show", 40), ("other", 200)):
        (root / name).mkdir(parents=True)
        for number in range(5):
            write(root / name / f"{number}.jpg", plain_jpeg(grey))
    (root / "empty").mkdir()
    (root / "broken").mkdir()
    write(root / "broken" / "a.jpg", b"\xff\xd8\xff broken")
    (root / "link").symlink_to(tmp_path)
    write(root / "notes.mp4", b"no film")
    not_utf8 = root / os.fsdecode(b"caf\xe9") / ("x" * 150)  # longer than what is shown of a path
    not_utf8.mkdir(parents=True)
    write(not_utf8 / "a.jpg", b"\xff\xd8\xff broken")
    (root / "odd").symlink_to(not_utf8)
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{tmp_path}/a.ts\n#EXT-X-ENDLIST\n"
    write(root / "list", playlist.encode())
    (root / "hidden.mp4").symlink_to(root / "list")
    return root


@pytest.fixture
def start(data: Path) -> Iterator[Callable[..., Show]]:
    shows: list[Show] = []

    def started(**given: Any) -> Show:
        given = {"mode": "video", "directory": str(data / "show"), "data_dir": str(data)} | given
        shows.append(Show(**given))
        return shows[-1]

    yield started
    for show in shows:
        assert show.capture.stop() and show.capture.failure is None
        show.check()


def test_a_directory_takes_over_without_a_gap_and_goes_back(start: Callable[..., Show]) -> None:
    show = start()
    assert show.last == 40
    show.play(directory="other")
    wait_for(lambda: show.last == 200)
    assert show.capture.about == f"pictures in other at {FPS} frames a second"
    show.play(directory="")
    wait_for(lambda: show.last == 40)
    assert show.capture.warning is None
    assert show.longest_gap_s() < 0.3


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("absent", "there is no 'absent' in the data folder"),
        ("empty", "directory empty holds no picture"),
        ("broken", "no picture in broken can be shown"),
        ("link", "'link' is no folder and no film of the data folder"),
        ("notes.mp4", "neither a picture nor a film"),
        ("odd", "no picture in odd can be shown"),
        ("hidden.mp4", "playlists are not played"),
    ],
)
def test_what_can_not_be_played_is_refused_and_the_old_one_goes_on(
    start: Callable[..., Show], data: Path, name: str, why: str
) -> None:
    show = start()
    show.play(directory=name)
    wait_for(lambda: show.capture.warning)
    assert why in str(show.capture.warning)
    assert str(show.capture.warning).startswith(f"directory '{name}' cannot be played (")
    assert str(data) not in str(show.capture.warning)
    before = len(show.frames)
    wait_for(lambda: len(show.frames) > before + 10)
    assert show.last == 40
    show.play(directory="")
    wait_for(lambda: show.capture.warning is None)


def test_a_directory_that_comes_later_is_played_by_itself(
    start: Callable[..., Show], data: Path
) -> None:
    show = start()
    show.play(directory="later")
    wait_for(lambda: show.capture.warning)
    (data / "later").mkdir()
    write(data / "later" / "a.jpg", plain_jpeg(120))
    wait_for(lambda: show.last == 120)
    assert show.capture.warning is None


def test_a_film_of_the_data_folder_is_played(start: Callable[..., Show], data: Path) -> None:
    make_film(data / "film.mp4", [150] * 10)
    show = start()
    show.play(directory="film.mp4")
    wait_for(lambda: show.capture.about.startswith("film "))
    wait_for(lambda: show.last == 150)


def test_links_in_a_directory_lead_nowhere_else(
    start: Callable[..., Show], data: Path, tmp_path: Path
) -> None:
    write(tmp_path / "private.jpg", plain_jpeg(250))
    (data / "other" / "0a.jpg").symlink_to(tmp_path / "private.jpg")
    (data / "other" / "0b.jpg").symlink_to(data / "show" / "0.jpg")
    show = start()
    show.play(directory="other")
    wait_for(lambda: show.last == 200)
    since = len(show.frames)
    wait_for(lambda: len(show.frames) > since + 14)
    assert {level(frame.jpg) for frame in show.frames[since:]} == {200, 40}


def test_the_last_wish_counts(start: Callable[..., Show]) -> None:
    show = start()
    for name in ("other", "absent", "", "empty", "other", "", "other"):
        show.play(directory=name)
        time.sleep(0.01)
    wait_for(lambda: show.last == 200)
    time.sleep(0.2)
    assert show.last == 200 and show.capture.warning is None


def test_a_strange_source_that_fails_in_its_own_way_never_stops_the_show(
    start: Callable[..., Show], monkeypatch: pytest.MonkeyPatch
) -> None:
    show = start()

    def fail(*_: object) -> None:
        raise RuntimeError("out of film")

    monkeypatch.setattr(source_switch, "choose_source", fail)
    show.play(directory="other")
    wait_for(lambda: show.capture.warning)
    assert "RuntimeError: out of film" in str(show.capture.warning)
    before = len(show.frames)
    wait_for(lambda: len(show.frames) > before + 5)


def test_the_size_changes_with_the_next_picture(start: Callable[..., Show]) -> None:
    show = start()
    for text, size in (("128x64", Size(128, 64)), ("96", Size(96, 96)), ("64", Size(64, 64))):
        show.play(resolution=text)
        wait_for(lambda size=size: show.frames[-1].size == size)
    sizes = [frame.size for frame in show.frames]
    assert sum(a != b for a, b in pairwise(sizes)) == 3  # each once, none came back
    assert show.longest_gap_s() < 0.3


def test_a_picture_that_stands_still_changes_its_size_too(start: Callable[..., Show]) -> None:
    show = start()
    show.play(paused=True)
    wait_for(lambda: show.capture.frozen)
    stood = show.capture.position
    show.play(resolution="128")
    wait_for(lambda: show.frames[-1].size == Size(128, 128))
    show.play(directory="other")
    wait_for(lambda: show.last == 200)
    assert show.frames[-1].size == Size(128, 128)
    assert show.capture.frozen and abs(show.capture.position - stood) <= 5


def test_the_pattern_goes_on_at_another_size(start: Callable[..., Show]) -> None:
    show = start(mode="pattern", directory="")
    wait_for(lambda: show.capture.position > 10)
    show.play(resolution="256x128")
    wait_for(lambda: show.frames[-1].size == Size(256, 128))
    assert show.capture.position > 10
    assert show.capture.about == "a drawn scene, 256x128 at 50 frames a second"
    # Painted anew for this size, and not the old one enlarged for ever.
    source: Any = show.capture._source
    wait_for(lambda: source._drawn_for == Size(256, 128))
    number = show.capture.position
    wait_for(lambda: show.capture.position > number + 10)


def test_from_a_directory_back_to_the_camera(
    start: Callable[..., Show], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    film = tmp_path / "camera.mp4"
    make_film(film, [90] * 50)
    show = start(mode="camera", camera=str(film), directory="")
    assert show.last == 90
    show.play(directory="other")
    wait_for(lambda: show.last == 200)
    show.play(resolution="128")
    wait_for(lambda: show.frames[-1].size == Size(128, 128))
    show.play(directory="")
    wait_for(lambda: show.last == 90)
    assert show.frames[-1].size == Size(128, 128)
    monkeypatch.setattr(camera_module, "_SILENCE_NS", 10)  # what follows is no camera's silence
    show.play(directory="show")
    wait_for(lambda: show.last == 40)
    assert show.capture.warning is None


class Own(LiveSource):
    """Somebody's own, with pictures at its own times; what it opens belongs to Capture's thread."""

    about = "own"

    def __init__(self, known: PrimarySettings, _place: SourcePlace) -> None:
        self._size = known.size

    def open(self, resources: ExitStack) -> None:
        self._opened_on = threading.current_thread()

    def fit(self, size: Size, quality: int | None = None) -> None:
        self._size = size

    def read(self) -> Frame | None:
        assert threading.current_thread() is self._opened_on
        time.sleep(0.01)
        return Frame(plain_jpeg(90, self._size), time.monotonic_ns(), time.time(), self._size)


def test_a_live_source_of_ones_own_takes_over_again(start: Callable[..., Show]) -> None:
    show = start(mode=f"{__name__}:Own", directory="")
    assert show.last == 90
    show.play(directory="other")
    wait_for(lambda: show.last == 200)
    show.play(directory="")
    wait_for(lambda: show.last == 90)
    assert show.capture.about == "own" and show.capture.warning is None
