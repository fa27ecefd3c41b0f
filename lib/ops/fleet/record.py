"""The record of what was done to the machines: printed at once, and kept in a file."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from lib.config.settings import ROOT
from lib.core.plain import printable
from lib.files import append_regular

LARGEST = 1_000_000
NAME = "fleet.log"


def log_path() -> Path:
    """The record's file: in the show's state folder, or where this user may write."""
    given = os.environ.get("STATE_DIR", "")
    folders = [Path(given)] if given else [Path("/var/lib/afterimage"), ROOT / "state"]
    for folder in folders:
        if folder.is_dir() and os.access(folder, os.W_OK):
            return folder / NAME
    return (Path(given) if given else Path.home() / ".local" / "state" / "afterimage") / NAME


class Record:
    """A line for each event, after its time."""

    def __init__(self, program: str, path: Path | None = None) -> None:
        self._program = program
        self._path = path or log_path()

    def say(self, text: str) -> None:
        try:
            print(_one_line(text), flush=True)
        except OSError:  # the terminal is gone, but the work goes on
            sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - stays open to the end
        self.note(text)

    def note(self, text: str) -> None:
        when = time.strftime("%Y-%m-%d %H:%M:%S")
        line = f"{when} {self._program}: {_one_line(text)}\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists() and self._path.stat().st_size > LARGEST:
                self._path.replace(self._path.with_name(NAME + ".1"))
            with append_regular(self._path) as file:
                file.write(line.encode("utf-8", "backslashreplace"))
                file.flush()
                os.fsync(file.fileno())  # the power may be off a second later
        except OSError:  # a full disk must not keep machines from being turned off
            return


def _one_line(text: str) -> str:
    """What a machine says may hold anything."""
    return printable(" ".join(text.splitlines()))
