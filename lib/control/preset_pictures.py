"""A small picture of each preset: what the show looked like when it was saved.

A picture belongs to the values, not to the name: so it is there again when a preset was renamed, or
when undo brings one back.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping

from lib.config.controls import Value
from lib.control.store import Store

FILE = "preset-pictures.json"
LARGEST = 24 * 1024
MOST = 600  # a hundred more than there are presets: undo may bring some back


class PresetPictures:
    """Any thread may read. The whole file is written when one is added."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._all = _read(store)  # by key, the oldest first; as texts, as they are in the file

    def get(self, values: Mapping[str, Value]) -> bytes:
        """A JPEG; empty: there is none."""
        return base64.b64decode(self._all.get(key_of(values), ""))

    def put(
        self, values: Mapping[str, Value], jpg: bytes, used: Collection[Mapping[str, Value]]
    ) -> None:
        """Keep a picture of these values. Beyond the most, those that no preset uses go first."""
        if len(jpg) > LARGEST:
            return
        key = key_of(values)
        others = {one: old for one, old in self._all.items() if one != key}
        kept = {**others, key: base64.b64encode(jpg).decode("ascii")}
        needed = {key, *map(key_of, used)}
        for one in sorted(kept, key=needed.__contains__)[: max(0, len(kept) - MOST)]:
            del kept[one]
        self._all = kept
        self._store.put(FILE, {"pictures": kept})


def key_of(values: Mapping[str, Value]) -> str:
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _read(store: Store) -> dict[str, str]:
    document = store.read(FILE)
    kept = document.get("pictures") if isinstance(document, dict) else None
    if document is not None and not isinstance(kept, dict):
        store.set_aside(FILE, "it holds no pictures")
    found: dict[str, str] = {}
    for key, text in (kept or {}).items():
        try:
            data = base64.b64decode(text, validate=True)
        except (TypeError, ValueError):
            continue
        if data.startswith(b"\xff\xd8") and len(data) <= LARGEST and len(found) < MOST:
            found[key] = text
    return found
