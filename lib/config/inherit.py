"""Hands settings to the processes that one starts, and a folder for their sockets.

Settings travel as values, not as a file to read again: an .env that is edited, or broken, while
the show runs must not break a restart in the middle of the night.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from lib.config.settings import SharedSettings
from lib.core.plain import is_utf8
from lib.files import read_text

log = logging.getLogger(__name__)

S = TypeVar("S", bound=SharedSettings)

SETTINGS_VARIABLE = "AFTERIMAGE_SETTINGS"
RUN_DIR_VARIABLE = "AFTERIMAGE_RUN_DIR"
ADAPTERS_NOTE = "adapters"  # of what keeps an older protocol from its port
ALONE_VARIABLE = "AFTERIMAGE_ALONE"  # the older protocol that is served and nothing else
PREFIX = "afterimage-"
LOCK = "lock"
PROBLEM_SUFFIX = "-can-not-start"
LONGEST_BASE = 60  # a unix socket's path may have 107 bytes


def hand_down(settings: SharedSettings, run_dir: Path | None = None) -> dict[str, str]:
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
    _make_private(path)
    return path


class RunDir:
    """A private directory that is made again where somebody removes it, as cleaners of temporary
    files do. Running processes then open their sockets in it again by themselves."""

    def __init__(self, base: Path) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        self._lock = self._new_lock()
        self._notes: set[str] = set()  # empty files: their names are all that they hold
        self._trouble = ""

    def keep_whole(self) -> None:
        """Make the folder again if it is gone; called a few times a second."""
        try:
            if self._is_whole():
                self._notes = self._empty_files() or self._notes
            else:
                self._restore()
                log.warning(
                    "the folder %s was removed, or its lock was: it is there again", self.path
                )
            self._trouble = ""
        except OSError as error:
            if self._trouble != str(error):
                self._trouble = str(error)
                log.warning(
                    "the folder %s was removed and cannot be made again, so no process of this "
                    "show can be started anew: %s",
                    self.path,
                    error,
                )

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)

    def _is_whole(self) -> bool:
        try:
            return os.path.samestat((self.path / LOCK).lstat(), os.fstat(self._lock))
        except (FileNotFoundError, NotADirectoryError):
            return False

    def _restore(self) -> None:
        _make_private(self.path)
        before, self._lock = self._lock, self._new_lock()
        os.close(before)
        for name in self._notes:
            (self.path / name).touch()

    def _new_lock(self) -> int:
        """The kernel lets go of it however this process ends."""
        lock = os.open(self.path / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise
        return lock

    def _empty_files(self) -> set[str]:
        found = set()
        for path in self.path.iterdir():
            with suppress(OSError):  # it has just got another name
                if path.name != LOCK and path.is_file() and not path.stat().st_size:
                    found.add(path.name)
        return found


@contextmanager
def new_run_dir() -> Iterator[RunDir]:
    """A fresh private directory, gone at the end; clears away what killed processes left."""
    base = _base()
    for old in base.glob(f"{PREFIX}*/{LOCK}"):
        _remove_if_dead(old)
    run_dir = RunDir(base)
    try:
        yield run_dir
    finally:
        run_dir.remove()


def write_start_problem(run_dir: Path, role: str, why_not: str | None) -> None:
    """Tell the other processes why this one cannot start; None when it can."""
    path = run_dir / f"{role}{PROBLEM_SUFFIX}"
    with suppress(OSError):
        if why_not:
            path.write_text(why_not, "utf-8")
        else:
            path.unlink()


def read_start_problem(run_dir: Path, role: str) -> str:
    """Why that process cannot start; empty when it can, or has not said."""
    with suppress(OSError, ValueError):
        return read_text(run_dir / f"{role}{PROBLEM_SUFFIX}")
    return ""


def _make_private(path: Path) -> None:
    """A folder of that name where only this user can write."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
        raise OSError(f"{path} belongs to somebody else or is open to others; remove it")


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
        fits = len(os.fsencode(base)) <= LONGEST_BASE and is_utf8(
            base
        )  # it becomes a socket's address
        if base and fits and os.access(base, os.W_OK | os.X_OK):
            return Path(base)
    return Path("/tmp")
