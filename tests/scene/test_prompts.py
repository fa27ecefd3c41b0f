"""The eighty prompts: at least nine of ten of what a person would say holds for the drawings."""

from __future__ import annotations

import pytest

from tests.scene.prompts.chosen import CHOSEN
from tests.scene.prompts.grammar import drawn
from tests.scene.showing import failures

PROMPTS = (*CHOSEN, *drawn())
SHARE = 0.9


@pytest.mark.slow
def test_nine_of_ten_measures_hold_for_the_drawn_prompts() -> None:
    missed = [line for prompt in PROMPTS for line in failures(prompt, side=128)]
    measures = sum(len(prompt.measures) for prompt in PROMPTS)
    assert len(missed) <= (1 - SHARE) * measures, "\n".join(missed)


def test_the_first_of_them_hold_at_once() -> None:
    """A part that takes two seconds, so that the quick tests notice a scene that falls apart."""
    missed = [line for prompt in PROMPTS[::16] for line in failures(prompt, side=128)]
    assert len(missed) <= 1, "\n".join(missed)
