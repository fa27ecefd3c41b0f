"""Undo and redo, when several people play."""

from __future__ import annotations

import random

import pytest

from lib.config.controls import Value
from lib.config.params import Played
from lib.control.history import History
from lib.control.journal import Entry

ANNA, BEN = ("page", "10.0.0.1"), ("page", "10.0.0.2")
SCRIPT = ("http", "10.0.0.3")


class Wall:
    """What is played, changed as the session does it."""

    def __init__(self) -> None:
        self.history = History()
        self.played: dict[str, Value] = Played().model_dump()
        self.now = 0.0

    def play(self, by: tuple[str, str] = SCRIPT, action: str = "change", **change: Value) -> None:
        before = {name: self.played[name] for name in change}
        self.played |= change
        self.now += 0.01
        self.history.note(Entry(1, self.now, *by, action, change, before))

    def undo(self) -> dict[str, Value]:
        change = self.history.undo(self.played).fields
        if change:
            self.play(action="undo", **change)
        return change

    def redo(self) -> dict[str, Value]:
        change = self.history.redo().fields
        if change:
            self.play(action="redo", **change)
        return change


@pytest.fixture
def wall() -> Wall:
    return Wall()


def test_the_last_change_goes_first_whoever_made_it(wall: Wall) -> None:
    wall.play(ANNA, seed=1)
    wall.play(BEN, seed=2, prompt="b")
    wall.play(ANNA, paused=True)
    assert wall.undo() == {"paused": False}
    assert wall.undo() == {"seed": 1, "prompt": Played().prompt}, "one change is one step"
    assert wall.undo() == {"seed": 0}
    assert wall.undo() == {}
    assert wall.played == Played().model_dump()


def test_redo_puts_back_in_order(wall: Wall) -> None:
    wall.play(seed=1)
    wall.play(seed=2)
    wall.undo()
    wall.undo()
    assert [wall.redo(), wall.redo(), wall.redo()] == [{"seed": 1}, {"seed": 2}, {}]
    assert wall.undo() == {"seed": 1}


def test_redo_outlives_what_others_play_elsewhere_but_not_on_the_same_control(wall: Wall) -> None:
    wall.play(ANNA, seed=1)
    wall.play(ANNA, prompt="a")
    wall.undo()
    wall.undo()
    wall.play(BEN, seed=9)
    assert wall.redo() == {"prompt": "a"}, "Ben played the seed: that one is his"
    assert wall.redo() == {}
    assert wall.played["seed"] == 9


def test_what_changed_nothing_is_no_step(wall: Wall) -> None:
    wall.play(seed=1)
    wall.play(seed=1, take=5)
    assert wall.undo() == {"seed": 0}
    assert wall.undo() == {}, "to take a take back would play it once more"


def test_a_fader_that_moves_is_one_step(wall: Wall) -> None:
    for value in (0.1, 0.2, 0.3):
        wall.play(ANNA, strength=value)
    assert wall.undo() == {"strength": 0.7}
    assert wall.redo() == {"strength": 0.3}


def test_two_hands_on_two_faders_are_two_steps(wall: Wall) -> None:
    for value in (0.1, 0.2, 0.3):
        wall.play(ANNA, strength=value)
        wall.play(BEN, blend=value)
    assert wall.undo() == {"blend": 0}
    assert wall.undo() == {"strength": 0.7}
    assert wall.undo() == {}


def test_two_hands_on_one_fader_take_turns(wall: Wall) -> None:
    wall.play(ANNA, strength=0.1)
    wall.play(BEN, strength=0.2)
    wall.play(ANNA, strength=0.3)
    assert [wall.undo()["strength"] for _ in range(3)] == [0.2, 0.1, 0.7]


def test_a_fader_that_rested_begins_a_new_step_and_a_script_always_does(wall: Wall) -> None:
    wall.play(ANNA, strength=0.1)
    wall.now += 2
    wall.play(ANNA, strength=0.2)
    wall.play(SCRIPT, blend=0.1)
    wall.play(SCRIPT, blend=0.2)
    assert [wall.undo() for _ in range(4)] == [
        {"blend": 0.1},
        {"blend": 0},
        {"strength": 0.1},
        {"strength": 0.7},
    ]


def test_what_no_longer_stands_is_left_alone(wall: Wall) -> None:
    wall.play(seed=1, prompt="a")
    wall.played |= {"seed": 5}  # taken over from a stream that knew better
    assert wall.undo() == {"prompt": Played().prompt}
    assert wall.played["seed"] == 5
    wall.play(seed=6)
    wall.played |= {"seed": 7}
    assert wall.undo() == {}


def test_it_is_bounded(wall: Wall) -> None:
    for seed in range(1, 1000):
        wall.play(seed=seed)
    steps = 0
    while wall.undo():
        steps += 1
    assert steps == 200


@pytest.mark.parametrize("seed", range(20))
def test_all_the_way_back_and_all_the_way_forth(wall: Wall, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(100):
        by = dice.choice([ANNA, BEN, SCRIPT])
        name = dice.choice(["strength", "blend", "guidance_scale"])
        wall.play(by, **{name: dice.choice([0.0, 0.25, 0.5])})
        if dice.random() < 0.2:
            wall.undo()
        if dice.random() < 0.1:
            wall.redo()
    while wall.redo():
        pass
    end = dict(wall.played)
    while wall.undo():
        pass
    assert wall.played == Played().model_dump()
    while wall.redo():
        pass
    assert wall.played == end


def test_what_was_taken_over_is_nobodys_step(wall: Wall) -> None:
    wall.history.note(Entry(9, 0, "stream", "", "taken over", {"seed": 4}, {"seed": 0}))
    wall.played |= {"seed": 4}
    assert wall.undo() == {}
