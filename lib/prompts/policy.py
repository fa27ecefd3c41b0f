"""The policy for prompts from every door: a text is checked and translated before it is played, and
of two texts the one that was asked for later wins, however long the check of either took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from lib.config.controls import BY_FIELD, PROMPTS, RefusedError, UnsafeError, Value
from lib.config.params import Played


class Verdict(NamedTuple):
    """What came of a check. `why` is a sentence for the person who typed, and for the journal."""

    text: str  # to be used: translated, or as it was typed
    safe: bool
    why: str = ""  # refused, overridden, not checked, not translated; empty: all went well
    translated: bool | None = None  # None: there was nothing to translate


class Checker(Protocol):
    """Looks at a text before it is used. May take seconds."""

    def check(self, text: str, override: bool = False) -> Verdict: ...


@dataclass(frozen=True)
class PromptRequest:
    """What the policy needs to know about the request for a change."""

    ticket: int  # the higher, the later it was asked
    override: bool = False  # an operator answers for the words
    saved: bool = False  # from a preset: translated already, and checked when it was saved
    partly: bool = False  # words that are refused do not keep the rest from being played


class PromptPolicy:
    """Knows what checks texts, and which was asked for last; `drop_overtaken` wants a lock."""

    def __init__(self, checker: Checker | None, safety: bool) -> None:
        self._checker, self._safety = checker, safety
        self._latest: dict[str, int] = {}  # ticket of the words that are played, by field

    @property
    def may_wait(self) -> bool:
        return self._checker is not None

    def checked(
        self, fields: dict[str, Value], played: Played, request: PromptRequest
    ) -> tuple[dict[str, Value], str]:
        """The change as it may be played, and a remark about its words. May take seconds."""
        remarks: list[str] = []
        for name in sorted(PROMPTS):
            text = str(fields.get(name, ""))
            # An empty text says nothing, and what is played already was checked before.
            if not text or text == getattr(played, name):
                continue
            try:
                text, remark = self._checked(text, request)
                fields = {**fields, name: BY_FIELD[name].check(text)}
            except RefusedError as refusal:
                if not request.partly or fields.keys() <= PROMPTS:
                    raise
                fields = {field: value for field, value in fields.items() if field != name}
                remark = f"{name} stays as it is: {refusal}"
            remarks += [remark] if remark else []
        return fields, "; ".join(remarks)

    def drop_overtaken(self, fields: dict[str, Value], request: PromptRequest) -> dict[str, Value]:
        """A text whose check took long does not replace one that was asked for later."""
        late = [
            name
            for name in sorted(PROMPTS)
            if name in fields and self._latest.get(name, 0) > request.ticket
        ]
        if late and not (request.partly and fields.keys() - PROMPTS):
            raise RefusedError(f"a newer {late[0]} came while this one was looked at")
        fields = {name: value for name, value in fields.items() if name not in late}
        self._latest |= {name: request.ticket for name in sorted(PROMPTS) if name in fields}
        return fields

    def _checked(self, text: str, request: PromptRequest) -> tuple[str, str]:
        if self._checker is None or (request.saved and not self._safety):
            return text, ""
        verdict = self._checker.check(text, request.override)
        if not verdict.safe:
            raise UnsafeError(verdict.why or "these words are refused")
        if request.saved:
            return text, ""
        return verdict.text, verdict.why or (
            "not translated" if verdict.translated is False else ""
        )
