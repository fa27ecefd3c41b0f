"""Folders with keys, as make-keys.sh makes them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lib.ops import make_keys


def keys(folder: Path, *workers: str) -> Path:
    """A primary host's folder; each worker's own is below for/."""
    folder.mkdir(parents=True, exist_ok=True)
    make_keys.make_all(folder, str(folder), list(workers))
    return folder


def mixed(folder: Path, server: Path, own: Path) -> Path:
    """A client's folder that trusts the primary host of one folder, with the keys of another."""
    folder.mkdir()
    shutil.copy(server / "primary.key", folder)
    for name in ("worker.key_secret", "viewer.key_secret"):
        if (own / name).exists():
            shutil.copy(own / name, folder)
    return folder


def quiet(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out
