"""Shed without its neighbours' threads: what it measures, what it steers, what others read."""

from __future__ import annotations

from typing import cast

import pytest

from lib.core.counters import Drop
from lib.core.shedding.levels import Levels
from lib.observe import Tally
from lib.stream.dispatch.live_params import NowPlaying
from lib.stream.shed import LEARN_AFTER_S, Shed, Stages
from lib.wire.messages import WorkerStatus
from tests.rig import primary
from tests.stream.test_warnings import worker

EVERY_S = 0.4
SETTINGS = primary(resolution="512", relief="size,frames")


class Neighbours:
    """Capture, Dispatch and Publish in one: two frames in three find a worker."""

    frozen = False
    source_rate = 30.0

    def __init__(self, workers: list[WorkerStatus]) -> None:
        self.workers = workers
        self.tally = Tally()
        self.playing = NowPlaying(0, SETTINGS.played, 0)
        self.waited_ns = 0
        self.told: list[Levels] = []
        self.learned = 0
        self.now_s = 100.0
        self.shed = Shed(SETTINGS, cast(Stages, (self, self, self)))

    def cut(self, levels: Levels) -> None:
        self.told.append(levels)

    def learn_anew(self) -> None:
        self.learned += 1

    def live(self, seconds: float, thinned: int = 4) -> None:
        for _ in range(round(seconds / EVERY_S)):
            self.now_s += EVERY_S
            self.tally.count("in", 12)
            self.tally.count(Drop.THINNED, thinned)
            self.waited_ns += 12 * 40_000_000
            self.shed._steer(self.now_s)


@pytest.fixture
def own() -> Neighbours:
    """With a worker of ours, which can enlarge what it makes."""
    return Neighbours([worker(engine="painter")])


def test_what_is_taken_is_told_to_both_and_stands_in_its_state(own: Neighbours) -> None:
    own.live(4)
    assert own.told == [] and own.shed.state.taken == ()
    own.live(4.4)
    assert own.told == [Levels(size=1)] * 2
    (taken,) = own.shed.state.taken
    assert taken.words == "pictures are made at 384x384 instead of 512x512"
    assert 0 < own.now_s - taken.since_s < 4
    ((_, said),) = own.shed.state.moves
    assert said.startswith("relief: pictures are made at 384x384 instead of 512x512 from now on")


def test_the_playout_learns_anew_once_what_was_made_before_is_back(own: Neighbours) -> None:
    while not own.told:
        own.live(EVERY_S)
    moved_s = own.now_s
    while not own.learned:
        own.live(EVERY_S)
    assert own.now_s - moved_s == pytest.approx(LEARN_AFTER_S, abs=EVERY_S)
    own.live(1)
    assert own.learned == 1


def test_a_worker_that_does_not_enlarge_gets_back_what_was_taken(own: Neighbours) -> None:
    own.live(8)
    own.tally.count("small")
    own.live(EVERY_S)
    assert own.told[-1] == Levels()
    assert own.shed.state.taken == ()
    assert "a worker does not enlarge its pictures" in own.shed.state.moves[-1][1]


def test_of_workers_that_others_wrote_no_smaller_pictures_are_asked() -> None:
    own = Neighbours([worker()])
    own.live(8)
    assert own.told == [Levels(frames=1)] * 2


def test_while_nothing_comes_nothing_is_judged(own: Neighbours) -> None:
    own.frozen = True
    own.live(20)
    assert own.told == []
