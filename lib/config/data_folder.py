"""The folder whose folders and films can be chosen while the show runs, and nothing outside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from mimetypes import guess_type
from pathlib import Path

from pydantic import ValidationError

from lib.config.params import Played
from lib.config.sentences import sentence

MOST_CHOICES, MOST_LOOKED_AT, DEEPEST = 200, 20_000, 3
_FILMS = frozenset({".m2ts", ".m4v", ".mkv", ".mts", ".ts", ".wmv"})  # beside those known to all


def find_in(data_dir: str | Path, name: str) -> Path:
    """The folder or file of this name below the data folder, with all links followed.

    ValueError with a sentence when there is none, or when it lies outside.
    """
    try:
        Played(directory=name)  # asked again here, because here a path is made of it
    except ValidationError as error:
        raise ValueError(sentence(error.errors()[0])) from error
    if not name:
        raise ValueError("directory must be the name of a folder below the data folder")
    root = Path(data_dir).resolve()
    path = _followed(root / name)
    if path is None:
        raise ValueError(f"there is no '{name}' in the data folder")
    if not path.is_relative_to(root) or not (path.is_dir() or path.is_file()):
        raise ValueError(f"'{name}' is no folder and no film of the data folder")
    return path


def choices_in(data_dir: str | Path) -> list[str]:
    """What `find_in` finds there: folders with pictures in them, and films; a few hundred at most,
    however much there is."""
    root = Path(data_dir).resolve()
    names: set[str] = set()
    for folder, file in islice(_files_in(root, root, DEEPEST), MOST_LOOKED_AT):
        kind = guess_type(file)[0] or ""
        if kind.startswith("image/") and folder != root:
            names.add(folder.relative_to(root).as_posix())
        elif kind.startswith("video/") or Path(file).suffix.lower() in _FILMS:
            names.add((folder / file).relative_to(root).as_posix())
    return sorted(names)[:MOST_CHOICES]


def _files_in(folder: Path, root: Path, deep: int) -> Iterator[tuple[Path, str]]:
    """What is not hidden and does not lead outside; the files of a folder before its folders."""
    try:
        with os.scandir(folder) as found:
            entries = [one for one in islice(found, MOST_LOOKED_AT) if not one.name.startswith(".")]
    except OSError:
        return
    inside = [one for one in entries if not one.is_symlink() or not leads_outside(Path(one), root)]
    yield from ((folder, one.name) for one in inside if _is(one, is_folder=False))
    for one in inside:
        if deep and _is(one, is_folder=True):
            yield from _files_in(folder / one.name, root, deep - 1)


def _is(entry: os.DirEntry[str], *, is_folder: bool) -> bool:
    try:
        return entry.is_dir() if is_folder else entry.is_file()
    except OSError:
        return False


def leads_outside(link: Path, root: Path) -> bool:
    """Whether a link leads out of `root`, which has no links itself, or nowhere."""
    path = _followed(link)
    return path is None or not path.is_relative_to(root)


def _followed(path: Path) -> Path | None:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):  # not there, or links that go round
        return None
