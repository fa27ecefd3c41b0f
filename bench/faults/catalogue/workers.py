"""Workers that die, stop and slow down, and one that begins to answer wrongly."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace

from bench.faults.invariants import Limits
from bench.faults.show import DELAY_MS, WITH_SCRIPTED, RecordedShow
from bench.faults.table import fault

LEFT = r"worker.* disconnected "
STEADY = Limits(lost=2, silence_ms=100)
ONE_OUT = replace(STEADY, normal_s=2, out_s=0.6)
SLOW = replace(STEADY, lost=4, normal_s=2, says="worker w0 .*(slow|silent|late)")
HOW = {"shares": True, "lasts_s": 2.3, "soak": True}
SCRIPTED = {"shares": True, "lasts_s": 3, "specs": WITH_SCRIPTED, "soak": True}


@fault("nothing", "no fault at all, for comparison", STEADY, shares=True)
def nothing(_: RecordedShow) -> Iterator[None]:
    yield


def kill(name: str, count: int, words: str, limits: Limits, **how: object) -> None:
    @fault(name, f"kill -9 of {words}", limits, **HOW | how)
    def strike(show: RecordedShow) -> Iterator[None]:
        victims = show.random.sample(list(show.crew.values()), count)
        for victim in victims:
            victim.program.kill()
        yield
        show.restart(*victims)


kill("kill one", 1, "one worker of three", replace(ONE_OUT, says=LEFT))
HARD = Limits(lost=20, silence_ms=200, normal_s=3, heals=True, out_s=0.6, says=LEFT)
kill("kill two", 2, "two workers of three", HARD, watch_s=4)
DARK = Limits(picture_s=2, normal_s=3, heals=True, out_s=0.6, says=f"{LEFT}|no worker")
kill("kill all", 3, "all workers", DARK, watch_s=4)

STOPPED = "one worker of three stopped (SIGSTOP) for 5 s, then continued"


@fault("stop", STOPPED, replace(ONE_OUT, says=r"worker w\d silent"), **HOW | {"lasts_s": 5})
def stop(show: RecordedShow) -> Iterator[None]:
    victim = show.any_worker()
    victim.program.send_signal(signal.SIGSTOP)
    yield
    victim.program.send_signal(signal.SIGCONT)


def told(name: str, words: str, order: str, back: str) -> None:
    """A scripted worker does as it is told, and after a while as before."""

    @fault(name, words, SLOW, **SCRIPTED)
    def strike(show: RecordedShow) -> Iterator[None]:
        show.crew["w0"].program.tell(order)
        yield
        show.crew["w0"].program.tell(back)


for times in (5, 50):
    slower = f"a worker that becomes {times} times slower"
    told(f"slow {times}", slower, f"delay {times * DELAY_MS}", f"delay {DELAY_MS}")
told("late", "a worker whose answers come 0.7 s late", "hold 700", "hold 0")

UNKNOWN, NO_PICTURE = "silent|answer no job of ours", "were no pictures of"
LIARS = {
    "twice": ("a worker that answers twice", "came twice"),
    "another index": ("a worker that answers with another frame's index", UNKNOWN),
    "another stamp": ("a worker that answers with another frame's stamp", UNKNOWN),
    "rubbish": ("a worker whose pictures are rubbish", NO_PICTURE),
    "another size": ("a worker whose pictures are of another size", NO_PICTURE),
    "cut off": ("a worker whose pictures are cut off", NO_PICTURE),
    "a bomb": ("a worker whose small JPEG claims 60000x60000", NO_PICTURE),
    "noise": ("a worker that answers with random bytes", "silent|could not be read"),
    "nothing said": ("a worker that takes frames and never answers", "silent"),
}


def liar(name: str, words: str, says: str) -> None:
    @fault(name, words, replace(SLOW, says=says), **SCRIPTED | {"lasts_s": 2.3})
    def strike(show: RecordedShow) -> Iterator[None]:
        show.crew["w0"].program.tell(f"lie {name}")
        yield
        show.restart(show.crew["w0"])  # or it would be tried again after seconds only


for name, (words, says) in LIARS.items():
    liar(name, words, says)
