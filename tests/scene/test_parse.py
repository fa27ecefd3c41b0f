from __future__ import annotations

import pytest

from lib.scene.description import Item, Relation
from lib.scene.parse import parse
from lib.scene.places.table import PLACES
from lib.scene.things.table import THINGS
from lib.scene.vocabulary import vocabulary

RED, BLUE = (vocabulary().colours[name] for name in ("red", "blue"))


def named(words: str, negative: str = "") -> list[tuple[str, int]]:
    return [(item.name, item.number) for item in parse(words, negative).items]


@pytest.mark.parametrize(
    ("words", "things"),
    [
        ("two camels", [("camel", 2)]),
        ("a dozen sheep and one dog", [("sheep", 12), ("dog", 1)]),
        ("17 boats", [("boat", 17)]),
        ("horses", [("horse", 0)]),
        ("a sheep", [("sheep", 1)]),
        ("sheep in a meadow", [("sheep", 0)]),
        ("wolves and geese", [("wolf", 0), ("duck", 0)]),
        ("the farmer's cottages", [("person", 1), ("house", 0)]),
        ("a treehouse", [("house", 1)]),
        ("a hot-air balloon", [("balloon", 1)]),
        ("a pine tree", [("pine", 1)]),
        ("an orange on a table", [("orangefruit", 1), ("table", 1)]),
        ("(castle:1.2)", [("castle", 1)]),
        ("a lighthouse in 1889", [("lighthouse", 1)]),
        ("a herd of cows", [("cow", 6)]),
        ("a herd of horses", [("horse", 6)]),
        ("a herd", [("cow", 6)]),
        ("a flock of birds", [("bird", 7)]),
        ("a flock of white geese", [("duck", 7)]),
        ("a flock of sheep", [("sheep", 7)]),
        ("a couple of cats", [("cat", 2)]),
        ("a crowd of people", [("crowd", 16)]),
        ("dozens of boats", [("boat", 24)]),
        ("a hundred sheep", [("sheep", 30)]),
        ("thirteen cats", [("cat", 13)]),
    ],
)
def test_numbers_and_forms_of_words_are_understood(
    words: str, things: list[tuple[str, int]]
) -> None:
    assert named(words) == things


def test_a_colour_belongs_to_the_next_noun() -> None:
    scene = parse("a red house and a blue car under a pink sky, green hills")
    house, car = scene.items
    assert (house.colour, car.colour) == (RED, BLUE)
    assert scene.sky_colour and scene.place_colour and scene.colours[-1] == "green"
    assert parse("a woman with a red coat on a beach").items[0].colour == RED
    assert parse("a red zorgle by a house").items[0].colour is None


@pytest.mark.parametrize("words", ["a dark red house", "a dark horse", "a man in a dark coat"])
def test_dark_before_what_it_can_shade_is_no_night(words: str) -> None:
    scene = parse(words)
    assert scene.time != "night" and sum(scene.items[0].colour or (999,)) < 300
    assert parse("a red house in the dark").time == parse("a dark street").time == "night"


def test_a_part_of_a_thing_does_not_colour_the_ground() -> None:
    roof = parse("a house with a red roof")
    assert roof.roof_colour == RED and roof.place_colour is None
    assert parse("a house with a green door").place_colour is None
    assert parse("a boat with red sails").items == (Item("boat", 1, RED),)
    assert parse("a red barn").items == (Item("barn", 1, RED),)
    assert parse("a red and white lighthouse").items[0].colour == RED


@pytest.mark.parametrize("words", ["a black and white cat", "a black-and-white big dog"])
def test_an_animal_can_be_black_and_white(words: str) -> None:
    scene = parse(words)
    assert "bw" not in scene.styles and scene.items[0].colour == vocabulary().colours["black"]
    assert parse("a black and white cow").items[0].colour == vocabulary().colours["white"]


@pytest.mark.parametrize("words", ["a cat, black and white", "a black and white photo of a cat"])
def test_a_picture_can_be_black_and_white(words: str) -> None:
    scene = parse(words)
    assert "bw" in scene.styles and scene.items[0].colour is None


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        ("a beach with no people", {"crowd"}),
        ("a lake without boats or people, a dog", {"boat", "crowd"}),
        ("a street with no red cars and a dog", {"car"}),
        ("a street without a car or a cat", {"car", "cat"}),
        ("a dog on a lake without a boat", {"boat"}),
    ],
)
def test_a_prompt_says_what_is_not_there(words: str, absent: set[str]) -> None:
    scene = parse(words)
    assert {name for _, name in scene.absent} == absent
    assert [item.name for item in scene.items] == (["dog"] if "dog" in words else [])


def test_what_the_prompt_names_stays_where_a_part_of_it_is_denied() -> None:
    assert named("two boats with no sails") == [("boat", 2)]


@pytest.mark.parametrize("relation", list(Relation))
def test_a_relation_joins_the_noun_before_it_to_the_one_after(relation: Relation) -> None:
    word = "in front of" if relation is Relation.BEFORE else relation.value
    cat, table = parse(f"a cat {word} a table").items
    assert cat == Item("cat", 1, relation=relation, anchor=1) and table.relation is None


def test_relations_are_understood_in_other_orders() -> None:
    table, apples = parse("a table with three apples on it").items
    assert (apples.relation, apples.anchor, table.anchor) == (Relation.ON, 0, None)
    _tree, cat = parse("under a tree, a cat").items
    assert (cat.relation, cat.anchor) == (Relation.UNDER, 0)
    castle = parse("a castle on a hill by the sea")
    assert castle.items[0].on_hill and castle.place == "sea"


def test_a_negative_prompt_removes() -> None:
    assert named("a house and two boats in a harbour", "boats, people") == [("house", 1)]
    scene = parse("a garden in the rain", "rain")
    assert "rain" not in scene.weather and scene.place == "garden"


@pytest.mark.parametrize(
    ("words", "place", "time", "season"),
    [
        ("a lighthouse in a storm", "sea", "stormy", "summer"),
        ("northern lights over a frozen lake", "lake", "night", "winter"),
        ("a penguin", "arctic", "day", "winter"),
        ("a mountain village", "village", "day", "summer"),
        ("a village, mountains", "village", "day", "summer"),
        ("a starry sky", "space", "day", "summer"),
        ("a cat on the moon", "moon", "day", "summer"),
        ("an island in the sea", "island", "day", "summer"),
        ("the sea around an island", "island", "day", "summer"),
        ("a cosy kitchen at night", "room", "night", "summer"),
        ("cherry blossom", "hills", "day", "spring"),
        ("the moon over a village", "village", "moonlit", "summer"),
        ("", "hills", "day", "summer"),
    ],
)
def test_what_the_words_leave_open_is_filled_in(
    words: str, place: str, time: str, season: str
) -> None:
    scene = parse(words)
    assert (scene.place, scene.time, scene.season) == (place, time, season)


def test_style_words_and_unknown_ones_are_kept_apart() -> None:
    scene = parse("a zorgle in watercolour, black and white, frimpish")
    assert scene.styles == ("watercolour", "bw") and scene.unknown == ("zorgle", "frimpish")


def test_the_list_knows_enough_words_and_each_means_something_that_is_there() -> None:
    known = vocabulary()
    assert len(known) >= 1500
    assert known.names("thing") == set(THINGS) - {"trunk"}
    assert known.names("place") == set(PLACES)
    homes = {thing.home for thing in THINGS.values() if thing.home}
    assert homes <= set(PLACES)


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("a lihgthouse", "lighthouse"),
        ("an elefant", "elephant"),
        ("a buterfly", "butterfly"),
        ("a castel", "castle"),
        ("a girafe", "giraffe"),
        ("a kangoroo", "kangaroo"),
        ("an umbrela", "umbrella"),
    ],
)
def test_a_word_with_one_slip_is_understood(words: str, thing: str) -> None:
    scene = parse(words)
    assert [item.name for item in scene.items] == [thing] and not scene.unknown


@pytest.mark.parametrize("word", ["scream", "louse", "zorgle", "boots", "qwertz", "xylophone"])
def test_another_word_is_taken_for_none(word: str) -> None:
    assert parse(f"a {word}").unknown == (word,)


def test_a_feeling_has_a_picture() -> None:
    assert "rainbow" in parse("joy").sky and "fog" in parse("loneliness").weather
    assert named("loneliness") == [("bare", 1)]
    assert parse("love").time == "sunset" and parse("peace").place == "lake"
    assert "storm" in parse("fear in the dark").weather


def test_a_portrait_shows_a_face_and_a_polar_bear_is_white() -> None:
    assert named("portrait of a woman") == [("ladybust", 1)]
    assert named("a portrait") == named("close up") == [("bust", 1)]
    bear = parse("a polar bear").items[0]
    assert (bear.name, bear.colour) == ("bear", vocabulary().colours["white"])
    assert parse("a polar bear").place == "arctic" and parse("a bear").place == "forest"
    assert parse("a red polar bear").items[0].colour == RED


def test_who_is_in_a_boat_rows_it() -> None:
    assert named("a fisherman in a boat") == [("person", 1), ("rowboat", 1)]
    assert named("a boat by a house") == [("boat", 1), ("house", 1)]
