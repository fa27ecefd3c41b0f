"""The fixtures of the light output, as a file among what outlives a show."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from lib.config.sentences import sentence
from lib.config.settings import PrimarySettings
from lib.config.state_folder import state_folder
from lib.files import MEGABYTE, create_fresh, read_regular
from lib.signals.dmx.fixtures import Patch

NAME = "fixtures.json"


class PatchError(Exception):
    """The file cannot be read or written, in one sentence."""


def patch_path(settings: PrimarySettings) -> Path:
    return state_folder(settings) / NAME


def load_patch(path: Path) -> Patch:
    """No file: no fixtures."""
    try:
        return Patch.model_validate_json(read_regular(path, MEGABYTE))
    except FileNotFoundError:
        return Patch()
    except ValidationError as error:
        first = error.errors()[0]
        says = "it is no JSON" if first["type"] == "json_invalid" else sentence(first)
        raise PatchError(f"{path}: {says}") from None
    except OSError as error:
        raise PatchError(f"{path} cannot be read: {error.strerror or error}") from None


def save_patch(path: Path, patch: Patch) -> None:
    """Whole or not at all: a power cut leaves the old one."""
    half = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with create_fresh(half) as file:
            file.write(patch.model_dump_json(indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        raise PatchError(f"{path} cannot be written: {error.strerror or error}") from None


def changed_at(path: Path) -> tuple[int, int]:
    """What differs when the file was written again."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)
