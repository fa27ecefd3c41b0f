"""Checks what a machine must have before anything is installed. Runs on any bare Python."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lib.core.findings import Finding
from lib.core.gpu_needs import DRIVER, card_trouble, driver_trouble
from lib.files import read_text
from lib.wire.ports import OPTIONAL, USUAL, port_trouble

NVIDIA, SCREENS = "0x10de", "0x03"  # PCI vendor; PCI class of display controllers
# What packages and weights need with a GPU, and without.
DISK_GPU_GB, DISK_GB = 20, 3
MEMORY_GPU_GB, MEMORY_GB = 8, 2
GPU_MEMORY_MB = 6000
TOOL_S = 10.0
CONNECT_S = 2.0


class GpuCard(NamedTuple):
    """What nvidia-smi says of one."""

    name: str
    megabytes: int
    driver: str
    capability: str = ""  # like 8.9; older drivers do not tell

    @property
    def serves(self) -> bool:
        return not card_trouble(self.capability)


def check(
    role: str, env: Mapping[str, str], ours_run: bool, root: Path, system: Path
) -> list[Finding]:
    """`env`: what the settings will be; `ours_run`: this show runs, and may hold the ports."""
    gpus = gpu_list()
    return [
        _python(),
        _systemd(system),
        *([_driver(gpus, system), *_gpu_memory(gpus)] if role == "worker" else []),
        _memory(bool(gpus), system),
        _disk(bool(gpus) and role == "worker", root),
        _clock(),
        _name(socket.gethostname(), "this machine's own name"),
        *(_for_primary(env, ours_run) if role == "primary" else _for_worker(env)),
    ]


def tool(*argv: str) -> str:
    """What a program prints; nothing if it is missing, fails or hangs."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=TOOL_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def gpu_list() -> list[GpuCard]:
    fields, how = "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"
    said = tool("nvidia-smi", f"{fields},compute_cap", how) or tool("nvidia-smi", fields, how)
    found = [line.split(", ") for line in said.splitlines()]
    return [
        GpuCard(one[0], int(one[1]), *one[2:])
        for one in found
        if len(one) in (3, 4) and one[1].isdigit()
    ]


def compiles(python: str) -> bool:
    """Whether a C file that includes the Python.h of this Python compiles, as torch.compile needs
    it. `compiles` in automation/setup.sh is the same."""
    include = tool(python, "-c", "import sysconfig; print(sysconfig.get_path('include'))")
    argv = ("-fsyntax-only", "-I", include, "-xc", "-")
    return any(
        subprocess.run(
            [compiler, *argv], input=b"#include <Python.h>", capture_output=True, check=False
        ).returncode
        == 0
        for name in ("gcc", "clang")
        if (compiler := shutil.which(name))
    )


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11):  # noqa: UP036 - any Python may be the one that starts this
        return Finding("Python", "missing", version, "sudo apt install python3.11-venv")
    return Finding("Python", "ok", version)


def _systemd(system: Path) -> Finding:
    if (system / "run/systemd/system").is_dir():
        return Finding("systemd", "ok", "it starts the show")
    return Finding("systemd", "missing", "this machine does not run it", "see docs/containers.md")


def _driver(gpus: Sequence[GpuCard], system: Path) -> Finding:
    if gpus:
        cuda = re.search(r"CUDA Version: (\S+)", tool("nvidia-smi"))
        says = f"{len(gpus)} x {gpus[0].name}, driver {gpus[0].driver}"
        says += f", CUDA up to {cuda[1]}" if cuda else ""
        if not any(one.serves for one in gpus):
            why = card_trouble(gpus[0].capability)
            return Finding("GPU", "note", f"{says}: pictures are painted on the CPU, {why}")
        if why := driver_trouble(gpus[0].driver):
            to_do = f"sudo ubuntu-drivers install (driver {DRIVER} or newer), then restart"
            return Finding("GPU", "missing", f"{says}: {why}", to_do)
        return Finding("GPU", "ok", says)
    if any(_is_nvidia(one) for one in (system / "sys/bus/pci/devices").glob("*")):
        to_do = "sudo ubuntu-drivers install, then restart the machine"
        return Finding("GPU", "missing", "there is one, but its driver does not answer", to_do)
    return Finding("GPU", "note", "none: pictures are painted on the CPU")


def _is_nvidia(device: Path) -> bool:
    try:
        kind = read_text(device / "class")
        return read_text(device / "vendor").strip() == NVIDIA and kind.startswith(SCREENS)
    except OSError:
        return False


def _gpu_memory(gpus: Sequence[GpuCard]) -> list[Finding]:
    small = [one for one in gpus if one.megabytes < GPU_MEMORY_MB]
    if not small:
        return []
    says = f"{small[0].name} has {small[0].megabytes} MB, which is little for engine turbo"
    return [Finding("GPU memory", "note", says, "a smaller RESOLUTION, or ENGINE=painter")]


def _memory(gpu: bool, system: Path) -> Finding:
    need = MEMORY_GPU_GB if gpu else MEMORY_GB
    try:
        text = read_text(system / "proc/meminfo")
        has = int(text.split("MemTotal:")[1].split()[0]) / 1e6
    except (OSError, IndexError, ValueError):
        return Finding("memory", "note", "could not be read")
    if has < need * 0.9:  # the kernel's own memory is not counted
        return Finding("memory", "note", f"{has:.0f} GB; {need} GB are recommended")
    return Finding("memory", "ok", f"{has:.0f} GB")


def _disk(gpu: bool, root: Path) -> Finding:
    need = DISK_GPU_GB if gpu else DISK_GB
    free = shutil.disk_usage(root).free / 1e9
    if free < need and not any((root / ".venv").glob(".installed-*")):
        return Finding("disk", "missing", f"{free:.1f} GB free", f"make {need} GB free")
    return Finding("disk", "ok", f"{free:.0f} GB free")


def _clock() -> Finding:
    synced = tool("timedatectl", "show", "-p", "NTPSynchronized", "--value")
    if synced == "yes":
        return Finding("clock", "ok", "set by a time server")
    return Finding("clock", "note", "not set by a time server", "sudo timedatectl set-ntp true")


def _name(name: str, what: str, state: str = "note", to_do: str = "") -> Finding:
    try:
        address = socket.getaddrinfo(name, None)[0][4][0]
    except (OSError, UnicodeError):
        to_do = to_do or f"add a line for {name} to /etc/hosts"
        return Finding("name", state, f"cannot resolve {name}, {what}", to_do)
    return Finding("name", "ok", f"{name} is {address}")


def _for_primary(env: Mapping[str, str], ours_run: bool) -> list[Finding]:
    ports = {name: port for name in (*USUAL, *OPTIONAL) if (port := _port(env, name))}
    if ours_run:
        held = ", ".join(map(str, ports.values()))
        return [Finding("ports", "ok", f"{held} are used by the running show")]
    bind = env.get("BIND") or "127.0.0.1"
    if trouble := port_trouble(bind, {name: ports[name] for name in USUAL}):
        return [Finding("ports", "in use", trouble)]
    if trouble := port_trouble(bind, ports):  # the show does not depend on it
        return [Finding("ports", "note", f"{trouble}; until then without stills")]
    return [Finding("ports", "ok", ", ".join(map(str, ports.values())) + " are free")]


def _for_worker(env: Mapping[str, str]) -> list[Finding]:
    host = env.get("PRIMARY_HOSTNAME") or "localhost"
    known = _name(host, "the primary host", "missing", "--primary NAME, or its address")
    if known.state != "ok":
        return [known]
    return [known, *(_reach(host, _port(env, name)) for name in ("job_port", "result_port"))]


def _reach(host: str, port: int) -> Finding:
    try:
        socket.create_connection((host, port), CONNECT_S).close()
    except OSError as error:
        why = error.strerror or str(error)
        to_do = "start the primary host, and set its BIND; the worker waits for it"
        return Finding(f"port {port}", "note", f"on {host} cannot be reached: {why}", to_do)
    return Finding(f"port {port}", "ok", f"on {host} answers")


def _port(env: Mapping[str, str], name: str) -> int:
    text = env.get(name.upper(), "") or os.environ.get(name.upper(), "")
    return int(text) if text.isdigit() else {**USUAL, **OPTIONAL}[name]
