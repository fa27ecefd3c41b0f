"""Keeps what was typed across runs, readable for its owner alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from lib.files import append_regular, create_fresh, read_end

MOST_LINES = 1000
LARGEST = 4 * 1024 * 1024


def history_file() -> Path:
    """Where the desktop keeps a program's state."""
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "afterimage" / "chat-history"


class InputHistory:
    """Lines in a file, the newest last. Where the file cannot be written, nothing is kept."""

    def __init__(self, path: Path, trouble: Callable[[str], None]) -> None:
        self._path, self._trouble = path, trouble
        self._said = False

    def lines(self) -> list[str]:
        """The latest, oldest first; a file that has grown long is shortened to them."""
        try:
            known = read_end(self._path, LARGEST).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            self._say(error)
            return []
        kept = [line for line in known if line.strip()][-MOST_LINES:]
        if len(known) > 2 * MOST_LINES:
            self._write(kept)
        return kept

    def add(self, line: str) -> None:
        """Append it, for this user's eyes only."""
        try:
            with self._private(append_regular, self._path) as file:
                file.write(_one_line(line))
        except OSError as error:
            self._say(error)

    def _write(self, lines: list[str]) -> None:
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            with self._private(create_fresh, fresh) as file:
                file.write(b"".join(map(_one_line, lines)))
            fresh.replace(self._path)
        except OSError as error:
            with suppress(OSError):
                fresh.unlink()
            self._say(error)

    def _private(self, make: Callable[[Path, int], BinaryIO], path: Path) -> BinaryIO:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = make(path, 0o600)
        os.fchmod(file.fileno(), 0o600)  # one that was there already may have been open to others
        return file

    def _say(self, error: OSError) -> None:
        if not self._said:
            self._said = True
            self._trouble(f"the history of this chat is not saved: {self._path}: {error.strerror}")


def _one_line(line: str) -> bytes:
    return " ".join(line.splitlines()).encode("utf-8", "replace") + b"\n"
