"""What this port says and takes as JSON."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import NoReturn

from lib.config.controls import CONTROLS, Control
from lib.control.cuer import Cuer
from lib.control.desk import Desk
from lib.control.journal import Entry

KINDS = {str: "text", bool: "bool", int: "int", float: "float"}
Facts = dict[str, object]


class UnreadableError(ValueError):
    """Not JSON that is taken here; the text is a sentence."""


def table() -> list[Facts]:
    """All controls, as the page needs them to draw one for each."""
    return [_row(control) for control in CONTROLS.values()]


def _row(control: Control) -> Facts:
    row = {**dataclasses.asdict(control), "kind": KINDS[control.kind]}
    del row["allowed"]  # words for a refusal
    return row


def as_json(entry: Entry) -> Facts:
    return dataclasses.asdict(entry)


def latest(desk: Desk, most: int) -> list[Facts]:
    return [as_json(entry) for entry in desk.entries[-most:]]


def write_json(facts: Mapping[str, object]) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def read_json(text: str | bytes) -> object:
    """What the text says; UnreadableError for all that a page or a program would not send."""
    try:
        value: object = json.loads(text, parse_constant=_no_number, parse_float=_number)
        json.dumps(value, ensure_ascii=False).encode()  # halves of characters end here
    except (ValueError, RecursionError) as error:  # UnicodeError is one
        raise UnreadableError("this is not JSON that can be read here") from error
    return value


def read_object(text: str | bytes) -> dict[str, object]:
    value = read_json(text)
    if not isinstance(value, dict):
        raise UnreadableError('this must be a JSON object such as {"strength": 0.5}')
    return value


def _number(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def cues(player: Cuer) -> Facts:
    return {"sheet": player.document, "state": dataclasses.asdict(player.state())}
