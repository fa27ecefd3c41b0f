"""One line of the doctor's results, the table of all lines, and the same as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from lib.core.plain import plain, printable

Colour: TypeAlias = Literal["green", "grey", "yellow", "red"]
Facts: TypeAlias = "Mapping[str, object]"  # what JSON can hold

WIDE = 100
_PAINT = {"green": "\x1b[32m", "grey": "\x1b[90m", "yellow": "\x1b[33m", "red": "\x1b[1;31m"}
_PLAIN = "\x1b[0m"


class CheckResult(NamedTuple):
    """green: as it should be; grey: not known, and no fault; yellow: it works, but needs attention;
    red: the show suffers or cannot run."""

    what: str
    colour: Colour
    says: str
    to_do: str = ""
    facts: Facts = MappingProxyType({})


def worst(lines: Sequence[CheckResult]) -> Colour:
    colours = {one.colour for one in lines}
    return "red" if "red" in colours else "yellow" if "yellow" in colours else "green"


def verdict(lines: Sequence[CheckResult]) -> str:
    """The last line of the table."""
    red, yellow = (sum(one.colour == colour for one in lines) for colour in ("red", "yellow"))
    if red:
        return f"{red} red, {yellow} yellow: fix the red lines, then run the doctor again."
    if yellow:
        return f"Nothing is red. {yellow} yellow: read them once."
    return "All is well."


def table(lines: Sequence[CheckResult], paint: bool = False) -> str:
    """The colour is a word, painted only for a terminal."""
    wide = max((len(one.what) for one in lines), default=0)
    margin = " " * (wide + 10)
    rows = []
    for one in lines:
        what, colour = printable(one.what), f"{one.colour:<6}"
        if paint:
            colour = f"{_PAINT[one.colour]}{colour}{_PLAIN}"
        says = _folded(one.says, margin)
        rows.append(f"{what:<{wide}}  {colour}  {says}".rstrip())
        if one.to_do:
            rows.append(f"{margin}-> {_folded(one.to_do, margin + '   ')}")
    return "\n".join(rows)


def _folded(text: str, margin: str) -> str:
    # Names of devices, workers and files must not control the terminal.
    room = max(40, WIDE - len(margin))
    lines = textwrap.wrap(printable(text), room, break_long_words=False, break_on_hyphens=False)
    return f"\n{margin}".join(lines)


def as_json(lines: Sequence[CheckResult]) -> str:
    return json.dumps(
        {
            "verdict": worst(lines),
            "says": verdict(lines),
            "lines": [
                {
                    "what": one.what,
                    "colour": one.colour,
                    "says": one.says,
                    "to_do": one.to_do,
                    "facts": dict(one.facts),
                }
                for one in lines
            ],
        },
        indent=2,
    )


def named(text: str) -> str:
    """A name from outside, short enough for a table."""
    return plain(text)[-40:]
