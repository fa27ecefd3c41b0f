from __future__ import annotations

import re
from pathlib import Path

import pytest

from lib.config.data_folder import choices_in, find_in, leads_outside


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a folder, a film, and links of all kinds; beside it what is private."""
    root = tmp_path / "data"
    (root / "show" / "deep").mkdir(parents=True)
    (root / "film.mp4").write_bytes(b"film")
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "face.jpg").write_bytes(b"face")
    (root / "inside").symlink_to(root / "show")
    (root / "outside").symlink_to(tmp_path / "private")
    (root / "up").symlink_to("..")
    (root / "file").symlink_to(tmp_path / "private" / "face.jpg")
    (root / "nowhere").symlink_to("no/such/thing")
    (root / "round").symlink_to("round")
    return root


@pytest.mark.parametrize("name", ["show", "show/deep", "film.mp4", "inside", "inside/deep"])
def test_what_lies_below_is_found(data: Path, name: str) -> None:
    path = find_in(data, name)
    assert path.is_relative_to(data) and path.exists()
    assert path == find_in(str(data), name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent", "there is no 'absent' in the data folder"),
        ("nowhere", "there is no 'nowhere' in the data folder"),
        ("round", "there is no 'round' in the data folder"),
        ("outside", "'outside' is no folder and no film of the data folder"),
        ("outside/face.jpg", "'outside/face.jpg' is no folder"),
        ("up", "'up' is no folder"),
        ("file", "'file' is no folder"),
        ("film.mp4/x", "there is no 'film.mp4/x'"),
        ("../private", "directory must be the name of a folder"),
        ("/etc", "directory must be the name of a folder"),
        (".hidden", "directory must be the name of a folder"),
        ("a\x00b", "directory must be the name of a folder"),
        ("", "directory must be the name of a folder"),
        ("x" * 201, "directory"),
        ("n" * 199, "there is no"),
    ],
)
def test_what_does_not_is_refused_in_one_sentence(data: Path, name: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        find_in(data, name)
    assert "\n" not in str(caught.value)
    assert "private" not in str(caught.value).replace(name, "")


def test_a_data_folder_may_itself_be_a_link_or_missing(data: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(data)
    assert find_in(tmp_path / "link", "show") == data / "show"
    with pytest.raises(ValueError, match="there is no 'show'"):
        find_in(tmp_path / "none", "show")


def test_a_link_is_judged_by_where_it_leads(data: Path) -> None:
    assert leads_outside(data / "outside", data) and leads_outside(data / "nowhere", data)
    assert leads_outside(data / "round", data)
    assert not leads_outside(data / "inside", data)


def test_what_can_be_chosen_can_be_played(tmp_path: Path) -> None:
    data = tmp_path / "shows"
    for name in ("walk/1.png", "walk/night/2.jpg", "film.mp4", "walk/film.MKV", "notes/a.txt",
                 ".hidden/3.png", "alone.png", "a/b/c/4.png", "a/b/c/d/5.png"):  # fmt: skip
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).touch()
    (data / "again").symlink_to(data / "walk")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "6.png").touch()
    (data / "out").symlink_to(tmp_path / "outside")
    found = choices_in(data)
    assert found == ["a/b/c", "again", "again/film.MKV", "again/night", "film.mp4",
                     "walk", "walk/film.MKV", "walk/night"]  # fmt: skip
    for name in found:
        find_in(data, name)
    assert choices_in(tmp_path / "none") == []


def test_a_folder_of_any_size_is_listed_in_a_moment(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"film {number}.mp4").touch()
    assert len(choices_in(tmp_path)) == 200
    (tmp_path / "round").symlink_to(tmp_path)  # links that go round end
    assert len(choices_in(tmp_path)) == 200
