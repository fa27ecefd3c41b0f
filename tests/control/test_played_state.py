"""The parameters and their number."""

from __future__ import annotations

import threading
import time

import msgspec

from lib.config.params import Played
from lib.control.played_state import PlayedState

PLAYED = Played(prompt="a cat", seed=5)


def test_a_change_leaves_what_was_played_as_it_was() -> None:
    played_state = PlayedState()
    before = played_state.played
    moved = played_state.change({"seed": 3, "prompt": "a"})
    assert (moved.before, moved.after, moved.number) == (before, played_state.played, 1)
    assert (played_state.played.prompt, played_state.played.seed, played_state.number) == (
        "a",
        3,
        1,
    )
    assert before == Played(), "a frame keeps what it left with"


def test_it_says_when_each_value_was_changed_last() -> None:
    played_state = PlayedState()
    begin_ns = time.monotonic_ns()
    played_state.change({"seed": 3, "strength": played_state.played.strength})
    assert set(played_state.message().changed_ns) == {"seed"}, "the same value is no change"
    assert begin_ns <= played_state.message().changed_ns["seed"] <= time.monotonic_ns()


def test_a_fresh_board_takes_over_what_is_played() -> None:
    played_state = PlayedState()
    assert played_state.adopt(17, PLAYED)
    assert (played_state.played, played_state.number) == (PLAYED, 17)
    assert not played_state.adopt(17, Played()), "the same number is no news"


def test_what_was_changed_before_stands_on_top_and_wins() -> None:
    played_state = PlayedState()
    played_state.change({"seed": 9})
    assert played_state.adopt(17, PLAYED)
    assert (played_state.played.prompt, played_state.played.seed, played_state.number) == (
        "a cat",
        9,
        18,
    )


def test_the_number_never_steps_back() -> None:
    played_state = PlayedState()
    played_state.adopt(17, PLAYED)
    played_state.change({"seed": 1})
    assert not played_state.adopt(3, Played()), "the stream was started again"
    assert (played_state.played.seed, played_state.number) == (1, 18)


def test_every_change_is_told_and_none_is_lost_between_threads() -> None:
    told = []
    played_state = PlayedState()
    played_state.watch(lambda: told.append(1))
    threads = [
        threading.Thread(target=lambda: [played_state.change({"seed": n}) for n in range(200)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert played_state.number == len(told) == 800
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(played_state.message())) == {
        "number": 800,
        "params": played_state.played.model_dump(),
        "glide_ms": None,
        "changed_ns": dict(played_state.message().changed_ns),
    }
