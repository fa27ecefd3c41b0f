"""Undoes the ways to spell a word so that only people still read it: case, accents, full-width and
other decorated letters, look-alikes of other scripts, invisible characters, letters written from
right to left, digits for letters, letters that are stretched or stand apart.

`readings` gives the texts that a person may read in a prompt, and `words_in` the words of each: the
word list is looked up in all of them. Everything takes time that grows with the text's length and
no faster: a character is normalised by itself, so that no run of accents has to be put in order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from lib.files import read_text

LOOK_ALIKES = Path(__file__).with_name("look_alikes.txt")
LONGEST_FORM = 4  # letters that one character may stand for

# Scripts that put no spaces between words: there a word is found wherever it stands.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
# Scripts whose vowels are marks on the letters, and parts of the word.
_WITH_MARKS = "\u0900-\u0963\u0966-\u109f\u1780-\u17d3\u3099\u309a"
# A letter or digit; the underscore stands between words here.
LETTER = rf"(?:[^\W_]|[{_WITH_MARKS}])"

_DRESSED = re.compile(
    r"(?:LATIN (?:LETTER SMALL CAPITAL|SMALL LETTER|CAPITAL LETTER|SUBSCRIPT SMALL LETTER)"
    r"|NEGATIVE (?:SQUARED|CIRCLED) LATIN CAPITAL LETTER"
    r"|REGIONAL INDICATOR SYMBOL LETTER|MODIFIER LETTER (?:SMALL|CAPITAL)) "
    r"(?:DOTLESS |SCRIPT |TURNED |REVERSED )?([A-Z]{1,2})(?: WITH .*| ROTUNDA)?"
)
# Marks above and below letters, in the scripts where a word without them is the same word.
_MARK = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
# What Unicode calls Default_Ignorable_Code_Point, and two letters by name that show nothing.
_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U00016fe4\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff\u2800\ufffd"
)
_SHOWS_NOTHING = re.compile(f"[{_MARK}{_INVISIBLE}]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f\uac00-\ud7a3]")
_IN_PARTS = re.compile("[\u3046-\u30ff][\u3099\u309a]|[\u1100-\u11ff]+")
_FOREIGN_MARKS = re.compile(rf"(?<=[a-z])(?:(?!\w)[{_WITH_MARKS}])+")

_LEET = str.maketrans("023456789@$€¢£", "ozeasgtbgasecl")
_ONE_IS_I = str.maketrans("1!|", "iii")
_ONE_IS_L = str.maketrans("1!|", "lil")
_MIXED = re.compile(r"(?:[^\W_]|[@$€¢£!|])+")
_IS_SHORTENED = rf"(?!['’](?:re|ve|ll|[dmst])(?!{LETTER}))"  # who're
_GLUED = re.compile(rf"(?<={LETTER}){_IS_SHORTENED}(?:[^\w\s]|_){{1,3}}(?={LETTER})")
_SPACED = re.compile(rf"(?<![^\W_]){LETTER}(?:[\W_]+[^\W_](?![^\W_])){{2,}}")
_HIDDEN_VOWEL = re.compile(rf"(?<={LETTER})[*#](?={LETTER})")  # p*rn
_BETWEEN_UNSPACED = re.compile(rf"(?<=[{UNSPACED}])[\W_]{{1,3}}(?=[{UNSPACED}])")
_FROM_RIGHT = re.compile("\u202e([^\u202a-\u202e\u2066-\u2069]*)")
_WORD = re.compile(rf"{LETTER}+")
_RUN = re.compile(r"(.)\1*", re.DOTALL)


class Word(NamedTuple):
    """A word with each run of one letter as a single letter, and how long the runs were."""

    letters: str
    runs: tuple[int, ...]
    start: int = 0  # where it stands in its text
    end: int = 0

    @property
    def whole(self) -> str:
        return "".join(letter * run for letter, run in zip(self.letters, self.runs, strict=True))


class _PerCharacter(dict[int, str]):
    """For str.translate: works a character out when it is first met."""

    def __init__(self, form: Callable[[str], str]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, code: int) -> str:
        if len(self) > 20_000:  # strangers must not fill memory with rare characters
            self.clear()
        self[code] = letters = self._form(chr(code))
        return letters


def _plain(character: str) -> str:
    """A character in its own script: small, without accents and decoration."""
    if character.isascii():
        return character.lower() if character.isprintable() or character.isspace() else ""
    # Tokenizers leave control and private characters out, too, and U+FFFD with them.
    if _SHOWS_NOTHING.match(character) or unicodedata.category(character)[0] == "C":
        return ""
    if _KANA_OR_HANGUL.match(character):
        return unicodedata.normalize("NFKC", character)
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    apart = unicodedata.normalize("NFKD", character).casefold()
    # Once more: some capitals come apart only when they are small.
    apart = _SHOWS_NOTHING.sub("", unicodedata.normalize("NFKD", apart))
    if len(apart) > LONGEST_FORM:
        return character
    return "".join(map(_undressed, apart))


def _undressed(character: str) -> str:
    if character.isascii():
        return character
    dressed = _DRESSED.fullmatch(unicodedata.name(character, ""))
    return dressed[1].lower() if dressed else character


def _read_look_alikes() -> dict[str, str]:
    lines = read_text(LOOK_ALIKES).splitlines()
    rows = [line.split(" ") for line in lines if not line.startswith("#")]
    return {other: letter for letter, others in rows for other in others}


def _latin(character: str) -> str:
    """The Latin letter that a reader takes a character for, or the character as it is."""
    whole = unicodedata.normalize("NFKC", character)
    if letter := _look_alikes.get(character) or _look_alikes.get(whole):
        return letter
    return "".join(_look_alikes.get(form, form) for form in _plain(character))


_look_alikes = _read_look_alikes()
_to_plain, _to_latin = _PerCharacter(_plain), _PerCharacter(_latin)


def spellings(text: str) -> list[str]:
    """One spelling for all forms of the same letters: in their own script, and where it differs,
    with those that look like Latin letters as such."""
    plain = _whole(text.translate(_to_plain))
    return [plain] if plain.isascii() and text.isascii() else _both(plain, text)


def _both(plain: str, text: str) -> list[str]:
    latin = _whole(text.translate(_to_latin))
    return [plain] if latin == plain else [plain, latin]


def _whole(text: str) -> str:
    """Letters that were sent in parts put together, and Latin ones freed of others' marks."""
    if text.isascii():
        return text
    text = _IN_PARTS.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    return _FOREIGN_MARKS.sub("", text)


def readings(text: str) -> list[str]:
    """What a person may read in a text, the likeliest first."""
    texts = [text]
    if "\u202e" in text:
        texts.append(_FROM_RIGHT.sub(lambda found: found[1][::-1], text))
    read = dict.fromkeys(spelling for each in texts for spelling in spellings(each))
    for one in (_ONE_IS_I, _ONE_IS_L):
        read |= dict.fromkeys(
            _MIXED.sub(lambda found, one=one: _digits_as_letters(found[0], one), each)  # type: ignore[misc]
            for each in tuple(read)
        )
    hidden = [each for each in read if _HIDDEN_VOWEL.search(each)]
    read |= dict.fromkeys(_HIDDEN_VOWEL.sub(vowel, each) for each in hidden for vowel in "aeiou")
    read |= dict.fromkeys(_BETWEEN_UNSPACED.sub("", each) for each in tuple(read))
    return list(read | dict.fromkeys(_GLUED.sub("", each) for each in tuple(read)))


def words_in(text: str) -> list[Word]:
    """The words of one reading."""
    return [_word(found[0], found.start()) for found in _WORD.finditer(text)]


def spelled_out(text: str) -> list[Word]:
    """Letters that stand alone, three or more in a row, put together: p o r n, p.0.r.n."""
    rows = [re.sub(r"[\W_]+", "", found[0]) for found in _SPACED.finditer(text)]
    read = dict.fromkeys(rows)
    for one in (_ONE_IS_I, _ONE_IS_L):
        read |= dict.fromkeys(_digits_as_letters(row, one) for row in rows)
    return [_word(row, 0) for row in read]


def _word(letters: str, start: int) -> Word:
    return Word(*_in_runs(letters), start, start + len(letters))


@lru_cache(4096)
def _in_runs(letters: str) -> tuple[str, tuple[int, ...]]:
    runs = [(run[1], len(run[0])) for run in _RUN.finditer(letters)]
    return "".join(letter for letter, _ in runs), tuple(length for _, length in runs)


def _digits_as_letters(word: str, one: dict[int, int]) -> str:
    """Digits and signs as the letters they stand for; a number stays a number."""
    if word.isalpha() or not any(character.isalpha() for character in word):
        return word
    return word.translate(_LEET).translate(one)
