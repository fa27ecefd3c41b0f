"""Every warning comes, says what to do, does not blink, and goes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lib.config.settings import ROOT
from lib.stream.warnings import StreamFacts, Warnings
from lib.wire.messages import WorkerStatus

EVERY_S = 0.4


def worker(name: str = "3", state: str = "active", seen_s: float | None = 0.1, **more: object):
    fixed = {"in_flight": 1, "window": 2, "service_ms": 30.0, "fps": 30.0, "share": 1.0}
    rest = {"done": 9, "lost": 0, "last_seen_s": seen_s, "address": f"10.0.0.{name}:5"}
    return WorkerStatus(name=name, state=state, **(fixed | rest | more))


class Run:
    """A stream at 30 frames a second that goes well unless told otherwise."""

    def __init__(self) -> None:
        self.warnings, self.now_s = Warnings(), 100.0
        self.captured, self.fps = 0.0, 30.0
        self.drops: dict[str, float] = {}
        self.facts: dict[str, object] = {"workers": [worker()], "last_frame_s": 0.03}
        self.said: list[list[str]] = []

    def live(self, seconds: float, drops: dict[str, float] | None = None, **facts: object):
        """What is said at the end. `drops` is by reason, as a share of the frames."""
        self.facts |= facts
        for _ in range(round(seconds / EVERY_S)):
            self.now_s += EVERY_S
            self.captured += self.fps * EVERY_S
            for name, share in (drops or {}).items():
                self.drops[name] = self.drops.get(name, 0) + share * self.fps * EVERY_S
            whole = {name: int(count) for name, count in self.drops.items()}
            known = {"source": None, "refused": {}} | self.facts
            facts_now = StreamFacts(captured=int(self.captured), drops=whole, **known)
            self.said.append([one.words for one in self.warnings.update(facts_now, self.now_s)])
        return self.said[-1]

    def changes(self, key: str) -> int:
        """How often a warning with these words came or went."""
        there = [any(key in words for words in said) for said in self.said]
        return sum(one != other for one, other in pairwise(there))


@pytest.fixture
def run() -> Run:
    return Run()


def test_while_all_is_well_nothing_is_said(run: Run) -> None:
    run.live(60)
    assert not any(run.said)


def test_workers_that_are_too_slow(run: Run) -> None:
    run.live(5)
    assert run.live(12, {"thinned": 0.12}) == [
        "skipping 12 % of frames: the workers can't keep up, add one or lower fps"
    ]
    assert run.live(10) == []
    assert run.changes("keep up") == 2


def test_a_short_burst_is_not_worth_a_word(run: Run) -> None:
    run.live(5)
    run.live(0.8, {"thinned": 0.5})
    run.live(10)
    assert not any(run.said)


def test_a_share_around_the_limit_does_not_blink(run: Run) -> None:
    for turn in range(120):
        run.live(0.8, {"thinned": 0.03 if turn % 2 else 0.08})
    assert run.changes("keep up") <= 1


@pytest.mark.parametrize(("reason", "words"), [("late", "come too late"), ("lost", "are lost")])
def test_frames_that_do_not_come_back_in_time(run: Run, reason: str, words: str) -> None:
    run.live(5)
    (said,) = run.live(10, {reason: 0.2})
    assert said.startswith("20 %") and words in said and ":" in said
    assert run.live(12) == []


def test_frames_without_a_worker_are_no_slow_workers(run: Run) -> None:
    assert run.live(20, {"no_worker": 1.0}, workers=[]) == [
        "no worker is connected: start transform.py"
    ]


def test_no_worker_is_said_at_once_and_taken_back_soon(run: Run) -> None:
    assert run.live(EVERY_S, workers=[]) == ["no worker is connected: start transform.py"]
    assert run.live(2, workers=[worker()]) == []


def test_a_worker_that_joins_over_and_over_does_not_make_it_blink(run: Run) -> None:
    run.live(2, workers=[])
    for _ in range(20):
        run.live(0.4, workers=[worker()])
        run.live(0.4, workers=[])
    assert run.changes("no worker is connected") == 0


def test_a_silent_worker_is_named_with_the_time_since_it_was_heard(run: Run) -> None:
    run.live(2)
    silent = [worker("3", "probation", 4.2), worker("4")]
    assert run.live(EVERY_S, workers=silent) == ["worker 3 silent for 4 s: look at its log"]
    assert run.live(2, workers=[worker("3"), worker("4")]) == []


def test_a_worker_that_lost_its_place_is_named_though_it_answers(run: Run) -> None:
    """A second after it was asked, over and over: too late each time, and never silent for long."""
    run.live(2, workers=[worker("3"), worker("4")])
    late = [worker("3", "probation", 0.2), worker("4")]
    run.live(0.8, workers=late)
    assert run.live(EVERY_S, workers=late) == ["worker 3 answers too late: look at its log"]
    assert run.live(2, workers=[worker("3"), worker("4")]) == []
    assert run.live(EVERY_S, workers=late) == []


def test_a_worker_that_wavers_does_not_blink(run: Run) -> None:
    run.live(2, workers=[worker("3", "probation", 4.2), worker("4")])
    for _ in range(20):
        run.live(0.4, workers=[worker("3"), worker("4")])
        run.live(0.4, workers=[worker("3", "probation", 1.6), worker("4")])
    assert run.changes("silent") == 0


def test_many_silent_workers_are_three_lines_and_a_number(run: Run) -> None:
    silent = [worker(str(number), "probation", 9.0) for number in range(8)]
    said = run.live(EVERY_S, workers=[*silent, worker("99")])
    assert len(said) == 4 and said[-1] == "5 more workers are silent"


def test_a_worker_that_never_answered_while_frames_come(run: Run) -> None:
    cold = [worker(), worker("new", "probation", None, address="10.0.0.7:40122")]
    run.live(9, workers=cold)
    assert not any(run.said)
    (said,) = run.live(2)
    assert said == "worker at 10.0.0.7:40122 has never answered: is its model still loading?"


def test_without_frames_no_worker_has_anything_to_answer(run: Run) -> None:
    run.fps = 0
    cold = [worker("new", "probation", None)]
    assert run.live(30, workers=cold, source="no camera: 0", last_frame_s=None) == ["no camera: 0"]


def test_nobody_answers(run: Run) -> None:
    run.live(1.6, workers=[worker("new", "probation", None)])
    assert run.said[-1] == []
    assert run.live(2) == ["no worker answers: look at a worker's log"]
    assert run.live(2, workers=[worker()]) == []


def test_the_source_speaks_for_itself(run: Run) -> None:
    assert run.live(EVERY_S, source="no camera at 0") == ["no camera at 0"]
    for _ in range(10):
        run.live(0.4, source=None)
        run.live(0.4, source="no camera at 0")
    assert run.changes("no camera") == 0
    assert run.live(2, source=None) == []


def test_no_picture(run: Run) -> None:
    assert run.live(1, last_frame_s=1.9) == []
    assert run.live(1, last_frame_s=7.2) == ["no picture for 7 s"]
    assert run.live(2, last_frame_s=0.1) == []


def test_slow_workers_are_waited_for(run: Run) -> None:
    slow = [worker(service_ms=4000.0, seen_s=4.0)]
    assert run.live(5, workers=slow, last_frame_s=5.0) == []
    assert run.live(1, last_frame_s=13.0) == ["no picture for 13 s"]


def test_who_knocks_at_the_job_port_is_told_for_a_minute(run: Run) -> None:
    run.live(1)
    refused = {"job port": {"too many workers": 3, "spoke Greek": 1}}
    said = run.live(EVERY_S, refused=refused)
    knocks = "the job port refused"
    assert said == [
        f"{knocks} 3 connections in the last minute: too many workers (raise max_peers)",
        f"{knocks} 1 connection in the last minute: spoke Greek",
    ]
    assert run.live(58) == said
    assert run.live(4) == []


@pytest.mark.parametrize(
    "words",
    [
        "no worker is connected",
        "no worker answers",
        "silent for",
        "has never answered",
        "no picture for",
        "the workers can't keep up",
        "come too late to be shown",
        "are lost with their workers",
        "answers in the last minute",
    ],
)
def test_every_warning_is_explained(words: str) -> None:
    assert words in (ROOT / "lib/core/trouble.py").read_text("utf-8")
    assert words in (ROOT / "docs/warnings.md").read_text("utf-8")
