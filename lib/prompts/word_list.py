"""The list of refused words: a file that ships with the project or one of your own.

It is read again when it changes. A file that cannot be read at the start keeps the show from
starting; later the list that was read last stays, so that a half-saved file opens nothing.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from lib.files import read_regular
from lib.observe import OncePerSecond
from lib.prompts.refused_words import RefusedWords, WordListError

LIST = Path(__file__).with_name("refused.txt")
LARGEST_LIST = 1024 * 1024

log = logging.getLogger(__name__)


class WordList:
    """The list as the file says it now. Any thread may ask."""

    def __init__(self, path: Path = LIST) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._warn = OncePerSecond(log)
        self._refused: RefusedWords | None = None
        self._version: tuple[int, int, int] | None = None

    def objection(self, *texts: str) -> str:
        """A sentence that says what speaks against a text, or against several together though not
        against one of them alone; empty when nothing does."""
        try:
            refused = self._current()
        except WordListError as error:
            return f"no prompt can be checked: {error}"
        word = refused.found(" 0 ".join(texts))  # no phrase is made of the ends of two texts
        if len(texts) > 1 and word and any(map(refused.found, texts)):
            return ""
        return f"'{word}' is on the list of refused words" if word else ""

    def _current(self) -> RefusedWords:
        with self._lock:
            try:
                version = _file_version(self._path)
                if version != self._version or self._refused is None:
                    self._refused = read_list(self._path)
                    self._version = version
                    log.info("%d words are refused (%s)", self._refused.count, self._path.name)
            except WordListError as error:
                if self._refused is None:
                    raise
                self._warn.warning(
                    "list", "the words that were read before stay refused: %s", error
                )
            return self._refused


def read_list(path: Path) -> RefusedWords:
    """ListError in one sentence when the file is missing or no list."""
    try:
        data = read_regular(path, LARGEST_LIST)
    except OSError as error:
        raise WordListError(f"{path} cannot be read: {error.strerror}") from error
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise WordListError(f"{path} is not a text in UTF-8") from error
    return RefusedWords(lines, path.name)


def _file_version(path: Path) -> tuple[int, int, int]:
    """Numbers that change when the file does; cheaper than reading it for each prompt."""
    try:
        found: os.stat_result = path.stat()
    except OSError as error:
        raise WordListError(f"{path} cannot be read: {error.strerror}") from error
    return found.st_mtime_ns, found.st_size, found.st_ino
