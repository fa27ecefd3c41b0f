"""lib.core.still_turns: the live picture comes first."""

import pytest

from lib.core.still_turns import LONGEST_PIECE_NS, StillTurns

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
