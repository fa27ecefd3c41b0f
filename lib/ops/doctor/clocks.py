"""Asks each machine of WORKER_MACHINES for the time, by ssh, and compares it with ours.

Each connection is asked a few times. The quickest answer counts, since its round trip bounds the
error.
"""

from __future__ import annotations

import select
import subprocess
import time
from contextlib import suppress
from typing import NamedTuple

from lib.config.settings import FleetSettings
from lib.ops.doctor.result import CheckResult, Colour
from lib.ops.fleet.machines import Machine, MachineError, parse_machines
from lib.ops.fleet.ssh import OPTIONS, AgentAnswer, understood

ASK = "while read -r asked; do date +%s.%N; done"
LIMIT_S = 12.0
TIMES = 5
YELLOW_S, RED_S = 0.5, 30.0


class Offset(NamedTuple):
    """How far a machine's clock is ahead of ours, and the bound of its error."""

    seconds: float
    within: float


def clocks(fleet: FleetSettings, machines: list[Machine] | None = None) -> list[CheckResult]:
    if machines is None:
        try:
            machines = parse_machines(fleet.worker_machines)
        except MachineError as error:
            return [CheckResult("WORKER_MACHINES", "red", str(error), "correct it in .env")]
    talks = [ClockExchange(machine) for machine in machines]  # all of them connect at once
    end_s = time.monotonic() + LIMIT_S
    return [_line(talk.machine, talk.offset(end_s)) for talk in talks]


class ClockExchange:
    """One run of ssh, from its start to its end."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        port = ["-p", str(machine.port)] if machine.port else []
        self._process: subprocess.Popen[bytes] | None = None
        self._why = ""
        try:
            self._process = subprocess.Popen(
                ["ssh", *OPTIONS, *port, machine.target, ASK],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            self._why = f"cannot be asked: {error.strerror or error}"

    def offset(self, end_s: float) -> Offset | AgentAnswer:
        if self._process is None:
            return AgentAnswer("away", self._why)
        try:
            found = [one for one in (self._ask(end_s) for _ in range(TIMES)) if one]
        finally:
            code, complaint = self._hang_up()
        if found:
            return min(found, key=lambda one: one.within)
        return understood(code, b"", complaint, LIMIT_S)

    def _ask(self, end_s: float) -> Offset | None:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        sent_s, sent = time.time(), time.monotonic()
        try:
            process.stdin.write(b"?\n")
        except OSError:
            return None
        line = b""
        while not line.endswith(b"\n"):
            left_s = end_s - time.monotonic()
            if left_s <= 0 or not select.select([process.stdout], [], [], left_s)[0]:
                return None
            more = process.stdout.read(256)
            if not more:
                return None
            line += more
        took_s = time.monotonic() - sent
        with suppress(ValueError):
            return Offset(float(line.split()[-1]) - (sent_s + took_s / 2), took_s / 2)
        return None

    def _hang_up(self) -> tuple[int | None, bytes]:
        process = self._process
        if process is None:
            return None, b""
        # If ssh has failed, its reason is there at once; if it hangs, there is none.
        with suppress(OSError):
            if process.stdin:
                process.stdin.close()
                process.stdin = None
        code: int | None = None
        complaint = b""
        try:
            _, complaint = process.communicate(timeout=0.5)
            code = process.returncode
        except (subprocess.TimeoutExpired, ValueError):
            process.kill()
            process.wait()
        finally:
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()
        return code, complaint


def _line(machine: Machine, found: Offset | AgentAnswer) -> CheckResult:
    what = f"clock of {machine.name}"
    if isinstance(found, AgentAnswer):
        reason = found.says or "gave no time"
        return CheckResult(
            what, "red", f"{machine.name} {reason}", "see docs/setup.md, The second worker"
        )
    off, within = found
    says = f"{abs(off):.3f} s {'ahead of' if off > 0 else 'behind'} this machine"
    says += f", known within {1000 * within:.0f} ms"
    colour: Colour = "green"
    to_do = ""
    if abs(off) > YELLOW_S:
        colour = "red" if abs(off) > RED_S else "yellow"
        to_do = "sudo timedatectl set-ntp true, here and there: pictures do not suffer, logs do"
    facts = {"offset_s": round(off, 4), "within_s": round(within, 4)}
    return CheckResult(what, colour, says, to_do, facts)
