"""The requests that a machine answers. One request comes in, one line of JSON goes back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from lib.files import read_text
from lib.ops.fleet.agent import envfile, keys, tree, units

MARK = "AFTERIMAGE "
MOST = 1_000_000  # characters of a log or of a command's output
PACKAGES_S = 1800.0
OURS = (OSError, ValueError, subprocess.SubprocessError)  # what can go wrong on a machine
GPU_FACTS = "name,temperature.gpu,memory.used,memory.total"
TOOL_S = 4.0


def main(request: Mapping[str, object], payload: BinaryIO) -> None:
    """Answer a request. Every failure is answered, too, by a reason without a traceback."""
    # The connection may break meanwhile: what was begun here is finished all the same.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        name = str(request["ask"])
        answer = _update(request, payload.read()) if name == "update" else ASKED[name](request)
    except OURS as error:
        answer = {"error": f"{error}"}
    sys.stdout.write(MARK + json.dumps({"error": "", **answer}) + "\n")
    sys.stdout.flush()


def _facts_of_root(request: Mapping[str, object]) -> dict[str, object]:
    return _facts(units.root(_text(request, "root")))


def _units(request: Mapping[str, object]) -> dict[str, object]:
    """Start, stop or restart units; with `rolling` one after the other, so that others work on."""
    verb, wait_s = _text(request, "verb"), _seconds(request)
    chosen = units.names(_text(request, "kind") or "all")
    if not chosen:
        raise ValueError(
            "no Afterimage unit is installed: automation/install-primary.sh or install-worker.sh"
        )
    groups = [[one] for one in chosen] if request.get("rolling") else [chosen]
    troubles: dict[str, str] = {}
    unawaited = units.names("workers") if request.get("workers_warm_later") else []
    end = time.monotonic() + wait_s
    for group in groups:
        left_s = max(units.EARLY_S, end - time.monotonic())
        troubles.update(units.ask(verb, group, left_s, unawaited))
        if troubles:
            break  # if one unit fails to come back, the next is left alone
    error = "; ".join(f"{unit}: {why}" for unit, why in troubles.items())
    return {"error": error, "units": [one for one in units.states() if one["unit"] in chosen]}


def _env(request: Mapping[str, object]) -> dict[str, object]:
    root = _root(request)
    path = root / ".env"
    old = read_text(path) if path.exists() else ""
    wanted = request.get("values")
    new = envfile.changed(old, wanted if isinstance(wanted, dict) else {})
    names = envfile.difference(old, new)
    if names and not request.get("dry_run"):
        if old:
            envfile.write(root / ".env.before", old)
        envfile.write(path, new)
    return {"changed": names, "worker_id": envfile.values(new).get("WORKER_ID", "")}


def _keys(request: Mapping[str, object]) -> dict[str, object]:
    return keys.keys(request, _root(request))


def _update(request: Mapping[str, object], payload: bytes) -> dict[str, object]:
    """Install the new tree; go back to the old one if it does not start."""
    root = _root(request)
    _env(request)
    before = tree.version(root)
    fresh = tree.unpack(payload, root)
    came = tree.version(fresh)
    if came != _text(request, "version"):
        raise ValueError(
            f"received {came} instead of {_text(request, 'version')}: nothing was changed"
        )
    tree.swap(fresh, root)
    trouble = _packages(root)
    if not trouble:
        answer = _restart(request)
        trouble = str(answer["error"])
    if trouble:
        tree.swap_back(root)
        back = _packages(root) or str(_restart(request)["error"])
        trouble += f"; {before} is back" + (f", and does not start either: {back}" if back else "")
    return {"error": trouble, "before": before, "version": tree.version(root)}


def _restart(request: Mapping[str, object]) -> dict[str, object]:
    if not units.names("workers"):
        return {"error": ""}  # a tree without units is started by hand
    answer = _units({**request, "verb": "restart", "kind": "workers", "rolling": True})
    down = [one for one in _told(answer) if one["state"] not in ("active", "activating")]
    if down and not answer["error"]:
        answer["error"] = "; ".join(f"{one['unit']} is {one['state']}" for one in down)
    return answer


def _told(answer: Mapping[str, object]) -> list[dict[str, str]]:
    found = answer["units"]
    return found if isinstance(found, list) else []


def _packages(root: Path) -> str:
    """Install packages that the tree needs; return why that failed, or nothing."""
    stamps = (root / ".venv").glob(".installed-*-*")
    for name in sorted({one.name[len(".installed-") :].rpartition("-")[0] for one in stamps}):
        done = subprocess.run(
            ["bash", "automation/packages.sh", f"{name}.txt"],
            cwd=str(root),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PACKAGES_S,
            check=False,
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason"]
            return f"its packages could not be installed: {lines[-1]}"
    return ""


def _run(request: Mapping[str, object]) -> dict[str, object]:
    words = request.get("argv")
    argv = [str(one) for one in words] if isinstance(words, list) else []
    if not argv:
        raise ValueError("nothing to run")
    root = units.root(_text(request, "root"))
    try:
        done = subprocess.run(
            argv,
            cwd=str(root if root and root.is_dir() else Path.home()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_seconds(request),
            check=False,
        )
    except FileNotFoundError:
        raise ValueError(
            f"there is no program '{argv[0]}'; a line of shell goes behind --shell"
        ) from None
    except subprocess.TimeoutExpired:
        raise ValueError(f"took longer than {_seconds(request):g} s and was stopped") from None
    return {"code": done.returncode, "out": done.stdout.decode("utf-8", "replace")[-MOST:]}


def _logs(request: Mapping[str, object]) -> dict[str, object]:
    chosen = [word for name in units.names() for word in ("-u", name)]
    if not chosen:
        raise ValueError("no Afterimage unit is installed")
    lines = ["-n", _text(request, "lines") or "50", *chosen]
    since = ["--since", _text(request, "since")] if _text(request, "since") else []
    argv = ["journalctl", "--no-pager", "-o", "short-iso", *lines, *since]
    return _run({"argv": argv, "wait_s": request.get("wait_s")})


def _off(_: Mapping[str, object]) -> dict[str, object]:
    return {"error": units.power_off()}


def _root(request: Mapping[str, object]) -> Path:
    root = units.root(_text(request, "root"))
    if root is None or not root.is_dir():
        raise ValueError("Afterimage is not installed there: automation/install-worker.sh")
    return root


def _text(request: Mapping[str, object], name: str) -> str:
    return str(request.get(name) or "")


def _seconds(request: Mapping[str, object]) -> float:
    given = request.get("wait_s")
    return float(given) if isinstance(given, (int, float)) else 10.0


# --- a few facts about this machine that are quick to get


def _facts(root: Path | None) -> dict[str, object]:
    return {
        "host": socket.gethostname(),
        "user": os.environ.get("USER", ""),
        "root": str(root or ""),
        "version": tree.version(root) if root else "",
        "units": units.states(),
        "clock_s": time.time(),
        "free_gb": round(shutil.disk_usage(str(root or "/")).free / 1e9, 1),
        "gpus": _gpus(),
    }


def _gpus() -> list[str]:
    """A line for each GPU; none without a driver."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return []
    try:
        done = subprocess.run(
            [tool, f"--query-gpu={GPU_FACTS}", "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=TOOL_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ["the driver does not answer"]
    if done.returncode:
        return ["the driver does not answer"]
    return [_gpu(line.split(", ")) for line in done.stdout.splitlines() if line.strip()]


def _gpu(parts: list[str]) -> str:
    if len(parts) != 4:
        return ", ".join(parts)
    name, degrees, used, total = parts
    return f"{name.replace('NVIDIA ', '')} {degrees} C, {used} of {total} MB"


ASKED = {
    "facts": _facts_of_root,
    "units": _units,
    "env": _env,
    "keys": _keys,
    "run": _run,
    "logs": _logs,
    "off": _off,
}
