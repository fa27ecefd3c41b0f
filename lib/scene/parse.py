"""From a prompt to what a scene must show."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lib.scene.defaults import RAISED, PromptReading, settled
from lib.scene.description import Item, Relation, SceneDescription
from lib.scene.ink import Ink, darker
from lib.scene.phrases import in_context, meanings_of, split_denied
from lib.scene.things.kinds import Zone
from lib.scene.things.table import THINGS
from lib.scene.vocabulary import Meaning, vocabulary

_MOST = 40  # of one thing
_NO_YEAR = 500  # a number from here on is none of things
_GROUPS = {"herd": 6, "flock": 7, "shoal": 7, "couple": 2}  # of what they are when alone
_ABOARD = (Relation.ON, Relation.IN)
_CARRIED = {"umbrella": Relation.UNDER, "tree": Relation.BESIDE}
_ADJECTIVES = ("y", "ed", "ing", "ful", "ish", "ous", "ic", "al", "less", "en", "ive", "able")
# Words that bring a colour, where none is said, and where they live.
_BY_NATURE = {
    "polar bear": ("white", "arctic"),
    "polar bears": ("white", "arctic"),
    "panther": ("black", "jungle"),
    "raven": ("black", ""),
    "crow": ("black", ""),
}
_FACES = {"person": "bust", "woman": "ladybust", "princess": "ladybust", "queen": "ladybust"}
_NOUNS = {"orange": "orangefruit", "violet": "flower", "lilac": "lavender", "rust": "rock"}


def parse(prompt: str, negative: str = "") -> SceneDescription:
    """The scene of a prompt, without what the negative prompt names."""
    said, denied = split_denied(meanings_of(prompt))
    absent = frozenset(
        (meaning.kind, meaning.name)
        for _, meaning in [*meanings_of(negative), *denied]
        if meaning is not None and meaning.kind not in ("ignored", "special", "number", "relation")
    )
    reader = _Reader(absent)
    for nth, (word, meaning) in enumerate(said):
        reader.read(word, in_context(word, meaning, said[nth + 1 :]))
    reader.end()
    return settled(prompt, reader)


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
class _Reader(PromptReading):
    """Reads a prompt word by word; a table says what each kind of word does."""

    waiting: _Pending = field(default_factory=_Pending)
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
        if waiting.carries and self.items and not meaning.several:  # "a girl with an umbrella"
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
        colour = waiting.ink()
        if word in _BY_NATURE:
            own, home = _BY_NATURE[word]
            colour = vocabulary().colours[own] if colour is None else colour
            self.home = self.home or home
        item = Item(self._called(meaning.name), number, colour, waiting.size, relation, anchor)
        self.items.append(item)
        self.waiting = _Pending()

    def _called(self, name: str) -> str:
        """Who is in a boat rows it, and a portrait shows a face."""
        if name == "boat" and self.items and self.items[-1].relation in _ABOARD:
            return "rowboat" if THINGS[self.items[-1].name].zone is Zone.GROUND else name
        return _FACES.get(name, name) if "close" in self.moods and not self.items else name

    def _repeats(self, word: str) -> bool:
        """The tree of a pine tree is no second tree."""
        waiting = self.waiting
        alone = waiting.number is None and waiting.colour is None and waiting.relation is None
        return alone and word in ("tree", "trees") and self.items[-1].name in _TREES

    def _read_place(self, _word: str, meaning: Meaning) -> None:
        waiting = self.waiting
        on = waiting.relation is Relation.ON
        if on and self.items and meaning.name in RAISED:
            self.items[-1] = replace(self.items[-1], on_hill=True)
        if waiting.relation is Relation.OVER and self.items:
            self.items[-1] = replace(self.items[-1], aloft=THINGS[self.items[-1].name].flies)
        if meaning.name not in self.places:
            self.places.append(meaning.name)
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
