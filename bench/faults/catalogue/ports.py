"""Ports that another program has: at the start, and while a process of the primary is replaced."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bench.faults.catalogue.host import refused
from bench.faults.limits import Limits
from bench.faults.stage import Stage
from bench.faults.table import fault
from bench.ports import free_ports
from bench.show import PORTS

LOCAL = "127.0.0.1"
HELD_S = 3.0


@fault(
    "ports taken at the start",
    "app.py started four more times, each with one port that this show has",
    Limits(lost=2, silence_ms=100, normal_s=1, why_silent="who was started says so, and ends"),
    lasts_s=0.5,
)
def taken_at_the_start(stage: Stage) -> Iterator[None]:
    stage.struck()
    for taken in PORTS:
        ports = dict(zip(PORTS, free_ports(4), strict=True)) | {taken: stage.ports[taken]}
        flags = [word for name, port in ports.items() for word in (f"--{name}", str(port))]
        before = set(Path(os.environ.get("XDG_RUNTIME_DIR", "/tmp")).glob("afterimage-*"))
        refused(stage, f"port {stage.ports[taken]} is in use by another program", *flags)
        after = set(Path(os.environ.get("XDG_RUNTIME_DIR", "/tmp")).glob("afterimage-*"))
        if left := after - before:
            raise RuntimeError(f"left behind: {left}")
    yield


def seize(port: int) -> socket.socket:
    """As soon as nobody has it."""
    end_s = time.monotonic() + 5
    while time.monotonic() < end_s:
        with suppress(OSError):
            return socket.create_server((LOCAL, port))
    raise RuntimeError(f"port {port} was never free")


def taken_meanwhile(role: str, name: str, limits: Limits) -> None:
    @fault(
        f"{name} taken",
        f"the {role} process killed, and its {name} held by another program for {HELD_S:g} s",
        limits,
        lasts_s=HELD_S,
        watch_s=9,
    )
    def strike(stage: Stage) -> Iterator[None]:
        (before,) = stage.role(role)
        stage.struck()
        os.kill(before, signal.SIGKILL)
        with seize(stage.ports[name]):
            yield
        stage.healed()
        stage.until(stage.answers, 12, f"{role} is not back")
        said = [line.words for line in stage.log(stage.struck_s) if "Traceback" in line.words]
        if said:
            raise RuntimeError("the log has tracebacks instead of a sentence")


DARK = Limits(
    picture_s=6, normal_s=8, heals=True, beginnings=1, says="is in use by another program"
)
for one in ("job_port", "result_port", "output_port"):
    taken_meanwhile("stream", one, DARK)
taken_meanwhile(
    "control",
    "settings_port",
    Limits(lost=2, silence_ms=100, normal_s=1, why_silent="it is the status's own port"),
)
