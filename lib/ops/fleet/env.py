"""update-env.sh: which settings workers are sent, and sending them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lib.config.settings import WorkerSettings
from lib.ops.fleet.agent import envfile
from lib.ops.fleet.machines import Machine
from lib.ops.fleet.operate import LOOK_S, Machines
from lib.ops.fleet.parallel import ask_all
from lib.ops.fleet.ssh import AgentAnswer

# Whose name it is, which of its GPUs it has, where its own key lies: a machine's own affair.
OWN = ("worker_id", "device", "keys")
# Names of other programs that a worker's engine listens to.
BESIDE = ("HF_HOME", "HF_ENDPOINT", "HF_HUB_OFFLINE")
HERE = ("localhost", "127.", "::1")


def for_workers(text: str) -> dict[str, str]:
    """What a worker knows, and nothing else: a list of what is allowed forgets no secret.

    Where the primary host calls itself localhost, that is no name for others.
    """
    known = {name.upper() for name in WorkerSettings.model_fields if name not in OWN} | set(BESIDE)
    found = {name: value for name, value in envfile.values(text).items() if name in known}
    if found.get("PRIMARY_HOSTNAME", "").startswith(HERE):
        del found["PRIMARY_HOSTNAME"]
    return found


def checked(path: Path) -> dict[str, str]:
    """A mistake here is told here, before it stops every worker there is."""
    WorkerSettings(_env_file=path)  # type: ignore[call-arg] # pydantic's own
    found = for_workers(path.read_text("utf-8"))
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
        says = (
            f"{'would change' if dry_run else 'changed'} {names}" if names else "is as it is here"
        )
        fleet.record.say(f"{machine.name}: {says if answer.ok else answer.says}")
        bad += not answer.ok
    if anything and not dry_run:
        print("automation/fleet.sh restart makes the workers use it")
    return 1 if bad else 0
