"""Lines that are slow, late, lossy or cut, between the primary and one of its workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bench.faults.cable import Cable, cable_trouble
from bench.faults.limits import Limits
from bench.faults.proxy import Line, Proxy
from bench.faults.stage import Stage
from bench.faults.table import fault

LOCAL = "127.0.0.1"
FAR = "w0"  # the worker on the other host
OPEN = ("--bind", "0.0.0.0", "--control_token", "of-a-show-that-is-attacked")


class Wire:
    """What lies between the primary and one worker, for as long as a stage stands."""

    proxy: Proxy
    cable: Cable

    @contextmanager
    def through_proxy(self, stage: Stage) -> Iterator[None]:
        ports = [stage.ports["job_port"], stage.ports["result_port"]]
        with Proxy(LOCAL, ports, stage.random.randrange(1 << 30)) as self.proxy:
            jobs, results = map(str, self.proxy.ports)
            stage.recast(FAR, "--job_port", jobs, "--result_port", results)
            yield

    @contextmanager
    def by_cable(self, stage: Stage) -> Iterator[None]:
        with Cable() as self.cable:
            stage.recast(FAR, "--primary_hostname", self.cable.here, before=self.cable.command())
            yield


WIRE = Wire()


@fault(
    "unplug",
    "a host unplugged without a word, and plugged in again",
    Limits(lost=2, silence_ms=100, normal_s=2, out_s=0.6, says=r"worker w0 silent"),
    lasts_s=4.0,
    watch_s=4.0,
    flags=OPEN,
    needs=lambda: cable_trouble() or "",
    setting=WIRE.by_cable,
)
def unplug(stage: Stage) -> Iterator[None]:
    WIRE.cable.unplug()
    stage.struck()
    yield
    WIRE.cable.plug()
    stage.healed()
    stage.until(lambda: stage.look.workers.get(FAR) == "active", 6, "the host is not used again")


def bad_line(name: str, words: str, line: Line, limits: Limits) -> None:
    @fault(name, words, limits, lasts_s=4.0, setting=WIRE.through_proxy)
    def strike(stage: Stage) -> Iterator[None]:
        WIRE.proxy.become(line)
        stage.struck()
        yield
        WIRE.proxy.become(Line())
        stage.healed()


HARMLESS = "nothing is lost: the others take what it can not"
BAD = Limits(lost=6, silence_ms=100, normal_s=2)
bad_line(
    "slow line",
    "a line of 20 Mbit/s to one worker",
    Line(mbit_s=20),
    replace(BAD, lost=4, why_silent=HARMLESS),  # what was under way, and what was tried after
)
bad_line(
    "loss of 1 %",
    "a line to one worker that loses 1 % of its segments",
    Line(loss=0.01),
    replace(BAD, why_silent=HARMLESS),
)
bad_line(
    "loss of 10 %",
    "a line to one worker that loses 10 % of its segments",
    Line(loss=0.1),
    replace(BAD, why_silent="comes and goes: too slow to be given frames, by its network"),
)
bad_line(
    "late line",
    "a line to one worker, 50 ms long with up to 50 ms of jitter each way",
    Line(delay_ms=50, jitter_ms=50),
    replace(BAD, says=r"worker w0 is too slow .* on the way"),
)


@fault(
    "cut line",
    "a line cut without a word for 4 s, behind a switch that stays",
    Limits(lost=2, silence_ms=100, normal_s=2, out_s=0.6, says=r"worker w0 silent"),
    lasts_s=4.0,
    watch_s=4.0,
    setting=WIRE.through_proxy,
)
def cut_line(stage: Stage) -> Iterator[None]:
    WIRE.proxy.cut()
    stage.struck()
    yield
    WIRE.proxy.become(Line())
    stage.healed()
