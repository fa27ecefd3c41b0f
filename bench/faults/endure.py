"""A show that is struck now and then, and held to what is promised from the first picture on.

What was judged is let go of, so that a soak of a week needs no more memory than one of an hour. Its
history stays on the disk: 2 GB a week at 60 fps.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import NamedTuple

from bench.background import Background
from bench.charts import Mark
from bench.faults import descriptors, trial
from bench.faults.checker import Trial
from bench.faults.growth import LASTING
from bench.faults.invariants import Limits, fresh, same_held, timeless
from bench.faults.rows import Recorder
from bench.faults.schedule import Kind, Strike
from bench.faults.show import THREE, WITH_SCRIPTED, RecordedShow
from bench.faults.stalls import Stalls
from bench.faults.table import TABLE, Fault
from bench.faults.trial import BEFORE_S
from bench.processes import Programs, Sample

SETTLES_S = 4.0  # what a strike takes beside its own times, about
CALM_S = 20.0  # until everything that was opened is closed, at the end
PLAYS_S = (2.0, 8.0)  # between two changes of parameters
KEPT = 200  # changes that undo and the journal keep: full before memory is judged
LOOKS = 20
SAMPLES_S = 30.0  # of the status that stay in memory
FAILURES = (RuntimeError, OSError)  # of what a fault does to the show


def suited() -> dict[str, Fault]:
    """The faults that one common show can bear, one after the other: one of its workers is
    scripted, and does as the others until it is told otherwise."""
    return {
        name: fault
        for name, fault in TABLE.items()
        if fault.soak
        and fault.specs in {THREE, WITH_SCRIPTED}
        and not fault.flags
        and not fault.needs()
    }


def at_rest(show: RecordedShow) -> Sample:
    """What is held: the least of some moments, for a request comes and goes, once it is the same
    twice in a row, for somebody may still be coming."""
    end_s = time.monotonic() + CALM_S
    before = trial.least(show, LOOKS)
    while any(same_held(before, now := trial.least(show, LOOKS))):
        if time.monotonic() > end_s:
            raise RuntimeError(f"what the show holds is not steady after {CALM_S:g} s")
        before = now
    return now


def kind_of(fault: Fault) -> Kind:
    limits = fault.limits
    lasts_s = BEFORE_S + fault.lasts_s + fault.watch_s + SETTLES_S
    victim = fault.name.removeprefix("kill ")
    ends_primary = victim in LASTING or limits.renumbers or limits.beginnings > 0
    return Kind(fault.name, lasts_s, total=limits.heals, ends_primary=ends_primary)


class Busy(RecordedShow):
    """On a machine that does other work as well: it is given time, and fewer pictures will do."""

    def until(self, true: Callable[[], object], seconds: float, otherwise: str) -> None:
        super().until(true, 3 * seconds, otherwise)

    def _is_normal(self) -> bool:
        states = self.said.workers
        return all(states.get(name) == "active" for name in self.crew) and bool(
            self.seen(time.monotonic() - 0.5)
        )


class Guests(Background):
    """A page with its pictures, a reader of moving JPEG, another viewer of the feed, and somebody
    who changes parameters now and then."""

    def __init__(self, show: RecordedShow, seed: int) -> None:
        super().__init__()
        self._show, self._dice, self._programs = show, random.Random(seed), Programs()

    def __enter__(self) -> Guests:
        """Returns when all of them are connected: what they hold belongs to the show at rest."""
        ports = self._show.ports
        viewer = f"bench.faults.history --port {ports['output_port']} --out {os.devnull}"
        some = "--live 1 --moving 1 --slow 0"
        pages = f"bench.cost.pages --settings_port {ports['settings_port']} {some}"
        try:
            feed, control = ("stream", "output_port"), ("control", "settings_port")
            self._until(1, *feed, "the first viewer is not alone")
            self._start(viewer)
            self._until(2, *feed, "no second viewer")
            self._until(1, *control, "not only the status is asked for")
            self._start(pages)
            self._show.until(lambda: self._show.watchers() == 2, 10, "the pages do not come")
            self._until(3, *control, "the pages are not alone")
            # It says that they watch before its own connection to the feed is accepted.
            self._until(3, *feed, "control sees no pictures")
        except BaseException:
            self._programs.__exit__()
            raise
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._programs.__exit__()

    def _start(self, program: str) -> None:
        self._programs.start("-m", *program.split())

    def _until(self, count: int, process: str, port: str, otherwise: str) -> None:
        """So many connections are accepted there, no more and no fewer."""
        pid, number = self._show.pids_by_name()[process], self._show.ports[port]
        self._show.until(lambda: descriptors.connected(pid, number) == count, 20, otherwise)

    def run(self) -> None:
        count = 0
        while not self.quit.wait(0.1 if count < KEPT else self._dice.uniform(*PLAYS_S)):
            # Whatever is away at this moment is not our affair: somebody else watches for that.
            with suppress(*FAILURES):
                self._show.play(**self._change())
            count += 1

    def _change(self) -> dict[str, object]:
        dice = self._dice
        return dice.choice(
            [
                {"prompt": f"a tower of {dice.randrange(99)} floors"},
                {"seed": dice.randrange(1000), "strength": round(dice.random(), 2)},
                {"blend": round(dice.random(), 2), "prompt2": dice.choice(["", "a whale"])},
            ]
        )


class Struck(NamedTuple):
    """One fault, and what it cost; without a trial, the show did not get over it."""

    mark: Mark
    trial: Trial | None


class Endurance:
    """Used by one thread."""

    def __init__(self, show: RecordedShow, recorder: Recorder, stalls: Stalls, busy: bool) -> None:
        self._show, self._recorder, self._busy = show, recorder, busy
        self._stalls = stalls
        self._faults = suited()
        self.seen = self.excused = 0  # pictures; not judged by the clock
        self.struck: list[Struck] = []
        self.broken: list[str] = []
        self._first, self._opened = at_rest(show), self._open_now()
        show.history.read()
        self._let_go(recorder.begun_s)  # what came while the show began is of no soak

    def run(self, strikes: Sequence[Strike], seconds: float) -> Iterator[Struck]:
        for strike in strikes:
            self._rest_until(strike.start_s)
            yield self._strike(self._faults[strike.name])
        self._rest_until(seconds)

    def _rest_until(self, at_s: float) -> None:
        """In pieces, each judged: nothing happens, so nothing may break."""
        end_s = self._recorder.begun_s + at_s
        while (left_s := end_s - time.monotonic()) > 0:
            time.sleep(min(left_s, 10))
            self._judge_rest()

    def _judge_rest(self) -> None:
        limits = self._limits(Limits())
        lines = self._show.history.read()  # the last one that was judged is the first of these
        said = self._show.poller.since(lines[0].came_s - 1) if lines else []
        found = timeless(lines, self._show.fps, limits)
        if not limits.aged:
            steady = [line for line in lines if not self._stalls.near(line.came_s, line.came_s)]
            self.excused += len(lines) - len(steady)
            found += fresh(steady, said)
        self._note("at rest", found)
        self._let_go(time.monotonic())

    def _strike(self, fault: Fault) -> Struck:
        self._judge_rest()
        limits = self._limits(fault.limits)
        found: Trial | None = None
        start_s = time.monotonic()
        try:
            found = trial.strike(self._show, replace(fault, limits=limits), self._stalls)
            if self._busy:
                found = found._replace(busy=False)  # nothing was judged by the clock
            elif found.busy:
                seen = self._show.seen(start_s)
                found = found._replace(broken=timeless(seen, self._show.fps, limits))
            self._note(fault.name, [*found.broken, *([] if self._busy else self._held_more())])
        except FAILURES as error:
            self._note(fault.name, [f"{type(error).__name__}: {error}"])
        begun_s = self._recorder.begun_s
        from_s, to_s = self._show.entered_s, self._show.left_s
        if from_s < start_s:  # it never struck: the show was not normal before
            from_s = to_s = time.monotonic()
        struck = Struck(Mark(fault.name, from_s - begun_s, to_s - begun_s), found)
        self.struck.append(struck)
        self._let_go(begun_s + struck.mark.end_s + fault.watch_s)  # what came later is of the rest
        return struck

    def _limits(self, limits: Limits) -> Limits:
        """On a busy machine nothing is judged by the clock."""
        limits = replace(limits, judge_held=False)  # against the very start instead
        if not self._busy:
            return limits
        return replace(
            limits, lost=None, silence_ms=None, normal_s=None, picture_s=None, out_s=None,
            says=None, beginnings=1000, aged=True, memory_mb=1000.0,
        )  # fmt: skip

    def _held_more(self) -> list[str]:
        """Descriptors and threads that are not as at the start, and do not become so."""
        found = trial.wait_for_none(
            lambda: list(same_held(self._first, self._show.sample())), CALM_S
        )
        opened = self._open_now() if found else {}
        words = {name: descriptors.changes(self._opened[name], opened[name]) for name in opened}
        return [*found, *(f"{name} has {which}" for name, which in words.items() if which)]

    def _open_now(self) -> dict[str, list[descriptors.Descriptor]]:
        return {name: descriptors.opened(pid) for name, pid in self._show.pids_by_name().items()}

    def _note(self, what: str, found: Sequence[str]) -> None:
        at_s = time.monotonic() - self._recorder.begun_s
        self.broken += [f"{what}, until {at_s:.0f} s: {words}" for words in found]

    def _let_go(self, judged_s: float) -> None:
        """Keep the last picture that was judged, which the next one must follow."""
        lines, samples = self._show.history.lines, self._show.poller.samples
        judged = max(0, sum(line.came_s <= judged_s for line in lines) - 1)
        self.seen += judged
        del lines[:judged]
        while samples and samples[0].at_s < judged_s - SAMPLES_S:
            samples.popleft()

    def at_the_end(self) -> None:
        """Every captured frame has its counter, and all hold as much as at the start."""
        try:
            calm = Fault("", "", lambda _: nullcontext(), Limits(renumbers=True), 0, 0)
            found = trial.at_the_end(self._show, calm)
        except FAILURES as error:
            found = [f"{type(error).__name__}: {error}"]
        self._note("at the end", [*found, *self._held_more()])
