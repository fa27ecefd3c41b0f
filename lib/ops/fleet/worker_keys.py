"""fleet.sh keys: each worker gets a key pair of its own and this show's public key, and only it.

A secret key travels inside a request, on the standard input of ssh: it is no argument of a program,
stands in no log, and is removed here once the machine has said that it has it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from lib.config.cli import env_file
from lib.files import read_text
from lib.ops.fleet.agent import envfile, keys
from lib.ops.fleet.machines import Machine
from lib.ops.fleet.operate import LOOK_S, Machines
from lib.ops.fleet.parallel import answers, ask_all
from lib.ops.fleet.ssh import AgentAnswer
from lib.ops.make_keys import AWAY, pair_for, pairs_here
from lib.wire.keys import PUBLIC, WORKERS, KeysError, folder_of, read_public


def send_keys(fleet: Machines, setting: str) -> int:
    """Give every machine what it lacks. Keys are switched on only where all have theirs: a worker
    without them would be shut out."""
    before = os.umask(0o077)
    try:
        folder = folder_of(setting or keys.USUAL)
        pairs_here(folder)
        lacking = _send(fleet, folder)
    finally:
        os.umask(before)
    if lacking and not setting:
        fleet.record.say(
            f"KEYS is not set, since {', '.join(lacking)} has no keys yet: run this again when it "
            "is on, or take it out of WORKER_MACHINES"
        )
        return 1
    bad = len(lacking)
    have = [one for one in fleet.machines if one.name not in lacking]
    for machine, answer in ask_all(fleet.line, have, lambda one: _ask(fleet, one, {"use": True})):
        if not answer.ok:
            fleet.record.say(f"{machine.name}: KEYS is not set: {answer.says}")
            bad += 1
    if not setting:
        path = env_file()
        old = read_text(path) if path.exists() else ""
        envfile.write(path, envfile.changed(old, {"KEYS": keys.USUAL}))
        fleet.record.say(f"KEYS={keys.USUAL} is set in {path} and on each worker")
    fleet.record.say("to use it: automation/reload.sh, which restarts everything")
    return 1 if bad else 0


def _send(fleet: Machines, folder: Path) -> list[str]:
    """The names of the machines that have no keys afterwards."""
    ours = read_public(folder / f"primary{PUBLIC}").decode()
    looks = answers(fleet.line, fleet.machines, lambda one: _ask(fleet, one, {}))
    todo: dict[Machine, Path] = {}
    lacking = []
    for machine, look in looks.items():
        known = _known(folder, machine)
        if not look.ok:
            fleet.record.say(f"{machine.name}: {look.says}")
            lacking.append(machine.name)
        elif look.data.get("is_primary"):
            fleet.record.say(f"{machine.name}: is the primary host, whose worker has its keys")
        elif known and (look.data.get("worker"), look.data.get("primary")) == (known, ours):
            fleet.record.say(f"{machine.name}: already has its keys")
        else:
            todo[machine] = pair_for(folder, key_name(machine))

    def give(machine: Machine) -> AgentAnswer:
        names = (keys.SECRET, keys.PRIMARY)
        files = {name: read_text(todo[machine] / name) for name in names}
        return _ask(fleet, machine, {"files": files})

    for machine, answer in ask_all(fleet.line, list(todo), give):
        wanted = (_known(folder, machine), ours)
        if answer.ok and (answer.data.get("worker"), answer.data.get("primary")) == wanted:
            shutil.rmtree(todo[machine])
            fleet.record.say(f"{machine.name}: now has its keys, in {answer.data['folder']}")
        else:
            fleet.record.say(f"{machine.name}: {answer.says or 'the keys did not arrive'}")
            lacking.append(machine.name)
    away = folder / AWAY
    if away.is_dir() and not any(away.iterdir()):
        away.rmdir()
    return lacking


def _ask(fleet: Machines, machine: Machine, more: Mapping[str, object]) -> AgentAnswer:
    return fleet.ask(machine, {"ask": "keys", **more}, LOOK_S)


def _known(folder: Path, machine: Machine) -> str:
    """The public key that lets this machine in; nothing where there is none."""
    try:
        return read_public(folder / WORKERS / f"{key_name(machine)}{PUBLIC}").decode()
    except KeysError:
        return ""


def key_name(machine: Machine) -> str:
    """What make-keys.sh would call it: its host, with a port where one is named."""
    text = f"{machine.host}-{machine.port}" if machine.port else machine.host
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)[:64]
