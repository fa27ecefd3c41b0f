"""The journal: one entry for every request, with its origin, and what was changed or refused."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple

from lib.config.controls import BY_FIELD, CONTROLS, SHOWN, Value, allowed
from lib.control.store import Store

KEPT = 200  # entries in memory
CUE = "cue"  # the door of cues that are played automatically
LONGEST_SHOWN = 200  # characters of a refused text that are kept


class Origin(NamedTuple):
    """Where a request comes from: its door, and an address."""

    door: str  # http, page, chat, osc, cue
    who: str = ""  # an address


@dataclass(frozen=True)
class Entry:
    """The outcome of one request."""

    number: int  # of the state after it
    time: float  # Unix seconds
    door: str
    who: str
    action: str  # change, undo, redo, preset NAME, cue NAME
    change: dict[str, Value] = field(default_factory=dict)  # by field
    before: dict[str, Value] = field(default_factory=dict)
    refused: str = ""  # a sentence; then nothing was changed
    remark: str = ""  # a sentence about what was changed all the same


class Journal:
    """The latest entries; each is also a line on the disk. Adding needs the session's lock; any
    thread may read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        entries = map(_read, store.last_lines(KEPT))
        self._entries = deque((one for one in entries if one), KEPT)
        self.entries = tuple(self._entries)  # oldest first

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self.entries = tuple(self._entries)
        self._store.append(json.dumps(asdict(entry)))


def _read(line: str) -> Entry | None:
    """The entry in a line of an earlier show; None if it is cut off or of another version."""
    try:
        entry = Entry(**json.loads(line))
        texts = (entry.door, entry.who, entry.action, entry.refused, entry.remark)
        if not all(isinstance(text, str) for text in texts):
            return None
        change, before = allowed(entry.change), allowed(entry.before)
        both = change.keys() & before.keys()
        return replace(
            entry,
            number=int(entry.number),
            time=float(entry.time),
            change={name: change[name] for name in change if entry.refused or name in both},
            before={name: before[name] for name in both},
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def as_asked(change: Mapping[str, object]) -> dict[str, Value]:
    """What may be saved of a refused change: no unknown names, no endless values.

    The value of an unknown name may be anything, even a password.
    """
    known = {}
    for name, value in change.items():
        control = CONTROLS.get(name) or BY_FIELD.get(name)
        if control:
            known[control.field] = _shown(value)
    return known


def _shown(value: object) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str):
        clean = value[: LONGEST_SHOWN + 1].encode("utf-8", "replace").decode("utf-8")
        return clean if len(clean) <= LONGEST_SHOWN else clean[:LONGEST_SHOWN] + "…"
    if isinstance(value, int):
        return "a huge number"
    return f"{type(value).__name__}"[:SHOWN]
