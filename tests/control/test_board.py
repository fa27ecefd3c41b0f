"""The parameters and their number."""

from __future__ import annotations

import threading

import msgspec
import pytest

from lib.config.controls import RefusedError
from lib.config.params import Played
from lib.control.board import Board
from lib.wire.messages import Change

PLAYED = Played(prompt="a cat", seed=5)


def test_a_change_is_all_or_nothing() -> None:
    board = Board()
    board.change({"seed": 3, "prompt": "a"})
    with pytest.raises(RefusedError, match="seed must be"):
        board.change({"prompt": "b", "seed": -1})
    with pytest.raises(RefusedError):
        board.change({"no_such_thing": 1})
    assert (board.played.prompt, board.played.seed, board.number) == ("a", 3, 1)


def test_a_fresh_board_takes_over_what_is_played() -> None:
    board = Board()
    assert board.adopt(Change(17, PLAYED.model_dump()))
    assert (board.played, board.number) == (PLAYED, 17)
    assert not board.adopt(Change(17, Played().model_dump())), "the same number is no news"


def test_what_was_changed_before_stands_on_top_and_wins() -> None:
    board = Board()
    board.change({"seed": 9})
    assert board.adopt(Change(17, PLAYED.model_dump()))
    assert (board.played.prompt, board.played.seed, board.number) == ("a cat", 9, 18)


def test_the_number_never_steps_back() -> None:
    board = Board()
    board.adopt(Change(17, PLAYED.model_dump()))
    board.change({"seed": 1})
    assert not board.adopt(Change(3, Played().model_dump())), "the stream was started again"
    assert (board.played.seed, board.number) == (1, 18)


def test_what_is_not_allowed_is_not_taken_over() -> None:
    board = Board()
    with pytest.raises(RefusedError):
        board.adopt(Change(17, {"seed": -5, "from": "another version"}))
    assert (board.played, board.number) == (Played(), 0)


def test_every_change_is_told_and_none_is_lost_between_threads() -> None:
    told = []
    board = Board(on_change=lambda: told.append(1))
    threads = [
        threading.Thread(target=lambda: [board.change({"seed": n}) for n in range(200)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert board.number == len(told) == 800
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(board.message())) == {
        "number": 800,
        "params": board.played.model_dump(),
        "glide_ms": None,
    }
