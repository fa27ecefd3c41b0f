"""Presets: settings saved under a name, and recalled with a glide."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Collection, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from lib.config.controls import (
    PROMPTS,
    RefusedError,
    Value,
    allowed,
    control_named,
    fields_of,
    shown,
)
from lib.config.sentences import must_be
from lib.control.journal import Entry, Origin
from lib.control.notices import DAY_S, Notices
from lib.control.session import Session
from lib.control.store import Store

FILE = "presets.json"
MOST = 500
LONGEST_NAME = 64
NOT_SAVED = {"take", "debug", "black"}  # a signal, and tools of the operators
JOINERS = "\u200c\u200d"  # invisible, but parts of words in some scripts, and of emoji

Values = dict[str, Value]


class PresetRequest(BaseModel):
    """What to save: some fields as they are played, or other values for some; else all of it.

    Prompts are saved by name only, since those that are played have been checked.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    fields: (
        Annotated[
            list[str],
            Field(json_schema_extra={"minItems": 1}),  # an empty list has a better sentence
            must_be('a list of names such as ["prompt", "strength"]'),
        ]
        | None
    ) = None
    values: (
        Annotated[dict[str, Any], must_be('an object such as {"opacity": 0}, without fields')]
        | SkipJsonSchema[None]
    ) = None

    @model_validator(mode="after")
    def _not_both(self) -> PresetRequest:
        if self.fields is not None and self.values is not None:
            raise ValueError('values must be an object such as {"opacity": 0}, without fields')
        return self


class MissingError(RefusedError):
    """There is no preset of that name."""


class Presets:
    """Any thread may save, recall and delete."""

    def __init__(self, session: Session, store: Store, notices: Notices) -> None:
        self._session, self._store = session, store
        self._lock = threading.Lock()
        self._all = _read(store, notices)  # replaced, never edited: readers need no lock

    def names(self) -> list[str]:
        return sorted(self._all, key=lambda name: (name.casefold(), name))

    def get(self, name: str) -> Mapping[str, Value]:
        """The values of a preset, by field."""
        values = self._all.get(clean_name(name))
        if values is None:
            raise MissingError(f"there is no preset '{shown(name)}'")
        return values

    def save(
        self, name: str, by: Origin, fields: Collection[str] | Mapping[str, object] | None = None
    ) -> Entry:
        """Save what is played now, all of it or only `fields`, or the values in `fields` if it is
        a mapping. Prompts are only saved from what is played, since those were checked."""
        action = f"save preset {_said(name)}"
        try:
            name, values = clean_name(name), self._values(fields)
            with self._lock:
                if name not in self._all and len(self._all) >= MOST:
                    raise RefusedError(f"there are {MOST} presets, which is the most")
                self._keep({**self._all, name: values})
        except RefusedError as refusal:
            self._session.note(by, action, refused=str(refusal))
            raise
        return self._session.note(by, action)

    def recall(
        self, name: str, by: Origin, glide_ms: int | None = None, action: str | None = None
    ) -> Entry:
        """Play a preset as one change, which one undo reverts."""
        action = action or f"preset {_said(name)}"
        try:
            values = self.get(name)
        except RefusedError as refusal:
            self._session.note(by, action, refused=str(refusal))
            raise
        return self._session.play_saved(values, by, glide_ms, action)

    def delete(self, name: str, by: Origin) -> Entry:
        action = f"delete preset {_said(name)}"
        try:
            with self._lock:
                self.get(name)
                gone = clean_name(name)
                self._keep({one: values for one, values in self._all.items() if one != gone})
        except RefusedError as refusal:
            self._session.note(by, action, refused=str(refusal))
            raise
        return self._session.note(by, action)

    def _values(self, fields: Collection[str] | Mapping[str, object] | None) -> Values:
        played: Values = self._session.played.model_dump()
        if isinstance(fields, Mapping):
            values = fields_of(fields)
            if any(values.get(name) for name in PROMPTS):
                raise RefusedError("words are saved by playing them first")
        elif fields is not None:
            names = [control_named(name).field for name in fields]
            values = {name: played[name] for name in names}
        else:
            values = played
        values = {name: value for name, value in values.items() if name not in NOT_SAVED}
        if not values:
            raise RefusedError(
                "a preset holds at least one control other than take, debug and black"
            )
        return values

    def _keep(self, presets: dict[str, Values]) -> None:
        self._all = presets
        self._store.put(FILE, {"presets": presets})


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


def _said(name: str) -> str:
    """A name as the journal shows it, valid or not."""
    try:
        return clean_name(name)
    except RefusedError:
        return shown(name)


def _read(store: Store, notices: Notices) -> dict[str, Values]:
    document = store.read(FILE)
    if document is None:
        return {}
    kept = document.get("presets") if isinstance(document, dict) else None
    if not isinstance(kept, dict):
        store.set_aside(FILE, "it holds no presets")
        return {}
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
    if lost:
        text = f"of the saved presets, this was dropped: {'; '.join(lost[:5])}"
        text += f" and {len(lost) - 5} more" if len(lost) > 5 else ""
        notices.say("presets", text, DAY_S)
    return presets
