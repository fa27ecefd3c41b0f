"""The journal: one entry for every request, with its origin, and what was changed or refused."""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple

from lib.config.controls import BY_FIELD, CONTROLS, SHOWN, Value, allowed
from lib.control.store import JOURNAL, JOURNALS, REFUSALS, Store

KEPT = 200  # entries in memory
KEPT_REFUSED = 50  # of them that were refused, at most
SAME_S = 60.0  # equal refusals that follow each other so soon are one entry
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
    times: int = 1  # how many equal refusals this stands for
    # Presets that were saved, renamed or deleted: their values by name, None where there is none.
    saved: dict[str, dict[str, Value] | None] = field(default_factory=dict)
    saved_before: dict[str, dict[str, Value] | None] = field(default_factory=dict)


class Journal:
    """The latest entries; each is also a line on the disk. Adding needs the session's lock; any
    thread may read.

    Anybody can cause thousands of refusals: equal ones are counted in one entry, and of the others
    only some are kept, so that they never remove what people did.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.entries: tuple[Entry, ...] = ()  # oldest first
        known = (filter(None, map(_read, store.last_lines(name, KEPT))) for name in JOURNALS)
        for entry in heapq.merge(*known, key=lambda one: one.time):
            self._place(entry, self._equal(entry))

    def add(self, entry: Entry) -> Entry:
        """Keep an entry. An equal refusal counts with the one before, and the answer says so."""
        equal = self._equal(entry)
        if equal:
            entry = replace(entry, times=equal.times + 1)
        self._place(entry, equal)
        if not equal or _is_power_of_ten(entry.times):
            name = REFUSALS if entry.refused else JOURNAL
            self._store.append(name, json.dumps(asdict(entry)))
        return entry

    def _place(self, entry: Entry, equal: Entry | None) -> None:
        """Add an entry as the newest one, instead of the one that it replaces."""
        kept = [one for one in self.entries if one is not equal]
        refused = [one for one in kept if one.refused]
        if entry.refused and len(refused) >= KEPT_REFUSED:
            kept = [one for one in kept if one is not refused[0]]
        self.entries = (*kept, entry)[-KEPT:]

    def _equal(self, entry: Entry) -> Entry | None:
        """The refusal of the last minute that says the same as this one."""
        for one in reversed(self.entries) if entry.refused else ():
            if _said(one) == _said(entry) and 0 <= entry.time - one.time < SAME_S:
                return one
        return None


def _said(entry: Entry) -> tuple[object, ...]:
    return entry.refused, entry.door, entry.who, entry.action, entry.change


def _is_power_of_ten(number: int) -> bool:
    return str(number).rstrip("0") == "1"


def _read(line: str) -> Entry | None:
    """The entry in a line of an earlier show; None if it is cut off or of another version."""
    try:
        entry = Entry(**json.loads(line))
        for text in (entry.door, entry.who, entry.action, entry.refused, entry.remark):
            text.encode()  # fails for what is no text, or could not be sent to a page
        numbers = (entry.number, entry.time, entry.times)
        if not all(0 <= number < 2**53 for number in numbers):
            return None
        change, before = allowed(entry.change), allowed(entry.before)
        saved, saved_before = _presets(entry.saved), _presets(entry.saved_before)
        both = change.keys() & before.keys()
        return replace(
            entry,
            number=int(entry.number),
            time=float(entry.time),
            times=int(entry.times),
            change={name: change[name] for name in change if entry.refused or name in both},
            before={name: before[name] for name in both},
            saved=saved if saved.keys() == saved_before.keys() else {},
            saved_before=saved_before if saved.keys() == saved_before.keys() else {},
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _presets(kept: Mapping[str, object]) -> dict[str, dict[str, Value] | None]:
    """Of a journal's line: what may still be saved."""
    found: dict[str, dict[str, Value] | None] = {}
    for name, values in kept.items():
        name.encode()
        if values is None or isinstance(values, dict):
            found[name] = None if values is None else allowed(values)
    return found


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
