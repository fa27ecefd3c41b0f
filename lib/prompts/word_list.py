"""The list of refused words: a file that ships with the project or one of your own.

It is read again when it changes. A file that cannot be read at the start keeps the show from
starting; later the list that was read last stays, so that a half-saved file opens nothing.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from pathlib import Path
from typing import NamedTuple

from lib.observe import OncePerSecond
from lib.prompts.normalise import LETTER, normalised, readings, spelled_out

LIST = Path(__file__).with_name("refused.txt")
LARGEST_LIST = 1024 * 1024
LONGEST_LINE = 200

log = logging.getLogger(__name__)

# Scripts that put no spaces between words: there a word is found wherever it stands.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")

_NOTHING = r"(?!)"


class WordListError(ValueError):
    """The list cannot be used; the text is one sentence for the person at the machine."""


class _WordPattern(NamedTuple):
    """One line of the list."""

    written: str
    core: str  # a pattern for its letters
    anywhere: bool  # it may stand behind other letters
    beginning: bool  # letters may follow
    spaced: str  # for letters that stood alone and were put together; empty: not looked for

    @property
    def pattern(self) -> str:
        return _bounded(self.core, self.anywhere, self.beginning)


class RefusedWords:
    """All words of one list, looked up together."""

    def __init__(self, lines: list[str], name: str) -> None:
        entries: list[_WordPattern] = []
        allowed: list[_WordPattern] = []
        for number, line in enumerate(lines, 1):
            written = line.split("#")[0].strip()
            if not written:
                continue
            if len(written) > LONGEST_LINE:
                raise WordListError(
                    f"line {number} of {name} is longer than {LONGEST_LINE} characters"
                )
            (allowed if written.startswith("!") else entries).append(
                _entry(written.removeprefix("!").strip(), number, name)
            )
        if not entries:
            raise WordListError(f"{name} holds no word to refuse")
        self.count = len(entries)
        self._entries = entries
        self._any = _one_of(entries)
        self._allowed = _one_of(allowed)
        spaced = "|".join(entry.spaced for entry in entries if entry.spaced)
        self._spaced = re.compile(spaced or _NOTHING)

    def found(self, text: str) -> str:
        """The first line of the list that speaks against `text`, or nothing."""
        for reading in readings(normalised(text)):
            # A sign that is no space, so that what stood around it does not become one word.
            rest = self._allowed.sub(" / ", reading)
            if hit := self._any.search(rest):
                return self._written(hit[0])
            for word in spelled_out(rest):
                if hit := self._spaced.search(word):
                    return str(hit[0])
        return ""

    def _written(self, hit: str) -> str:
        """As the list has it: that is what somebody would look for to change it."""
        for entry in self._entries:
            if re.search(entry.pattern, hit):
                return entry.written.strip("* ")
        return hit


def _entry(written: str, number: int, name: str) -> _WordPattern:
    anywhere, beginning = written.startswith("*"), written.endswith("*")
    words = re.findall(r"\S+", normalised(written.strip("*")))
    if not words or "*" in "".join(words):
        raise WordListError(f"line {number} of {name} is no word; * may stand at its ends only")
    core = r"[\W_]+".join(map(re.escape, words))
    anywhere = anywhere or bool(_UNSPACED.search(core)) or not re.search(LETTER, words[0][0])
    beginning = beginning or bool(_UNSPACED.search(core)) or not re.search(LETTER, words[-1][-1])
    joined = "".join(words)
    # A short word in a row of single letters is chance, unless it is all of the row.
    spaced = joined if len(joined) > 3 else f"^[ai]?{joined}s?$"
    if len(joined) < 3 or not joined.isalnum():
        spaced = ""
    return _WordPattern(written, core, anywhere, beginning, spaced)


def _bounded(core: str, anywhere: bool, beginning: bool) -> str:
    front, back = "" if anywhere else rf"(?<!{LETTER})", "" if beginning else rf"(?!{LETTER})"
    return f"{front}(?:{core}){back}"


def _one_of(entries: list[_WordPattern]) -> re.Pattern[str]:
    """Entries with the same ends share one pattern, since matching the ends takes most time."""
    groups: dict[tuple[bool, bool], list[str]] = {}
    for entry in entries:
        groups.setdefault((entry.anywhere, entry.beginning), []).append(entry.core)
    both = [_bounded("|".join(sorted(cores)), *ends) for ends, cores in groups.items()]
    return re.compile("|".join(both) or _NOTHING)


class WordList:
    """The list as the file says it now. Any thread may ask."""

    def __init__(self, path: Path = LIST) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._warn = OncePerSecond(log)
        self._refused: RefusedWords | None = None
        self._version: tuple[int, int, int] | None = None

    def objection(self, text: str) -> str:
        """A sentence that says what speaks against `text`; empty when nothing does."""
        try:
            refused = self._current()
        except WordListError as error:
            return f"no prompt can be checked: {error}"
        word = refused.found(text)
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
        with path.open("rb") as file:
            data = file.read(LARGEST_LIST + 1)
    except OSError as error:
        raise WordListError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST_LIST:
        raise WordListError(f"{path} is larger than {LARGEST_LIST // 1024} kB")
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
