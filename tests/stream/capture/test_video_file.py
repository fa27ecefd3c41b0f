from __future__ import annotations

import os
import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib.core.geometry import Size
from lib.core.pacer import SECOND_NS, Pacer
from lib.observe import Tally
from lib.pictures.header import read_header
from lib.stream.capture import video_file
from lib.stream.capture.video_file import FilmError, VideoFile, open_film
from tests.stream.capture.helpers import SIZE, level, settings


def make_film(path: Path, greys: list[int], sides: tuple[int, int] = (96, 64)) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, sides)
    assert writer.isOpened()
    for grey in greys:
        writer.write(np.full((sides[1], sides[0], 3), grey, np.uint8))
    writer.release()
    return path


def open_source(path: Path) -> VideoFile:
    source = VideoFile(settings(mode="video", directory=str(path), fps=30))
    source.tally = Tally()
    return source


GREYS = [20, 60, 100, 140, 180]


def test_a_film_goes_round(tmp_path: Path) -> None:
    source = open_source(make_film(tmp_path / "f.mp4", GREYS))
    first = source.read(1)
    assert first is not None and read_header(first).size == SIZE
    assert [level(first), *(level(source.read(1)) for _ in range(6))] == [*GREYS, 20, 60]
    assert (source.length, source.position, source.warning) == (5, 1, None)


def test_missed_frames_are_passed_over_and_a_seek_is_obeyed(tmp_path: Path) -> None:
    source = open_source(make_film(tmp_path / "f.mp4", GREYS))
    assert level(source.read(1)) == 20
    assert level(source.read(3)) == 140 and source.position == 3
    source.seek(1)
    assert level(source.read(1)) == 60 and source.position == 1
    source.seek(7)
    assert level(source.read(1)) == 100
    assert level(source.read(10**9)) is not None  # after a night asleep it just goes on


def test_a_film_plays_at_its_own_rate_unless_another_is_wanted(tmp_path: Path) -> None:
    film = str(make_film(tmp_path / "f.mp4", GREYS))
    own = VideoFile(settings(mode="video", directory=film, fps=0))
    assert own.rate == 25 and "at 25 frames a second" in own.about
    assert VideoFile(settings(mode="video", directory=film, fps=30)).rate == 30
    gone = VideoFile(settings(mode="video", directory=film + "x", fps=0))
    assert gone.rate == 30


class SlowFilm:
    """A film that takes 60 ms for each picture, passed over or not."""

    def __init__(self, path: Path) -> None:
        self._film = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        self.get, self.release = self._film.get, self._film.release

    def grab(self) -> bool:
        time.sleep(0.06)
        return self._film.grab()

    def read(self) -> tuple[bool, object]:
        time.sleep(0.06)
        return self._film.read()


def test_a_film_that_decodes_too_slowly_runs_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gave one picture every 15 s: the later it was, the more it passed over."""
    path = make_film(tmp_path / "f.mp4", [10 * (number % 25) for number in range(300)])
    monkeypatch.setattr(video_file, "open_film", SlowFilm)
    source = open_source(path)
    pacer, positions, longest_ns = Pacer(source.rate, time.monotonic_ns()), [], 0
    for _ in range(10):
        start_ns = time.monotonic_ns()
        assert source.read(pacer.advance(start_ns)) is not None
        positions.append(source.position)
        longest_ns = max(longest_ns, time.monotonic_ns() - start_ns)
    assert longest_ns < SECOND_NS / 2
    assert all(later > earlier for earlier, later in pairwise(positions))
    start_ns = time.monotonic_ns()
    assert source.read(10**9) is not None
    assert time.monotonic_ns() - start_ns < SECOND_NS / 2


def test_what_is_no_film_is_said_and_tried_again_until_it_is_one(tmp_path: Path) -> None:
    path = tmp_path / "f.mp4"
    source = open_source(path)
    assert source.read(1) is None
    assert source.warning == f"film {path} is missing, trying again"
    whole = make_film(tmp_path / "whole.mp4", GREYS).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    time.sleep(0.55)
    assert source.read(1) is None
    assert source.warning == f"film {path} cannot be read as a film, trying again"
    assert source.tally.counts == {"lost": 2}
    path.write_bytes(whole)
    end = time.monotonic() + 5
    while (jpg := source.read(1)) is None and time.monotonic() < end:
        time.sleep(0.02)
    assert level(jpg) == 20 and source.warning is None


def test_a_film_that_is_exchanged_is_the_new_one_in_the_next_round(tmp_path: Path) -> None:
    path = make_film(tmp_path / "f.mp4", GREYS)
    source = open_source(path)
    assert level(source.read(1)) == 20
    make_film(tmp_path / "g.mp4", [250, 230]).replace(path)
    assert [level(source.read(1)) for _ in range(6)] == [60, 100, 140, 180, 250, 230]


def test_a_film_that_is_too_large_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_film(tmp_path / "f.mp4", GREYS)
    opened = open_film(path)
    opened.release()
    monkeypatch.setattr(video_file, "MAX_PIXELS", 96 * 64 - 1)
    with pytest.raises(FilmError, match="cannot be read as a film"):
        open_film(path)


CONTAINERS = {
    "mp4": "mp4v",
    "mov": "mp4v",
    "3gp": "mp4v",
    "mkv": "MJPG",
    "webm": "VP80",
    "avi": "MJPG",
    "mpg": "MPEG",
    "vob": "mpg2",
    "m2v": "mpg2",
    "ts": "mp4v",
    "m2ts": "mpg2",
    "flv": "FLV1",
    "wmv": "WMV2",
    "mxf": "mpg2",
    "y4m": "I420",
    "ivf": "VP80",
}


def film_in(kind: str, folder: Path) -> Path:
    path = folder / f"film.{kind}"
    code = cv2.VideoWriter.fourcc(*CONTAINERS[kind])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, 25, (176, 144))
    for grey in range(0, 250, 10):
        writer.write(np.full((144, 176, 3), grey, np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize("kind", CONTAINERS)
def test_films_of_all_known_containers_are_played_whatever_they_are_called(
    tmp_path: Path, kind: str
) -> None:
    path = film_in(kind, tmp_path).rename(tmp_path / "film")
    film = open_film(path)
    assert film.read()[0]
    film.release()


def text_files(film: Path) -> dict[str, str]:
    """Playlists, manifests and scripts that name a film elsewhere."""
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n"
    dash = "urn:mpeg:dash:profile:isoff-main:2011"
    return {
        "hls.m3u8": f"{head}#EXTINF:2,\n{film}\n#EXT-X-ENDLIST\n",
        "master.m3u8": f"{head}#EXT-X-STREAM-INF:BANDWIDTH=1\nhls.m3u8\n",
        "list.m3u": f"#EXTM3U\n{film}\n",
        "bom.m3u8": f"\ufeff{head}#EXTINF:2,\n{film}\n#EXT-X-ENDLIST\n",
        "a.ffconcat": f"ffconcat version 1.0\nfile {film}\n",
        "a.mpd": f'<?xml version="1.0"?><MPD profiles="{dash}"><BaseURL>{film}</BaseURL></MPD>',
        "a.asx": f'<ASX version="3"><Entry><Ref href="{film}"/></Entry></ASX>',
        "a.pls": f"[playlist]\nFile1={film}\n",
        "a.smil": f'<smil><body><video src="{film}"/></body></smil>',
        "a.sdp": "v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "a.avs": f'DirectShowSource("{film}")\n',
        "a.ref": "[Reference]\nRef1=http://127.0.0.1:9/a.asf\n",
    }


@pytest.mark.parametrize("name", text_files(Path()))
def test_a_playlist_is_no_film(tmp_path: Path, name: str) -> None:
    film = film_in("ts", tmp_path)
    for other, text in text_files(film).items():
        (tmp_path / other).write_text(text, "utf-8")
    for called in (name, "called.mp4", "called.m3u8"):
        (tmp_path / name).rename(tmp_path / called)
        with pytest.raises(FilmError, match="playlists are not played"):
            open_film(tmp_path / called)
        (tmp_path / called).rename(tmp_path / name)


def test_ffmpeg_itself_takes_nothing_but_containers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were our own look at the first bytes deceived, FFmpeg would still refuse."""
    film = film_in("ts", tmp_path)
    open_film(film).release()
    (tmp_path / "hls.m3u8").write_text(text_files(film)["hls.m3u8"])
    assert cv2.VideoCapture(str(tmp_path / "hls.m3u8"), cv2.CAP_FFMPEG).isOpened() is False
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
    assert cv2.VideoCapture(str(tmp_path / "hls.m3u8"), cv2.CAP_FFMPEG).isOpened() is True


def test_a_film_is_the_file_that_was_examined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = make_film(tmp_path / "f.mp4", GREYS), make_film(tmp_path / "g.mp4", [250] * 3)
    real = video_file.is_container

    def exchanged(head: bytes) -> bool:
        other.replace(path)
        return real(head)

    monkeypatch.setattr(video_file, "is_container", exchanged)
    source = open_source(path)
    assert level(source.read(1)) == GREYS[0]


@pytest.mark.parametrize("odd", ["fifo", "device"])
def test_a_film_that_is_no_file_is_not_waited_for(tmp_path: Path, odd: str) -> None:
    path = tmp_path / "f.mp4"
    if odd == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    began_s = time.monotonic()
    with pytest.raises(FilmError, match="it is no regular file"):
        open_film(path)
    assert time.monotonic() - began_s < 1


def test_another_size_goes_on_where_it_was(tmp_path: Path) -> None:
    source = open_source(make_film(tmp_path / "f.mp4", GREYS))
    assert level(source.read(1)) == 20
    source.fit(Size(128, 64))
    jpg = source.read(1)
    assert jpg is not None and level(jpg) == 60 and read_header(jpg).size == Size(128, 64)
