"""What the words ask for: the place, the hour, the weather, and things in relation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lib.scene.ink import Ink


class Relation(StrEnum):
    ON = "on"
    IN = "in"
    UNDER = "under"
    OVER = "over"
    BESIDE = "beside"
    BEHIND = "behind"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class Item:
    """A thing that is named, once or several times."""

    name: str  # as the table of things has it
    number: int = 1  # 0: several, and the place decides how many
    colour: Ink | None = None
    size: float = 1.0
    relation: Relation | None = None
    anchor: int | None = None  # the item that it is related to
    on_hill: bool = False
    aloft: bool = False  # it flies over the place


@dataclass(frozen=True, slots=True)
class SceneDescription:
    """Everything that decides a drawn scene, beside its seed and its size."""

    prompt: str
    places: tuple[str, ...]  # the first is where the scene is
    time: str
    season: str
    weather: frozenset[str] = frozenset()
    items: tuple[Item, ...] = ()
    sky: frozenset[str] = frozenset()
    moods: frozenset[str] = frozenset()
    styles: tuple[str, ...] = ()  # for the painter; each is one of the list's styles
    colours: tuple[str, ...] = ()
    place_colour: Ink | None = None
    sky_colour: Ink | None = None
    roof_colour: Ink | None = None
    unknown: tuple[str, ...] = ()  # words nobody knows: they tint
    absent: frozenset[tuple[str, str]] = frozenset()  # what the negative prompt removes

    @property
    def place(self) -> str:
        return self.places[0]

    def without(self, kind: str, name: str) -> bool:
        return (kind, name) in self.absent

    def adds(self, thing: str) -> bool:
        """May the place add such a thing by itself? Without trees there is no palm either."""
        return not any(
            kind == "thing" and (name == thing or thing in _ALIKE.get(name, ()))
            for kind, name in self.absent
        )


_ALIKE = {
    "tree": ("trunk", "pine", "palm", "cypress", "bare", "blossomtree", "christmastree"),
    "house": ("tallhouse", "block", "church", "tower", "barn"),
    "crowd": ("person", "woman", "child"),
    "person": ("woman", "child"),
    "boat": ("rowboat", "ship", "galleon"),
    "flower": ("rose", "tulip", "sunflower", "lavender"),
}
