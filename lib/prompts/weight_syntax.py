"""Splits a prompt into words and the signs of weights, after compel: (word)1.3, word++,
("a", "b").blend(1, 0.5).

A translator knows nothing of it. So only the words between its signs are translated, and what
comes back must hold no sign that the grammar would read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MOST_PIECES = 64

_WEIGHT = r"-?(?:\d+(?:\.\d*)?|\.\d+)"
_OPERATOR = rf"(?:\.(?:blend|and|health)\([^()]*\)|\++|-+|{_WEIGHT})"
_SIGN = re.compile(
    r"(?:with|use)Lora\([^()]*\)"  # names a file
    r'|\\[()"+.,=-]'
    rf'|[)"]{_OPERATOR}?'
    r"|\("
    # Behind a word: more or less of it.
    r'|(?<=[^\W_])(?:\.health\([^()]*\)|(?:\++|-+)(?=[\s,.()"]|\Z))'
)
# Only these make a text more than a sentence with brackets or quotation marks in it.
_MEANT = re.compile(
    rf'(?:with|use)Lora\(|[)"]{_OPERATOR}|\.(?:blend|and|swap|health)\(|\\[()"]'
    r'|(?<=[^\W_])(?:\++|-+)(?=[\s,.()"]|\Z)'
)
_CORE = re.compile(r"\A([\W_]*)(.*?)([\W_]*)\Z", re.DOTALL)


class GrammarError(ValueError):
    """The text cannot be translated without hurting its grammar; the text says why."""


class PromptPieces(NamedTuple):
    """A prompt as signs and words in turn: parts[i] is to be translated where is_words[i]."""

    parts: tuple[str, ...]
    is_words: tuple[bool, ...]

    @property
    def words(self) -> list[str]:
        return [part for part, yes in zip(self.parts, self.is_words, strict=True) if yes]

    def join(self, words: list[str]) -> str:
        """With other words between the same signs; GrammarError if they bring signs along."""
        ours, theirs = iter(words), []
        for part, yes in zip(self.parts, self.is_words, strict=True):
            word = next(ours) if yes else part
            if yes and len(self.parts) > 1:
                word = word.strip(" .")  # a translator likes to end what it takes for a sentence
            if yes and (_MEANT.search(word) or (len(self.parts) > 1 and _SIGN.search(word))):
                raise GrammarError("the translation holds signs that mean something in a prompt")
            theirs.append(word)
        whole = "".join(theirs)
        if _signs(whole) != _signs("".join(self.parts)):
            raise GrammarError("the weights would not survive the translation")
        return whole


def split_prompt(text: str) -> PromptPieces:
    """GrammarError if nobody can tell here what are words and what are signs."""
    if not _MEANT.search(text):
        return PromptPieces((text,), (any(letter.isalpha() for letter in text),))
    if ".swap(" in text:
        raise GrammarError("a .swap() is left as it is")
    parts, are_signs, at = [], [], 0
    for sign in _SIGN.finditer(text):
        parts += [text[at : sign.start()], sign[0]]
        are_signs += [False, True]
        at = sign.end()
    pieces = _pieces([*parts, text[at:]], [*are_signs, False])
    if len(pieces.words) > MOST_PIECES:
        raise GrammarError(f"more than {MOST_PIECES} pieces between weights")
    return pieces


def _pieces(parts: list[str], are_signs: list[bool]) -> PromptPieces:
    """Spaces and punctuation around words stay as they are; what has no letters is no words."""
    found: list[tuple[str, bool]] = []
    for part, is_sign in zip(parts, are_signs, strict=True):
        core = _CORE.match(part)
        if is_sign or core is None or not any(letter.isalpha() for letter in part):
            found.append((part, False))
        else:
            found += [(core[1], False), (core[2], True), (core[3], False)]
    kept = [one for one in found if one[0]]
    return PromptPieces(tuple(part for part, _ in kept), tuple(yes for _, yes in kept))


def _signs(text: str) -> list[str]:
    return [sign[0] for sign in _SIGN.finditer(text)] if _MEANT.search(text) else []
