"""update-env.sh: chooses the settings that workers need, and sends them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lib.config.settings import WorkerSettings
from lib.core.tokens import worker_token_of
from lib.files import read_text
from lib.ops.fleet.agent import envfile
from lib.ops.fleet.machines import Machine
from lib.ops.fleet.operate import LOOK_S, Machines
from lib.ops.fleet.parallel import ask_all
from lib.ops.fleet.ssh import AgentAnswer

# Not sent, since they differ on each machine: its name, its GPU, the folder of its key.
OWN = ("worker_id", "device", "keys")
# Variables of other libraries that a worker's engine reads.
BESIDE = ("HF_HOME", "HF_ENDPOINT", "HF_HUB_OFFLINE")
HERE = ("localhost", "127.", "::1")


def for_workers(text: str) -> dict[str, str]:
    """The settings that a worker has, and no others: an allow-list cannot leak a secret.

    A primary host's name that means this machine, such as localhost, is left out: it is of no use
    on others.
    """
    known = {name.upper() for name in WorkerSettings.model_fields if name not in OWN} | set(BESIDE)
    found = {name: value for name, value in envfile.values(text).items() if name in known}
    if found.get("PRIMARY_HOSTNAME", "").startswith(HERE):
        del found["PRIMARY_HOSTNAME"]
    return found | worker_token_in(text)


def worker_token_in(text: str) -> dict[str, str]:
    """What workers show where they ask for stills; nothing where nobody asks for a token, or where
    only a short one is set."""
    have = envfile.values(text)
    token = worker_token_of(have.get("CONTROL_TOKEN", ""), have.get("WORKER_TOKEN", ""))
    return {"WORKER_TOKEN": token} if token else {}


def checked(path: Path) -> dict[str, str]:
    """The settings for workers, validated here, before a mistake stops every worker."""
    WorkerSettings(_env_file=path)  # type: ignore[call-arg] # pydantic's own
    found = for_workers(read_text(path))
    for name, value in found.items():
        envfile.quoted(name, value)
    return found


def send(fleet: Machines, values: Mapping[str, str], dry_run: bool) -> int:
    bad, anything = 0, False

    def ask(machine: Machine) -> AgentAnswer:
        return fleet.ask(
            machine, {"ask": "env", "values": dict(values), "dry_run": dry_run}, LOOK_S
        )

    for machine, answer in ask_all(fleet.line, fleet.machines, ask):
        changed = answer.data.get("changed")
        names = ", ".join(map(str, changed)) if isinstance(changed, list) else ""
        anything |= bool(names)
        says = f"{'would change' if dry_run else 'changed'} {names}" if names else "is up to date"
        fleet.record.say(f"{machine.name}: {says if answer.ok else answer.says}")
        bad += not answer.ok
    if anything and not dry_run:
        print("to use it: automation/fleet.sh restart")
    return 1 if bad else 0
