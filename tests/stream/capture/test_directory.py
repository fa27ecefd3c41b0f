from __future__ import annotations

import itertools
import os
import shutil
import time
from fractions import Fraction
from pathlib import Path

import pytest

from lib.core.geometry import Size
from lib.observe import Tally
from lib.pictures import decoder
from lib.pictures.header import read_header
from lib.pictures.sequence_rate import write_rate
from lib.stream.capture import directory
from lib.stream.capture.directory import Directory
from tests.pictures.samples import busy, encoded
from tests.stream.capture.helpers import level, plain_jpeg, settings, write


def open_directory(path: Path) -> Directory:
    source = Directory(settings(mode="video", directory=str(path)))
    source.tally = Tally()
    return source


_ages = itertools.count()


def aged(path: Path) -> None:
    """As if the directory had been changed a while ago, and at another time than before."""
    then = time.time() - 1000 + next(_ages)
    os.utime(path, (then, then))


@pytest.fixture(autouse=True)
def _listed_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a listing takes long, and the next one is then put off."""
    monkeypatch.setattr(directory, "_LONG_LISTING_NS", 10**12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five pictures, in an order that only a natural sort finds."""
    path = tmp_path / "show"
    path.mkdir()
    for grey, name in ((20, "a1"), (60, "a2"), (100, "a10"), (140, "B3"), (180, "b20")):
        write(path / f"{name}.jpg", plain_jpeg(grey))
    aged(path)
    return path


def round_of(source: Directory, number: int = 5) -> list[int | None]:
    return [level(source.read(1)) for _ in range(number)]


def test_a_folder_made_from_a_film_plays_at_its_rate_unless_another_is_wanted(
    folder: Path,
) -> None:
    wanted = {"mode": "video", "directory": str(folder)}
    assert Directory(settings(**wanted, fps=0)).rate == 30
    write_rate(folder, Fraction(25))
    assert Directory(settings(**wanted, fps=0)).rate == 25
    assert Directory(settings(**wanted, fps=12)).rate == 12


def test_pictures_come_in_natural_order_and_go_round(folder: Path) -> None:
    source = open_directory(folder)
    assert round_of(source, 7) == [20, 60, 100, 140, 180, 20, 60]
    assert (source.length, source.position, source.warning) == (5, 1, None)


def test_a_picture_of_the_right_size_is_passed_through(folder: Path) -> None:
    jpg = (folder / "a1.jpg").read_bytes()
    source = open_directory(folder)
    assert source.read(1) == jpg
    assert source.read(5) == jpg


def test_missed_pictures_are_passed_over_and_a_seek_is_obeyed(folder: Path) -> None:
    source = open_directory(folder)
    assert level(source.read(1)) == 20
    assert level(source.read(3)) == 140
    source.seek(1)
    assert round_of(source, 2) == [60, 100]
    source.seek(6)
    assert level(source.read(1)) == 60  # round the ring
    source.seek(-3)
    assert level(source.read(1)) == 20


def test_a_directory_of_very_many_files_that_keeps_changing_is_listed_seldom(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 300 000 other files in it each round of five pictures began with half a second."""
    listed, list_names = [0], Directory._names

    def slow(source: Directory) -> list[str]:
        listed[0] += 1
        time.sleep(0.05)
        return list_names(source)

    monkeypatch.setattr(Directory, "_names", slow)
    monkeypatch.setattr(directory, "_LONG_LISTING_NS", 10_000_000)
    source = open_directory(folder)
    for _ in range(20):
        assert round_of(source) == [20, 60, 100, 140, 180]
        aged(folder)
    assert listed == [1]
    write(folder / "c.jpg", plain_jpeg(220))
    source._list_ns = 0
    assert round_of(source, 6) == [20, 60, 100, 140, 180, 220]


def test_every_kind_is_shown_and_what_is_no_picture_is_no_business(folder: Path) -> None:
    for nth, suffix in enumerate((".png", ".webp", ".bmp", ".tiff", ".gif")):
        write(folder / f"c{nth}{suffix}", encoded(busy(Size(90, 70)), suffix))
    for name in ("notes.txt", ".hidden.jpg", "Thumbs.db", "d.jpg.part"):
        (folder / name).write_bytes(b"nothing to see")
    source = open_directory(folder)
    pictures = [source.read(1) for _ in range(10)]
    assert all(pictures) and source.length == 10
    assert source.tally.counts == {} and source.warning is None


def test_what_can_not_be_shown_is_left_out_counted_and_named(folder: Path) -> None:
    good = encoded(busy(Size(64, 64)))
    write(folder / "a3.jpg", good[: len(good) // 2])
    write(folder / "a4.jpg", good[: len(good) // 2] + b"\xff\xd9")  # its end came, its middle not
    write(folder / "a5.jpg", b"")
    write(folder / "a6.png", b"hello")
    os.mkfifo(folder / "a7.jpg")
    (folder / "a8.jpg").mkdir()
    (folder / "a9.jpg").symlink_to(folder / "a9.jpg")
    source = open_directory(folder)
    assert round_of(source, 10) == [20, 60, 100, 140, 180] * 2
    assert source.tally.counts == {"bad": 7 + 1, "skipped": 6}  # a link in a ring has no mark
    assert source.warning is not None and source.warning.startswith("left out: ")
    assert "and 6 more" in source.warning


def test_a_half_written_file_joins_when_it_is_whole(folder: Path) -> None:
    write(folder / "a3.jpg", plain_jpeg(80)[:300])
    source = open_directory(folder)
    assert round_of(source) == [20, 60, 100, 140, 180]
    write(folder / "a3.jpg", plain_jpeg(80), age_s=5)
    assert round_of(source, 6) == [20, 60, 80, 100, 140, 180]
    assert source.warning is None


def test_a_file_that_is_still_being_written_is_not_remembered(folder: Path) -> None:
    source = open_directory(folder)
    write(folder / "a1.jpg", plain_jpeg(20), age_s=0)
    assert level(source.read(1)) == 20
    status = (folder / "a1.jpg").stat()
    (folder / "a1.jpg").write_bytes(plain_jpeg(40)[: status.st_size].ljust(status.st_size, b"\0"))
    os.utime(folder / "a1.jpg", ns=(status.st_atime_ns, status.st_mtime_ns))  # the same mark
    assert level(source.read(5)) == 40


def test_files_added_and_removed_count_from_the_next_round(folder: Path) -> None:
    source = open_directory(folder)
    assert round_of(source, 2) == [20, 60]
    write(folder / "a0.jpg", plain_jpeg(0))
    write(folder / "a11.jpg", plain_jpeg(120))
    (folder / "b20.jpg").unlink()
    aged(folder)
    assert round_of(source, 2) == [100, 140]
    assert round_of(source, 6) == [0, 20, 60, 100, 120, 140]
    assert source.tally.counts == {"missing": 1} and source.warning is None


def test_a_change_in_the_same_moment_as_the_listing_is_not_overlooked(folder: Path) -> None:
    now = time.time()
    os.utime(folder, (now, now))
    source = open_directory(folder)
    assert round_of(source) == [20, 60, 100, 140, 180]
    status = folder.stat()
    write(folder / "z.jpg", plain_jpeg(250))
    os.utime(folder, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert round_of(source, 6) == [20, 60, 100, 140, 180, 250]


def test_a_changed_file_is_shown_as_it_is_now(folder: Path) -> None:
    source = open_directory(folder)
    assert level(source.read(1)) == 20
    write(folder / "a1.jpg", plain_jpeg(240), age_s=5)
    assert level(source.read(5)) == 240


@pytest.mark.parametrize("age_s", [5, -3600], ids=["settled", "the clock was set back"])
def test_the_second_round_costs_neither_decoding_nor_reading(
    folder: Path, monkeypatch: pytest.MonkeyPatch, age_s: float
) -> None:
    write(folder / "c.png", encoded(busy(Size(64, 64)), ".png"), age_s=age_s)
    source = open_directory(folder)
    first = [source.read(1) for _ in range(6)]
    monkeypatch.setattr(directory, "read_picture", None)
    monkeypatch.setattr(decoder, "decode_file", None)
    assert [source.read(1) for _ in range(6)] == first


def test_a_sequence_longer_than_the_cache_is_read_again_but_not_decoded_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none_fits = directory.JpegCache(most_bytes=0)
    monkeypatch.setattr(directory, "JpegCache", lambda: none_fits)
    source = open_directory(folder)
    first = [source.read(1) for _ in range(5)]

    def refuse(*_: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr("lib.stream.capture.fitter.verify", refuse)
    assert [source.read(1) for _ in range(5)] == first


def test_an_emptied_directory_is_waited_for_and_comes_back(folder: Path) -> None:
    source = open_directory(folder)
    assert round_of(source, 2) == [20, 60]
    for path in folder.iterdir():
        path.unlink()
    assert [source.read(1) for _ in range(20)] == [None] * 20
    assert source.warning == f"no picture in {folder}, trying again"
    write(folder / "new.jpg", plain_jpeg(200))
    assert source.read(1) is None  # not before half a second has passed
    assert _patiently(source) == 200
    assert source.warning is None


def test_a_directory_that_vanishes_is_waited_for_and_comes_back(folder: Path) -> None:
    source = open_directory(folder)
    assert round_of(source, 2) == [20, 60]
    moved = folder.with_name("elsewhere")
    folder.rename(moved)
    assert source.read(1) is None
    assert source.warning == f"{folder} is missing, trying again"
    moved.rename(folder)
    assert _patiently(source) == 20
    shutil.rmtree(folder)
    assert source.read(1) is None


def test_a_directory_of_nothing_but_broken_files_says_so(tmp_path: Path) -> None:
    for n in range(3):
        write(tmp_path / f"{n}.jpg", b"\xff\xd8\xff rubbish")
    source = open_directory(tmp_path)
    assert source.read(1) is None
    assert source.warning is not None and "can be shown" in source.warning


def test_a_search_among_many_broken_files_ends_in_time(tmp_path: Path) -> None:
    for n in range(3000):
        (tmp_path / f"{n}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    write(tmp_path / "z.jpg", plain_jpeg(70))
    source = open_directory(tmp_path)
    source.read(1)  # lists the files, which is not what is measured
    longest, found = 0.0, None
    for _ in range(200):
        start = time.thread_time()  # others on this machine are no part of it
        found = source.read(1)
        longest = max(longest, time.thread_time() - start)
        if found:
            break
    assert level(found) == 70 and longest < 0.1


def test_a_single_picture_is_a_round_of_one(tmp_path: Path) -> None:
    path = write(tmp_path / "only.jpg", plain_jpeg(90))
    source = open_directory(path)
    assert round_of(source, 3) == [90, 90, 90]
    write(path, plain_jpeg(30), age_s=5)
    assert level(source.read(1)) == 30


def _patiently(source: Directory) -> int | None:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if (jpg := source.read(1)) is not None:
            return level(jpg)
        time.sleep(0.02)
    return None


def test_another_size_is_fitted_anew_and_the_place_is_kept(folder: Path) -> None:
    source = open_directory(folder)
    assert round_of(source, 7) == [20, 60, 100, 140, 180, 20, 60]
    source.fit(Size(128, 64))
    pictures = [source.read(1) for _ in range(5)]
    assert [level(one) for one in pictures] == [100, 140, 180, 20, 60]
    assert {read_header(one or b"").size for one in pictures} == {Size(128, 64)}
