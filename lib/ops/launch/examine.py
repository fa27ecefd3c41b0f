"""Examines what this machine has and lacks, before anything is installed or started.

Runs on the bare Python of a fresh machine: checks that need packages are only made if these are
installed.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lib.core.findings import Finding, table
from lib.ops import ROOT
from lib.ops.install.checks import compiles
from lib.wire.ports import USUAL, port_trouble

if TYPE_CHECKING:
    from lib.config.settings import WorkerSettings

PACKAGES = (
    "zmq",
    "nacl",
    "msgspec",
    "numpy",
    "cv2",
    "pydantic_settings",
    "fastapi",
    "uvicorn",
    "sdl2",
)
DISK_GB = 2


def examine(
    bind: str, ports: Mapping[str, int], worker: WorkerSettings | None = None
) -> list[Finding]:
    gpu = _gpu()
    return [
        _python(),
        _packages(),
        _codec(),
        _camera(),
        _display(),
        gpu,
        *([_compiler()] if gpu.state == "ok" else []),
        *_engines(worker),
        *_ports(bind, ports),
        _disk(),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if not (ROOT / ".venv").exists() and importlib.util.find_spec("ensurepip") is None:
        to_do = "apt install python3-venv"
        return Finding("Python", "missing", f"{version} without venv", to_do)
    return Finding("Python", "ok", version)


def _packages() -> Finding:
    lacking = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if not lacking:
        return Finding("packages", "ok", "installed in .venv")
    return Finding("packages", "note", "not installed yet", "./run.sh installs them into .venv")


def _codec() -> Finding:
    if ctypes.util.find_library("turbojpeg"):
        return Finding("JPEG codec", "ok", "libturbojpeg")
    says = "no libturbojpeg: the library inside the simplejpeg package is used"
    return Finding("JPEG codec", "note", says, "apt install libturbojpeg0")


def _camera() -> Finding:
    cameras = sorted(Path("/dev").glob("video*"))
    if not cameras:
        to_do = "connect a camera, or give --directory PATH"
        return Finding("camera", "note", "none: a drawn scene is shown", to_do)
    shut = [str(one) for one in cameras if not os.access(one, os.R_OK | os.W_OK)]
    if len(shut) == len(cameras):
        to_do = "sudo usermod -aG video $USER, then log in again"
        return Finding("camera", "note", f"no permission to open {shut[0]}", to_do)
    return Finding("camera", "ok", ", ".join(str(one) for one in cameras if str(one) not in shut))


def _display() -> Finding:
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return Finding("display", "ok", f"{name}={os.environ[name]}")
    if any(Path("/dev/dri").glob("card*")):
        return Finding("display", "ok", "no desktop; the console's screen is tried")
    return Finding(
        "display", "note", "none: nothing is shown on this machine", "use the page instead"
    )


def _gpu() -> Finding:
    tool = shutil.which("nvidia-smi")
    if tool:
        try:
            listed = subprocess.run(
                [tool, "-L"], check=False, capture_output=True, text=True, timeout=5
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Finding("GPU", "note", f"nvidia-smi does not answer: {error}")
        if listed.returncode == 0 and listed.stdout.strip():
            return Finding("GPU", "ok", listed.stdout.splitlines()[0].split(" (UUID")[0])
    return Finding("GPU", "note", "no NVIDIA GPU found: pictures are painted on the CPU")


def _compiler() -> Finding:
    """What torch.compile needs of the machine itself, with a GPU."""
    if compiles(sys.executable):
        return Finding("C compiler", "ok", "with Python's headers, for torch.compile")
    says = "none, or no Python.h: engine turbo runs uncompiled, which is slower"
    to_do = f"apt install gcc libc6-dev python{sys.version_info[0]}.{sys.version_info[1]}-dev"
    return Finding("C compiler", "note", says, to_do)


def _engines(worker: WorkerSettings | None) -> list[Finding]:
    unknown = Finding("engines", "note", "shown once the packages are installed")
    if worker is None:
        return [unknown]
    try:
        from lib.engine.choose import examine as ask
    except ImportError:
        return [unknown]
    return [
        Finding(f"engine {one.engine}", "ok" if one.ready else "note", one.says)
        for one in ask(worker)
        if one.engine != "identity"
    ]


def _ports(bind: str, ports: Mapping[str, int]) -> list[Finding]:
    findings = []
    for name, port in ports.items():
        trouble = port_trouble(bind, {name: port})
        state, says = ("in use", trouble) if trouble else ("ok", f"free ({name})")
        findings.append(Finding(f"port {port}", state, says))
    return findings


def _disk() -> Finding:
    free_gb = shutil.disk_usage(ROOT).free / 1e9
    if free_gb < DISK_GB and not (ROOT / ".venv").exists():
        return Finding("disk", "missing", f"{free_gb:.1f} GB free", f"make {DISK_GB} GB free")
    return Finding("disk", "ok", f"{free_gb:.0f} GB free")


def main(argv: Sequence[str]) -> int:
    bind, ports, worker = "127.0.0.1", USUAL, None
    if importlib.util.find_spec("pydantic_settings"):
        from lib.ops.launch.flags import read_flags

        primary, worker, *_ = read_flags(argv)
        bind, ports = primary.bind, {name: getattr(primary, name) for name in USUAL}
    findings = examine(bind, ports, worker)
    print(table(findings))
    can_run = not any(one.stops for one in findings)
    print(
        "This machine can run Afterimage: ./run.sh"
        if can_run
        else "Afterimage cannot start like this."
    )
    return 0 if can_run else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
