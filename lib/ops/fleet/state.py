"""The state of all machines as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lib.core.plain import span
from lib.ops.fleet.machines import Machine
from lib.ops.fleet.ssh import AgentAnswer

CLOCK_S = 0.5  # with a larger offset, latencies and logs of two machines cannot be compared
LOW_GB = 2.0
HERE = "this machine"


class MachineRow(NamedTuple):
    """One machine's row of the table."""

    name: str
    state: str
    version: str
    says: list[str]
    fine: bool


class UnitState(NamedTuple):
    """The state of a unit, validated, since it came from another machine."""

    name: str
    state: str
    says: str
    up_s: float
    restarts: int


def units_of(data: Mapping[str, object]) -> list[UnitState]:
    found = data.get("units")
    units = []
    for one in found if isinstance(found, list) else []:
        if isinstance(one, dict):
            name = str(one.get("unit", "?")).removeprefix("afterimage-").removesuffix(".service")
            numbers = [_number(one.get(key)) for key in ("up_s", "restarts")]
            says = str(one.get("says", ""))
            units.append(
                UnitState(name, str(one.get("state", "?")), says, numbers[0], int(numbers[1]))
            )
    return units


def working(data: Mapping[str, object]) -> int:
    """The number of its workers that make pictures."""
    return sum(one.state == "active" for one in units_of(data) if one.name.startswith("worker"))


def row(name: str, answer: AgentAnswer, version: str, asked_s: float = 0) -> MachineRow:
    """`asked_s`: our time in the middle of the request, to compare the machine's clock with; 0:
    the machine is this one."""
    if not answer.ok:
        return MachineRow(name, answer.outcome, "", [answer.says], False)
    data = answer.data
    units = units_of(data)
    faults, says = [], []
    for one in units:
        if one.state == "active":
            says.append(f"{one.name} up {span(one.up_s)}" + (f", {one.says}" if one.says else ""))
        else:
            faults.append(f"{one.name} is {one.state}" + (f": {one.says}" if one.says else ""))
        if one.restarts:
            says.append(f"{one.name} restarted {one.restarts} times")
    if not units:
        faults.append("no unit is installed")
    theirs = str(data.get("version") or "")
    if theirs != version:
        faults.append(f"version {theirs or 'unknown'}, not {version}: automation/fleet.sh update")
    off_s = _number(data.get("clock_s")) - asked_s if asked_s else 0.0
    if abs(off_s) > CLOCK_S:
        faults.append(f"its clock is {off_s:+.1f} s off: sudo timedatectl set-ntp true")
    free_gb = _number(data.get("free_gb"))
    if free_gb < LOW_GB:
        faults.append(f"only {free_gb:.1f} GB of disk free")
    gpus = data.get("gpus")
    says += [str(one) for one in gpus] if isinstance(gpus, list) else []
    up = sum(one.state == "active" for one in units)
    return MachineRow(name, f"{up} of {len(units)} up", theirs, [*faults, *says], not faults)


def table(rows: Sequence[MachineRow]) -> str:
    heads = MachineRow("machine", "state", "version", [], True)
    rows = [one._replace(says=[" ".join(more.splitlines()) for more in one.says]) for one in rows]
    wide = [max(len(str(one[column])) for one in (heads, *rows)) for column in range(3)]
    lines = []
    for one in (heads, *rows):
        left = "  ".join(str(one[column]).ljust(wide[column]) for column in range(3))
        mark = " " if one.fine else "!"
        lines.append(f"{mark} {left}  {one.says[0] if one.says else ''}".rstrip())
        lines += [f"{'':<{sum(wide) + 8}}{more}" for more in one.says[1:]]
    return "\n".join(lines)


def as_data(rows: Sequence[MachineRow]) -> list[dict[str, object]]:
    return [one._asdict() for one in rows]


def named(machine: Machine | None) -> str:
    return machine.name if machine else HERE


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0
