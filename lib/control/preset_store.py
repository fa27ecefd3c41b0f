"""The presets themselves: their values by name, their order, and the safe look."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from lib.config.controls import RefusedError, Value, allowed, shown
from lib.control.notices import DAY_S, Notices
from lib.control.store import Store

FILE = "presets.json"
MOST = 500
LONGEST_NAME = 64
SAFE = ""  # the name of the safe look, which no preset can have
JOINERS = "\u200c\u200d"  # invisible, but parts of words in some scripts, and of emoji

Values = dict[str, Value]
Saved = dict[str, Values | None]  # by name; None: there is none of that name


class PresetStore:
    """Changed under the session's lock. What it holds is replaced and never edited, so readers
    need no lock."""

    def __init__(self, store: Store, notices: Notices) -> None:
        self._store = store
        self._all, self._order = _read(store, notices)

    @property
    def all(self) -> Mapping[str, Values]:
        """By name, the safe look among them."""
        return self._all

    def names(self) -> list[str]:
        """In the order that somebody gave them; those that nobody moved follow, 2 before 10."""
        known = self._all.keys() - {SAFE}
        moved = [name for name in self._order if name in known]
        return [*moved, *sorted(known - set(moved), key=_natural)]

    def put(self, changes: Mapping[str, Values | None]) -> Saved:
        """Save, replace and delete; returns what was there before. All of it or nothing."""
        before: Saved = {name: self._all.get(name) for name in changes}
        after = {**self._all, **{name: one for name, one in changes.items() if one is not None}}
        after = {name: one for name, one in after.items() if changes.get(name, one) is not None}
        if len(after.keys() - {SAFE}) > max(MOST, len(self._all.keys() - {SAFE})):
            raise RefusedError(f"there are {MOST} presets, which is the most")
        self._all = after
        self._order = self._renamed(before, changes)
        self._keep()
        return before

    def move(self, name: str, before: str | None) -> None:
        """Put one before another one, or last."""
        order = [one for one in self.names() if one != name]
        order.insert(order.index(before) if before in order else len(order), name)
        self._order = order
        self._keep()

    def _renamed(self, before: Saved, after: Mapping[str, Values | None]) -> list[str]:
        """A preset that goes and comes back under another name keeps its place."""
        gone = [name for name, one in after.items() if one is None]
        come = [name for name, one in after.items() if one is not None and before[name] is None]
        if len(gone) != 1 or len(come) != 1 or gone[0] not in self._order:
            return self._order
        order = [name for name in self._order if name != come[0]]
        return [come[0] if name == gone[0] else name for name in order]

    def _keep(self) -> None:
        document: dict[str, object] = {
            "presets": {name: one for name, one in self._all.items() if name != SAFE}
        }
        if self._order:
            document["order"] = self._order
        if SAFE in self._all:
            document["safe"] = self._all[SAFE]
        self._store.put(FILE, document)


def clean_name(name: str) -> str:
    """A name as it is saved. It never becomes a file's name, but it is used in web addresses."""
    name = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise RefusedError(f"a preset's name has 1 to {LONGEST_NAME} characters")
    if not all(one.isprintable() or one in JOINERS for one in name) or not name.strip(JOINERS):
        raise RefusedError("a preset's name has only visible characters")
    if "/" in name or "\\" in name or not name.strip("."):
        raise RefusedError("a preset's name has no slashes, and not only dots")
    return name


def _natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Numbers in a name count as numbers: 2 comes before 10."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(0, int(one), "") if one.isdecimal() else (1, 0, one) for one in parts if one], name


def _read(store: Store, notices: Notices) -> tuple[dict[str, Values], list[str]]:
    document = store.read(FILE)
    if document is None:
        return {}, []
    kept = document.get("presets") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(kept, dict):
        store.set_aside(FILE, "it holds no presets")
        return {}, []
    presets: dict[str, Values] = {}
    lost: list[str] = []
    for name, values in kept.items():
        try:
            found = allowed(values, lost.append) if isinstance(values, dict) else {}
            if found and len(presets) < MOST:
                presets[clean_name(name)] = found
            else:
                lost.append(f"'{shown(name)}' plays nothing that is known")
        except RefusedError as refusal:
            lost.append(str(refusal))
    safe, order = document.get("safe"), document.get("order")
    if isinstance(safe, dict) and (found := allowed(safe, lost.append)):
        presets[SAFE] = found
    if lost:
        text = f"of the saved presets, this was dropped: {'; '.join(lost[:5])}"
        text += f" and {len(lost) - 5} more" if len(lost) > 5 else ""
        notices.say("presets", text, DAY_S)
    known = [one for one in order if isinstance(one, str)] if isinstance(order, list) else []
    return presets, list(dict.fromkeys(one for one in known if one and one in presets))
