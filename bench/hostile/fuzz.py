"""A million messages that are nearly right, at each way into a show that plays.

    python -m bench.fuzz --messages 1000000 --seed 1
    python -m bench.fuzz --only "results 5558" --start 4000     # again, from that batch on

Real processes; the same seed sends the same messages. It says in which batch something broke: a
process that is another one, a picture that does not come, a trace in the log.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgpack
import zmq

from bench.faults.show import RecordedShow, WorkerSpec
from bench.hostile import mutate
from bench.hostile.attackers import Attacking, socket_of
from bench.hostile.fuzzers import FUZZERS, Fuzzer, Primary, Source
from bench.hostile.siege import Siege
from bench.ports import free_ports, free_udp_port
from bench.report import command, say_broken

HONEST = WorkerSpec("honest", ("--delay_ms", "5"))
FPS = 30
LOST_AT_MOST = 0.02  # of the frames: what a busy machine of two cores loses by itself, and more
CALM_S = 10.0


class Fuzz:
    """One run: so many messages through each port."""

    def __init__(self, options: argparse.Namespace, out: Path) -> None:
        self._options, self._out = options, out
        self.broken: list[str] = []

    def run(self, kinds: Sequence[type[Fuzzer]]) -> None:
        ours = [kind for kind in kinds if kind.door]
        if ours:
            with self._show() as show:
                calm = Siege(show)
                calm.run(None, lambda _, passed_s: passed_s < CALM_S, between=_rest)
                print(f"  nobody, {CALM_S:g} s: {calm.end().line}", flush=True)
                for kind in ours:
                    port = show.ports.get(kind.door, show.osc_port)
                    with ExitStack() as resources:
                        self._besiege(show, kind(resources, port, self._options.seed))
                    show.until_normal()
        if Primary in kinds:
            self._at_worker()
        if Source in kinds:
            self._at_source()

    @contextmanager
    def _show(self, *flags: str) -> Iterator[RecordedShow]:
        show = RecordedShow(self._out, [HONEST], FPS, flags=flags)
        show.osc_port = free_udp_port()
        with show:
            yield show

    def _at_worker(self) -> None:
        """A worker of its own, whose primary is this program; the show beside it goes on."""
        jobs, results = free_ports(2)
        with self._show() as show, ExitStack() as resources:
            primary = Primary(resources, jobs, self._options.seed)
            pull = socket_of(resources, "PULL", results)
            flags = (f"--job_port={jobs}", f"--result_port={results}")
            show.crew["besieged"] = show.hire(WorkerSpec("besieged", flags))
            _answers(primary, pull)
            # What it makes of the jobs that are none takes the processor that the show would have.
            self._besiege(show, primary, lambda: _drain(pull), alone=False)
            _answers(primary, pull)
            print("    it still answers a job as it should")
            del show.crew["besieged"]

    def _at_source(self) -> None:
        (port,) = free_ports(1)
        with ExitStack() as resources:
            source = Source(resources, port, self._options.seed)
            resources.enter_context(Attacking(source.good, 1 / FPS))
            with self._show("--mode", "zmq", "--video_port", str(port)) as show:
                self._besiege(show, source, alone=False)

    def _besiege(
        self,
        show: RecordedShow,
        fuzzer: Fuzzer,
        between: Callable[[], object] = lambda: None,
        alone: bool = True,
    ) -> None:
        options, siege = self._options, Siege(show)
        with _lower_priority():
            siege.run(
                fuzzer,
                lambda sent, passed_s: sent < options.messages and passed_s < options.seconds,
                options.start,
                between,
            )
            outcome = siege.end()
        last = options.start + outcome.batches - 1
        print(f"  {fuzzer.name:<16}{outcome.sent:>9} messages in {outcome.seconds:.0f} s, seed "
              f"{options.seed}, batches {options.start} to {last}", flush=True)  # fmt: skip
        print(f"    {outcome.line}", flush=True)
        broken = list(outcome.broken)
        if outcome.backwards or (alone and outcome.lost > LOST_AT_MOST * outcome.frames):
            broken.append(f"{outcome.lost} frames lost, {outcome.backwards} steps back")
        for one in broken:
            print(f"    BROKEN at batch {last} or a little before: {one}", flush=True)
        self.broken += [f"{fuzzer.name}: {one}" for one in broken]


@contextmanager
def _lower_priority() -> Iterator[None]:
    """Strangers have machines of their own."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, 10)
    yield
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)


def _rest() -> None:
    time.sleep(0.1)


def _drain(pull: zmq.Socket[bytes]) -> None:
    with suppress(zmq.Again):
        while True:
            pull.recv(zmq.NOBLOCK)


def _answers(primary: Primary, pull: zmq.Socket[bytes], seconds: float = 30) -> None:
    """An honest job, until its answer comes."""
    stamp, end_s = time.time(), time.monotonic() + seconds
    settings = {"prompt": "a whale", "resolution": 64}
    job = {"timestamps": [stamp], "indices": [1], "frames": [mutate.GOOD], "settings": settings}
    while time.monotonic() < end_s:
        primary.push.send(msgpack.packb(job))
        while pull.poll(300):
            if msgpack.unpackb(pull.recv())["timestamp"] == stamp:
                return
    raise RuntimeError("the worker answers no job any more")


def main() -> int:
    parser = command(__doc__, seed=1)
    parser.add_argument("--messages", type=int, default=1_000_000, help="to each")
    parser.add_argument("--start", type=int, default=0, help="number of the first batch")
    parser.add_argument("--seconds", type=float, default=900, help="at most, for each")
    parser.add_argument("--out", type=Path, help="folder for log and history")
    parser.add_argument("--only", choices=[kind.name for kind in FUZZERS], action="append")
    options = parser.parse_args()
    chosen = [kind for kind in FUZZERS if not options.only or kind.name in options.only]
    with tempfile.TemporaryDirectory(prefix="afterimage-fuzz-") as folder:
        fuzz = Fuzz(options, options.out or Path(folder))
        fuzz.run(chosen)
    return say_broken(fuzz.broken)


if __name__ == "__main__":
    raise SystemExit(main())
