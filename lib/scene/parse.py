"""From a prompt to what a scene must show."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from lib.scene.description import Item, Relation, SceneDescription
from lib.scene.ink import Ink, darker
from lib.scene.things.table import THINGS
from lib.scene.vocabulary import Meaning, vocabulary

_MOST = 40  # of one thing
_NO_YEAR = 500  # a number from here on is none of things
_GROUPS = {"herd": 6, "flock": 7, "shoal": 7, "couple": 2}  # of what they are when alone
_RAISED = ("hills", "mountains", "cliffs", "island")  # places that a thing can stand on
_CARRIED = {"umbrella": Relation.UNDER, "tree": Relation.BESIDE}
_ADJECTIVES = ("y", "ed", "ing", "ful", "ish", "ous", "ic", "al", "less", "en", "ive", "able")
_NOUNS = {"orange": "orangefruit", "violet": "flower", "lilac": "lavender", "rust": "rock"}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[,;.]")
_PAUSE = Meaning("ignored", "pause")  # between two parts of a prompt
_Word: TypeAlias = tuple[str, Meaning | None]
_SHADE = Meaning("special", "shade")
_PATCHED = ("cow", "panda", "zebra", "sheep")  # black patches on white
_DENIED = ("thing", "place", "weather", "sky", "season")  # what a picture can be without
_PICTURES = ("picture", "painting", "image", "art", "artwork", "illustration", "render")
_WEIGHT = re.compile(r"\d+\.\d+")  # as in (word:1.2): it is no number of things


def parse(prompt: str, negative: str = "") -> SceneDescription:
    """The scene of a prompt, without what the negative prompt names."""
    said, denied = _split(_meanings(prompt))
    absent = frozenset(
        (meaning.kind, meaning.name)
        for _, meaning in [*_meanings(negative), *denied]
        if meaning is not None and meaning.kind not in ("ignored", "special", "number", "relation")
    )
    reader = _Reader(absent)
    for nth, (word, meaning) in enumerate(said):
        reader.read(word, _in_context(word, meaning, said[nth + 1 :]))
    reader.end()
    return _settled(prompt, reader, absent)


def _meanings(text: str) -> list[_Word]:
    """Each word or known phrase of a text, the longest phrases first."""
    known, found = vocabulary(), list[_Word]()
    words = _WORD.findall(_WEIGHT.sub(" ", text.lower().replace("-", " ")))
    words = [word.removesuffix("'s").removesuffix("’s") for word in words]
    at = 0
    while at < len(words):
        if words[at] in ",;.":
            found.append((words[at], _PAUSE))
            at += 1
            continue
        for length in range(min(known.longest, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + length])
            meaning = known.find(phrase)
            if meaning is not None or length == 1:
                found.append((phrase, meaning))
                at += length
                break
    return found


def _split(words: list[_Word]) -> tuple[list[_Word], list[_Word]]:
    """What the prompt says is there, and what it says is not: "a beach with no people"."""
    said, denied, at = list[_Word](), list[_Word](), 0
    while at < len(words):
        if words[at][0] not in ("no", "without"):
            said.append(words[at])
            at += 1
            continue
        end = _end_of_denied(words, at + 1)
        if end > at + 1 and said and said[-1][0] == "with":
            said.pop()
        named = words[at + 1 : end]  # no red cars: a house may still be red
        denied += [each for each in named if each[1] and each[1].kind in _DENIED]
        at = max(end, at + 1)
    there = {meaning[:2] for _, meaning in said if meaning}  # two boats with no sails
    return said, [each for each in denied if each[1] and each[1][:2] not in there]


def _end_of_denied(words: list[_Word], begin: int) -> int:
    """Behind the last noun of "no boats or people"; where there is no noun, the beginning."""
    end = at = begin
    while at < len(words):
        word, meaning = words[at]
        kind = meaning.kind if meaning else "ignored"
        if kind in _DENIED:
            end = at + 1
        elif word in ("a", "an") and words[at - 1][0] in ("no", "without", "or", "nor"):
            pass
        elif (kind not in ("ignored", "size", "colour") or meaning is _PAUSE) or (
            end > begin and word not in ("and", "or", "nor")
        ):
            break
        at += 1
    return end


def _in_context(word: str, meaning: Meaning | None, after: list[_Word]) -> Meaning | None:
    """What a word means before those that follow: "a dark red house" is no house at night."""
    if word not in ("dark", "black and white"):
        return meaning
    follows = next(
        (
            (known, noun)
            for noun, known in after
            if known is None
            or known is _PAUSE
            or noun in _PICTURES
            or known.kind not in ("ignored", "size")
        ),
        (None, ""),
    )[0]
    if follows is None:
        return meaning
    if word == "black and white":
        base = "white" if follows.name in _PATCHED else "black"
        return Meaning("colour", base) if follows.kind in ("thing", "place") else meaning
    if follows.kind == "colour":
        return _SHADE
    thing = THINGS.get(follows.name)
    if follows.name == "garment" or (follows.kind == "thing" and thing and not thing.backdrop):
        return Meaning("colour", "brown")
    return meaning


@dataclass
class _Pending:
    """Words that belong to the next noun."""

    number: int | None = None
    colour: str | None = None
    colour_word: str = ""
    dark: bool = False
    size: float = 1.0
    relation: Relation | None = None
    carries: bool = False

    def ink(self) -> Ink | None:
        if self.colour is None:
            return None
        ink = vocabulary().colours[self.colour]
        return darker(ink, 0.6) if self.dark else ink


@dataclass
class _Reader:
    """Reads a prompt word by word; a table says what each kind of word does."""

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
    waiting: _Pending = field(default_factory=_Pending)
    _after_place: bool = False
    _inverted: Relation | None = None  # "under a tree, a cat": the noun still to come

    def read(self, word: str, meaning: Meaning | None) -> None:
        if meaning is None:
            self._read_unlisted(word)
        elif meaning.kind == "ignored" or meaning[:2] in self.absent:
            if meaning.kind != "ignored":
                self.waiting = _Pending()
        elif meaning.kind in ("thing", "place", "number", "colour", "size", "relation", "special"):
            getattr(self, f"_read_{meaning.kind}")(word, meaning)
        else:
            self._keep(meaning)
        self._after_place = meaning is not None and meaning.kind == "place"

    def _keep(self, meaning: Meaning) -> None:
        kept = getattr(self, _KEPT_IN[meaning.kind])
        if isinstance(kept, set):
            kept.add(meaning.name)
        elif meaning.name not in kept:
            kept.append(meaning.name)
        if meaning.kind in ("sky", "weather", "time"):
            self.waiting = _Pending()

    def _read_unlisted(self, word: str) -> None:
        if word.isdigit():
            if 1 <= int(word) < _NO_YEAR:
                self.waiting.number = min(int(word), _MOST)
            return
        if word not in self.unknown:
            self.unknown.append(word)
        if not word.endswith(_ADJECTIVES):  # the colour was that of something nobody knows
            self.waiting.colour = None

    def _read_number(self, _word: str, meaning: Meaning) -> None:
        if self.waiting.number is None or meaning.name != "1":
            self.waiting.number = int(meaning.name)

    def _read_colour(self, word: str, meaning: Meaning) -> None:
        if word == "white" and self.waiting.colour is not None:
            return  # a red and white lighthouse is red
        if word == "dark":
            self.waiting.dark = True
        self.waiting.colour, self.waiting.colour_word = meaning.name, word
        self.colours.append(meaning.name)

    def _read_size(self, _word: str, meaning: Meaning) -> None:
        self.waiting.size = float(meaning.name)

    def _read_relation(self, _word: str, meaning: Meaning) -> None:
        self._noun_if_alone()
        self.waiting.relation = Relation(meaning.name)

    def _read_special(self, _word: str, meaning: Meaning) -> None:
        if meaning.name == "sky":
            self.sky_colour = self.waiting.ink() or self.sky_colour
            self.waiting = _Pending()
        elif meaning.name == "shade":
            self.waiting.dark = True
        elif meaning.name == "with":
            self.waiting.carries = True
        elif meaning.name in ("roof", "part"):  # "a house with a red roof"
            if meaning.name == "roof":
                self.roof_colour = self.waiting.ink() or self.roof_colour
            self.waiting = _Pending(relation=self.waiting.relation)
        elif meaning.name == "garment":  # "a woman with a yellow coat"
            ink = self.waiting.ink()
            if ink is not None and self.items:
                self.items[-1] = replace(self.items[-1], colour=ink)
            self.waiting = _Pending()
        elif self.waiting.relation and len(self.items) > 1:  # "a table with apples on it"
            self.items[-1] = replace(
                self.items[-1], relation=self.waiting.relation, anchor=len(self.items) - 2
            )
            self.waiting = _Pending()

    def _read_thing(self, word: str, meaning: Meaning) -> None:
        if self.items and self._repeats(word):
            return
        if self.waiting.carries and self.items and word in ("sail", "sails"):
            self.items[-1] = replace(self.items[-1], colour=self.waiting.ink())
            self.waiting = _Pending()
            return
        waiting, relation, anchor = self.waiting, None, None
        if waiting.carries and self.items:  # "a girl with an umbrella"
            waiting.relation = waiting.relation or _CARRIED.get(meaning.name)
        if waiting.relation and self.items:  # "a cat under a tree": the cat is related to the tree
            last = len(self.items) - 1
            self.items[last] = replace(
                self.items[last], relation=waiting.relation, anchor=len(self.items)
            )
        elif waiting.relation:
            self._inverted = waiting.relation
        elif self._inverted and len(self.items) == 1:
            relation, anchor, self._inverted = self._inverted, 0, None
        number = waiting.number if waiting.number is not None else (0 if meaning.several else 1)
        if meaning.several and waiting.number == 1:
            number = 1 if word.rstrip("s") == word else 0
        if waiting.number in (None, 1):
            number = _GROUPS.get(word, number)
        item = Item(meaning.name, number, waiting.ink(), waiting.size, relation, anchor)
        self.items.append(item)
        self.waiting = _Pending()

    def _repeats(self, word: str) -> bool:
        """The tree of a pine tree is no second tree."""
        waiting = self.waiting
        alone = waiting.number is None and waiting.colour is None and waiting.relation is None
        return alone and word in ("tree", "trees") and self.items[-1].name in _TREES

    def _read_place(self, _word: str, meaning: Meaning) -> None:
        waiting = self.waiting
        on = waiting.relation is Relation.ON
        if on and self.items and meaning.name in _RAISED:
            self.items[-1] = replace(self.items[-1], on_hill=True)
        if waiting.relation is Relation.OVER and self.items:
            self.items[-1] = replace(self.items[-1], aloft=THINGS[self.items[-1].name].flies)
        if meaning.name not in self.places:  # a mountain village is a village
            self.places.insert(len(self.places) - self._after_place, meaning.name)
        self.place_colour = waiting.ink() or self.place_colour
        self.waiting = _Pending()

    def _noun_if_alone(self) -> None:
        """An orange is a fruit where no noun follows."""
        name = _NOUNS.get(self.waiting.colour_word)
        if name is not None and ("thing", name) not in self.absent:
            self.waiting.colour_word, self.waiting.colour = "", None
            self._read_thing("", Meaning("thing", name))

    def end(self) -> None:
        self._noun_if_alone()
        if self.waiting.dark:
            self.times.append("night")
        if self.waiting.colour is not None and self.place_colour is None:
            self.place_colour = self.waiting.ink()


_KEPT_IN = {
    "time": "times",
    "season": "seasons",
    "weather": "weather",
    "sky": "sky",
    "style": "styles",
    "mood": "moods",
}
_TREES = ("pine", "palm", "cypress", "bare", "tree", "christmastree")


# --- what the words leave open


def _settled(prompt: str, reader: _Reader, absent: frozenset[tuple[str, str]]) -> SceneDescription:
    places = _places(reader)
    return SceneDescription(
        prompt=prompt,
        places=places,
        time=_time(reader, places[0]),
        season=_season(reader, places[0]),
        weather=frozenset(reader.weather),
        items=tuple(reader.items),
        sky=frozenset(reader.sky),
        moods=frozenset(reader.moods),
        styles=tuple(reader.styles),
        colours=tuple(reader.colours),
        place_colour=reader.place_colour,
        sky_colour=reader.sky_colour,
        roof_colour=reader.roof_colour,
        unknown=tuple(reader.unknown),
        absent=absent,
    )


def _places(reader: _Reader) -> tuple[str, ...]:
    """A hill that something stands on is no place of its own where another place is named."""
    places = [place for place in reader.places if ("place", place) not in reader.absent]
    if any(item.on_hill for item in reader.items):
        others = [place for place in places if place not in _RAISED]
        places = [*others, *(place for place in places if place in _RAISED)]
    if "island" in places and "sea" in places:  # the sea is around an island
        places = ["island", *(place for place in places if place != "island")]
    if places:
        return tuple(places)
    # A building says more about where it is than who passes by.
    for item in sorted(reader.items, key=lambda one: not THINGS[one.name].backdrop):
        if THINGS[item.name].home:
            return (THINGS[item.name].home,)
    if reader.sky & {"stars"} and not reader.items:
        return ("space",)
    return ("hills",)


def _time(reader: _Reader, place: str) -> str:
    strong = [one for one in ("night", "sunset") if one in reader.times]
    time = next(iter([*strong, *reader.times]), None)
    if "aurora" in reader.sky and time != "dusk":
        time = "night"
    if time is None and "stars" in reader.sky and place not in ("space", "moon"):
        time = "night"
    if "moon" in reader.sky and time in (None, "night"):
        time = "moonlit"
    if time == "day" and "storm" in reader.weather:
        return "stormy"
    if time is not None:
        return time
    for weather, hour in _WEATHER_HOURS:
        if weather in reader.weather:
            return hour
    if "dramatic" in reader.moods:
        return "sunset"
    if "cosy" in reader.moods:
        return "golden"
    return _PLACE_HOURS.get(place, "day")


_PLACE_HOURS = {"room": "morning", "savannah": "golden"}
_WEATHER_HOURS = (
    ("storm", "stormy"),
    ("rain", "overcast"),
    ("fog", "overcast"),
    ("snow", "snowfall"),
    ("cloudy", "overcast"),
)


def _season(reader: _Reader, place: str) -> str:
    if reader.seasons:
        return reader.seasons[0]
    if any(item.name == "blossomtree" for item in reader.items):
        return "spring"
    cold = "snow" in reader.weather or place == "arctic"
    return "winter" if cold else "summer"
