"""docs/scenes.md: a thing is added in a few lines, and these lines work as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest

from lib.scene.description import Item
from lib.scene.draw import draw
from lib.scene.ink import Ink, darker, lighter
from lib.scene.parse import parse
from lib.scene.places.table import PLACES
from lib.scene.sprite import Sprite
from lib.scene.things.kinds import Thing, Zone
from lib.scene.things.table import THINGS
from lib.scene.vocabulary import vocabulary
from tests.scene.prompts import measures
from tests.scene.showing import shown

DOCS = (Path(__file__).parents[2] / "docs" / "scenes.md").read_text("utf-8")


def test_the_thing_of_the_docs_is_added_by_its_three_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, line = re.findall(r"```python\n(.*?)```", DOCS, re.S)
    (words,) = re.findall(r"`(thing \w+: [^`]+)`", DOCS)
    names: dict[str, Any] = {
        "Sprite": Sprite, "Ink": Ink, "darker": darker, "lighter": lighter, "Thing": Thing,
        "Zone": Zone,
    }  # fmt: skip
    exec(dedent(code), names)  # what is tested is the text of our own document
    name = re.findall(r"def (\w+)", code)[0]
    assert name not in THINGS
    names["outdoors"] = SimpleNamespace(**{name: names[name]})
    added = eval(f"{{{line.strip()}}}", names)  # as above
    monkeypatch.setitem(THINGS, name, added[name])
    known = vocabulary()
    monkeypatch.setattr(known, "_words", dict(known._words))
    known._add(words)

    plural = words.rsplit(", ", maxsplit=1)[-1] + "s"
    described = parse(f"two blue {plural} in a meadow")
    assert described.items == (Item(name, 2, known.colours["blue"]),)
    scene = shown(draw(described, 1, 128, 128))
    for measure in (measures.counted(name, 2), measures.coloured(name, "blue")):
        assert measure.holds(scene, None), measure.says


def test_the_figures_of_the_docs_are_those_of_the_tables() -> None:
    known = vocabulary()
    alone = len([word for word in known._words if " " not in word])
    for says, number in (("Places", len(PLACES)), ("Things", len(THINGS) - 1)):
        (told,) = re.findall(rf"\| {says} \| (\d+)", DOCS)
        assert int(told) == number, says  # a trunk has no word of its own
    (whole, single) = re.findall(r"\| Words \| ([\d,]+) .*?, ([\d,]+) of them single", DOCS)[0]
    assert (int(whole.replace(",", "")), int(single.replace(",", ""))) == (len(known), alone)
