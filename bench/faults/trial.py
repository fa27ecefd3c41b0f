"""One fault on one stage: strike, heal, watch, and hold it all against what is promised."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.faults.checker import (
    Evidence,
    Figures,
    Moments,
    accounted,
    judge,
    same_held,
    seen_all,
)
from bench.faults.sample import Sample
from bench.faults.stage import CALM_S, Stage
from bench.faults.stalls import Stalls
from bench.faults.table import Fault

BEFORE_S = 0.2  # after the normal second, whose pictures are judged too
QUIET_S = 6.0  # until what is under way has arrived, and what was opened is closed
STILL_S = 1.0  # until the status speaks of a show that stands still
OUT = r"worker {} at .* is silent: on probation|worker {} at .* left"


class Trial(NamedTuple):
    """What one strike cost, and which promises it broke."""

    figures: Figures
    broken: list[str]
    busy: bool  # this machine had no time meanwhile: what is judged by the clock says little


class Stages:
    """Faults in a row that leave nothing behind share a stage, if they need the same one."""

    def __init__(self, out: Path, fps: float, seed: int) -> None:
        self._out, self._fps, self._seed = out, fps, seed
        self._held = ExitStack()
        self._stage: Stage | None = None
        self._like: object = None

    def __enter__(self) -> Stages:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def run(self, fault: Fault, runs: int) -> list[Trial]:
        """So many strikes on one stage."""
        stage = self._stage_for(fault)
        try:
            trials = [self._strike(stage, fault) for _ in range(runs)]
            trials[-1].broken.extend(at_the_end(stage, fault))
        except BaseException:
            self._leave()
            raise
        return trials

    def _strike(self, stage: Stage, fault: Fault) -> Trial:
        with Stalls() as stalls:
            start_s = time.monotonic()
            trial = strike(stage, fault)
            return trial._replace(busy=stalls.near(start_s, time.monotonic()))

    def _stage_for(self, fault: Fault) -> Stage:
        like = (fault.casts, fault.flags) if fault.shares else None
        if self._stage and like and like == self._like:
            return self._stage
        self._leave()
        folder = self._out / fault.name.replace(" ", "-")
        stage = Stage(folder, fault.casts, self._fps, self._seed, fault.flags)
        self._held.enter_context(fault.setting(stage))
        self._held.enter_context(stage)
        self._stage, self._like = stage, like
        return stage

    def _leave(self) -> None:
        self._stage = self._like = None
        self._held.close()


def strike(stage: Stage, fault: Fault) -> Trial:
    stage.until_normal()
    begin_s = time.monotonic() - 0.7 * CALM_S  # at its edge a picture may be of a still sequence
    time.sleep(BEFORE_S)
    before = stage.sample()
    stage.struck_s = stage.healed_s = 0.0
    entered_s = time.monotonic()
    with fault.strike(stage):
        time.sleep(fault.lasts_s)
    left_s = time.monotonic()
    moments = Moments(begin_s, stage.struck_s or entered_s, stage.healed_s or left_s, 0.0)
    time.sleep(fault.watch_s)
    moments = moments._replace(end_s=time.monotonic())
    time.sleep(0.2)  # what came by then is written by now
    evidence = Evidence(
        moments,
        stage.seen(moments.begin_s, moments.end_s),
        stage.watch_status.since(moments.begin_s),
        stage.fps,
        out_after(stage, moments.strike_s),
        before,
        settled(stage, before),
    )
    verdict = judge(evidence, fault.limits)
    return Trial(verdict.figures, verdict.broken, False)


def out_after(stage: Stage, strike_s: float) -> float | None:
    """Until the primary took a worker out of rotation, as its log says."""
    said = [stage.logs.first(OUT.format(name, name), strike_s) for name in stage.crew]
    return min((one.at_s - strike_s for one in said if one), default=None)


def settled(stage: Stage, before: Sample) -> Sample:
    """What is held once it is as before, or after a while."""
    end_s = time.monotonic() + QUIET_S
    while True:
        now = stage.sample()
        if time.monotonic() > end_s or not any(same_held(before, now)):
            return now
        time.sleep(0.2)


def at_the_end(stage: Stage, fault: Fault) -> list[str]:
    """The sequence stands still: now every frame must have its counter."""
    stage.until_normal()
    if fault.limits.live:
        return []  # does not stand still; its fault has looked while nothing came
    stage.play(paused=True)
    time.sleep(STILL_S)
    found = wait_for_none(lambda: accounted(stage.look))
    if not (fault.limits.renumbers or fault.limits.beginnings):
        found += wait_for_none(lambda: seen_all(stage.history.read(), stage.look))
    stage.play(paused=False)
    return found


def wait_for_none(check: Callable[[], list[str]]) -> list[str]:
    """What is under way may make it true yet."""
    end_s = time.monotonic() + QUIET_S
    while (found := check()) and time.monotonic() < end_s:
        time.sleep(0.1)
    return found
