"""The folder whose folders and films can be chosen while the show runs, and nothing outside it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from lib.config.params import Played
from lib.config.sentences import sentence


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


def leads_outside(link: Path, root: Path) -> bool:
    """Whether a link leads out of `root`, which has no links itself, or nowhere."""
    path = _followed(link)
    return path is None or not path.is_relative_to(root)


def _followed(path: Path) -> Path | None:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):  # not there, or links that go round
        return None
