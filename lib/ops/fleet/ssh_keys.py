"""ssh-copy-ids.sh: lets this machine log in to all others without a password."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from lib.ops.fleet.machines import Machine
from lib.ops.fleet.operate import LOOK_S, Machines

KINDS = ("id_ed25519", "id_ecdsa", "id_rsa")


class NoKeyError(RuntimeError):
    """There is no key, and none can be made; the text is the reason."""


def own_key(folder: Path) -> Path:
    """The public key. It is made once, without a passphrase, since nobody is there to type it."""
    for kind in KINDS:
        if (folder / kind).exists() and (folder / f"{kind}.pub").exists():
            return folder / f"{kind}.pub"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / KINDS[0]
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    if subprocess.run(argv, check=False).returncode:
        raise NoKeyError(f"{path} could not be made")
    return path.with_name(path.name + ".pub")


def copy_argv(machine: Machine, key: Path) -> list[str]:
    port = ["-p", str(machine.port)] if machine.port else []
    # The host key of a new machine is accepted once; a changed one is refused.
    first = ["-o", "StrictHostKeyChecking=accept-new", "-o", "ConnectTimeout=5"]
    return ["ssh-copy-id", "-i", str(key), *port, *first, machine.target]


def copy_all(fleet: Machines, machines: Sequence[Machine], dry_run: bool) -> int:
    """Copy the key to one machine after the other, since each asks for its password; those that
    already have it are left out."""
    looks = fleet.survey(machines)
    todo = [one for one in machines if looks[one].outcome == "away"]
    for machine in machines:
        if machine not in todo:
            fleet.record.say(f"{machine.name}: already accepts our key")
    if dry_run or not todo:
        for machine in todo:
            fleet.record.say(f"{machine.name}: would be asked")
        return 0
    key = own_key(Path.home() / ".ssh")
    bad = 0
    for machine in todo:
        print(f"{machine.name}:", flush=True)
        copied = subprocess.run(copy_argv(machine, key), check=False).returncode == 0
        again = fleet.ask(machine, {"ask": "facts"}, LOOK_S) if copied else None
        if again and again.outcome != "away":
            fleet.record.say(f"{machine.name}: now accepts our key")
        else:
            bad += 1
            why = again.says if again else "the key could not be copied; is it on?"
            fleet.record.say(f"{machine.name}: {why}")
    return 1 if bad else 0
