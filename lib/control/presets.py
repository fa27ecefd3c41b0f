"""Presets: settings saved under a name, and recalled with a glide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from lib.config.controls import (
    BY_FIELD,
    PARTS,
    PROMPTS,
    RefusedError,
    Value,
    control_named,
    fields_of,
    shown,
)
from lib.config.sentences import must_be
from lib.control.journal import Entry, Origin
from lib.control.preset_pictures import PresetPictures, key_of
from lib.control.preset_store import SAFE, Saved, Values, clean_name
from lib.control.session import Session

SAFE_GLIDE_MS = 2000
SAFE_PARTS = ("look", "wall")
# Recalled with the safe look, whatever was saved: nothing that exposes, a glide, and no signals
# until somebody lets them move the picture again.
SAFE_ALWAYS: Values = {"passthrough": False, "debug": False, "cut": False, "signals": False}
HOLDS_NOTHING = "a preset holds at least one control other than take, debug, black and freeze"


Part = Literal["look", "wall", "source", "signals"]


class PresetRequest(BaseModel):
    """What to save: some parts or fields as they are played, or other values for some; else all
    parts.

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
    parts: Annotated[list[Part], must_be(f"some of {', '.join(PARTS)}")] | SkipJsonSchema[None] = (
        None
    )
    values: (
        Annotated[dict[str, Any], must_be('an object such as {"opacity": 0}, without fields')]
        | SkipJsonSchema[None]
    ) = None

    @model_validator(mode="after")
    def _one_of_them(self) -> PresetRequest:
        if self.fields is not None and self.values is not None:
            raise ValueError('values must be an object such as {"opacity": 0}, without fields')
        if self.parts is not None and (self.fields is not None or self.values is not None):
            raise ValueError("parts stand without fields and values")
        return self

    @property
    def contents(self) -> Collection[str] | Mapping[str, object] | None:
        if self.parts is not None:
            return fields_in(self.parts)
        return self.values if self.values is not None else self.fields


class MissingError(RefusedError):
    """There is no preset of that name."""


class Presets:
    """Any thread may save, recall, rename and delete; one undo takes each of that back."""

    def __init__(self, session: Session, pictures: PresetPictures) -> None:
        self._session, self._presets = session, session.presets
        self._pictures = pictures

    def names(self) -> list[str]:
        return self._presets.names()

    @property
    def playing(self) -> str:
        """The preset that was recalled last, until something is changed; empty: none."""
        entries = reversed(self._session.entries)
        last = next((one for one in entries if one.change and not one.refused), None)
        kind, _, name = last.action.partition(" ") if last else ("", "", "")
        return name if kind in ("preset", "cue") else ""

    def get(self, name: str) -> Values:
        """The values of a preset, by field."""
        values = self._presets.all.get(clean_name(name))
        if values is None:
            raise MissingError(f"there is no preset '{shown(name)}'")
        return values

    def save(
        self, name: str, by: Origin, fields: Collection[str] | Mapping[str, object] | None = None
    ) -> Entry:
        """Save what is played now, all parts of it or only `fields`, or the values in `fields` if
        it is a mapping. Prompts are only saved from what is played, since those were checked."""
        return self._change(
            by, f"save preset {_said(name)}", lambda: {clean_name(name): self._values(fields)}
        )

    def delete(self, name: str, by: Origin) -> Entry:
        def change() -> Saved:
            self.get(name)
            return {clean_name(name): None}

        return self._change(by, f"delete preset {_said(name)}", change)

    def rename(self, name: str, new: str, by: Origin) -> Entry:
        """Cues that name it are not changed: the cue sheet marks them."""

        def change() -> Saved:
            values, wanted = self.get(name), clean_name(new)
            if wanted == clean_name(name):
                raise RefusedError(f"'{shown(name)}' has this name already")
            if wanted in self._presets.all:
                raise RefusedError(f"there is a preset '{shown(new)}' already")
            return {clean_name(name): None, wanted: values}

        return self._change(by, f"rename preset {_said(name)} to {_said(new)}", change)

    def move(self, name: str, before: str | None, by: Origin) -> Entry:
        """Put it before another one; before none: last."""
        action = f"move preset {_said(name)}"
        try:
            for one in filter(None, (name, before)):
                self.get(one)
        except RefusedError as refusal:
            self._session.note(by, action, refused=str(refusal))
            raise
        self._presets.move(clean_name(name), before and clean_name(before))
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

    def parts(self, name: str) -> list[str]:
        return parts_of(self.get(name))

    def recall_at(self, number: int, by: Origin) -> Entry:
        """The preset at this place in their order, counted from 1: for buttons and keys."""
        names = self.names()
        if not 1 <= number <= len(names):
            why = f"there is no preset {number}"
            self._session.note(by, f"preset {number}", refused=why)
            raise MissingError(why)
        return self.recall(names[number - 1], by)

    # --- their pictures

    def picture(self, name: str) -> bytes:
        """A JPEG; empty: it has none."""
        return self._pictures.get(self.get(name))

    def picture_key(self, name: str) -> str:
        """Another one for another picture; empty: it has none."""
        values = self.get(name)
        return key_of(values) if self._pictures.get(values) else ""

    def add_picture(self, values: Mapping[str, Value], jpg: bytes) -> None:
        self._pictures.put(values, jpg, list(self._presets.all.values()))

    # --- the safe look

    @property
    def has_own_safe_look(self) -> bool:
        return SAFE in self._presets.all

    @property
    def safe_look(self) -> Values:
        """What somebody kept as the safe look; until then what the show started with."""
        kept = self._presets.all.get(SAFE)
        if kept is None:
            first = self._session.first.model_dump()
            kept = {name: first[name] for name in fields_in(SAFE_PARTS)}
        return {**kept, **SAFE_ALWAYS}

    def play_safe(self, by: Origin, glide_ms: int | None = None) -> Entry:
        """Glide to it. Black and freeze stay: behind both a look can be changed unseen."""
        glide_ms = SAFE_GLIDE_MS if glide_ms is None else glide_ms
        return self._session.play_saved(self.safe_look, by, glide_ms, "safe look", partly=True)

    def keep_safe(self, by: Origin) -> Entry:
        """Make what is played now the safe look."""
        return self._change(
            by, "set the safe look", lambda: {SAFE: self._values(fields_in(SAFE_PARTS))}
        )

    def reset_safe(self, by: Origin) -> Entry:
        """The safe look is again what the show started with."""
        return self._change(by, "reset the safe look", lambda: {SAFE: None})

    def _change(self, by: Origin, action: str, change: Callable[[], Saved]) -> Entry:
        return self._session.change_presets(change, by, action)

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
            values = {name: played[name] for name in fields_in(PARTS)}
        if values.get("passthrough"):
            raise RefusedError("a preset cannot put the source itself on the wall")
        kept = {*fields_in(PARTS), "passthrough"}
        values = {name: value for name, value in values.items() if name in kept}
        if not values:
            raise RefusedError(HOLDS_NOTHING)
        return values


def fields_in(parts: Collection[str]) -> list[str]:
    """The controls that a preset of these parts holds."""
    return [control.field for control in BY_FIELD.values() if control.part in parts]


def parts_of(values: Mapping[str, object]) -> list[str]:
    """The parts that something of it belongs to."""
    held = {BY_FIELD[name].part for name in values}
    return [part for part in PARTS if part in held]


def _said(name: str) -> str:
    """A name as the journal shows it, valid or not."""
    try:
        return clean_name(name)
    except RefusedError:
        return shown(name)
