"""The list of words with a picture of their own, and how a word of a prompt is found in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from lib.files import read_text
from lib.scene.ink import Ink, parse_hex

LIST = Path(__file__).with_name("vocabulary.txt")
_ENDINGS = (
    ("ies", "y"),
    ("ves", "f"),
    ("ves", "fe"),
    ("es", ""),
    ("s", ""),
    ("ing", ""),
    ("ing", "e"),
    ("ed", ""),
    ("ed", "e"),
)
_SHORT, _LONG = 5, 7  # letters: a shorter word is never taken for another; a longer one oftener
_COMPOUND = 4  # letters of each part of a word such as treehouse, at least


class Meaning(NamedTuple):
    kind: str
    name: str
    several: bool = False  # the word says that there are several


class Vocabulary:
    """The words of the list, single ones and phrases."""

    def __init__(self, lines: list[str]) -> None:
        self._words: dict[str, Meaning] = {}
        self.colours: dict[str, Ink] = {}
        self.longest = 1  # the most words of a phrase
        for line in lines:
            if line.strip() and not line.startswith("#"):
                self._add(line)

    def __len__(self) -> int:
        return len(self._words)

    def names(self, kind: str) -> set[str]:
        return {meaning.name for meaning in self._words.values() if meaning.kind == kind}

    def words(self, kind: str) -> list[str]:
        return [word for word, meaning in self._words.items() if meaning.kind == kind]

    def example(self, kind: str, name: str) -> str:
        """The first word of a meaning."""
        return next(word for word, meaning in self._words.items() if meaning[:2] == (kind, name))

    def _add(self, line: str) -> None:
        head, _, words = line.partition(":")
        kind, name, *code = head.split()
        if kind == "colour":
            self.colours[name] = parse_hex(code[0])
        # As the words of a prompt are read: without hyphens and possessives.
        listed = [word.strip().replace("-", " ").replace("'s ", " ") for word in words.split(",")]
        for word in filter(None, listed):
            plural = any(several and stem in listed for stem, several in _stems(word))
            meaning = Meaning(kind, name, plural or word.endswith("*"))
            word = word.removesuffix("*")
            self._words.setdefault(word, meaning)
            self.longest = max(self.longest, word.count(" ") + 1)

    def find(self, word: str) -> Meaning | None:
        """The meaning of a word or phrase in any of its forms."""
        if word in self._words:
            return self._words[word]
        for stem, several in _stems(word):
            meaning = self._words.get(stem)
            if meaning is not None:
                return meaning._replace(several=several or meaning.several)
        return self._misspelt(word) or self._compound(word)

    def _misspelt(self, word: str) -> Meaning | None:
        """What was meant by a word with one slip in it: "lihgthouse", "elefant"."""
        if " " in word or len(word) < _SHORT or not word.isalpha():
            return None
        sound = _sounds(word)
        likely = [
            one for one in self._by_letter.get(word[0], ()) if abs(len(one[0]) - len(word)) <= 2
        ]
        for meant in (
            (known for known, sounds in likely if sounds == sound),
            (known for known, _ in likely if _one_slip(word, known)),
            (known for known, sounds in likely if _one_slip(sound, sounds)),
        ):
            found = next(meant, None)
            if found is not None:
                return self._words[found]
        return None

    @cached_property
    def _by_letter(self) -> dict[str, list[tuple[str, str]]]:
        """Single words and how they sound, by their first letter."""
        found: dict[str, list[tuple[str, str]]] = {}
        for word in self._words:
            if " " not in word and len(word) >= _SHORT:
                found.setdefault(word[0], []).append((word, _sounds(word)))
        return found

    def _compound(self, word: str) -> Meaning | None:
        """The last part of a compound says what it is."""
        if " " in word:
            return None
        for cut in range(_COMPOUND, len(word) - _COMPOUND + 1):
            for stem, several in ((word[cut:], False), *_stems(word[cut:])):
                meaning = self._words.get(stem)
                if meaning is not None and meaning.kind in ("thing", "place"):
                    return meaning._replace(several=several or meaning.several)
        return None


def _sounds(word: str) -> str:
    """The word without what is most often misspelt: doubled letters, ph, ck."""
    plain = word.replace("ph", "f").replace("ck", "k")
    return "".join(one for one, before in zip(plain, " " + plain, strict=False) if one != before)


def _one_slip(typed: str, meant: str) -> bool:
    """Is one letter missing, too much, another one, or in its neighbour's place?"""
    begin = 0
    while begin < min(len(typed), len(meant)) and typed[begin] == meant[begin]:
        begin += 1
    one, other = typed[begin:], meant[begin:]
    if len(one) == len(other):
        swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
        return swapped or (one[1:] == other[1:] and len(typed) >= _LONG)
    longer = max(len(typed), len(meant))
    return longer > _SHORT and (one[1:] == other or one == other[1:])


def _stems(word: str) -> Iterator[tuple[str, bool]]:
    for ending, other in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            yield word.removesuffix(ending) + other, ending.endswith("s")


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(read_text(LIST).splitlines())
