"""Checks a prompt and translates it for the engine.

A prompt is looked up in the list of refused words, translated, looked up again, and judged by the
endpoint if there is a key: as it was typed and as it was translated. All of that takes at most
`WITHIN_S`. A prompt that could not be judged in time is refused, unless a setting says otherwise.
"""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path
from typing import NamedTuple

from lib.config.settings import PrimarySettings
from lib.http_client.service_url import ServiceError, ServiceUrl, key_problem, parse_service_url
from lib.observe import OncePerSecond
from lib.prompts.google import API, CredentialsError, GoogleTranslate, read_account
from lib.prompts.moderation import ModerationClient
from lib.prompts.policy import Approval, Verdict
from lib.prompts.refused_words import WordListError
from lib.prompts.service_client import left_s
from lib.prompts.translation import LibreTranslate, PromptTranslator, TranslatedPrompt
from lib.prompts.word_list import LIST, WordList, read_list

WITHIN_S = 5.0  # for all that is asked about one prompt

log = logging.getLogger(__name__)


class Judgement(NamedTuple):
    """What the endpoint has against texts, and what is to be remarked if that is nothing."""

    objection: str = ""
    remark: str = ""
    by: Approval = ""


class PromptChecker:
    """Checks and translates what people type. Any thread may ask; it waits for the answer."""

    def __init__(self, settings: PrimarySettings, within_s: float = WITHIN_S) -> None:
        self._within_s = within_s
        self._is_open = settings.safety_open
        self._warn = OncePerSecond(log)
        self._word_list = WordList(_list_of(settings)) if settings.safety else None
        self._moderation: ModerationClient | None = None
        if settings.safety and settings.openai_api_key:
            base = parse_service_url(settings.openai_base_url)
            _say_if_in_the_clear(base, "openai_api_key")
            self._moderation = ModerationClient(
                base, settings.openai_api_key, settings.openai_model
            )
        self._translator = _translation(settings) if settings.translation else None

    def check(self, text: str, override: bool = False) -> Verdict:
        """Back within `within_s`. With `override` nothing is refused, and `why` says what was."""
        until_ns = time.monotonic_ns() + int(self._within_s * 1e9)
        objection = self.listed(text)
        if objection and not override:
            return Verdict(text, False, objection)
        translated = self._translated(text, until_ns)
        objection = objection or self.listed(translated.text)
        judged = Judgement()
        if not objection:
            texts = tuple(dict.fromkeys((text, translated.text)))
            judged = self._judged(texts, until_ns)
            objection = judged.objection
        remarks = [judged.remark, f"not translated: {translated.why}" if translated.why else ""]
        if objection and not override:
            return Verdict(text, False, objection)
        if objection:
            remarks.insert(0, f"let through by the operator, although {objection}")
        why = "; ".join(remark for remark in remarks if remark)
        by: Approval = "operator" if objection else judged.by
        return Verdict(translated.text, True, why, translated.done, by)

    def check_again(self, text: str, within_s: float | None = None) -> Verdict:
        """For what was played before, so that it is translated already. Mostly the endpoint's
        verdict is remembered, and this is back at once."""
        within_s = self._within_s if within_s is None else min(within_s, self._within_s)
        if objection := self.listed(text):
            return Verdict(text, False, objection)
        judged = self._judged((text,), time.monotonic_ns() + int(within_s * 1e9))
        if judged.objection:
            return Verdict(text, False, judged.objection)
        return Verdict(text, True, judged.remark, by=judged.by)

    def listed(self, *texts: str) -> str:
        """What the list of refused words has against the texts together; empty when nothing."""
        return self._word_list.objection(*texts) if self._word_list else ""

    def _translated(self, text: str, until_ns: int) -> TranslatedPrompt:
        if self._translator is None:
            return TranslatedPrompt(text, None)
        if self._moderation:
            # Half of the time is the judge's: a slow translation shall not refuse a prompt.
            until_ns -= int(left_s(until_ns) / 2 * 1e9)
        translated = self._translator.translate(text, until_ns)
        if translated.why:
            self._warn.warning("translation", "a prompt was not translated: %s", translated.why)
        return translated

    def _judged(self, texts: tuple[str, ...], until_ns: int) -> Judgement:
        if self._moderation is None or not any(text.strip() for text in texts):
            return Judgement()
        try:
            objection = self._moderation.objection(texts, until_ns)
        except ServiceError as error:
            self._warn.warning("endpoint", "a prompt could not be checked: %s", error)
            if self._is_open:
                return Judgement(remark=f"not checked: {error}")
            return Judgement(f"the prompt could not be checked: {error}")
        return Judgement(objection, by="" if objection else "judge")


def open_checker(settings: PrimarySettings) -> PromptChecker | None:
    """None when nothing is to be checked and nothing to be translated."""
    return PromptChecker(settings) if settings.safety or settings.translation else None


def checker_problem(settings: PrimarySettings) -> str | None:
    """What would keep the words from being checked or translated as asked for, in one sentence."""
    try:
        if settings.safety:
            read_list(_list_of(settings))
            _url(settings.openai_base_url, "openai_base_url")
            _key(settings.openai_api_key, "openai_api_key")
        if settings.translation:
            _check_translation(settings)
    except WordListError as error:
        return f"safety_words: {error}"
    except CredentialsError as error:
        return f"google_credentials: {error}"
    except ValueError as error:
        return str(error)
    return None


def _check_translation(settings: PrimarySettings) -> None:
    if not settings.translation_url and not settings.google_credentials:
        raise ValueError("translation needs translation_url or google_credentials")
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", settings.translation_to):
        raise ValueError("translation_to must be a language like en, de or pt-BR")
    if settings.translation_url:
        _url(settings.translation_url, "translation_url")
    _key(settings.translation_key, "translation_key")
    if settings.google_credentials:
        read_account(Path(settings.google_credentials).expanduser())


def _translation(settings: PrimarySettings) -> PromptTranslator:
    to = settings.translation_to
    if settings.google_credentials:
        api = parse_service_url(settings.translation_url or API)
        return PromptTranslator(
            GoogleTranslate(Path(settings.google_credentials).expanduser(), to, api)
        )
    base = parse_service_url(settings.translation_url)
    if settings.translation_key:
        _say_if_in_the_clear(base, "translation_key")
    return PromptTranslator(LibreTranslate(base, settings.translation_key, to))


def _list_of(settings: PrimarySettings) -> Path:
    return Path(settings.safety_words).expanduser() if settings.safety_words else LIST


def _url(url: str, name: str) -> None:
    try:
        parse_service_url(url)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from error


def _key(key: str, name: str) -> None:
    if trouble := key_problem(key):
        raise ValueError(f"{name} {trouble}")


def _say_if_in_the_clear(base: ServiceUrl, name: str) -> None:
    if not base.secure and not base.is_near:
        log.warning("%s travels to %s without encryption", name, base.name)
