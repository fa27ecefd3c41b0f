"""A million messages that are nearly right, at each way into a show that plays.

    python -m bench.fuzz --messages 1000000 --seed 1
    python -m bench.fuzz --only "results 5558" --start 4000     # again, from that batch on

Real processes; the same seed sends the same messages. It says in which batch something broke: a
process that is another one, a picture that does not come, a trace in the log.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgpack
import zmq

from bench.cost.doors import free_udp_port
from bench.faults.stage import Cast, Stage
from bench.faults.stage import Worker as Hired
from bench.hostile import mutate
from bench.hostile.clients import Door, Feed, Http, Jobs, Live, Osc, Results, Source, Worker
from bench.hostile.mutate import Mutator
from bench.hostile.siege import Outcome, Siege
from bench.ports import free_ports

ROOTS: dict[type[Door], str] = {
    Jobs: "job_port", Results: "result_port", Feed: "output_port",
    Http: "settings_port", Live: "settings_port", Osc: "osc_port",
}  # fmt: skip
DOORS: tuple[type[Door], ...] = (*ROOTS, Worker, Source)
HONEST = Cast("honest", ("--delay_ms", "5"))
FPS = 30
LOST_AT_MOST = 0.02  # of the frames: what a busy machine of two cores loses by itself, and more
CALM_S = 10.0


class Fuzz:
    """One run: so many messages through each door."""

    def __init__(self, out: Path, seed: int, messages: int, seconds: float, start: int = 0) -> None:
        self._out, self._seed, self._messages = out, seed, messages
        self._seconds, self._start = seconds, start
        self.broken: list[str] = []

    def run(self, doors: Sequence[type[Door]]) -> None:
        ours = [kind for kind in doors if kind in ROOTS]
        if ours:
            with self._stage() as stage:
                calm = Siege(stage)
                time.sleep(CALM_S)
                print(f"  nobody, {CALM_S:g} s: {calm.end().line()}", flush=True)
                for kind in ours:
                    self._at_show(stage, kind)
        if Worker in doors:
            with self._stage() as stage:
                self._at_worker(stage)
        if Source in doors:
            self._at_source()

    @contextmanager
    def _stage(self, *flags: str) -> Iterator[Stage]:
        # What the show says is looked at, and it may answer all who ask at once.
        stage = Stage(self._out, [HONEST], FPS, flags=flags)
        stage.osc_port = free_udp_port()
        with stage:
            yield stage

    def _at_show(self, stage: Stage, kind: type[Door]) -> None:
        name = ROOTS[kind]
        port = stage.osc_port if kind is Osc else stage.ports[name]
        with ExitStack() as resources:
            self._besiege(Siege(stage), kind(resources, port))
        stage.until_normal()

    def _at_worker(self, stage: Stage) -> None:
        """A worker of its own, whose primary is this program; the show beside it goes on."""
        jobs, results = free_ports(2)
        with ExitStack() as resources:
            door = Worker(resources, jobs)
            pull = _pull(resources, results)
            flags = [f"--job_port={jobs}", f"--result_port={results}", "--worker_id=besieged"]
            stage.crew["besieged"] = Hired(Cast("besieged", tuple(flags)), stage._start_worker)
            _answers(door, pull)
            # What it makes of the jobs that are none takes the processor that the show would have.
            self._besiege(Siege(stage), door, lambda: _drain(pull), alone=False)
            _answers(door, pull)
            print("    it still answers a job as it should")
            del stage.crew["besieged"]

    def _at_source(self) -> None:
        """Good pictures come from the same address all the while: what is lost is overwritten."""
        (port,) = free_ports(1)
        with ExitStack() as resources:
            door, lock, over = Source(resources, port), threading.Lock(), threading.Event()

            def play() -> None:
                while not over.wait(1 / FPS):
                    with lock:
                        good = [int(time.time() * 1000), 1, mutate.jpeg(256)]
                        door.pub.send(msgpack.packb(good), zmq.NOBLOCK)

            thread = threading.Thread(target=play, daemon=True)
            thread.start()
            resources.callback(thread.join)
            resources.callback(over.set)
            with self._stage("--mode", "zmq", "--video_port", str(port)) as stage:
                self._besiege(Siege(stage), _Locked(door, lock), alone=False)

    def _besiege(
        self,
        siege: Siege,
        door: Door,
        between: Callable[[], object] = lambda: None,
        alone: bool = True,
    ) -> None:
        sent, batch, start_s = 0, self._start, time.monotonic()
        with suppress(PermissionError):  # strangers have machines of their own
            os.setpriority(os.PRIO_PROCESS, 0, 10)
        while sent < self._messages and time.monotonic() - start_s < self._seconds:
            sent += door.send(Mutator(self._seed, door.name, batch))
            between()
            batch += 1
            if not siege.look():
                break
        outcome = siege.end()
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, 0)
        print(f"  {door.name:<16}{sent:>9} messages in {outcome.seconds:.0f} s, seed {self._seed}, "
              f"batches {self._start} to {batch - 1}", flush=True)  # fmt: skip
        print(f"    {outcome.line()}", flush=True)
        self._judge(door.name, outcome, batch, alone)

    def _judge(self, name: str, outcome: Outcome, batch: int, alone: bool) -> None:
        broken = list(outcome.broken)
        if outcome.backwards or (alone and outcome.lost > LOST_AT_MOST * outcome.frames):
            broken.append(f"{outcome.lost} frames lost, {outcome.backwards} steps back")
        for one in broken:
            print(f"    BROKEN at batch {batch - 1} or a little before: {one}", flush=True)
        self.broken += [f"{name}: {one}" for one in broken]


class _Locked(Door):
    """One thread at a time."""

    def __init__(self, door: Source, lock: threading.Lock) -> None:
        self.name, self.batch = door.name, door.batch
        self._door, self._lock = door, lock

    def send(self, mutator: Mutator) -> int:
        with self._lock:
            return self._door.send(mutator)


def _pull(resources: ExitStack, port: int) -> zmq.Socket[bytes]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    resources.callback(context.term)
    pull = context.socket(zmq.PULL)
    resources.callback(pull.close, 0)
    pull.bind(f"tcp://127.0.0.1:{port}")
    return pull


def _drain(pull: zmq.Socket[bytes]) -> None:
    with suppress(zmq.Again):
        while True:
            pull.recv(zmq.NOBLOCK)


def _answers(door: Worker, pull: zmq.Socket[bytes], seconds: float = 30) -> None:
    """An honest job, until its answer comes."""
    stamp, end_s = time.time(), time.monotonic() + seconds
    settings = {"prompt": "a whale", "resolution": 64}
    job = {"timestamps": [stamp], "indices": [1], "frames": [mutate.jpeg()], "settings": settings}
    while time.monotonic() < end_s:
        door.push.send(msgpack.packb(job))
        while pull.poll(300):
            if msgpack.unpackb(pull.recv())["timestamp"] == stamp:
                return
    raise RuntimeError("the worker answers no job any more")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=1_000_000, help="to each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="number of the first batch")
    parser.add_argument("--seconds", type=float, default=900, help="at most, for each")
    parser.add_argument("--out", type=Path, help="folder for log and history")
    parser.add_argument("--only", choices=[kind.name for kind in DOORS], action="append")
    options = parser.parse_args()
    chosen = [kind for kind in DOORS if not options.only or kind.name in options.only]
    with tempfile.TemporaryDirectory(prefix="afterimage-fuzz-") as folder:
        fuzz = Fuzz(
            options.out or Path(folder),
            options.seed,
            options.messages,
            options.seconds,
            options.start,
        )  # fmt: skip
        fuzz.run(chosen)
    for one in fuzz.broken:
        print(f"BROKEN {one}")
    return 1 if fuzz.broken else 0


if __name__ == "__main__":
    sys.exit(main())
