"""This machine itself: packages, processor, GPU, disks, temperature, clock."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lib.config.settings import ROOT, PrimarySettings, WorkerSettings
from lib.core.gpu_needs import DRIVER, TOO_OLD, card_trouble, driver_trouble
from lib.files import read_text
from lib.ops.doctor.limit import tool_says
from lib.ops.doctor.result import CheckResult, Colour
from lib.ops.launch import examine

RED_GB, YELLOW_GB = 1.0, 5.0
OF_UNITS = {"state": Path("/var/lib/afterimage"), "weights": Path("/var/cache/afterimage")}
LITTLE_MEMORY_GB = 1.0
HOT_C, TOO_HOT_C = 80.0, 90.0
SMI_S = 6.0
SMI_FIELDS = (
    "name,driver_version,compute_cap,memory.used,memory.total,temperature.gpu,"
    "clocks_throttle_reasons.hw_thermal_slowdown,clocks_throttle_reasons.sw_thermal_slowdown"
)
NEWER = f"sudo ubuntu-drivers install (driver {DRIVER} or newer), then restart this machine"
_COLOURS: dict[str, Colour] = {"ok": "green", "note": "yellow"}
_DEEPER = {"camera", "display", "disk", "GPU"}  # left out of the basics: examined more closely
_TIME_ERROR, _UNSYNC = 5, 0x40  # linux/timex.h


def basics(worker: WorkerSettings | None) -> list[CheckResult]:
    """The findings of run.sh --check."""
    return [
        CheckResult(one.what, _COLOURS.get(one.state, "red"), one.says, one.to_do)
        for one in examine.examine("127.0.0.1", {}, worker)
        if one.what not in _DEEPER
    ]


def processor(proc: Path = Path("/proc")) -> list[CheckResult]:
    """The number of cores, their load, and the memory."""
    text = read_text(proc / "cpuinfo", errors="replace")
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    cores = os.cpu_count() or 1
    load = float(read_text(proc / "loadavg").split()[0])
    memory = {
        name: int(rest.split()[0]) / 1e6
        for name, _, rest in (
            line.partition(":") for line in read_text(proc / "meminfo").splitlines()
        )
        if rest.split()
    }
    total, free = memory.get("MemTotal", 0.0), memory.get("MemAvailable", 0.0)
    says = f"{names[0] if names else 'unknown'}, {cores} cores, load {load:.1f}; "
    says += f"{free:.1f} of {total:.1f} GB memory free"
    facts = {"processor": names[0] if names else "", "cores": cores, "load": load}
    little = free < LITTLE_MEMORY_GB
    to_do = "stop other programs that run here" if little or load > 2 * cores else ""
    colour: Colour = "red" if little else "yellow" if to_do else "green"
    more = {"memory_gb": round(total, 1), "memory_free_gb": round(free, 1)}
    return [CheckResult("processor", colour, says, to_do, facts | more)]


def gpus() -> list[CheckResult]:
    """One line for each card, or why there is none."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        cards = any(Path("/proc/driver/nvidia/gpus").glob("*"))
        if cards:
            return [
                CheckResult("GPU", "red", "a driver, but no nvidia-smi", "reinstall the driver")
            ]
        says = "no NVIDIA GPU: a worker on this machine paints on the CPU"
        return [CheckResult("GPU", "yellow", says)]
    asked = [tool, f"--query-gpu={SMI_FIELDS}", "--format=csv,noheader,nounits"]
    code, said = tool_says(asked, SMI_S)
    if code != 0:
        reason = (said.strip().splitlines() or ["no reason given"])[0]
        if "compute_cap" in reason:  # asked for with drivers from 510 on
            return [CheckResult("GPU", "yellow", _paints(TOO_OLD), NEWER)]
        return [CheckResult("GPU", "red", f"nvidia-smi: {reason}", NEWER)]
    return [
        _gpu(number, line)
        for number, line in enumerate(said.splitlines())
        if line.count(", ") == SMI_FIELDS.count(",")
    ] or [CheckResult("GPU", "yellow", "nvidia-smi names no card")]


def _gpu(number: int, line: str) -> CheckResult:
    name, driver, capability, used, total, degrees, hardware, software = line.split(", ")
    slowed = "Active" in (hardware, software)
    hot = degrees.isdigit() and int(degrees) >= HOT_C
    says = f"{name}, driver {driver}, {used} of {total} MB in use, {degrees} °C"
    facts = {"name": name, "driver": driver, "celsius": _number(degrees)}
    memory = {"memory_used_mb": _number(used), "memory_mb": _number(total)}
    old = driver_trouble(driver) or card_trouble(capability)
    if slowed:
        to_do = "clean its fans and filters, give it air: heat slows it down"
        says += ", slowed down by heat"
    else:
        to_do = "give it air" if hot else NEWER if driver_trouble(driver) else ""
    says += f"; {_paints(old)}" if old else ""
    colour: Colour = "red" if slowed else "yellow" if hot or old else "green"
    return CheckResult(f"GPU {number}", colour, says, to_do, {**facts, **memory, "slowed": slowed})


def _paints(why: str) -> str:
    return f"a worker paints on the CPU: {why}"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def temperature(thermal: Path = Path("/sys/class/thermal")) -> list[CheckResult]:
    """The hottest sensor of the machine; GPUs have a line of their own."""
    places = celsius(thermal)
    if not places:
        return [CheckResult("temperature", "grey", "no sensor was found")]
    name, hottest = max(places.items(), key=lambda one: one[1])
    colour: Colour = "red" if hottest >= TOO_HOT_C else "yellow" if hottest >= HOT_C else "green"
    to_do = "clean the fans, give it air" if colour != "green" else ""
    return [CheckResult("temperature", colour, f"{hottest:.0f} °C at {name}", to_do, dict(places))]


def celsius(thermal: Path = Path("/sys/class/thermal")) -> dict[str, float]:
    """Degrees by sensor."""
    found: dict[str, float] = {}
    for zone in sorted(thermal.glob("thermal_zone*")):
        try:
            degrees = int(read_text(zone / "temp")) / 1000
            name = read_text(zone / "type", errors="replace").strip()
        except (OSError, ValueError):  # a sensor that is asleep
            continue
        if 0 < degrees < 150:
            found[name] = max(degrees, found.get(name, 0.0))
    return found


def disks(settings: PrimarySettings) -> list[CheckResult]:
    """The free space where something is stored, and whether it can be written."""
    state = Path(settings.state_dir or ROOT / "state").expanduser()
    places = {
        "state": state,
        "data": Path(settings.data_dir),
        "program": ROOT,
        "weights": weights(),
    }
    # The folders that systemd's units use instead: a doctor started by hand lacks their variables.
    places |= {f"{name} of the units": path for name, path in OF_UNITS.items() if path.exists()}
    lines: dict[int, CheckResult] = {}
    for name, path in places.items():
        there = _first_there(path)
        device = there.stat().st_dev
        if device in lines:  # the same disk: one line for all folders on it
            known = lines[device]
            lines[device] = known._replace(what=f"{known.what}, {name}")
        else:
            lines[device] = _disk(name, there)
    return [*lines.values(), *_writable(state)]


def weights() -> Path:
    """The folder of Hugging Face's files."""
    home = os.environ.get("HF_HOME") or "~/.cache/huggingface"
    return Path(os.environ.get("HF_HUB_CACHE") or f"{home}/hub").expanduser()


def _disk(name: str, path: Path) -> CheckResult:
    room = shutil.disk_usage(path)
    free, total = room.free / 1e9, room.total / 1e9
    colour: Colour = "red" if free < RED_GB else "yellow" if free < YELLOW_GB else "green"
    to_do = ""
    if colour != "green":
        to_do = "make room; sudo journalctl --vacuum-size=200M is quickly done"
    says = f"{free:.1f} of {total:.0f} GB free at {path}"
    facts = {"free_gb": round(free, 1), "total_gb": round(total, 1), "path": str(path)}
    return CheckResult(f"disk: {name}", colour, says, to_do, facts)


def _writable(state: Path) -> Iterator[CheckResult]:
    there = _first_there(state)
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        says = f"{there} cannot be written: {error.strerror or error}"
        to_do = "give this user the folder, or choose another with --state_dir"
        yield CheckResult("state folder", "red", says, to_do)


def _first_there(path: Path) -> Path:
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def clock() -> list[CheckResult]:
    """Whether the kernel's clock is synchronised: time services report that to the kernel."""
    to_do = "sudo timedatectl set-ntp true, and let the machine reach a time server"
    try:
        libc = ctypes.CDLL(None)
        timex = (ctypes.c_byte * 256)()  # struct timex is 208 bytes; modes 0: only read
        state = libc.adjtimex(timex)
    except (OSError, AttributeError):
        return [
            CheckResult(
                "clock", "yellow", "this system does not say whether a time server sets it", to_do
            )
        ]
    longs = ctypes.cast(timex, ctypes.POINTER(ctypes.c_long))
    status = ctypes.cast(timex, ctypes.POINTER(ctypes.c_int))[10]
    if state < 0:
        return [
            CheckResult(
                "clock", "yellow", "the kernel does not say whether a time server sets it", to_do
            )
        ]
    if state == _TIME_ERROR or status & _UNSYNC:
        says = "is not set by a time server: cues by the clock and times in logs drift"
        return [CheckResult("clock", "yellow", says, to_do, {"synchronised": False})]
    error_ms = longs[3] / 1000
    says = f"set by a time server, at most {error_ms:.0f} ms off"
    return [CheckResult("clock", "green", says, "", {"synchronised": True, "error_ms": error_ms})]
