"""Alt+R and Alt+Q: the whole show restarted, or everything stopped and turned off."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from lib.ops.fleet import state
from lib.ops.fleet.machines import Machine
from lib.ops.fleet.operate import LOOK_S, STOP_S, Machines
from lib.ops.fleet.parallel import ask_all
from lib.ops.fleet.ssh import AgentAnswer

HERE = Machine(state.HERE, "localhost")
APP_S = 30.0  # until the app is ready again
AWAY_S = 12.0  # a machine that is off must not keep the others on


def reload(fleet: Machines, picture: Callable[[float], str]) -> int:
    """All at once, and no worker is waited for: the first warm one brings the picture back.

    `picture` waits for one that was captured after a moment: what the old app still showed while
    it was asked to end proves nothing, so that moment is when the new one is ready.
    """
    began_s, after_ms, bad = time.monotonic(), time.time() * 1000, 0
    request = {"ask": "units", "verb": "restart", "kind": "all", "workers_warm_later": True}

    def again(machine: Machine) -> AgentAnswer:
        if machine == HERE:
            return fleet.ask(None, request, APP_S)
        return fleet.ask(machine, {**request, "kind": "workers"}, APP_S)

    for machine, answer in ask_all(fleet.line, [HERE, *fleet.machines], again):
        if machine == HERE:
            after_ms = time.time() * 1000
        fleet.record.say(f"{machine.name}: {answer.says or 'restarting'}")
        bad += not answer.ok
    says = picture(after_ms)
    took_s = time.monotonic() - began_s
    fleet.record.say(says or f"the picture is back after {took_s:.1f} s")
    return 1 if says or bad else 0


def shutdown(fleet: Machines, others: Sequence[Machine]) -> int:
    """The show first, so that the wall is dark at once; then the machines, this one at last.

    Nothing that fails on the way keeps the rest from being turned off.
    """
    say = fleet.record.say
    say("shutting down: " + ", ".join([*(one.name for one in (*fleet.machines, *others)), "this"]))
    mine = fleet.ask(None, {"ask": "units", "verb": "stop", "kind": "all"}, STOP_S)
    say(f"{state.HERE}: {mine.says or 'all of it is stopped'}")

    def stop_and_off(machine: Machine) -> AgentAnswer:
        stop = fleet.ask(machine, {"ask": "units", "verb": "stop", "kind": "all"}, AWAY_S)
        fleet.record.note(f"{machine.name}: {stop.says or 'its workers are stopped'}")
        if stop.outcome == "away":
            return stop
        return fleet.ask(machine, {"ask": "off"}, AWAY_S)

    bad = 0
    machines = [*fleet.machines, *others]
    for machine, answer in ask_all(fleet.line, machines, stop_and_off, at_once=64):
        # A line that breaks while a machine goes off is what going off looks like.
        went = answer.ok or (answer.outcome == "away" and "ended with 255" in answer.says)
        say(f"{machine.name}: {'is going off' if went else answer.says + '; it stays as it is'}")
        bad += not went
    say(f"{state.HERE}: is going off")
    own = fleet.ask(None, {"ask": "off"}, LOOK_S)
    if not own.ok:
        say(f"{state.HERE}: {own.says}")
    return 1 if bad or not own.ok else 0
