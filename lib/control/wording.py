"""Words on their way to the wall: looked at, translated, and the later before the earlier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lib.config.params import Played
from lib.control.journal import By
from lib.control.params_table import BY_FIELD, RefusedError, UnsafeError, Value

WORDED = ("prompt", "prompt2")


class Verdict(Protocol):
    """What came of a text that was looked at."""

    @property
    def text(self) -> str: ...
    @property
    def safe(self) -> bool: ...
    @property
    def why(self) -> str: ...
    @property
    def translated(self) -> bool | None: ...


class Words(Protocol):
    """Looks at texts before they are used. May take seconds."""

    def check(self, text: str, override: bool = False) -> Verdict: ...


@dataclass(frozen=True)
class Asked:
    """A request on its way through the desk."""

    by: By
    action: str
    ticket: int  # the higher, the later it was asked
    glide_ms: int | None = None
    override: bool = False  # an operator answers for the words
    saved: bool = False  # from a preset: translated already, and looked at when it was saved
    partly: bool = False  # words that are refused do not keep the rest from being played


class Wording:
    """Knows who looks at words, and which were asked for last."""

    def __init__(self, words: Words | None, safety: bool) -> None:
        self._words, self._safety = words, safety
        self._latest: dict[str, int] = {}  # ticket of the words that are played, by field

    @property
    def may_wait(self) -> bool:
        return self._words is not None

    def look(
        self, fields: dict[str, Value], played: Played, asked: Asked
    ) -> tuple[dict[str, Value], str]:
        """The change as it may be played, and a remark about its words. May take seconds."""
        remarks: list[str] = []
        for name in WORDED:
            text = str(fields.get(name, ""))
            # An empty text says nothing, and what is played already was looked at before.
            if not text or text == getattr(played, name):
                continue
            try:
                text, remark = self._looked_at(text, asked)
                fields = {**fields, name: BY_FIELD[name].check(text)}
            except RefusedError as refusal:
                if not asked.partly or fields.keys() <= set(WORDED):
                    raise
                fields = {field: value for field, value in fields.items() if field != name}
                remark = f"{name} stays as it is: {refusal}"
            remarks += [remark] if remark else []
        return fields, "; ".join(remarks)

    def in_line(self, fields: dict[str, Value], asked: Asked) -> dict[str, Value]:
        """A text that was looked at for long does not replace one that was asked for later."""
        late = [
            name for name in WORDED if name in fields and self._latest.get(name, 0) > asked.ticket
        ]
        if late and not (asked.partly and fields.keys() - set(WORDED)):
            raise RefusedError(f"a newer {late[0]} came while this one was looked at")
        fields = {name: value for name, value in fields.items() if name not in late}
        self._latest |= {name: asked.ticket for name in WORDED if name in fields}
        return fields

    def _looked_at(self, text: str, asked: Asked) -> tuple[str, str]:
        if self._words is None or (asked.saved and not self._safety):
            return text, ""
        verdict = self._words.check(text, asked.override)
        if not verdict.safe:
            raise UnsafeError(verdict.why or "these words are refused")
        if asked.saved:
            return text, ""
        return verdict.text, verdict.why or (
            "not translated" if verdict.translated is False else ""
        )
