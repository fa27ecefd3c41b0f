"""Alt+R and Alt+Q: restarts the whole show, or stops it and turns all machines off."""

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
AWAY_S = 12.0  # for an answer: a machine that is off must not keep the others on


def reload(fleet: Machines, picture: Callable[[float], str]) -> int:
    """Restart all machines at once without waiting for workers: the first one that is warm brings
    the picture back.

    `picture` waits for a picture that was captured after a given moment. That moment is when the
    new app is ready, since what the old app showed while it ended proves nothing.
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
    """Stop the show first, so that the wall is dark at once; then turn the machines off, this one
    last.

    A failure on the way does not keep the rest from being turned off.
    """
    say = fleet.record.say
    say("shutting down: " + ", ".join([*(one.name for one in (*fleet.machines, *others)), "this"]))
    mine = fleet.ask(None, {"ask": "units", "verb": "stop", "kind": "all"}, STOP_S)
    say(f"{state.HERE}: {mine.says or 'all stopped'}")

    def stop_and_off(machine: Machine) -> AgentAnswer:
        stop = fleet.ask(machine, {"ask": "units", "verb": "stop", "kind": "all"}, AWAY_S)
        fleet.record.note(f"{machine.name}: {stop.says or 'its workers are stopped'}")
        if stop.outcome == "away":
            return stop
        return fleet.ask(machine, {"ask": "off"}, AWAY_S)

    bad = 0
    machines = [*fleet.machines, *others]
    for machine, answer in ask_all(fleet.line, machines, stop_and_off, at_once=64):
        # A connection that breaks is expected when a machine turns off.
        went = answer.ok or (answer.outcome == "away" and "ended with 255" in answer.says)
        say(f"{machine.name}: {'is shutting down' if went else answer.says + '; it stays on'}")
        bad += not went
    say(f"{state.HERE}: is shutting down")
    own = fleet.ask(None, {"ask": "off"}, LOOK_S)
    if not own.ok:
        say(f"{state.HERE}: {own.says}")
    return 1 if bad or not own.ok else 0
