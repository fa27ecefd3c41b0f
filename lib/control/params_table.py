"""One table from Params' own fields: what can be played live, under which name, in which range.

Routes are made from it, and so will be every other way in: a control is added here once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lib.config.params import Params

SHOWN = 40  # characters of a wrong value that are worth repeating


class RefusedError(ValueError):
    """A value that is not allowed; the text is a sentence that says what is."""


@dataclass(frozen=True)
class Control:
    """One parameter: its name for the public, its field in Params, and what it may be."""

    name: str
    field: str
    kind: type  # str, bool, int or float
    allowed: str  # continues the sentence "seed must be ..."
    least: float | None = None
    most: float | None = None
    longest: int | None = None

    def parse(self, text: str) -> str | bool | int | float:
        """The value that `text` spells; RefusedError if it is none or out of range."""
        if self.kind is str:
            return self._text(text)
        if self.kind is bool:
            if text.lower() not in ("true", "false", "1", "0"):
                raise self._refusal(text)
            return text.lower() in ("true", "1")
        return self._number(text)

    def _text(self, text: str) -> str:
        clean = _clean(text)
        if self.longest is not None and len(clean) > self.longest:
            raise RefusedError(f"{self.name} must be {self.allowed}, not {len(clean)} characters")
        return clean

    def _number(self, text: str) -> int | float:
        pattern = r"[+-]?[0-9]{1,20}" + ("" if self.kind is int else r"(\.[0-9]{0,20})?")
        if not re.fullmatch(pattern, text):
            raise self._refusal(text)
        value = int(text) if self.kind is int else float(text)
        if (self.least is not None and value < self.least) or (
            self.most is not None and value > self.most
        ):
            raise self._refusal(text)
        return value

    def _refusal(self, text: str) -> RefusedError:
        shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
        return RefusedError(f"{self.name} must be {self.allowed}, not '{shown}'")


def _clean(text: str) -> str:
    """Without control characters and halves of characters, which no tokenizer should meet."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", whole).strip()


def _control(name: str, field: str) -> Control:
    info = Params.model_fields[field]
    kind: Any = info.annotation
    bounds: dict[str, Any] = {}
    for rule in info.metadata:
        for bound, key in (("ge", "least"), ("le", "most"), ("max_length", "longest")):
            if getattr(rule, bound, None) is not None:
                bounds[key] = getattr(rule, bound)
    least, most = bounds.get("least"), bounds.get("most")
    allowed: dict[Any, str] = {
        str: f"a text of at most {bounds.get('longest')} characters",
        bool: "true or false",
        int: f"a whole number from {least} to {most}",
        float: f"a number from {least} to {most}",
    }
    return Control(name, field, kind, allowed[kind], **bounds)


# Name for the public -> field of Params.
NAMES = {"prompt": "prompt", "seed": "seed", "passthrough": "passthrough"}

CONTROLS = {name: _control(name, field) for name, field in NAMES.items()}
