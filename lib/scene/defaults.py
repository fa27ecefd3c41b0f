"""What the words of a prompt leave open: where it is, at what hour, in which season."""

from __future__ import annotations

from dataclasses import dataclass, field

from lib.scene.description import Item, SceneDescription
from lib.scene.ink import Ink
from lib.scene.things.table import THINGS

RAISED = ("hills", "mountains", "cliffs", "island")  # places that a thing can stand on
# From what surrounds whoever looks to what is seen behind it. Of several places that are named,
# the first one here is where the scene is, and the others are the view.
NEAR_TO_FAR = (
    *("room", "moon", "space", "underwater"),
    *("street", "garden", "cliffs", "beach", "harbour", "waterfall", "swamp", "island", "arctic"),
    *("lake", "river", "sea"),
    *("wheat", "field", "savannah", "desert", "canyon", "village", "city", "jungle", "forest"),
    *("hills", "mountains", "volcano"),
)
_PLACE_HOURS = {"room": "morning", "savannah": "golden"}
_WEATHER_HOURS = (
    ("storm", "stormy"),
    ("rain", "overcast"),
    ("fog", "overcast"),
    ("snow", "snowfall"),
    ("cloudy", "overcast"),
)


@dataclass
class PromptReading:
    """What the words of a prompt say, before anything is filled in."""

    absent: frozenset[tuple[str, str]]
    items: list[Item] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    seasons: list[str] = field(default_factory=list)
    weather: set[str] = field(default_factory=set)
    sky: set[str] = field(default_factory=set)
    styles: list[str] = field(default_factory=list)
    moods: set[str] = field(default_factory=set)
    colours: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    place_colour: Ink | None = None
    sky_colour: Ink | None = None
    roof_colour: Ink | None = None
    home: str = ""  # where one of them lives, if no place is named


def settled(prompt: str, said: PromptReading) -> SceneDescription:
    """The whole description of a scene."""
    if "close" in said.moods and not said.items:
        said.items.append(Item("bust"))
    if "lonely" in said.moods:
        said.weather.add("fog")
        if not said.items:
            said.items.append(Item("bare"))
    if "wild" in said.moods and not said.places:
        said.places.append("sea")
    places = _places(said)
    return SceneDescription(
        prompt=prompt,
        places=places,
        time=_time(said, places[0]),
        season=_season(said, places[0]),
        weather=frozenset(said.weather),
        items=tuple(said.items),
        sky=frozenset(said.sky),
        moods=frozenset(said.moods),
        styles=tuple(said.styles),
        colours=tuple(said.colours),
        place_colour=said.place_colour,
        sky_colour=said.sky_colour,
        roof_colour=said.roof_colour,
        unknown=tuple(said.unknown),
        absent=said.absent,
    )


def _places(said: PromptReading) -> tuple[str, ...]:
    """Where the scene is, then what is seen behind it, the nearest first. A hill that something
    stands on is no place of its own where another place is named."""
    places = {place for place in said.places if ("place", place) not in said.absent}
    raised = places & set(RAISED) if any(item.on_hill for item in said.items) else set()
    if places - raised:
        places -= raised - {"mountains"}
    if places:
        return tuple(sorted(places, key=NEAR_TO_FAR.index))
    if said.home:
        return (said.home,)
    # A building says more about where it is than who passes by.
    for item in sorted(said.items, key=lambda one: not THINGS[one.name].backdrop):
        if THINGS[item.name].home:
            return (THINGS[item.name].home,)
    if said.sky & {"stars"} and not said.items:
        return ("space",)
    return ("hills",)


def _time(said: PromptReading, place: str) -> str:
    strong = [one for one in ("night", "sunset") if one in said.times]
    time = next(iter([*strong, *said.times]), None)
    if "aurora" in said.sky and time != "dusk":
        time = "night"
    if time is None and "stars" in said.sky and place not in ("space", "moon"):
        time = "night"
    if "moon" in said.sky and time in (None, "night"):
        time = "moonlit"
    if time == "day" and "storm" in said.weather:
        return "stormy"
    if time is not None:
        return time
    for weather, hour in _WEATHER_HOURS:
        if weather in said.weather:
            return hour
    if "dramatic" in said.moods:
        return "sunset"
    if "cosy" in said.moods:
        return "golden"
    return _PLACE_HOURS.get(place, "day")


def _season(said: PromptReading, place: str) -> str:
    if said.seasons:
        return said.seasons[0]
    if any(item.name == "blossomtree" for item in said.items):
        return "spring"
    cold = "snow" in said.weather or place == "arctic"
    return "winter" if cold else "summer"
