"""One fault on one show: strike, heal, watch, and hold it all against what is promised."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.faults.checker import Evidence, Trial, judge
from bench.faults.invariants import accounted, same_held, seen_all
from bench.faults.show import CALM_S, RecordedShow
from bench.faults.stalls import Stalls
from bench.faults.table import Fault
from bench.processes import Held, Sample

LOOK_EVERY_S = 0.1
BEFORE_S = 2 * LOOK_EVERY_S  # after the normal second, whose pictures are judged too
QUIET_S = 6.0  # until what is under way has arrived, and what was opened is closed
STILL_S = 1.0  # until the status speaks of a show that stands still
OUT = r"worker {} at .* is silent: on probation|worker {} at .* left"


class Shows:
    """Faults in a row that leave nothing behind share a show, if they need the same one."""

    def __init__(self, out: Path, fps: float, seed: int, stalls: Stalls) -> None:
        self._out, self._fps, self._seed, self._stalls = out, fps, seed, stalls
        self._held = ExitStack()
        self._show: RecordedShow | None = None
        self._like: object = None

    def __enter__(self) -> Shows:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def run(self, fault: Fault, runs: int) -> list[Trial]:
        """So many strikes on one show."""
        show = self._show_for(fault)
        try:
            trials = [strike(show, fault, self._stalls) for _ in range(runs)]
            trials[-1].broken.extend(at_the_end(show, fault))
        except BaseException:
            self._leave()
            raise
        return trials

    def _show_for(self, fault: Fault) -> RecordedShow:
        like = (fault.specs, fault.flags) if fault.shares else None
        if self._show and like and like == self._like:
            return self._show
        self._leave()
        folder = self._out / fault.name.replace(" ", "-")
        show = RecordedShow(folder, fault.specs, self._fps, self._seed, fault.flags)
        show.beside = self._held.enter_context(fault.setting(show))
        self._held.enter_context(show)
        self._show, self._like = show, like
        return show

    def _leave(self) -> None:
        self._show = self._like = None
        self._held.close()


def strike(show: RecordedShow, fault: Fault, stalls: Stalls) -> Trial:
    start_s = time.monotonic()
    show.until_normal()
    begin_s = time.monotonic() - 0.7 * CALM_S  # at its edge a picture may be of a still sequence
    before = least(show, looks=3)
    with show.under(fault.name), fault.strike(show):
        time.sleep(fault.lasts_s)
    time.sleep(fault.watch_s)
    end_s = time.monotonic()
    time.sleep(0.2)  # what came by then is written by now
    evidence = Evidence(
        show.struck_s,
        show.healed_s,
        end_s,
        show.seen(begin_s, end_s),
        show.poller.since(begin_s),
        show.fps,
        out_after(show, show.struck_s),
        before,
        settled(show, before),
    )
    busy = stalls.near(start_s, time.monotonic())
    return judge(evidence, fault.limits)._replace(busy=busy)


def least(show: RecordedShow, looks: int) -> Sample:
    """What is held: the least of so many looks, for a request comes and goes."""
    samples = [show.sample()]
    while len(samples) < looks:
        time.sleep(LOOK_EVERY_S)
        samples.append(show.sample())
    held = {
        name: Held(*(min(each) for each in zip(*(one.held[name] for one in samples), strict=True)))
        for name in samples[0].held
    }
    return Sample(samples[0].at_s, held)


def out_after(show: RecordedShow, strike_s: float) -> float | None:
    """Until the primary took a worker out of rotation, as its log says."""
    said = [show.log.first(OUT.format(name, name), strike_s) for name in show.crew]
    return min((one.at_s - strike_s for one in said if one), default=None)


def settled(show: RecordedShow, before: Sample) -> Sample:
    """What is held once it is as before, or after a while."""
    end_s = time.monotonic() + QUIET_S
    while True:
        now = show.sample()
        if time.monotonic() > end_s or not any(same_held(before, now)):
            return now
        time.sleep(0.2)


def at_the_end(show: RecordedShow, fault: Fault) -> list[str]:
    """The sequence stands still: now every frame must have its counter."""
    show.until_normal()
    if fault.limits.live:
        return []  # does not stand still; its fault has looked while nothing came
    show.play(paused=True)
    time.sleep(STILL_S)
    found = wait_for_none(lambda: accounted(show.said))
    if not (fault.limits.renumbers or fault.limits.beginnings):
        found += wait_for_none(lambda: seen_all(show.history.read(), show.said))
    show.play(paused=False)
    return found


def wait_for_none(check: Callable[[], list[str]], seconds: float = QUIET_S) -> list[str]:
    """What is under way may make it true yet."""
    end_s = time.monotonic() + seconds
    while (found := check()) and time.monotonic() < end_s:
        time.sleep(0.1)
    return found
