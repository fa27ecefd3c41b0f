"""The mapping: which signal moves which control, and how. One row is one pair of them.

It is kept as one text, in which each row is written in one way only: so the journal, presets and
undo treat it like any other value that is played.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import NamedTuple

NAME = r"[a-z0-9][a-z0-9_.-]{0,63}"  # of a signal; its source's name is the first part
STALE_NS = 1_000_000_000  # what is older says nothing about this moment
MOST_ROWS = 32
LONGEST = 12_000  # characters of a mapping
LONGEST_SMOOTH_S, FASTEST = 10.0, 100.0


class Span(NamedTuple):
    """The least and the most that a control may be."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


# What a row may move, by its field. `seeds` is the share of a second seed, which the row names.
TARGETS = {
    "strength": Span(0, 1),
    "opacity": Span(0, 1),
    "blend": Span(0, 1),
    "guidance_scale": Span(0, 20),
    "feedback": Span(0, 0.95),
    "similar": Span(0, 50),
    "seeds": Span(0, 1),
}
MODES = ("relative", "absolute")
CURVES: Mapping[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "gentle": lambda x: x * x,
    "eager": math.sqrt,
    "soft": lambda x: x * x * (3 - 2 * x),
}


class MappingError(ValueError):
    """What is wrong with a mapping, as the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Row:
    signal: str
    to: str
    # relative: the played value plus at most `depth`; absolute: from `low` to `high`.
    mode: str = "relative"
    depth: float = 0.3
    low: float = 0.0
    high: float = 1.0
    curve: str = "linear"
    smooth_s: float = 0.1
    limit: float = 2.0  # of the control's whole range, in a second; 0: none
    armed: bool = False
    seed: int = 1  # the second one, to `seeds`

    def __post_init__(self) -> None:
        if not re.fullmatch(NAME, self.signal):
            raise MappingError("needs a signal by its name, such as lfo.sine")
        if self.to not in TARGETS:
            raise MappingError(f"moves one of {', '.join(TARGETS)}, not '{self.to[:40]}'")
        if self.mode not in MODES:
            raise MappingError(f"has a mode, {' or '.join(MODES)}")
        if self.curve not in CURVES:
            raise MappingError(f"has a curve, one of {', '.join(CURVES)}")
        span = TARGETS[self.to]
        for name, least, most in (
            ("depth", -span.width, span.width),
            ("low", span.low, span.high),
            ("high", span.low, span.high),
            ("smooth_s", 0.0, LONGEST_SMOOTH_S),
            ("limit", 0.0, FASTEST),
            ("seed", 0, 2**32 - 1),
        ):
            if not least <= getattr(self, name) <= most:
                raise MappingError(f"to {self.to} has a {name} from {least:g} to {most:g}")

    @property
    def source(self) -> str:
        return self.signal.partition(".")[0]

    def amount(self, x: float) -> float:
        """What a signal of this value asks for: a distance, or a place, in the control's unit."""
        share = CURVES[self.curve](min(1.0, max(0.0, x)))
        if self.mode == "relative":
            return self.depth * share
        return self.low + (self.high - self.low) * share


Rows = tuple[Row, ...]
_KINDS = {one.name: str(one.type) for one in fields(Row)}


def parse_mapping(text: str) -> Rows:
    """The rows in a text; MappingError says what is wrong with it."""
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        raise MappingError("must be a JSON list of rows") from None
    return read_rows(found)


def read_rows(found: object) -> Rows:
    """The rows in what was read from JSON; MappingError says what is wrong with it."""
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise MappingError("must be a JSON list of rows")
    if len(found) > MOST_ROWS:
        raise MappingError(f"has at most {MOST_ROWS} rows")
    rows = tuple(_row(number, one) for number, one in enumerate(found, 1))
    _check_pairs(rows)
    return rows


def write_mapping(rows: Rows) -> str:
    """The only way in which these rows are written; no rows are the empty text."""
    if not rows:
        return ""
    return json.dumps([asdict(row) for row in rows], separators=(",", ":"))


def armed(rows: Rows) -> Rows:
    return tuple(row for row in rows if row.armed)


def disarmed(text: str) -> str:
    """The same mapping with no row armed."""
    return write_mapping(tuple(replace(row, armed=False) for row in parse_mapping(text)))


def _row(number: int, given: dict[str, object]) -> Row:
    try:
        for name, value in given.items():
            _check_kind(name, value)
        # A whole number and the same with a point are one value, and are written in one way.
        typed = {name: v + 0.0 if _KINDS[name] == "float" else v for name, v in given.items()}  # type: ignore[operator] # checked
        return Row(**typed)  # type: ignore[arg-type] # the same
    except MappingError as error:
        raise MappingError(f"row {number} {error}") from None
    except TypeError:
        raise MappingError(f"row {number} needs a signal and what it moves") from None


def _check_kind(name: str, value: object) -> None:
    kind = _KINDS.get(name)
    if kind is None:
        raise MappingError(f"has no '{name[:40]}'")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "str": isinstance(value, str),
        "bool": isinstance(value, bool),
        "int": is_number and isinstance(value, int),
        # JSON's whole numbers have no end, and not each of them is a float.
        "float": is_number and -sys.float_info.max <= value <= sys.float_info.max,  # type: ignore[operator] # see is_number
    }
    if not fits[kind]:
        words = {"str": "a text", "bool": "true or false", "int": "a whole number"}
        raise MappingError(f"has a {name} that is {words.get(kind, 'a number')}")


def _check_pairs(rows: Rows) -> None:
    """Two rows that both say where a control is to be would be at odds."""
    places = [row.to for row in rows if row.armed and row.mode == "absolute"]
    for name in TARGETS:
        if places.count(name) > 1:
            raise MappingError(f"has two armed absolute rows to {name}; one of them must rest")
    seeds = {row.seed for row in rows if row.armed and row.to == "seeds"}
    if len(seeds) > 1:
        raise MappingError("has armed rows to two different second seeds")
