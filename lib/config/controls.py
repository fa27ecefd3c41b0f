"""One table from Played's own fields: what can be played live, under which name, in which range;
and the one place where what somebody asked for, or an earlier show kept, becomes values.

Routes, chat commands, OSC addresses, the page's controls and the docs are made from it: a control
is added in `lib/config/params.py`, once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import ValidationError

from lib.config.params import Played
from lib.config.sentences import sentence

Value: TypeAlias = "str | bool | int | float"

PROMPTS = frozenset({"prompt", "prompt2"})  # fields that hold words, which a policy looks at
# What a preset may be made of: how pictures are made, how the wall shows them, what they come from,
# which signals move them.
PARTS = ("look", "wall", "source", "signals")
# Values that the public sees at once and that may hurt: only a person puts them on, on purpose.
# No undo, no preset and no cue does.
EXPOSING = frozenset({"passthrough", "debug"})
ON, OFF = ("true", "1", "on", "yes"), ("false", "0", "off", "no")
SHOWN = 40  # characters of a wrong value that are worth repeating


class RefusedError(ValueError):
    """A value that is not allowed; the text is a sentence that says what is."""


class UnconfirmedError(RefusedError):
    """What the public would see at once was asked for and not confirmed yet."""


class UnsafeError(RefusedError):
    """Words that were looked at and are not to be shown."""


@dataclass(frozen=True)
class Control:
    """One parameter: its name for the public, its field in Played, and what it may be."""

    name: str
    field: str
    kind: type  # str, bool, int or float
    allowed: str  # continues the sentence "seed must be ..."
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    default: Value = ""
    help: str = ""
    unit: str = ""
    group: str = ""
    step: float | None = None  # of a slider
    glides: bool = False
    part: str = ""  # of a preset

    def parse(self, text: str) -> Value:
        """The value that `text` spells; RefusedError if it is none or out of range."""
        if self.kind is str:
            return self._text(text)
        if self.kind is bool:
            if text.lower() not in (*ON, *OFF):
                raise self._refusal(text)
            return text.lower() in ON
        return self._number(text)

    def check(self, value: object) -> Value:
        """The same for a value that came with a type, as in JSON or OSC."""
        if isinstance(value, int) and abs(value) >= 2**63:
            raise self._refusal("a huge number")  # float() and str() fail on some of them
        if self.kind is bool:
            if isinstance(value, bool) or (isinstance(value, int | float) and value in (0, 1)):
                return bool(value)
        elif self.kind is str:
            if isinstance(value, str) or (self.field == "resolution" and type(value) is int):
                return self._text(str(value))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            if self.kind is float:
                return self._within(float(value), str(value))
            if isinstance(value, int) or value.is_integer():
                return self._within(int(value), str(value))
        raise self._refusal(str(value))

    def _text(self, text: str) -> str:
        clean = _clean(text)
        if self.longest is not None and len(clean) > self.longest:
            raise RefusedError(f"{self.name} must be {self.allowed}, not {len(clean)} characters")
        try:
            return str(getattr(Played().changed(**{self.field: clean}), self.field))
        except ValidationError as error:
            raise RefusedError(sentence(error.errors()[0])) from error

    def _number(self, text: str) -> int | float:
        pattern = r"[+-]?[0-9]{1,20}" + ("" if self.kind is int else r"(\.[0-9]{0,20})?")
        if not re.fullmatch(pattern, text):
            raise self._refusal(text)
        return self._within(int(text) if self.kind is int else float(text), text)

    def _within(self, value: float, text: str) -> int | float:
        if (
            not math.isfinite(value)
            or (self.least is not None and value < self.least)
            or (self.most is not None and value > self.most)
        ):
            raise self._refusal(text)
        return value

    def _refusal(self, text: str) -> RefusedError:
        return RefusedError(f"{self.name} must be {self.allowed}, not '{shown(text)}'")


def is_exposing(field: str, value: object) -> bool:
    return field in EXPOSING and value is True


def shown(text: str) -> str:
    """As much of what somebody sent as a sentence may repeat."""
    clean = _clean(text[: SHOWN + 1])
    return clean if len(text) <= SHOWN else clean[:SHOWN] + "…"


def _clean(text: str) -> str:
    """Without control characters and halves of characters, which no tokenizer should meet."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", whole).strip()


def _control(field: str) -> Control:
    info = Played.model_fields[field]
    more: Any = dict(info.json_schema_extra or {})  # type: ignore[arg-type] # never callable here
    name = more.pop("name", field)
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
    return Control(
        name,
        field,
        kind,
        allowed[kind],
        **bounds,
        **more,
        default=info.default,
        help=info.description or "",
    )


# By the name for the public, in the table's order; and by the field's name, where that differs.
CONTROLS = {control.name: control for control in map(_control, Played.model_fields)}
BY_FIELD = {control.field: control for control in CONTROLS.values()}


def control_named(name: str) -> Control:
    """By its name for the public or its field's; RefusedError if there is none."""
    control = CONTROLS.get(name) or BY_FIELD.get(name)
    if control is None:
        raise RefusedError(f"there is no control '{shown(name)}'")
    return control


def fields_of(change: Mapping[str, object]) -> dict[str, Value]:
    """A change by field, each value allowed by itself; one that is not refuses all of it."""
    if not change:
        raise RefusedError("name at least one control to change")
    fields: dict[str, Value] = {}
    for name, value in change.items():
        control = control_named(name)
        if control.field in fields:
            raise RefusedError(f"{control.name} is given twice")
        typed = not isinstance(value, str)
        fields[control.field] = control.check(value) if typed else control.parse(str(value))
    return fields


def allowed(
    kept: Mapping[str, object], dropped: Callable[[str], object] = lambda _why: None
) -> dict[str, Value]:
    """What of it may still be played, by field; each that may not is dropped by itself."""
    values: dict[str, Value] = {}
    for name, value in kept.items():
        control = BY_FIELD.get(name)
        if control is None:
            dropped(f"'{shown(name)}' is no control of this version")
            continue
        try:
            values[name] = control.check(value)
        except RefusedError as refusal:
            dropped(str(refusal))
    return values
