"""This machine's units: their names, their states, and requests to systemd."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

TARGET = "afterimage.target"
SYSTEMCTL = "/usr/bin/systemctl"  # by its full path, as sudo's rule on older systems names it
FACTS = ("Id", "LoadState", "ActiveState", "SubState", "StatusText", "NRestarts", "Result")
TIMES = ("ActiveEnterTimestampMonotonic", "WorkingDirectory")
KINDS = {
    "all": r"afterimage-(primary|worker@\w+|view@\w+)\.service",
    "workers": r"afterimage-worker@\w+\.service",
    "show": r"afterimage-(primary|view@\w+)\.service",
}
NO_RIGHT = re.compile(
    r"authentication|access denied|not authorized|permission denied|a password is required", re.I
)
LOOK_S = 8.0
EARLY_S = 1.5  # a refusal comes within this time


def names(kind: str = "all") -> list[str]:
    """The units of this machine: those that the target wants, and others of ours that run."""
    wanted = _said("show", "-p", "Wants", "--value", TARGET).split()
    listed = _said("list-units", "--all", "--plain", "--no-legend", "afterimage-*").splitlines()
    found = {*wanted, *(line.split()[0] for line in listed if line.strip())}
    return sorted(name for name in found if re.fullmatch(KINDS[kind], name))


def states(kind: str = "all") -> list[dict[str, str]]:
    units = names(kind)
    if not units:
        return []
    asked = [word for fact in FACTS + TIMES for word in ("-p", fact)]
    blocks = _said("show", *asked, *units).strip().split("\n\n")
    found = [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks
    ]
    return [_told(one) for one in found if one.get("LoadState") == "loaded"]


def _told(one: dict[str, str]) -> dict[str, str]:
    since = int(one.get("ActiveEnterTimestampMonotonic") or 0) / 1e6
    up_s = max(0.0, time.monotonic() - since) if since else 0.0
    return {
        "unit": one.get("Id", "?"),
        "state": one.get("ActiveState", "?"),
        "says": one.get("StatusText", ""),
        "restarts": one.get("NRestarts", "0"),
        "up_s": f"{up_s:.0f}",
        "root": one.get("WorkingDirectory", "").lstrip("!-"),
    }


def root(given: str = "") -> Path | None:
    """The tree that this machine's units run."""
    if given:
        return Path(given)
    for one in states():
        if one["root"]:
            return Path(one["root"])
    here = Path("/opt/afterimage")
    return here if (here / "lib").is_dir() else None


def ask(
    verb: str, units: Sequence[str], wait_s: float, unawaited: Sequence[str] = ()
) -> dict[str, str]:
    """Ask systemd for all units at once; return for each unit why it failed, or nothing.

    Restarting returns when the unit is ready. For the units in `unawaited` only a refusal is
    waited for.
    """
    asked = [(unit, _start(["systemctl", "--no-ask-password", verb, unit])) for unit in units]
    early = time.monotonic() + min(wait_s, EARLY_S)
    end = time.monotonic() + wait_s
    refused, troubles = [], {}
    for unit, process in asked:
        said = _end_of(process, early if unit in unawaited else end)
        if said and NO_RIGHT.search(said):
            refused.append(unit)
        elif said:
            troubles[unit] = said
    again = [(unit, _start(["sudo", "-n", SYSTEMCTL, verb, unit])) for unit in refused]
    for unit, process in again:
        said = _end_of(process, max(end, time.monotonic() + EARLY_S))
        if said:
            who = os.environ.get("USER") or str(os.getuid())
            troubles[unit] = f"{who} has no right to {verb} it; log in as the show's user"
    return troubles


def power_off() -> str:
    """Turn the machine off; return why that failed, or nothing. The rules let the show's user do
    it; otherwise an administrator may."""
    said = ""
    for argv in (["systemctl", "--no-ask-password", "poweroff"], ["sudo", "-n", "poweroff"]):
        try:
            said = _end_of(_start(argv), time.monotonic() + LOOK_S)
        except OSError as error:
            said = str(error)
        if not said:
            return ""
    return f"it cannot be turned off: {said}"


def _start(argv: list[str]) -> subprocess.Popen[str]:
    # A session of its own, so that it goes on if the connection breaks.
    null, pipe = subprocess.DEVNULL, subprocess.PIPE
    return subprocess.Popen(
        argv, stdin=null, stdout=null, stderr=pipe, text=True, start_new_session=True
    )


def _end_of(process: subprocess.Popen[str], end: float) -> str:
    """A process's error; nothing if it succeeded or still runs."""
    try:
        _, complaint = process.communicate(timeout=max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        return ""
    lines = [line for line in complaint.splitlines() if line.strip()]
    return (lines[0] if lines else f"code {process.returncode}") if process.returncode else ""


def _said(*words: str) -> str:
    try:
        done = subprocess.run(
            ["systemctl", *words], capture_output=True, text=True, timeout=LOOK_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
