"""What a list of refused words says about a text.

Each word of a text is looked up by itself, in tables by spelling, so that a long list costs hardly
more than a short one. A run of one letter counts as that letter, and a word is found where its runs
are at least as long as the list's: naked in naakeed, but boobs not in bobs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from lib.prompts.normalise import (
    LETTER,
    UNSPACED,
    Word,
    readings,
    spelled_out,
    spellings,
    words_in,
)

LONGEST_LINE = 200
SHORTEST_JOINED = 3  # letters that stood alone; so few only count if they are all of their row
MOST_KNOWN = 10_000  # words whose lines are remembered
LONGEST_EXACT = 60  # characters of a word that is looked up with its accents
# Letters of a word that is taken apart; what is longer is no two words.
SHORTEST_GLUED, LONGEST_GLUED = 6, 30
REFUSING, KINDS = ("", "?"), ("?", "!", "~", "@")

_UNSPACED = re.compile(f"[{UNSPACED}]")
# A word and its accents, which may stand behind the letters.
_WORD = re.compile(r"\w+(?:[\u0300-\u036f]{1,2}\w+)*[\u0300-\u036f]{0,2}")
_IN_SPACED = re.compile(rf"(?![{UNSPACED}]){LETTER}")


Joined = Callable[[str, str], bool]


class WordListError(ValueError):
    """The list cannot be used; the text is one sentence for the person at the machine."""


class Phrase(NamedTuple):
    """One spelling of one line of the list."""

    written: str  # as the list has it: that is what somebody would look for to change it
    words: tuple[Word, ...]
    anywhere: bool  # its first word may stand behind other letters
    beginning: bool  # letters may follow its last word
    literal: str  # for what is no word of letters, and for scripts without spaces; else empty


class Found(NamedTuple):
    written: str
    start: int
    end: int


class TextReading:
    """One reading of a text, its words and their places."""

    def __init__(self, text: str) -> None:
        self.text, self.words = text, words_in(text)


class Phrases:
    """The lines of one kind, looked up together."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        # By the letters that are looked up: a whole word, or its start, its end, a part of it.
        self._whole, self._start, self._end, self._part = Table(), Table(), Table(), Table()
        self._literal, self._joined = Table(), Table()
        self._known: dict[str, tuple[tuple[Phrase, int], ...]] = {}
        for phrase in phrases:
            if phrase.literal:
                self._literal.add(phrase.literal[0], phrase)
                continue
            begun = phrase.beginning and len(phrase.words) == 1
            front, back = (self._end, self._part) if phrase.anywhere else (self._whole, self._start)
            (back if begun else front).add(phrase.words[0].letters, phrase)
            joined = joined_word(phrase.words)
            if sum(joined.runs) >= SHORTEST_JOINED:
                self._joined.add(joined.letters, phrase)
        firsts = "|".join(map(re.escape, self._literal.lines))
        self._first_letters = re.compile(firsts or "(?!)")

    def found(self, reading: TextReading, are_joined: Joined | None = None) -> Iterator[Found]:
        """All of them in a reading. `are_joined` judges what stands between two words."""
        for place, word in enumerate(reading.words):
            for phrase, at in self._begun_in(word.letters):
                if _fits(phrase, reading, place, at, are_joined):
                    last = reading.words[place + len(phrase.words) - 1]
                    yield Found(phrase.written, word.start, last.end)
        text = reading.text
        for start in self._literal_starts(text):
            for phrase in self._literal.lines[text[start]]:
                end = start + len(phrase.literal)
                if text.startswith(phrase.literal, start) and _stands_alone(
                    phrase, text, start, end
                ):
                    yield Found(phrase.written, start, end)

    def _literal_starts(self, text: str) -> Iterator[int]:
        return (found.start() for found in self._first_letters.finditer(text))

    def among_letters(self, row: Word) -> str:
        """A line in letters that stood alone; a short one only if it is all of the row."""
        for start in range(len(row.letters)):
            for length in self._joined.lengths:
                end = start + length
                for phrase in self._joined.lines.get(row.letters[start:end], ()):
                    joined = joined_word(phrase.words)
                    is_all = row.letters[:start] in ("", "a", "i") and row.letters[end:] in (
                        "",
                        "s",
                    )
                    if (is_all or sum(joined.runs) > SHORTEST_JOINED) and _is_stretched(
                        joined.runs, row.runs[start:end]
                    ):
                        return phrase.written
        return ""

    def _begun_in(self, letters: str) -> Sequence[tuple[Phrase, int]]:
        """The same, remembered: most words come again in every reading and every prompt."""
        known = self._known.get(letters)
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            known = self._known[letters] = tuple(self._candidates(letters))
        return known

    def _candidates(self, letters: str) -> Iterator[tuple[Phrase, int]]:
        """Lines that may begin in this word, and at which of its letters."""
        most = len(letters)
        yield from ((phrase, 0) for phrase in self._whole.lines.get(letters, ()))
        for length in self._start.lengths:
            yield from ((phrase, 0) for phrase in self._start.lines.get(letters[:length], ()))
        for length in self._end.lengths:
            at = max(0, most - length)
            yield from ((phrase, at) for phrase in self._end.lines.get(letters[at:], ()))
        for part, phrases in self._part.lines.items():
            at = letters.find(part)
            while at >= 0:
                yield from ((phrase, at) for phrase in phrases)
                at = letters.find(part, at + 1)


class Table:
    """Lines by their letters, and how long those are."""

    def __init__(self) -> None:
        self.lines: dict[str, list[Phrase]] = {}
        self.lengths: set[int] = set()

    def add(self, letters: str, phrase: Phrase) -> None:
        self.lines.setdefault(letters, []).append(phrase)
        self.lengths.add(len(letters))


def joined_word(words: Sequence[Word]) -> Word:
    return words_in("".join(word.whole for word in words))[0]


def is_one_phrase(between: str, before: str) -> bool:
    """Whether what stands between two words leaves them one phrase: a full stop only behind an
    initial."""
    return not between.strip(" _-") or (len(before) == 1 and not between.strip(" ."))


def _fits(
    phrase: Phrase, reading: TextReading, place: int, at: int, are_joined: Joined | None
) -> bool:
    here = reading.words[place : place + len(phrase.words)]
    if len(here) < len(phrase.words):
        return False
    for number, (wanted, word) in enumerate(zip(phrase.words, here, strict=True)):
        from_letter = at if number == 0 else 0
        is_begun = phrase.beginning and number == len(here) - 1
        end = from_letter + len(wanted.letters)
        if word.letters[from_letter:end] != wanted.letters:
            return False
        if len(word.letters) > end and not is_begun:
            return False
        if not _is_stretched(wanted.runs, word.runs[from_letter:end]):
            return False
    gaps = pairwise(here)
    return are_joined is None or all(
        are_joined(reading.text[one.end : other.start], one.letters) for one, other in gaps
    )


def _is_stretched(wanted: Sequence[int], runs: Sequence[int]) -> bool:
    return all(least <= run for least, run in zip(wanted, runs, strict=True))


def _stands_alone(phrase: Phrase, text: str, start: int, end: int) -> bool:
    """Letters of a script with spaces must not go on at the ends of a line that is no word."""
    first, last = phrase.literal[0], phrase.literal[-1]
    front = phrase.anywhere or not _IN_SPACED.match(first)
    back = phrase.beginning or not _IN_SPACED.match(last)
    return (front or not re.match(LETTER, text[start - 1 : start])) and (
        back or not re.match(LETTER, text[end : end + 1])
    )


class RefusedWords:
    """All lines of one list. Their first signs say which kind they are."""

    def __init__(self, lines: list[str], name: str) -> None:
        kinds: dict[str, list[Phrase]] = {kind: [] for kind in ("", *KINDS)}
        self.count = 0
        self._exact: set[str] = set()  # allowed where they have just these accents
        for number, line in enumerate(lines, 1):
            written = line.split("#")[0].strip()
            if not written:
                continue
            if len(written) > LONGEST_LINE:
                raise WordListError(
                    f"line {number} of {name} is longer than {LONGEST_LINE} characters"
                )
            kind = written[0] if written[0] in KINDS else ""
            exact = written.removeprefix("!").casefold()
            if kind == "!" and is_accented(exact):
                self._exact.add(unicodedata.normalize("NFC", exact))
                continue
            kinds[kind] += _phrases(written.removeprefix(kind).strip(), number, name)
            self.count += kind in REFUSING
        if not self.count:
            raise WordListError(f"{name} holds no word to refuse")
        self._refused, self._of_people = Phrases(kinds[""]), Phrases(kinds["?"])
        self._allowed, self._innocent = Phrases(kinds["!"]), Phrases(kinds["~"])
        self._people = Phrases(kinds["@"])
        self._glued = {phrase.words[0].whole for phrase in kinds["@"] if _can_be_glued(phrase)}
        self._glued_lengths = sorted({len(word) for word in self._glued})

    def found(self, text: str) -> str:
        """A line of the list that speaks against `text`, or nothing."""
        read = [TextReading(each) for each in readings(self._without_exact(text))]
        of_people = any(next(self._people.found(each), None) for each in read)
        refusing = [self._refused, self._of_people] if of_people else [self._refused]
        allowing = [self._allowed] if of_people else [self._allowed, self._innocent]
        for reading in read:
            hits = [hit for phrases in refusing for hit in phrases.found(reading)]
            if not hits:
                continue
            spans = [span for phrases in allowing for span in phrases.found(reading, is_one_phrase)]
            for hit in hits:
                if not any(span.start <= hit.start and hit.end <= span.end for span in spans):
                    return hit.written
        words = {word.whole for reading in read for word in reading.words}
        for apart in sorted(self._apart(words)):
            if glued := next(self._refused.found(TextReading(apart)), None):
                return glued.written
        rows = dict.fromkeys(row for reading in read for row in spelled_out(reading.text))
        in_rows = (phrases.among_letters(row) for row in rows for phrases in refusing)
        return next(filter(None, in_rows), "")

    def _without_exact(self, text: str) -> str:
        if text.isascii():
            return text
        return _WORD.sub(
            lambda found: "/" if _composed(found[0]) in self._exact else found[0], text
        )

    def _apart(self, words: set[str]) -> Iterator[str]:
        """Words that end or begin with one for a person, taken apart: nakedwoman, womannaked."""
        for word in words:
            if not SHORTEST_GLUED <= len(word) <= LONGEST_GLUED:
                continue
            if any(self._allowed.found(TextReading(word))):
                continue
            for length in self._glued_lengths:
                if word[-length:] in self._glued:
                    yield f"{word[:-length]} {word[-length:]}"
                if word[:length] in self._glued:
                    yield f"{word[:length]} {word[length:]}"


def is_accented(word: str) -> bool:
    """Whether a line counts only where it is spelled with just its accents."""
    return not word.isascii() and not _UNSPACED.search(word) and bool(_WORD.fullmatch(word))


def _composed(word: str) -> str:
    if len(word) > LONGEST_EXACT:
        return ""
    return unicodedata.normalize("NFC", word).casefold()


def _can_be_glued(phrase: Phrase) -> bool:
    return len(phrase.words) == 1 and not phrase.literal and len(phrase.words[0].letters) >= 3


def _phrases(written: str, number: int, name: str) -> Iterator[Phrase]:
    """A line in each of its spellings."""
    anywhere, beginning = written.startswith("*"), written.endswith("*")
    core = written.strip("*")
    shown = written.strip("* ")
    for spelling in spellings(core):
        plain = " ".join(spelling.split())
        if not plain or "*" in plain:
            raise WordListError(f"line {number} of {name} is no word; * may stand at its ends only")
        words = tuple(words_in(plain))
        is_words = re.fullmatch(rf"{LETTER}+(?:[ .-]+{LETTER}+)*\.?", plain)
        literal = "" if is_words and not _UNSPACED.search(plain) else plain
        yield Phrase(shown, words, anywhere, beginning, literal)
