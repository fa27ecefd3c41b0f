"""Every still that was asked for ends once: with its pictures, or with the reason.

    python -m bench.stills_faults                     2000 stills, 8 workers, about six minutes
    python -m bench.stills_faults --ledger postgresql --services 2 --jobs 10000 --workers 16 \\
        --stalled 8 --hurry 5 --database_kills 10 --cuts 2 --out course.svg
    python -m bench.stills_faults --jobs 100 --hurry 5       the run of the tests

Real processes: services, workers with `--role stills` and the engine identity, clients over HTTP.
Meanwhile, by a seed, workers and now and then a service are killed and started again, and workers
are stopped for longer than their lease, so that others get what they had; they hand theirs in when
they wake up. At even parts of the way PostgreSQL is killed, and the power is cut: everything ends
at once, and what was not synced is not on the disk any more (bench/faults/machine.py).
"""

from __future__ import annotations

import random
import re
import signal
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from bench.asking import Asker, RefusedError
from bench.charts import Mark
from bench.faults.ledgers import TriedLedger, TriedPostgres
from bench.faults.machine import PowerDisk, power_trouble
from bench.faults.stills_verdict import Counts, Ended, Sample, draw_course, forgotten, judged
from bench.ports import LOCAL, free_ports
from bench.processes import Program, Programs
from bench.report import command, machine, say_broken

LEASE_S = 10.0
OWNERS = 50
AT_ONCE = 200  # that one answer lists
CLIENTS = 8

WORKER_KILLS, SERVICE_KILLS = 0.1, 0.03  # a second
LOST = 0.05  # of the leases: so many workers are stopped that this is about it
LOOK_S = 0.25
SAMPLE_S = 1.0


@dataclass(frozen=True)
class Plan:
    jobs: int
    workers: int
    stalled: int  # workers that stand still at a time, at most
    ledger: str = "sqlite"
    services: int = 1
    database_kills: int = 0
    cuts: int = 0
    delay_ms: int = 100  # that a worker takes for a step
    hurry: int = 1
    seed: int = 1
    most_s: float = 900.0
    lasting: bool = True  # PostgreSQL syncs

    @property
    def due(self) -> list[tuple[float, str]]:
        """At which part of the way what is done."""
        ways = (("database", self.database_kills), ("power", self.cuts))
        return sorted(((at + 1) / (many + 1), what) for what, many in ways for at in range(many))


class Stills:
    """Services and their workers, on ports of their own."""

    def __init__(self, programs: Programs, ledger: TriedLedger, plan: Plan) -> None:
        self._programs, self._ledger, self._plan = programs, ledger, plan
        self.ports = free_ports(plan.services)
        self.services: list[Program] = []
        self.workers: list[Program] = []
        self.stalled: dict[int, float] = {}  # number of a worker, and when it wakes up
        self._lost = [(0, 0)] * plan.services  # leases: before its latest start, and since
        self.open = 0  # stills, when they were asked last
        self._start_all()

    def _start(self, *words: str) -> Program:
        hurry = self._plan.hurry
        hurried = ["-m", "bench.faults.hurried", str(hurry)] if hurry > 1 else []
        alone = {"ENV_FILE": "/dev/null", "AFTERIMAGE_LOG_LEVEL": "WARNING"}
        return self._programs.start(*hurried, *words, environment=alone)

    def _start_service(self, number: int) -> Program:
        port = f"--stills_port={self.ports[number]}"
        return self._start("app.py", "--role=stills", port, *self._ledger.flags(number))

    def _start_worker(self, number: int) -> Program:
        delay_ms = self._plan.delay_ms
        engine = ["--engine=identity", f"--delay_ms={delay_ms}", f"--jitter_ms={delay_ms // 2}"]
        server = f"--server=http://{LOCAL}:{self.ports[number % len(self.ports)]}"
        return self._start(
            "transform.py", "--role=stills", *engine, server, f"--worker_id=w{number}"
        )

    def _start_all(self) -> None:
        """Services first: so many workers that start at once would hold them up."""
        self.services = [self._start_service(number) for number in range(self._plan.services)]
        self.ask("GET", "/healthz")
        self.workers = [self._start_worker(number) for number in range(self._plan.workers)]

    def kill_service(self, number: int) -> None:
        self.services[number].kill()
        self.services[number] = self._start_service(number)

    def revive(self) -> None:
        """As app.py does: a service ends where it finds no database at its start."""
        for number, service in enumerate(self.services):
            if not service.alive:
                self.services[number] = self._start_service(number)

    def kill_worker(self, number: int) -> None:
        self.workers[number].kill()
        self.stalled.pop(number, None)
        self.workers[number] = self._start_worker(number)

    def kill_database(self) -> None:
        self._ledger.kill()
        self._ledger.start()

    def cut_power(self, disk: PowerDisk) -> None:
        disk.cut()
        for program in (*self.services, *self.workers):
            program.send_signal(signal.SIGKILL)
        self._ledger.kill(all_at_once=True)
        for program in (*self.services, *self.workers):
            program.wait()
        disk.restore()
        self.stalled.clear()
        self._ledger.start()
        self._start_all()

    def stall(self, number: int, for_s: float) -> None:
        self.workers[number].send_signal(signal.SIGSTOP)
        self.stalled[number] = time.monotonic() + for_s

    def wake(self, *, everybody: bool = False) -> None:
        for number, until_s in list(self.stalled.items()):
            if everybody or time.monotonic() >= until_s:
                self.workers[number].send_signal(signal.SIGCONT)
                del self.stalled[number]

    # --- over HTTP

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Until it is answered: a service may be away, and POST names its own key."""
        for port in cycle(self.ports):
            try:
                with closing(Asker(port, timeout_s=10)) as line:
                    return line.ask(method, path, body)
            except RefusedError as refusal:
                if refusal.status not in (429, 503):
                    raise
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError("there is a port")

    def sample(self, at_s: float) -> Sample:
        """What they say at once, or nothing."""
        health: dict[str, Any] | None = None
        for number, port in enumerate(self.ports):
            with closing(Asker(port, timeout_s=1)) as line, suppress(OSError):
                self._count_lost(number, line.read("GET", "/metrics").decode())
                health = health or line.ask("GET", "/health")
        if health is None:
            return Sample(at_s)
        self.open = health["jobs"]["queued"] + health["jobs"]["running"]
        lost = sum(map(sum, self._lost))
        return Sample(at_s, health["jobs"]["done"], lost, health["oldest_waits_s"])

    def _count_lost(self, number: int, metrics: str) -> None:
        found = re.search(r"^afterimage_stills_leases_lost_total (\S+)", metrics, re.MULTILINE)
        now, (before, since) = int(float(found[1])) if found else 0, self._lost[number]
        if now < since:  # it was started anew
            before += since
        self._lost[number] = (before, now)

    def events(self) -> list[tuple[str, str]]:
        return self._ledger.events()

    def listed(self) -> list[dict[str, Any]]:
        """Every still that there is."""
        found: list[dict[str, Any]] = []
        before = ""
        while True:
            page = self.ask("GET", f"/jobs?limit={AT_ONCE}{before}")
            found += page["jobs"]
            if not page["more"]:
                return found
            before = f"&before={found[-1]['number']}"


def ask_for(stills: Stills, numbers: Iterable[int], asked: list[str]) -> None:
    for number in numbers:
        body = {
            "prompt": f"still {number}",
            "engine": "identity",
            "seed": number,
            "steps": 2 + number % 4,
            "samples": 1 + (number % 5 == 0),
            "width": 64,
            "height": 64,
            "owner": f"owner {number % OWNERS}",
            "key": f"own {number}",
        }
        asked.append(stills.ask("POST", "/jobs", body)["id"])


@dataclass
class Trial:
    plan: Plan
    stills: Stills
    disk: PowerDisk | None
    counts: Counts = field(default_factory=Counts)
    samples: list[Sample] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._chance, self._due = random.Random(self.plan.seed), self.plan.due

    @property
    def at_s(self) -> float:
        return time.monotonic() - self.began_s

    def strike(self) -> None:
        """What goes wrong in LOOK_S."""
        stills, plan, chance = self.stills, self.plan, self._chance
        stills.revive()
        stills.wake()
        known = [one for one in self.samples if one.done is not None]
        done, lost = (known[-1].done or 0, known[-1].lost or 0) if known else (0, 0)
        while self._due and done >= self._due[0][0] * plan.jobs:
            self._do(self._due.pop(0)[1])
        awake = [one for one in range(plan.workers) if one not in stills.stalled]
        if len(stills.stalled) < plan.stalled and lost <= LOST * (done + lost):
            lease_s = LEASE_S / plan.hurry
            stills.stall(chance.choice(awake), lease_s * chance.uniform(1.1, 1.6))
            self.counts.stalls += 1
        roll = chance.random() / LOOK_S
        if roll < SERVICE_KILLS:
            self._mark("a service is killed", self.at_s)
            stills.kill_service(chance.randrange(plan.services))
            self.counts.service_kills += 1
        elif roll < SERVICE_KILLS + WORKER_KILLS:
            stills.kill_worker(chance.randrange(plan.workers))
            self.counts.worker_kills += 1

    def _do(self, what: str) -> None:
        begin_s = self.at_s
        if what == "database":
            self.stills.kill_database()
            self.counts.database_kills += 1
            self._mark("PostgreSQL is killed", begin_s)
        else:
            assert self.disk
            self.stills.cut_power(self.disk)
            self.counts.cuts += 1
            self._mark("the power is cut", begin_s)

    def _mark(self, name: str, begin_s: float) -> None:
        self.marks.append(Mark(name, begin_s, max(self.at_s, begin_s + 0.5)))

    def run(self) -> Ended:
        asked = list[str]()
        jobs = self.plan.jobs
        for client in range(CLIENTS):
            args = (self.stills, range(client, jobs, CLIENTS), asked)
            threading.Thread(target=ask_for, args=args, daemon=True).start()
        while self.at_s < self.plan.most_s:
            time.sleep(LOOK_S)
            if not self.samples or self.at_s - self.samples[-1].at_s >= SAMPLE_S:
                self.samples.append(self.stills.sample(self.at_s))
                is_over = self.samples[-1].done and len(asked) == jobs and not self.stills.open
                if is_over and not self._due:
                    break
            self.strike()
        took_s = self.at_s
        self.stills.revive()
        self.stills.wake(everybody=True)
        time.sleep(1)  # those that wake up hand in what they have
        there = {one["id"]: one for one in self.stills.listed()}
        for service in self.stills.services:
            service.end()
        shown = [there[one] for one in asked if one in there]
        events = self.stills.events()
        ended = judged(shown, events, jobs, self.counts, took_s)
        ended.broken += forgotten(self.samples)
        if len(there) > len(shown):
            ended.broken.append(f"{len(there)} stills are there, and {jobs} were asked for")
        return ended


def run(plan: Plan, out: Path | None = None) -> Ended:
    with ExitStack() as resources:
        disk = resources.enter_context(PowerDisk()) if plan.cuts else None
        plain = tempfile.TemporaryDirectory(prefix="afterimage-bench-")
        folder = Path(resources.enter_context(plain))
        folder = disk.folder if disk else folder
        ledger = TriedLedger(folder)
        if plan.ledger == "postgresql":
            ledger = TriedPostgres(folder, lasting=plan.lasting)
        resources.callback(ledger.close)
        programs = resources.enter_context(Programs())
        trial = Trial(plan, Stills(programs, ledger, plan), disk)
        ended = trial.run()
        if out:
            title = f"{plan.jobs} stills, {plan.workers} workers, {plan.ledger}: {ended.counts}"
            draw_course(out, title, trial.samples, trial.marks)
        return ended


def main() -> int:
    parser = command(
        __doc__, jobs=2000, workers=8, stalled=5, hurry=1, seed=1, most_s=900.0, out="",
        ledger="sqlite", services=1, database_kills=0, cuts=0, delay_ms=100,
    )  # fmt: skip
    options = vars(parser.parse_args())
    out = options.pop("out")
    plan = Plan(**options)
    if plan.cuts and (trouble := power_trouble()):
        parser.error(trouble)
    print(machine())
    ended = run(plan, Path(out) if out else None)
    print(
        f"{plan.jobs} stills in {ended.took_s:.0f} s, {plan.ledger}: {dict(ended.states)}; "
        f"{ended.claims} claims, {ended.lost} leases lost ({ended.lost / ended.claims:.1%}); "
        f"{ended.counts}"
    )
    for reason, count in ended.reasons.items():
        print(f"  {count} {reason}")
    return say_broken(ended.broken)


if __name__ == "__main__":
    raise SystemExit(main())
