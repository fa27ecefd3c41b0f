"""The parameters and their number."""

from __future__ import annotations

import threading

import msgspec

from lib.config.params import Played
from lib.control.board import Board

PLAYED = Played(prompt="a cat", seed=5)


def test_a_change_leaves_what_was_played_as_it_was() -> None:
    board = Board()
    before = board.played
    moved = board.change({"seed": 3, "prompt": "a"})
    assert (moved.before, moved.after, moved.number) == (before, board.played, 1)
    assert (board.played.prompt, board.played.seed, board.number) == ("a", 3, 1)
    assert before == Played(), "a frame keeps what it left with"


def test_a_fresh_board_takes_over_what_is_played() -> None:
    board = Board()
    assert board.adopt(17, PLAYED)
    assert (board.played, board.number) == (PLAYED, 17)
    assert not board.adopt(17, Played()), "the same number is no news"


def test_what_was_changed_before_stands_on_top_and_wins() -> None:
    board = Board()
    board.change({"seed": 9})
    assert board.adopt(17, PLAYED)
    assert (board.played.prompt, board.played.seed, board.number) == ("a cat", 9, 18)


def test_the_number_never_steps_back() -> None:
    board = Board()
    board.adopt(17, PLAYED)
    board.change({"seed": 1})
    assert not board.adopt(3, Played()), "the stream was started again"
    assert (board.played.seed, board.number) == (1, 18)


def test_every_change_is_told_and_none_is_lost_between_threads() -> None:
    told = []
    board = Board()
    board.watch(lambda: told.append(1))
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
