"""Prompts in the language that the engine understands best.

Without a usable answer in time a prompt stays as it was typed, and that is said. What is in the
target language already stays as it is, and so do weights and all other signs of the grammar.
"""

from __future__ import annotations

import re
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from typing import NamedTuple

from lib.config.params import LONGEST_PROMPT
from lib.prompts.ask import AskError, Json, Place, ask_json, inside
from lib.prompts.syntax import GrammarError, take_apart

REMEMBERED = 256


class Piece(NamedTuple):
    """What a server made of one piece of text."""

    text: str
    language: str  # that it took the original for; empty: it did not say


class Translator(ABC):
    """A server that translates. Any thread may ask."""

    def __init__(self, to: str) -> None:
        self.to = to

    @abstractmethod
    def pieces(self, texts: list[str], until_ns: int) -> list[Piece]:
        """As many as were asked for; AskError when that did not work out."""


class Libre(Translator):
    """LibreTranslate, or whoever speaks the same."""

    def __init__(self, base: Place, key: str, to: str) -> None:
        super().__init__(to)
        self._where = base if base.path.endswith("/translate") else base.below("/translate")
        self._key = {"api_key": key} if key else {}

    def pieces(self, texts: list[str], until_ns: int) -> list[Piece]:
        # A single text as a plain string: that is what the simplest of servers understand.
        asked = texts[0] if len(texts) == 1 else texts
        question = {"q": asked, "source": "auto", "target": self.to, "format": "text", **self._key}
        answer = ask_json(self._where, question, until_ns)
        made, spoken = inside(answer, "translatedText"), inside(answer, "detectedLanguage")
        if len(texts) == 1 and isinstance(made, str):
            made, spoken = [made], [spoken]
        if not isinstance(made, list) or len(made) != len(texts):
            raise nonsense(self._where)
        languages = [inside(spoken, place, "language") for place in range(len(made))]
        return [
            piece(text, language, self._where)
            for text, language in zip(made, languages, strict=True)
        ]


def piece(text: Json, language: Json, where: Place) -> Piece:
    if not isinstance(text, str) or not text.strip():
        raise nonsense(where)
    return Piece(text, language if isinstance(language, str) else "")


def nonsense(where: Place) -> AskError:
    return AskError(f"{where.name} gave an answer that makes no sense")


class Translated(NamedTuple):
    """A prompt after the attempt to translate it."""

    text: str
    done: bool | None  # None: there was nothing to translate
    why: str = ""  # it is not translated, without the words "not translated"


class Translation:
    """Translates whole prompts and remembers what came of it."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Translated] = OrderedDict()

    def of(self, text: str, until_ns: int) -> Translated:
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
        try:
            translated = self._translate(text, until_ns)
        except (AskError, GrammarError) as error:
            return Translated(text, False, str(error))
        with self._lock:
            self._known[text] = translated
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return translated

    def _translate(self, text: str, until_ns: int) -> Translated:
        taken = take_apart(text)
        if not taken.words:
            return Translated(text, None)
        pieces = self._translator.pieces(taken.words, until_ns)
        words = [
            old if _same(new.language, self._translator.to) else _tidy(new.text)
            for old, new in zip(taken.words, pieces, strict=True)
        ]
        if words == taken.words:
            return Translated(text, None)
        whole = taken.put_together(words)
        if len(whole) > LONGEST_PROMPT:
            raise GrammarError(f"the translation is longer than {LONGEST_PROMPT} characters")
        return Translated(whole, True)


def _same(language: str, other: str) -> bool:
    """en and en-GB are one language here: nobody has to be translated from one to the other."""
    return language.lower().split("-")[0] == other.lower().split("-")[0]


def _tidy(text: str) -> str:
    """As a prompt may be: one line, without control characters and halves of characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", whole).strip()
