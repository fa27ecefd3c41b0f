"""Every still that was asked for ends once: with its pictures, or with the reason.

    python -m bench.stills_faults                     2000 stills, 8 workers, about six minutes
    python -m bench.stills_faults --jobs 100 --hurry 5       the run of the tests

Real processes: the service, workers with `--role stills` and the engine identity, clients over
HTTP. Meanwhile, by a seed, workers and now and then the service are killed and started again, and
workers are stopped for longer than their lease, so that others get what they had; they hand theirs
in when they wake up.
"""

from __future__ import annotations

import http.client
import json
import random
import signal
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.ports import LOCAL, free_ports
from bench.processes import Program, Programs
from bench.report import command, machine, say_broken

LEASE_S = 10.0
OWNERS = 20
ENDS = ("done", "failed", "cancelled")


WORKER_KILLS, SERVICE_KILLS = 0.2, 0.1  # a second
LOOK_S = 0.25


@dataclass(frozen=True)
class Plan:
    jobs: int
    workers: int
    stalled: int  # workers that stand still at a time
    hurry: int = 1
    seed: int = 1
    most_s: float = 900.0


@dataclass
class Counts:
    """What was done to the processes."""

    worker_kills: int = 0
    service_kills: int = 0
    stalls: int = 0


@dataclass
class Ended:
    """How it went."""

    states: Counter[str]
    reasons: Counter[str]
    lost: int  # leases that ran out
    claims: int
    counts: Counts
    took_s: float
    broken: list[str] = field(default_factory=list)


class Stills:
    """The service and its workers, on ports and in a folder of their own."""

    def __init__(self, programs: Programs, folder: Path, workers: int, hurry: int) -> None:
        self._programs, self._folder, self._hurry = programs, folder, hurry
        (self.port,) = free_ports(1)
        self.service = self._start_service()
        self.workers = [self._start_worker(number) for number in range(workers)]
        self.stalled: dict[int, float] = {}  # number of a worker, and when it wakes up

    def _start(self, *words: str) -> Program:
        hurried = ["-m", "bench.faults.hurried", str(self._hurry)] if self._hurry > 1 else []
        alone = {"ENV_FILE": "/dev/null", "AFTERIMAGE_LOG_LEVEL": "WARNING"}
        return self._programs.start(*hurried, *words, environment=alone)

    def _start_service(self) -> Program:
        where = [f"--stills_port={self.port}", f"--state_dir={self._folder}"]
        return self._start("app.py", "--role=stills", *where)

    def _start_worker(self, number: int) -> Program:
        engine = ["--engine=identity", "--delay_ms=100", "--jitter_ms=50"]
        server = f"--server=http://{LOCAL}:{self.port}"
        return self._start(
            "transform.py", "--role=stills", *engine, server, f"--worker_id=w{number}"
        )

    def kill_service(self) -> None:
        self.service.kill()
        self.service = self._start_service()

    def kill_worker(self, number: int) -> None:
        self.workers[number].kill()
        self.stalled.pop(number, None)
        self.workers[number] = self._start_worker(number)

    def stall(self, number: int, for_s: float) -> None:
        self.workers[number].send_signal(signal.SIGSTOP)
        self.stalled[number] = time.monotonic() + for_s

    def wake(self) -> None:
        for number, until_s in list(self.stalled.items()):
            if time.monotonic() >= until_s:
                self.workers[number].send_signal(signal.SIGCONT)
                del self.stalled[number]

    def wake_all(self) -> None:
        for number in self.stalled:
            self.workers[number].send_signal(signal.SIGCONT)
        self.stalled.clear()

    # --- over HTTP

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Until it is answered: the service may be away, and POST names its own key."""
        while True:
            line = http.client.HTTPConnection(LOCAL, self.port, timeout=10)
            try:
                data = None if body is None else json.dumps(body)
                line.request(method, path, data, {"Content-Type": "application/json"})
                answer = line.getresponse()
                said = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.2)
                continue
            finally:
                line.close()
            if answer.status < 400:
                return said
            if answer.status not in (429, 503):
                raise RuntimeError(f"{method} {path}: {answer.status} {said}")
            time.sleep(0.2)


def ask_for(stills: Stills, jobs: int, asked: list[str]) -> None:
    for number in range(jobs):
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


def strike(stills: Stills, plan: Plan, chance: random.Random, counts: Counts) -> None:
    """What goes wrong in LOOK_S."""
    stills.wake()
    awake = [one for one in range(plan.workers) if one not in stills.stalled]
    if len(stills.stalled) < plan.stalled:
        stills.stall(chance.choice(awake), LEASE_S / plan.hurry * chance.uniform(1.1, 1.6))
        counts.stalls += 1
    roll = chance.random() / LOOK_S
    if roll < SERVICE_KILLS:
        stills.kill_service()
        counts.service_kills += 1
    elif roll < SERVICE_KILLS + WORKER_KILLS:
        stills.kill_worker(chance.randrange(plan.workers))
        counts.worker_kills += 1


def run(plan: Plan) -> Ended:
    chance, counts, asked = random.Random(plan.seed), Counts(), list[str]()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="afterimage-bench-") as name, Programs() as programs:
        stills = Stills(programs, Path(name), plan.workers, plan.hurry)
        client = threading.Thread(target=ask_for, args=(stills, plan.jobs, asked), daemon=True)
        client.start()
        while time.monotonic() < began_s + plan.most_s:
            time.sleep(LOOK_S)
            if len(asked) == plan.jobs:
                there = stills.ask("GET", "/health")["jobs"]
                if not there["queued"] and not there["running"]:
                    break
            strike(stills, plan, chance, counts)
        took_s = time.monotonic() - began_s
        stills.wake_all()
        time.sleep(1)  # those that wake up hand in what they have
        shown = [stills.ask("GET", f"/jobs/{id_}") for id_ in asked]
        stills.service.end()
        with closing(sqlite3.connect(Path(name, "stills.sqlite"))) as database:
            events = database.execute("SELECT job, what FROM event ORDER BY seq").fetchall()
    return judged(shown, events, plan.jobs, counts, took_s)


def judged(
    shown: list[dict[str, Any]],
    events: list[tuple[str, str]],
    jobs: int,
    counts: Counts,
    took_s: float,
) -> Ended:
    """From what the service says of each job, and the ledger's events."""
    ends = Counter(job for job, what in events if what in ENDS)
    told = Counter(events)
    claims = sum(count for (_, what), count in told.items() if what == "running")
    lost = sum(count for (_, what), count in told.items() if what == "queued") - len(shown)
    broken = [] if len(shown) == jobs else [f"{len(shown)} of {jobs} stills were asked for"]
    for job in shown:
        id_, state, samples = job["id"], job["state"], job["params"]["samples"]
        if state not in ENDS:
            broken.append(f"{id_} is still {state} after {took_s:.0f} s")
        elif ends[id_] != 1:
            broken.append(f"{id_} ended {ends[id_]} times")
        if state == "done" and len(set(job["pictures"])) != samples:
            broken.append(f"{id_} is done with {len(job['pictures'])} pictures of {samples}")
        twice = [at for at in range(samples) if told[id_, f"sample {at}"] > 1]
        if twice:
            broken.append(f"{id_}: sample {twice[0]} was taken twice")
        if state in ("failed", "cancelled") and not job["error"]:
            broken.append(f"{id_} is {state} without a reason")
    states = Counter(job["state"] for job in shown)
    reasons = Counter(job["error"] for job in shown if job["state"] in ENDS and job["error"])
    return Ended(states, reasons, lost, claims, counts, took_s, broken)


def main() -> int:
    parser = command(__doc__, jobs=2000, workers=8, stalled=5, hurry=1, seed=1, most_s=900.0)
    options = parser.parse_args()
    print(machine())
    ended = run(Plan(**vars(options)))
    counts = ended.counts
    print(
        f"{options.jobs} stills in {ended.took_s:.0f} s: {dict(ended.states)}; "
        f"{ended.claims} claims, {ended.lost} leases lost ({ended.lost / ended.claims:.1%}); "
        f"{counts.stalls} stalls, {counts.worker_kills} workers and {counts.service_kills} times "
        "the service killed"
    )
    for reason, count in ended.reasons.items():
        print(f"  {count} {reason}")
    return say_broken(ended.broken)
