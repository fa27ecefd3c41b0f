"""Reads fields of a host's answers with care: it may be another version, or another program.

Its texts may come from strangers: control characters and marks that reverse the direction of
writing are replaced before they reach the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

JsonObject: TypeAlias = "Mapping[str, object]"

LONGEST_SHOWN = 60
# Control characters, ends of lines, and what reverses the direction of writing.
_hidden = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_halves = re.compile("[\ud800-\udfff]")


def visible(text: object) -> str:
    """The text in one line, with a visible sign for each character that has no shape."""
    return _halves.sub("\ufffd", _hidden.sub("\u00b7", str(text)))


def short(text: object, longest: int = LONGEST_SHOWN) -> str:
    shown = visible(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def object_in(of: JsonObject, name: str) -> JsonObject:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def objects_in(of: JsonObject, name: str) -> list[JsonObject]:
    """The list of that name, without what is no row in it."""
    value = of.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(of: JsonObject, name: str) -> list[str]:
    value = of.get(name)
    return [visible(one) for one in value] if isinstance(value, list) else []


def text(of: JsonObject, name: str) -> str:
    value = of.get(name)
    return visible(value) if isinstance(value, str | int | float) else ""


def number(of: JsonObject, name: str) -> float | None:
    value = of.get(name)
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if usable and abs(value) < 1e15 else None  # type: ignore[arg-type]


def value(of: object) -> str:
    """One value of a control, as a person would write it."""
    if of is None:
        return "unknown"
    if isinstance(of, bool):
        return "true" if of else "false"
    if isinstance(of, float):
        return f"{of:.6g}"
    if isinstance(of, int):
        return str(of)[:40]
    return f"'{short(of)}'"
