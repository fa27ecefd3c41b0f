"""Each relation, as a person would see it, in five scenes."""

from __future__ import annotations

import pytest

from lib.scene.description import Relation
from tests.scene.prompts import measures as m
from tests.scene.prompts.measures import Measure
from tests.scene.showing import drawn

MEASURES = {
    Relation.ON: m.on,
    Relation.IN: m.within,
    Relation.UNDER: m.under,
    Relation.OVER: m.over,
    Relation.BESIDE: m.beside,
    Relation.BEHIND: m.behind,
    Relation.BEFORE: m.before,
}
SEEN = {
    Relation.ON: ("cat on a sofa", "book on a table", "owl on a stump", "crown on a chest",
                  "knight on a horse", "dog on a road"),
    Relation.IN: ("apple in a bowl", "dog in a boat", "person in a boat", "bear in a cart",
                  "rabbit in a barrel"),
    Relation.UNDER: ("dog under a table", "fox under a tree", "chest under a palm",
                     "cow under a balloon", "cat under an umbrella"),
    Relation.OVER: ("plane over a castle", "balloon over a house", "ufo over a barn",
                    "dragon over a castle", "bird over a lighthouse"),
    Relation.BESIDE: ("cow beside a barn", "car beside a house", "dog beside a fire",
                      "robot beside a tree", "cup beside a vase"),
    Relation.BEHIND: ("deer behind a tree", "house behind a fence", "horse behind a barn",
                      "church behind a house", "dog behind a bench"),
    Relation.BEFORE: ("dog in front of a house", "knight in front of a castle",
                      "car in front of a church", "cat in front of a fire",
                      "person in front of a pyramid"),
}  # fmt: skip
CALLED = {"boat": "rowboat"}  # who is in one rows it


def measured(words: str, relation: Relation) -> Measure:
    first, last = words.split(maxsplit=1)[0], words.rsplit(maxsplit=1)[-1]
    return MEASURES[relation](first, CALLED.get(last, last))


@pytest.mark.parametrize("relation", list(Relation))
def test_a_relation_is_seen_in_the_drawing(relation: Relation) -> None:
    missed = [
        words
        for seed, words in enumerate(SEEN[relation])
        if not measured(words, relation).holds(drawn(f"a {words}", "", seed, 64), None)
    ]
    assert not missed
