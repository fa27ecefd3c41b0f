"""A drawn scene as the measures look at it."""

from __future__ import annotations

from functools import cache

from lib.scene.draw import DrawnScene, draw
from lib.scene.parse import parse
from tests.scene.prompts.measures import Found, Prompt, Shown

_CALLED = {"woman": "person", "child": "person", "tallhouse": "house"}


def shown(scene: DrawnScene) -> Shown:
    """What belongs to the place counts only under names that the words do not use."""
    named = {thing.name for thing in scene.things}
    things = [*scene.things, *(one for one in scene.surroundings if one.name not in named)]
    found = (
        Found(_CALLED.get(one.name, one.name), one.left, one.top, one.right, one.bottom)
        for one in things
    )
    return Shown(scene.picture, tuple(found), scene.horizon)


@cache
def drawn(words: str, negative: str = "", seed: int = 1, side: int = 256) -> Shown:
    return shown(draw(parse(words, negative), seed, side, side))


def failures(prompt: Prompt, seed: int = 1, side: int = 256) -> list[str]:
    """What a person would miss in the drawing of a prompt."""
    picture = drawn(prompt.words, prompt.negative, seed, side)
    return [
        f"{prompt.words}: {measure.says}"
        for measure in prompt.measures
        if not measure.holds(
            picture, drawn(measure.against, "", seed, side) if measure.against else None
        )
    ]
