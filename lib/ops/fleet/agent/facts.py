"""How this machine is, in a few facts that are quickly had."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from lib.ops.fleet.agent import tree, units

GPU_FACTS = "name,temperature.gpu,memory.used,memory.total"
TOOL_S = 4.0


def gather(root: Path | None) -> dict[str, object]:
    return {
        "host": socket.gethostname(),
        "user": os.environ.get("USER", ""),
        "root": str(root or ""),
        "version": tree.version(root) if root else "",
        "units": units.states(),
        "clock_s": time.time(),
        "free_gb": round(shutil.disk_usage(str(root or "/")).free / 1e9, 1),
        "gpus": gpus(),
    }


def gpus() -> list[str]:
    """A line for each GPU; none where there is no driver that answers."""
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
