"""What a process hands to those it starts: its settings, and a directory for their sockets.

Settings travel as values, not as a file to read again: an .env that is edited, or broken, while
the show runs must not break a restart in the middle of the night.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from lib.config.settings import Shared

S = TypeVar("S", bound=Shared)

SETTINGS_VARIABLE = "AFTERIMAGE_SETTINGS"
RUN_DIR_VARIABLE = "AFTERIMAGE_RUN_DIR"
PREFIX = "afterimage-"
LOCK = "lock"
WORD = "-can-not-start"
LONGEST_BASE = 60  # a unix socket's path may have 107 bytes


def hand_down(settings: Shared, run_dir: Path | None = None) -> dict[str, str]:
    """The environment that `inherited` reads."""
    handed = {SETTINGS_VARIABLE: settings.model_dump_json()}
    return handed | ({RUN_DIR_VARIABLE: str(run_dir)} if run_dir else {})


def inherited(kind: type[S]) -> S | None:
    """Settings that a parent has already checked; None when this process was started by hand."""
    text = os.environ.pop(SETTINGS_VARIABLE, "")
    if not text:
        return None
    values: Mapping[str, object] = json.loads(text)
    # Values given here are stronger than the environment's, and every field is given.
    return kind(_env_file=None, **values)  # type: ignore[call-arg, arg-type] # pydantic's own


def shared_run_dir(output_port: int) -> Path:
    """The directory that the processes of one primary host share.

    Started by hand, each role alone, they meet in one that is named after the feed's port.
    """
    given = os.environ.get(RUN_DIR_VARIABLE)
    if given:
        return Path(given)
    path = _base() / f"{PREFIX}{os.getuid()}-{output_port}"
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
        raise OSError(f"{path} belongs to somebody else or is open to others; remove it")
    return path


@contextmanager
def new_run_dir() -> Iterator[Path]:
    """A fresh private directory, gone at the end; clears away what killed processes left."""
    base = _base()
    for old in base.glob(f"{PREFIX}*/{LOCK}"):
        _remove_if_dead(old)
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    lock = os.open(path / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel lets go of it however this process ends
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def leave_word(run_dir: Path, role: str, why_not: str | None) -> None:
    """For the processes beside it: why this one can not start; None when it can."""
    path = run_dir / f"{role}{WORD}"
    with suppress(OSError):
        if why_not:
            path.write_text(why_not, "utf-8")
        else:
            path.unlink()


def left_word(run_dir: Path, role: str) -> str:
    """Why that process can not start; empty when it can, or has not said."""
    with suppress(OSError, ValueError):
        return (run_dir / f"{role}{WORD}").read_text("utf-8")
    return ""


def _remove_if_dead(lock: Path) -> None:
    try:
        if lock.lstat().st_uid != os.getuid():
            return
        with lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)
    except OSError:  # in use, or not ours
        return


def _base() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    for base in (runtime, tempfile.gettempdir()):
        if base and len(base) <= LONGEST_BASE and os.access(base, os.W_OK | os.X_OK):
            return Path(base)
    return Path("/tmp")
