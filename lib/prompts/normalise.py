"""Undoes the ways to spell a word so that only people still read it: case, accents, full-width and
other decorated letters, look-alikes of other alphabets, invisible characters, digits for letters,
stretched and spaced-out letters.

`normalised` gives one spelling for all forms of a letter. `readings` gives the texts that a person
may read in it: the word list is looked up in each of them.
"""

from __future__ import annotations

import re
import unicodedata

# A letter or digit; the underscore stands between words here.
LETTER = r"[^\W_]"

_DRESSED = re.compile(
    r"(?:LATIN (?:LETTER SMALL CAPITAL|SMALL LETTER|CAPITAL LETTER|SUBSCRIPT SMALL LETTER)"
    r"|NEGATIVE (?:SQUARED|CIRCLED) LATIN CAPITAL LETTER"
    r"|REGIONAL INDICATOR SYMBOL LETTER|MODIFIER LETTER (?:SMALL|CAPITAL)) "
    r"(?:DOTLESS |SCRIPT |TURNED |REVERSED )?([A-Z]{1,2})(?: WITH .*| ROTUNDA)?"
)
# Cyrillic, Greek and Armenian letters that a reader takes for Latin ones.
_ALIKE = dict(
    zip(
        "авсеԁһіјкӏмпорԛѕтуԝхԍнѵαβεικνορτυχγηոսօց",
        "abcedhijklmnopqstywxghvabeikvoptuxynnuog",
        strict=True,
    )
)
# Marks above and below letters, in the scripts where a word without them is the same word.
_MARK = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
# Letters by name that show nothing at all.
_EMPTY = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

_LEET = str.maketrans("023456789@$€", "ozeasgtbgase")
_ONE_IS_I = str.maketrans("1!|", "iii")
_ONE_IS_L = str.maketrans("1!|", "lil")
_MIXED = re.compile(r"(?:[^\W_]|[@$€!|])+")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_GLUED = re.compile(rf"(?<={LETTER})(?:[^\w\s]|_){{1,3}}(?={LETTER})")
_SPACED = re.compile(rf"(?<!{LETTER}){LETTER}(?:[\W_]{{1,3}}{LETTER}(?!{LETTER})){{2,}}")


class _NormalisedLetters(dict[int, str]):
    """For str.translate: works a character out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if len(self) > 20_000:  # strangers must not fill memory with rare characters
            self.clear()
        self[code] = letter = _normalised_letter(character)
        return letter


def _normalised_letter(character: str) -> str:
    if character in _EMPTY or unicodedata.category(character) == "Cf":
        return ""
    if character in _ALIKE:
        return _ALIKE[character]
    if character.isascii():
        return character
    dressed = _DRESSED.fullmatch(unicodedata.name(character, ""))
    return dressed[1].lower() if dressed else character


_letters = _NormalisedLetters()


def normalised(text: str) -> str:
    """One spelling for all forms of the same letters."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    # Once more: some capitals come apart only when they are small.
    apart = _MARK.sub("", unicodedata.normalize("NFKD", apart))
    return apart.translate(_letters)


def readings(text: str) -> set[str]:
    """What a person may read in a normalised text, word by word."""
    read = {text}
    for one in (_ONE_IS_I, _ONE_IS_L):
        read.add(_MIXED.sub(lambda found, one=one: _digits_as_letters(found[0], one), text))  # type: ignore[misc]
    read |= {_STRETCHED.sub(short, each) for each in read for short in (r"\1", r"\1\1")}
    return read | {_GLUED.sub("", each) for each in read}


def spelled_out(text: str) -> set[str]:
    """Letters that stand alone, three or more in a row, put together: p o r n, p.0.r.n."""
    rows = {re.sub(r"[\W_]+", "", found[0]) for found in _SPACED.finditer(text)}
    return rows | {_digits_as_letters(row, one) for row in rows for one in (_ONE_IS_I, _ONE_IS_L)}


def _digits_as_letters(word: str, one: dict[int, int]) -> str:
    """Digits and signs as the letters they stand for; a number stays a number."""
    if not any(character.isalpha() for character in word):
        return word
    return word.translate(_LEET).translate(one)
