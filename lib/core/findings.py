"""The findings of a check of a machine: a line each, with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Finding(NamedTuple):
    """One line of the table."""

    what: str
    state: str  # ok; note: it works without; missing or in use: it cannot work like this
    says: str
    to_do: str = ""

    @property
    def stops(self) -> bool:
        return self.state in ("missing", "in use")


def table(findings: Sequence[Finding]) -> str:
    wide = max(len(one.what) for one in findings)
    lines = []
    for one in findings:
        lines.append(f"{one.what:<{wide}}  {one.state:<7}  {one.says}")
        if one.to_do:
            lines.append(f"{'':<{wide}}           -> {one.to_do}")
    return "\n".join(lines)
