"""The policy for the words on the wall, whichever way they come: typed, recalled from a preset,
brought back by undo and redo, or restored at the start. A text that was typed is checked and
translated before it is played; one that was played before is checked again. Of two texts the one
that was asked for later wins, however long the check of either took.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, Protocol

from lib.config.controls import BY_FIELD, PROMPTS, RefusedError, UnsafeError, Value
from lib.config.params import DEFAULT_PROMPT, Played

AGAIN_WITHIN_S = 2.0  # for all words of one undo or redo: people wait for it with the key pressed

# What lets a text through beside the list: the endpoint's verdict, or an operator's word.
Approval = Literal["", "judge", "operator"]


class Verdict(NamedTuple):
    """What came of a check. `why` is a sentence for the person who typed, and for the journal."""

    text: str  # to be used: translated, or as it was typed
    safe: bool
    why: str = ""  # refused, overridden, not checked, not translated; empty: all went well
    translated: bool | None = None  # None: there was nothing to translate
    by: Approval = ""


class Checker(Protocol):
    """Looks at a text before it is used."""

    def check(self, text: str, override: bool = False) -> Verdict:
        """For what was typed. May take seconds."""
        ...

    def check_again(self, text: str, within_s: float | None = None) -> Verdict:
        """For what was played before: it is not translated. May take seconds, or `within_s`."""
        ...

    def listed(self, *texts: str) -> str:
        """What the list of refused words has against a text; against several, what it has against
        them together and not against one of them alone. Takes milliseconds."""
        ...


@dataclass(frozen=True)
class PromptRequest:
    """What the policy needs to know about the request for a change."""

    ticket: int  # the higher, the later it was asked
    override: bool = False  # an operator answers for the words
    saved: bool = False  # from a preset: translated already, and checked when it was saved
    partly: bool = False  # words that are refused do not keep the rest from being played


@dataclass(frozen=True)
class CheckedChange:
    """Values as they may be played. Only the policy makes one, and nothing else is played."""

    fields: Mapping[str, Value]
    remark: str = ""  # about its words
    by: Mapping[str, Approval] = field(default_factory=dict)  # for the words that were checked
    same: Mapping[str, str] = field(default_factory=dict)  # words that played already, unchecked
    together: tuple[str, ...] = ()  # both prompts, which are fit to be seen together


class RestoredWords(NamedTuple):
    """What comes of the words that an earlier process played."""

    instead: dict[str, Value]  # what is played instead of the words that are refused, by field
    refusals: dict[str, str]  # the reasons
    approved: dict[str, tuple[str, Approval]]
    unjudged: dict[str, str]  # words that no endpoint has seen yet


class PromptPolicy:
    """Knows what checks texts, what lets through those that are played, and which was asked for
    last; the methods that say so want the session's lock."""

    def __init__(self, checker: Checker | None, safety: bool) -> None:
        self._checker, self._safety = checker, safety
        self._latest: dict[str, int] = {}  # ticket of the words that are played, by field
        self._approved: dict[str, tuple[str, Approval]] = {}  # words that are played, by field

    @property
    def may_wait(self) -> bool:
        return self._checker is not None

    def checked(
        self, fields: dict[str, Value], played: Played, request: PromptRequest
    ) -> CheckedChange:
        """The change as it may be played. May take seconds."""
        remarks: list[str] = []
        by: dict[str, Approval] = {}
        same: dict[str, str] = {}
        for name in sorted(PROMPTS):
            text = str(fields.get(name, ""))
            # An empty text says nothing, and what is played already was checked before.
            if not text or text == getattr(played, name):
                same |= {name: text} if text else {}
                continue
            try:
                text, remark, by[name] = self._checked(text, request)
                fields = {**fields, name: BY_FIELD[name].check(text)}
            except RefusedError as refusal:
                if not request.partly or fields.keys() <= PROMPTS:
                    raise
                fields = {field: value for field, value in fields.items() if field != name}
                remark = f"{name} stays as it is: {refusal}"
            remarks += [remark] if remark else []
        change = CheckedChange(fields, "; ".join(remarks), by, same)
        return self._fit_together(change, played, request)

    def to_check(self, change: Mapping[str, Value], played: Played) -> set[str]:
        """The words of an undo or redo that are to be checked: those that do not play already."""
        if self._checker is None or not self._safety:
            return set()
        words = {name: str(change[name]) for name in words_of(change)}
        return {text for name, text in words.items() if text != getattr(played, name)}

    def check_again(self, texts: set[str]) -> dict[str, Verdict]:
        """On words that were played before. May take `AGAIN_WITHIN_S`."""
        until_s = time.monotonic() + AGAIN_WITHIN_S
        return {
            text: self._again(text, max(0.0, until_s - time.monotonic())) for text in sorted(texts)
        }

    def step(
        self, change: Mapping[str, Value], played: Played, verdicts: Mapping[str, Verdict]
    ) -> CheckedChange:
        """What may be played of an undo or redo; its remark says why words are left out."""
        texts = self.to_check(change, played)
        found = {
            name: verdicts[str(change[name])]
            for name in words_of(change)
            if str(change[name]) in texts
        }
        fields = {name: value for name, value in change.items() if _is_safe(found.get(name))}
        remarks = [
            f"{name} stays as it is: {one.why or 'these words are refused'}"
            for name, one in found.items()
            if not one.safe
        ]
        by = {name: one.by for name, one in found.items() if one.safe}
        return CheckedChange(fields, "; ".join(remarks), by)

    def restored(self, played: Played, by: Mapping[str, str]) -> RestoredWords:
        """Look up in the list what an earlier process played; `by` is from its `approvals`. It asks
        no endpoint: that takes seconds, and at a start there may be no network yet."""
        words = RestoredWords({}, {}, {}, {})
        if self._checker is None or not self._safety:
            return words
        for name in sorted(PROMPTS):
            text = getattr(played, name)
            if not text:
                continue
            if by.get(name) == "operator":
                words.approved[name] = (text, "operator")
            elif objection := self._checker.listed(text):
                words.refusals[name] = objection
                words.instead[name] = self._default(name)
            elif by.get(name) == "judge":
                words.approved[name] = (text, "judge")
            elif text != DEFAULT_PROMPT:
                words.unjudged[name] = text
        if not words.instead and (objection := self._together({}, played)):
            words.refusals["prompt2"], words.instead["prompt2"] = objection, ""
        return words

    def judged(self, name: str, text: str) -> CheckedChange:
        """What is to be played where restored words play. May take seconds."""
        verdict = self._again(text, None)
        if verdict.safe:
            return CheckedChange({}, by={name: verdict.by})
        return CheckedChange({name: self._default(name)}, verdict.why)

    def approve(self, approved: Mapping[str, tuple[str, Approval]]) -> None:
        self._approved |= approved

    def admitted(
        self, change: CheckedChange, played: Played, request: PromptRequest
    ) -> CheckedChange:
        """What is to be played now. A text whose check took long does not replace one that was
        asked for later, and both prompts must be fit to be seen together."""
        late = [
            name
            for name in sorted(PROMPTS & change.fields.keys())
            if self._latest.get(name, 0) > request.ticket
            or change.same.get(name, getattr(played, name)) != getattr(played, name)
        ]
        if late and not (request.partly and change.fields.keys() - PROMPTS):
            raise RefusedError(f"a newer {late[0]} came while this one was looked at")
        fields = {name: value for name, value in change.fields.items() if name not in late}
        admitted = self._fit_together(replace(change, fields=fields), played, request)
        for name in sorted(PROMPTS & admitted.fields.keys()):
            self._latest[name] = request.ticket
            if name in change.by:
                self._approved[name] = (str(fields[name]), change.by[name])
        return admitted

    def approvals(self, played: Played) -> dict[str, Approval]:
        """What let the words through that are played now, by field, where anything did."""
        return {
            name: by
            for name, (text, by) in sorted(self._approved.items())
            if by and text == getattr(played, name)
        }

    def _checked(self, text: str, request: PromptRequest) -> tuple[str, str, Approval]:
        if request.saved:
            verdict = self._again(text, None)
        elif self._checker is None:
            return text, "", ""
        else:
            verdict = self._checker.check(text, request.override)
        if not verdict.safe:
            raise UnsafeError(verdict.why or "these words are refused")
        if request.saved:
            return text, "", verdict.by
        remark = verdict.why or ("not translated" if verdict.translated is False else "")
        return verdict.text, remark, verdict.by

    def _fit_together(
        self, change: CheckedChange, played: Played, request: PromptRequest
    ) -> CheckedChange:
        """Both prompts are looked up before the session's lock is taken, and under it only if
        another one plays by then."""
        both = self._both(change.fields, played)
        if request.override or not words_of(change.fields) or both == change.together:
            return change
        if not (objection := self._together(change.fields, played)):
            return replace(change, together=both)
        if not request.partly or change.fields.keys() <= PROMPTS:
            raise UnsafeError(objection)
        fields = {name: value for name, value in change.fields.items() if name not in PROMPTS}
        return replace(change, fields=fields, remark=f"the prompts stay as they are: {objection}")

    def _both(self, fields: Mapping[str, Value], played: Played) -> tuple[str, ...]:
        return tuple(str(fields.get(name, getattr(played, name))) for name in sorted(PROMPTS))

    def _together(self, fields: Mapping[str, Value], played: Played) -> str:
        """What speaks against both prompts, which are blended into one picture."""
        words = self._both(fields, played)
        if self._checker is None or not self._safety or not all(words):
            return ""
        objection = self._checker.listed(*words)
        return f"with the other prompt {objection}" if objection else ""

    def _again(self, text: str, within_s: float | None) -> Verdict:
        if self._checker is None or not self._safety:
            return Verdict(text, True)
        return self._checker.check_again(text, within_s)

    def _default(self, name: str) -> str:
        """What is played instead of refused words: nothing at all, if a list of one's own refuses
        the default prompt too."""
        default = DEFAULT_PROMPT if name == "prompt" else ""
        return "" if self._checker and self._checker.listed(default) else default


def words_of(change: Mapping[str, Value]) -> list[str]:
    """The fields of a change that hold words."""
    return [name for name in sorted(PROMPTS) if change.get(name)]


def _is_safe(verdict: Verdict | None) -> bool:
    return verdict is None or verdict.safe
