"""Parses the list of machines in the settings."""

from __future__ import annotations

import re
from typing import NamedTuple

from lib.config.settings import FleetSettings

# No name may look like an option of ssh, or hold characters that a shell would interpret.
USER = r"[A-Za-z_][A-Za-z0-9_.-]*"
HOST = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
MACHINE = re.compile(rf"(?:({USER})@)?(?:({HOST})|\[([0-9A-Fa-f:.]+(?:%{HOST})?)\])(?::(\d+))?")


class MachineError(ValueError):
    """Not a valid machine; the text says how to write one."""


class Machine(NamedTuple):
    """A machine that can be reached by ssh."""

    name: str  # as it was written, and as it is shown in tables and logs
    host: str
    user: str = ""
    port: int = 0  # 0: the port in ssh's own configuration

    @property
    def target(self) -> str:
        return f"{self.user}@{self.host}" if self.user else self.host


def parse_machine(text: str) -> Machine:
    match = MACHINE.fullmatch(text)
    port = int(match[4] or 0) if match else 0
    if not match or port > 65535 or match[4] == "0":
        raise MachineError(f"'{text}' is no machine; write user@host or user@host:port")
    return Machine(text, match[2] or match[3], match[1] or "", port)


def parse_machines(text: str) -> list[Machine]:
    """The machines in a text, separated by spaces or commas, each once."""
    found: dict[tuple[str, int], Machine] = {}
    for word in re.split(r"[\s,]+", text):
        if word:
            machine = parse_machine(word)
            found.setdefault((machine.target, machine.port), machine)
    return list(found.values())


def chosen(settings: FleetSettings, names: list[str]) -> list[Machine]:
    """The workers' machines, or those of them that were named, as written or by host."""
    machines = parse_machines(settings.worker_machines)
    if not names:
        return machines
    picked: list[Machine] = []
    for name in names:
        fits = [one for one in machines if name in (one.name, one.target, one.host)]
        if not fits:
            known = ", ".join(one.name for one in machines) or "none"
            raise MachineError(f"'{name}' is not in WORKER_MACHINES, which has: {known}")
        picked += [one for one in fits if one not in picked]
    return picked


def others(settings: FleetSettings) -> list[Machine]:
    workers = parse_machines(settings.worker_machines)
    return [one for one in parse_machines(settings.other_machine) if one not in workers]
