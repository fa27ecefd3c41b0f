"""Relief against a plant of workers: what it takes, when, and that it never goes to and fro."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.geometry import Size
from lib.core.shedding.levels import CUTS, Cut, Demand, Levels, most_levels
from lib.core.shedding.shedder import LoadShedder, Move
from lib.core.shedding.window import LoadCounts

LOOK_S = 0.4
SIZE = Size(512, 512)
most_of = cache(most_levels)  # the same all through the hours that a plant lives


@cache
def parts_of(levels: Levels, demand: Demand) -> tuple[float, float]:
    """Which part of a whole frame's work is done at these levels, and of its bytes sent."""
    size = levels.size_of(demand.size)
    work = size.width * size.height / (demand.size.width * demand.size.height)
    work *= levels.steps_of(demand.steps, 1.0) / demand.steps
    return work, levels.quality_of(demand.quality) / demand.quality


@dataclass
class Plant:
    """Workers whose time for a frame follows pixels and steps; the link carries so many bytes."""

    order: tuple[Cut, ...] = ("quality", "steps", "size", "frames")
    fps: float = 30.0
    workers: int = 2
    frame_ms: float = 50.0  # at full size and all steps
    link_fps: float = 1e9  # at full quality
    wait_ms: float = 0.0  # latency that nothing changes
    wanted_ms: float = 0.0
    steps: int = 1
    noise: float = 0.03
    ready_s: float = 0.0  # for what was never made before
    seed: int = 1
    now_s: float = 0.0
    moves: list[tuple[float, Move]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shedder = LoadShedder(self.order)
        self._random = random.Random(self.seed)
        self.offered = self.thinned = self.done = self.slow = self.waited_s = 0.0
        self._known, self._ready_s = {self.shedder.levels}, 0.0

    @property
    def demand(self) -> Demand:
        return Demand(self.fps, SIZE, 85, self.steps, 1.0)

    @property
    def capacity(self) -> float:
        """Frames a second that could be made now."""
        work, sent = parts_of(self.shedder.levels, self.demand)
        made = 1000 * self.workers / (self.frame_ms * work + 3)
        carried = self.link_fps / sent
        return 0.0 if self.now_s < self._ready_s else min(made, carried)

    def live(self, seconds: float, working: bool = True) -> list[Move]:
        """The moves meanwhile."""
        before = len(self.moves)
        for _ in range(round(seconds / LOOK_S)):
            self.now_s += LOOK_S
            offered = self.fps / self.shedder.levels.every
            noisy = self.capacity * self._random.gauss(1, self.noise)
            done = min(offered, noisy)
            full = offered >= 0.95 * noisy
            service_ms = 1000 * self.workers / max(noisy, 1e-3)
            latency_ms = self.wait_ms + service_ms * (2 if full else 1)
            self.offered += offered * LOOK_S
            self.done += done * LOOK_S
            self.thinned += (offered - done) * LOOK_S
            self.slow += done * LOOK_S * (0 < self.wanted_ms < latency_ms)
            self.waited_s += done * LOOK_S * latency_ms / 1000
            counts = (int(n) for n in (self.offered, self.thinned, self.done, self.slow))
            seen = LoadCounts(*counts, self.waited_s, self.fps, noisy, working)
            move = self.shedder.decide(seen, most_of(self.demand), self.now_s)
            if move:
                self.moves.append((self.now_s, move))
                if move.levels not in self._known:
                    self._known.add(move.levels)
                    self._ready_s = self.now_s + self.ready_s
        return [move for _, move in self.moves[before:]]


def told(moves: list[Move]) -> list[str]:
    return [f"{move.way} {move.cut}" for move in moves]


def test_a_show_that_keeps_up_is_left_alone() -> None:
    plant = Plant(frame_ms=55, wanted_ms=500)
    assert plant.live(3600) == []
    assert plant.shedder.levels == Levels()


def test_a_moment_of_overload_changes_nothing() -> None:
    plant = Plant()
    for _ in range(50):
        plant.live(20)
        plant.fps = 90
        assert plant.live(2) == []
        plant.fps = 30
    assert plant.live(60) == []


def test_off_is_off_whatever_happens() -> None:
    plant = Plant(order=(), frame_ms=500, wanted_ms=10)
    assert plant.live(600) == [] and plant.shedder.levels == Levels()


def test_what_brings_nothing_is_taken_back_and_the_next_one_tried() -> None:
    plant = Plant(fps=60)
    assert told(plant.live(30)) == ["down quality", "back quality", "down size"]
    assert plant.shedder.levels == Levels(size=1)
    assert plant.capacity > 60
    assert plant.live(500) == []


def test_a_thin_link_is_helped_by_smaller_pictures() -> None:
    plant = Plant(fps=30, frame_ms=10, link_fps=27)
    assert told(plant.live(60)) == ["down quality"]


def test_fewer_steps_come_before_a_smaller_size() -> None:
    plant = Plant(order=("steps", "size"), fps=60, frame_ms=100, steps=4)
    assert told(plant.live(60)) == ["down steps", "down steps"]
    plant = Plant(order=("size", "steps"), fps=60, frame_ms=45, steps=4)
    assert told(plant.live(60)) == ["down size"]


def test_one_frame_of_two_is_even_and_judged_by_what_it_leaves() -> None:
    plant = Plant(order=("frames",), fps=60)
    assert told(plant.live(30)) == ["down frames"]
    assert plant.shedder.levels.every == 2
    assert plant.live(500) == []


def test_the_load_doubled_and_halved_twice_is_two_moves_down_and_two_up() -> None:
    plant = Plant(order=("size", "frames"))
    assert plant.live(30) == []
    for _ in range(2):
        plant.fps = 60
        start_s = plant.now_s
        assert told(plant.live(40)) == ["down size"]
        assert plant.moves[-1][0] - start_s < 8
        plant.fps, start_s = 30, plant.now_s
        assert told(plant.live(40)) == ["up size"]
        assert plant.moves[-1][0] - start_s < 16
    assert plant.shedder.levels == Levels()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("fps", [33, 36, 38, 40, 45, 60, 66, 70, 120])
def test_at_any_steady_load_it_finds_its_place_and_stays(fps: float, seed: int) -> None:
    plant = Plant(fps=fps, seed=seed, noise=0.05)
    plant.live(120)
    # Now and then what does not seem to fit is tried all the same, each time later.
    assert len(plant.live(1800)) <= 8
    assert len(plant.live(3600)) <= 10
    assert len(plant.live(3600)) <= 6


def test_it_is_too_slow_for_all_of_it_and_still_ends() -> None:
    plant = Plant(fps=60, frame_ms=2000, steps=4)
    plant.live(300)
    assert plant.shedder.levels == Levels(frames=3, size=2, steps=2)
    plant.frame_ms = 10
    plant.live(300)
    assert plant.shedder.levels == Levels()


def test_a_climb_that_fails_is_taken_back_at_once_and_tried_later_each_time() -> None:
    plant = Plant(order=("size",), fps=45, wait_ms=0)
    plant.live(30)
    assert plant.shedder.levels == Levels(size=1)
    tried = []
    for _ in range(4):
        plant.shedder.asked_anew(plant.now_s)  # what it knew is worth nothing, so that it tries
        plant.shedder._failures = len(tried)
        start_s = plant.now_s
        while told(plant.live(LOOK_S)) != ["up size"]:
            assert plant.now_s - start_s < 200
        tried.append(plant.now_s - start_s)
        assert told(plant.live(5)) == ["down size"]
    assert tried == sorted(tried) and tried[-1] > 4 * tried[0]


def test_a_worker_that_joins_lets_it_climb() -> None:
    plant = Plant(order=("size",), fps=60)
    plant.live(30)
    assert plant.shedder.levels == Levels(size=1)
    plant.workers = 4
    assert told(plant.live(30)) == ["up size"]


def test_an_engine_may_take_its_time_to_get_ready_for_a_size() -> None:
    plant = Plant(order=("size",), fps=60, ready_s=9)
    assert told(plant.live(60)) == ["down size"]
    plant = Plant(order=("size",), fps=60, ready_s=90)
    assert told(plant.live(60)) == ["down size", "back size"]


def test_the_wanted_latency_counts_where_all_frames_are_made() -> None:
    plant = Plant(order=("size",), fps=15, frame_ms=100, wait_ms=30, wanted_ms=120)
    assert told(plant.live(30)) == ["down size"]
    assert plant.live(200) == []
    plant.frame_ms = 60
    assert told(plant.live(60)) == ["up size"]


def test_a_latency_that_takes_two_moves_is_reached() -> None:
    plant = Plant(order=("size",), fps=8, frame_ms=200, wait_ms=10, wanted_ms=100, steps=1)
    plant.live(60)
    assert plant.shedder.levels == Levels(size=2)
    assert told(plant.live(300)) == []


def test_what_gets_ready_at_a_start_or_for_a_change_has_its_time() -> None:
    plant = Plant(order=("size",), fps=60)
    plant.live(2, working=False)
    assert plant.live(5.6) == []
    assert told(plant.live(4)) == ["down size"]
    plant = Plant(order=("size",))
    plant.live(20)
    plant.shedder.asked_anew(plant.now_s)
    plant.fps = 60
    assert plant.live(5.6) == []
    assert told(plant.live(5)) == ["down size"]


def test_without_frames_or_workers_it_stays_as_it_is() -> None:
    plant = Plant(order=("size",), fps=60)
    plant.live(30)
    plant.fps = 0.001
    assert plant.live(600, working=False) == []
    assert plant.shedder.levels == Levels(size=1)


def test_what_is_refused_is_given_back_and_left_alone() -> None:
    plant = Plant(order=("size", "frames"), fps=60)
    plant.live(30)
    move = plant.shedder.refuse("size", plant.now_s, "a reason")
    assert move and (move.way, move.levels) == ("back", Levels())
    assert told(plant.live(30)) == ["down frames"]
    assert plant.shedder.refuse("size", plant.now_s, "again") is None


def test_a_climb_is_not_taken_back_where_there_is_less_to_take_by_now() -> None:
    plant = Plant(order=("frames",), fps=60)
    plant.live(30)
    assert plant.shedder.levels.frames
    plant.workers = 8
    while plant.shedder.levels.frames:
        plant.live(LOOK_S)
    plant.fps, plant.frame_ms, plant.workers = 10.0, 400, 1  # one of two would be under 7 a second
    assert plant.live(50) == []


loads = st.lists(
    st.tuples(
        st.floats(1, 240),  # fps
        st.floats(0.5, 400),  # ms a frame
        st.integers(1, 8),  # workers
        st.booleans(),
        st.floats(1, 60),  # for so long
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(loads, st.lists(st.sampled_from(CUTS), unique=True), st.integers(0, 9), st.integers(1, 8))
def test_whatever_comes_levels_stay_in_bounds_and_moves_are_few(
    loads: list[tuple[float, float, int, bool, float]], order: list[Cut], seed: int, steps: int
) -> None:
    plant = Plant(order=tuple(order), seed=seed, steps=steps, wanted_ms=150)
    for fps, frame_ms, workers, working, seconds in loads:
        plant.fps, plant.frame_ms, plant.workers = fps, frame_ms, workers
        before = plant.shedder.levels
        moves = plant.live(seconds, working)
        most = most_levels(plant.demand)
        for cut in CUTS:
            level = plant.shedder.levels.level(cut)
            assert 0 <= level <= max(most.level(cut), before.level(cut))
            assert cut in order or level == 0
        assert len(moves) <= 1 + seconds / 2.5
        assert working or not moves
        assert set(plant.shedder.since_s) == {c for c in CUTS if plant.shedder.levels.level(c)}
    assert order or plant.shedder.levels == Levels()
