"""fleet.sh: status, start, stop, restart, update, logs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from lib.config.settings import ROOT
from lib.ops.fleet import state
from lib.ops.fleet.agent import tree
from lib.ops.fleet.machines import Machine
from lib.ops.fleet.parallel import answers, ask_all
from lib.ops.fleet.record import Record
from lib.ops.fleet.rolling import RollingUpdate
from lib.ops.fleet.ssh import AgentAnswer, SshRunner

LOOK_S = 15.0
STOP_S = 15.0
WARM_S = 300.0  # for a worker to load its weights and to compile
UPDATE_S = 2100.0  # for an update that fetches packages
SLACK_S = 8.0  # added for ssh itself


class AgentTask(NamedTuple):
    """A request to each machine."""

    request: Mapping[str, object]
    wait_s: float
    payload: bytes = b""
    version: str = ""  # machines that already have it are left alone


class Machines:
    """All machines of the show, and how they are asked."""

    def __init__(self, machines: Sequence[Machine], record: Record, line: SshRunner) -> None:
        self.machines = list(machines)
        self.record = record
        self.line = line

    def ask(
        self,
        machine: Machine | None,
        request: Mapping[str, object],
        wait_s: float,
        payload: bytes = b"",
    ) -> AgentAnswer:
        asked = {**request, "wait_s": wait_s}
        if machine is None:
            asked["root"] = str(ROOT)
        return self.line.ask(machine, asked, wait_s + SLACK_S, payload)

    def survey(self, machines: Sequence[Machine]) -> dict[Machine, AgentAnswer]:
        return answers(self.line, machines, lambda one: self.ask(one, {"ask": "facts"}, LOOK_S))

    def do(self, task: AgentTask, machine: Machine) -> AgentAnswer:
        return self.ask(machine, task.request, task.wait_s, task.payload)

    def each(self, task: AgentTask, done: str) -> int:
        """Send a request to every machine at once; print each line as its answer comes."""
        bad = 0
        for machine, answer in ask_all(self.line, self.machines, partial(self.do, task)):
            self.record.say(f"{machine.name}: {done if answer.ok else answer.says}")
            bad += not answer.ok
        return 1 if bad else 0


def status(fleet: Machines, as_json: bool) -> int:
    here = tree.version(ROOT)
    rows = []
    mine = fleet.ask(None, {"ask": "facts"}, LOOK_S)
    if mine.ok and state.units_of(mine.data):
        rows.append(state.row(state.HERE, mine, here))
    middles: dict[Machine, float] = {}

    def timed(machine: Machine) -> AgentAnswer:
        began_s = time.time()
        answer = fleet.ask(machine, {"ask": "facts"}, LOOK_S)
        middles[machine] = _nearest(began_s, time.time(), answer)
        return answer

    for machine, answer in answers(fleet.line, fleet.machines, timed).items():
        rows.append(state.row(machine.name, answer, here, middles[machine]))
    if as_json:
        print(json.dumps({"version": here, "machines": state.as_data(rows)}, indent=2))
    elif rows:
        print(state.table(rows))
    else:
        print("WORKER_MACHINES names no machine, and nothing is installed on this one")
    return 0 if rows and all(one.fine for one in rows) else 1


def _nearest(began_s: float, ended_s: float, answer: AgentAnswer) -> float:
    """The moment of the request that makes the machine's clock look best.

    A request takes a second, and it is not known when in it the machine read its clock: so a clock
    is only called wrong if it is wrong for every moment of that second.
    """
    theirs = answer.data.get("clock_s")
    clock_s = float(theirs) if isinstance(theirs, (int, float)) else began_s
    return min(max(clock_s, began_s), ended_s)


def start(fleet: Machines, here: bool = True) -> int:
    """Start all machines at once, since there is no picture yet that could be lost."""
    request = {"ask": "units", "verb": "start", "kind": "all"}
    mine = _own(fleet, "start", WARM_S) if here else 0
    return max(mine, fleet.each(AgentTask(request, WARM_S), "started"))


def stop(fleet: Machines, here: bool = True) -> int:
    request = {"ask": "units", "verb": "stop", "kind": "all"}
    mine = _own(fleet, "stop", STOP_S) if here else 0
    return max(mine, fleet.each(AgentTask(request, STOP_S), "stopped"))


def _own(fleet: Machines, verb: str, wait_s: float) -> int:
    """Ask the same of this machine, if the show is installed here."""
    look = fleet.ask(None, {"ask": "facts"}, LOOK_S)
    if not (look.ok and state.units_of(look.data)):
        return 0
    answer = fleet.ask(None, {"ask": "units", "verb": verb, "kind": "all"}, wait_s)
    ended = {"start": "started", "stop": "stopped"}[verb]
    fleet.record.say(f"{state.HERE}: {answer.says or ended}")
    return 0 if answer.ok else 1


def restart(fleet: Machines, force: bool) -> int:
    request = {"ask": "units", "verb": "restart", "kind": "workers", "rolling": True}
    return _roll(fleet, AgentTask(request, WARM_S), force)


def update(fleet: Machines, force: bool, all_of_them: bool, settings: Mapping[str, str]) -> int:
    """Send this machine's files to all others that do not have them yet, with these settings that
    workers did not need before."""
    payload, version = tree.pack(ROOT)
    fleet.record.say(f"version {version}, {len(payload) / 1e6:.1f} MB")
    request = {"ask": "update", "version": version, "values": dict(settings)}
    return _roll(
        fleet, AgentTask(request, UPDATE_S, payload, "" if all_of_them else version), force
    )


def _roll(fleet: Machines, task: AgentTask, force: bool) -> int:
    """Carry out a task wave by wave. Machines that are off are reported and left out; a slow one
    only holds up its own wave."""
    say, bad = fleet.record.say, 0
    looks = fleet.survey(fleet.machines)
    todo = []
    for machine, look in looks.items():
        if not look.ok:
            say(f"{machine.name}: {look.says}; skipped")
            bad += 1
        elif task.version and look.data.get("version") == task.version:
            say(f"{machine.name}: already up to date")
        else:
            todo.append(machine)
    works = {one: state.working(look.data) for one, look in looks.items() if look.ok}
    # It is safe if a machine that needs nothing works on meanwhile; with a single machine there is
    # no other way.
    safe = any(works[one] for one in works if one not in todo) or len(fleet.machines) == 1
    roll = RollingUpdate(todo, works, force or safe)
    while wave := roll.wave():
        say(f"now: {', '.join(one.name for one in wave)}")
        for machine, answer in ask_all(fleet.line, wave, partial(fleet.do, task)):
            up = answer.ok and works_after(answer, works[machine])
            roll.ended(machine, up, answer.outcome == "failed")
            say(f"{machine.name}: {answer.says or ('ready' if up else 'not ready yet')}")
            bad += not answer.ok
    for machine, why in roll.left():
        say(f"{machine.name}: {why}")
        bad += 1
    return 1 if bad else 0


def works_after(answer: AgentAnswer, before: int) -> bool:
    units = state.units_of(answer.data)
    return all(one.state == "active" for one in units) if units else bool(before)


def logs(fleet: Machines, lines: int, since: str) -> int:
    request = {"ask": "logs", "lines": str(lines), "since": since}
    bad = 0
    mine = fleet.ask(None, request, LOOK_S)
    if mine.ok:
        _print_log(state.HERE, mine)
    asked = answers(fleet.line, fleet.machines, lambda one: fleet.ask(one, request, LOOK_S))
    for machine, answer in asked.items():
        bad += not _print_log(machine.name, answer)
    return 1 if bad else 0


def _print_log(name: str, answer: AgentAnswer) -> bool:
    print(f"== {name}")
    if answer.ok:
        print(str(answer.data.get("out", "")).rstrip())
    else:
        print(f"   {answer.says}")
    return answer.ok
