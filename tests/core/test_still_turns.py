"""lib.core.still_turns: the live picture comes first."""

import pytest

from lib.core.still_turns import LONGEST_PIECE_NS, IdleTime, StillTurns

MS = 1_000_000


def stills_share(share: float, piece_ms: int, frame_ms: int = 20, rounds: int = 2000) -> float:
    """Of an engine whose frames always wait."""
    turns, stills, live = StillTurns(share), 0, 0
    for _ in range(rounds):
        if turns.may_run(frames_wait=True):
            turns.piece_took(piece_ms * MS, frames_waited=True)
            stills += piece_ms
        else:
            turns.frame_took(frame_ms * MS)
            live += frame_ms
    return stills / (stills + live)


@pytest.mark.parametrize("piece_ms", [1, 7, 30, 60])
@pytest.mark.parametrize("share", [0.05, 0.15, 0.5])
def test_stills_get_their_share_and_no_more_while_frames_wait(share: float, piece_ms: int) -> None:
    assert stills_share(share, piece_ms) == pytest.approx(share, abs=0.01)


def test_without_a_share_they_get_on_only_while_none_waits() -> None:
    assert stills_share(0, 5) == 0
    turns = StillTurns(0)
    turns.frame_took(3600_000 * MS)
    assert turns.may_run(frames_wait=False) and not turns.may_run(frames_wait=True)


def test_what_they_take_while_none_waits_is_not_charged() -> None:
    turns = StillTurns(0.15)
    for _ in range(1000):
        turns.piece_took(30 * MS, frames_waited=False)
    turns.frame_took(20 * MS)
    assert turns.may_run(frames_wait=True)


def test_an_hour_without_a_still_earns_one_long_piece() -> None:
    turns = StillTurns(0.15)
    for _ in range(100_000):
        turns.frame_took(36 * MS)
    turns.piece_took(30 * MS, frames_waited=True)
    assert not turns.may_run(frames_wait=True)


def test_one_long_piece_is_an_accident_and_many_are_how_it_works() -> None:
    turns = StillTurns(0.15)
    for took_ns in (*[5 * MS] * 8, 900 * MS):
        turns.piece_took(took_ns, frames_waited=False)
    assert not turns.too_long
    for took_ns in (LONGEST_PIECE_NS + 1, 0, LONGEST_PIECE_NS + 1):
        turns.piece_took(took_ns, frames_waited=False)
    assert turns.too_long


def test_the_picture_rests_only_for_stills_that_get_less_than_their_share() -> None:
    idle = IdleTime(0.2, processors=2)
    idle.saw(0, 0, 1000 * MS)
    assert idle.rest_ns(20 * MS) == 0
    idle.saw(100 * MS, 800 * MS, 2000 * MS)  # a twentieth of two processors, and it waited
    assert idle.rest_ns(20 * MS) == 5 * MS
    idle.saw(600 * MS, 1600 * MS, 3000 * MS)  # a quarter
    assert idle.rest_ns(20 * MS) == 0
    idle.saw(610 * MS, 1610 * MS, 4000 * MS)  # little, but it wants no more
    assert idle.rest_ns(20 * MS) == 0


def test_the_picture_does_not_rest_for_a_process_that_is_new_or_gone() -> None:
    idle = IdleTime(0.2, processors=2)
    idle.saw(5000 * MS, 5000 * MS, 1000 * MS)
    idle.saw(10 * MS, 990 * MS, 2000 * MS)
    assert idle.rest_ns(20 * MS) == 0
    assert IdleTime(0, 2).rest_ns(20 * MS) == 0
