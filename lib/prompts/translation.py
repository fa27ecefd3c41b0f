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
from lib.http_client.service_url import ServiceError, ServiceUrl
from lib.prompts.service_client import Json, post_json, value_at
from lib.prompts.weight_syntax import GrammarError, split_prompt

REMEMBERED = 256


class TranslatedPiece(NamedTuple):
    """What a server made of one piece of text."""

    text: str
    language: str  # that it took the original for; empty: it did not say


class TranslationService(ABC):
    """A server that translates. Any thread may ask."""

    def __init__(self, to: str) -> None:
        self.to = to

    @abstractmethod
    def pieces(self, texts: list[str], until_ns: int) -> list[TranslatedPiece]:
        """As many as were asked for; ServiceError when that fails."""


class LibreTranslate(TranslationService):
    """LibreTranslate, or any server that speaks the same."""

    def __init__(self, base: ServiceUrl, key: str, to: str) -> None:
        super().__init__(to)
        self._where = base if base.path.endswith("/translate") else base.below("/translate")
        self._key = {"api_key": key} if key else {}

    def pieces(self, texts: list[str], until_ns: int) -> list[TranslatedPiece]:
        # A single text as a plain string: that is what the simplest of servers understand.
        asked = texts[0] if len(texts) == 1 else texts
        question = {"q": asked, "source": "auto", "target": self.to, "format": "text", **self._key}
        answer = post_json(self._where, question, until_ns)
        made, spoken = value_at(answer, "translatedText"), value_at(answer, "detectedLanguage")
        if len(texts) == 1 and isinstance(made, str):
            made, spoken = [made], [spoken]
        if not isinstance(made, list) or len(made) != len(texts):
            raise unusable_answer(self._where)
        languages = [value_at(spoken, place, "language") for place in range(len(made))]
        return [
            piece(text, language, self._where)
            for text, language in zip(made, languages, strict=True)
        ]


def piece(text: Json, language: Json, where: ServiceUrl) -> TranslatedPiece:
    if not isinstance(text, str) or not text.strip():
        raise unusable_answer(where)
    return TranslatedPiece(text, language if isinstance(language, str) else "")


def unusable_answer(where: ServiceUrl) -> ServiceError:
    return ServiceError(f"{where.name} gave an answer that makes no sense")


class TranslatedPrompt(NamedTuple):
    """A prompt after the attempt to translate it."""

    text: str
    done: bool | None  # None: there was nothing to translate
    why: str = ""  # it is not translated, without the words "not translated"


class PromptTranslator:
    """Translates whole prompts and remembers the results."""

    def __init__(self, translator: TranslationService) -> None:
        self._translator = translator
        self._lock = threading.Lock()
        self._known: OrderedDict[str, TranslatedPrompt] = OrderedDict()

    def translate(self, text: str, until_ns: int) -> TranslatedPrompt:
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
        try:
            translated = self._translate(text, until_ns)
        except (ServiceError, GrammarError) as error:
            return TranslatedPrompt(text, False, str(error))
        with self._lock:
            self._known[text] = translated
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return translated

    def _translate(self, text: str, until_ns: int) -> TranslatedPrompt:
        taken = split_prompt(text)
        if not taken.words:
            return TranslatedPrompt(text, None)
        pieces = self._translator.pieces(taken.words, until_ns)
        words = [
            old if _same(new.language, self._translator.to) else _tidy(new.text)
            for old, new in zip(taken.words, pieces, strict=True)
        ]
        if words == taken.words:
            return TranslatedPrompt(text, None)
        whole = taken.join(words)
        if len(whole) > LONGEST_PROMPT:
            raise GrammarError(f"the translation is longer than {LONGEST_PROMPT} characters")
        return TranslatedPrompt(whole, True)


def _same(language: str, other: str) -> bool:
    """Whether both are one language: en and en-GB are, and nothing is translated between them."""
    return language.lower().split("-")[0] == other.lower().split("-")[0]


def _tidy(text: str) -> str:
    """As a prompt may be: one line, without control characters and halves of characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", whole).strip()
