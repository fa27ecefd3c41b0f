"""lib.core.still_turns: the live picture comes first."""

import pytest

from lib.core.still_turns import LONGEST_PIECE_NS, NO_FRAMES_NS, IdleTime, StillTurns

MS = 1_000_000


class Engine:
    """Frames that come at a rate or always wait, and a still whenever it may."""

    def __init__(self, share: float, frame_ms: float, piece_ms: float) -> None:
        self.turns, self.now_ns = StillTurns(share), 0
        self.frame_ns, self.piece_ns = int(frame_ms * MS), int(piece_ms * MS)
        self.stills = self.live = self.idle = 0
        self.waits: list[int] = []  # of frames, until their turn

    def run(self, frames: int, every_ms: float) -> float:
        """The part of the time that stills got. `every_ms` 0: they always wait."""
        for number in range(frames):
            due_ns = int(number * every_ms * MS) if every_ms else self.now_ns
            while True:
                waits = due_ns <= self.now_ns
                if self.turns.may_run(waits, self.now_ns):
                    self.now_ns += self.piece_ns
                    self.stills += self.piece_ns
                    self.turns.piece_took(self.piece_ns, self.now_ns)
                elif waits:
                    break
                else:
                    self.now_ns += min(5 * MS, due_ns - self.now_ns)
            self.waits.append(self.now_ns - due_ns)
            self.now_ns += self.frame_ns
            self.live += self.frame_ns
            self.turns.frame_took(self.frame_ns, self.now_ns)
        return self.stills / self.now_ns


@pytest.mark.parametrize("piece_ms", [1, 7, 30, 60])
@pytest.mark.parametrize("share", [0.05, 0.15, 0.5])
def test_stills_get_their_share_and_no_more_while_frames_wait(share: float, piece_ms: int) -> None:
    engine = Engine(share, 20, piece_ms)
    engine.turns.frame_took(1, 0)
    assert engine.run(3000, every_ms=0) == pytest.approx(share, abs=0.01)


def test_without_a_share_they_get_on_only_while_none_waits() -> None:
    turns = StillTurns(0)
    for number in range(100):
        turns.frame_took(36 * MS, number * 36 * MS)
    assert not turns.may_run(frames_wait=True, now_ns=3600 * MS)
    engine = Engine(0, 33.3, 5)
    engine.turns.frame_took(1, 0)
    assert engine.run(1000, every_ms=33.3) < 0.02


@pytest.mark.parametrize("piece_ms", [2, 10, 23, 33])
def test_they_get_half_of_what_frames_leave_and_a_frame_waits_for_one_piece_at_most(
    piece_ms: int,
) -> None:
    """A piece that takes longer than is left delays the frame after it, which then finds less."""
    engine = Engine(0, 0.7 * 100 / 3, piece_ms)
    engine.turns.frame_took(1, 0)
    got = engine.run(3000, every_ms=100 / 3)
    assert got == pytest.approx(0.1, abs=0.015)  # of 30 % half as much as stays idle
    assert max(engine.waits) <= piece_ms * MS


def test_without_a_live_picture_they_get_everything() -> None:
    turns, now_ns = StillTurns(0), 10_000 * MS
    turns.frame_took(20 * MS, now_ns)
    now_ns += NO_FRAMES_NS
    for _ in range(1000):
        assert turns.may_run(False, now_ns)
        now_ns += 30 * MS
        turns.piece_took(30 * MS, now_ns)


def test_an_hour_without_a_still_earns_one_long_piece() -> None:
    turns, now_ns = StillTurns(0.15), 0
    for _ in range(100_000):
        now_ns += 36 * MS
        turns.frame_took(36 * MS, now_ns)
    turns.piece_took(30 * MS, now_ns + 30 * MS)
    assert not turns.may_run(frames_wait=True, now_ns=now_ns + 30 * MS)


def test_one_long_piece_is_an_accident_and_many_are_how_it_works() -> None:
    turns = StillTurns(0.15)
    turns.frame_took(20 * MS, 0)
    for took_ns in (*[5 * MS] * 8, 900 * MS):
        turns.piece_took(took_ns, 0)
    assert not turns.too_long
    for took_ns in (LONGEST_PIECE_NS + 1, 0, LONGEST_PIECE_NS + 1):
        turns.piece_took(took_ns, 0)
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
