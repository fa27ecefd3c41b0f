"""The primary, whole and in parts, killed and started again under its workers and viewers; its
ports held by another program; no more memory for one of its processes."""

from __future__ import annotations

import os
import resource
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bench.faults.invariants import Limits
from bench.faults.show import RecordedShow
from bench.faults.table import fault
from bench.pictures import SIDE
from bench.ports import LOCAL, free_ports
from bench.processes import run, tree
from bench.show import PORTS

UNHARMED = Limits(lost=2, silence_ms=100, normal_s=1)
SILENT = "nobody is there to say it"
BACK = Limits(picture_s=4, normal_s=6, heals=True, renumbers=True, beginnings=1, why_silent=SILENT)


@fault("kill app", "kill -9 of app.py, which is started again at once", BACK, lasts_s=0, watch_s=8)
def kill_app(show: RecordedShow) -> Iterator[None]:
    everybody = tree(show.primary.pid)
    show.struck()
    show.primary.kill()
    show.until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everybody), 3, "orphans")
    show.healed()
    show.start_primary()
    yield


def kill_role(role: str, limits: Limits, **how: object) -> None:
    words = f"kill -9 of the {role} process; app.py starts it again"

    @fault(f"kill {role}", words, limits, lasts_s=0.5, soak=True, **how)
    def strike(show: RecordedShow) -> Iterator[None]:
        pid = show.role(role)[0]
        show.struck()
        os.kill(pid, signal.SIGKILL)
        yield
        show.until(lambda: show.role(role) not in ([], [pid]), 5, f"{role} is not back")


ENDED = "the stream (process ended|process has been silent|is starting)"
kill_role("stream", Limits(picture_s=2, normal_s=4, beginnings=1, says=ENDED), watch_s=5)
kill_role("control", replace(UNHARMED, why_silent=SILENT), shares=True, watch_s=3)


STOPPED = Limits(normal_s=3, heals=True, picture_s=2, says="the stream process has been silent")


@fault(
    "stop stream", "the stream process stopped (SIGSTOP) for 3 s, then continued", STOPPED,
    lasts_s=3, watch_s=4,
)  # fmt: skip
def stop_stream(show: RecordedShow) -> Iterator[None]:
    pid = show.role("stream")[0]
    show.struck()
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)


# --- ports that another program has: at the start, and while a process is replaced

HELD_S = 3.0


def refused(show: RecordedShow, pattern: str, *flags: str) -> None:
    """app.py says in one sentence why it does not start, with code 2, and leaves nothing behind."""
    done = run("app.py", "--headless", *flags, environment=show.environment, timeout_s=20)
    lines = done.stderr.strip().splitlines()
    if done.returncode != 2 or len(lines) != 1 or pattern not in lines[0]:
        raise RuntimeError(f"code {done.returncode}, and said: {done.stderr[-500:]}")


@fault(
    "ports taken at the start",
    "app.py started four more times, each with one port that this show has",
    replace(UNHARMED, why_silent="who was started says so, and ends"),
    lasts_s=0.5,
)
def taken_at_the_start(show: RecordedShow) -> Iterator[None]:
    for taken in PORTS:
        ports = dict(zip(PORTS, free_ports(4), strict=True)) | {taken: show.ports[taken]}
        flags = [word for name, port in ports.items() for word in (f"--{name}", str(port))]
        before = run_folders()
        refused(show, f"port {show.ports[taken]} is in use by another program", *flags)
        if left := run_folders() - before:
            raise RuntimeError(f"left behind: {left}")
    yield


def run_folders() -> set[Path]:
    return set(Path(os.environ.get("XDG_RUNTIME_DIR", "/tmp")).glob("afterimage-*"))


def seize(port: int) -> socket.socket:
    """As soon as nobody has it."""
    end_s = time.monotonic() + 5
    while time.monotonic() < end_s:
        with suppress(OSError):
            return socket.create_server((LOCAL, port))
    raise RuntimeError(f"port {port} was never free")


def taken_meanwhile(role: str, name: str, limits: Limits) -> None:
    words = f"the {role} process killed, and its {name} held by another program for {HELD_S:g} s"

    @fault(f"{name} taken", words, limits, lasts_s=HELD_S, watch_s=9)
    def strike(show: RecordedShow) -> Iterator[None]:
        (before,) = show.role(role)
        show.struck()
        os.kill(before, signal.SIGKILL)
        with seize(show.ports[name]):
            yield
        show.healed()
        show.until(show.answers, 12, f"{role} is not back")
        if any("Traceback" in line.words for line in show.log.since(show.struck_s)):
            raise RuntimeError("the log has tracebacks instead of a sentence")


IN_USE = "is in use by another program"
DARK = Limits(picture_s=6, normal_s=8, heals=True, beginnings=1, says=IN_USE)
for port in ("job_port", "result_port", "output_port"):
    taken_meanwhile("stream", port, DARK)
OWN = "it is the status's own port"
taken_meanwhile("control", "settings_port", replace(UNHARMED, why_silent=OWN))


# --- a process that gets no more memory, and is asked for more

LONG = "a very long prompt " * 80


def starve(pid: int) -> None:
    """It keeps what it has: the kernel counts what it may write to."""
    words = Path(f"/proc/{pid}/status").read_text().split()
    has_kb = int(words[words.index("VmData:") + 1])
    resource.prlimit(pid, resource.RLIMIT_DATA, (1024 * has_kb, resource.RLIM_INFINITY))


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def ask_for_more(show: RecordedShow, number: int) -> None:
    """Another size each time."""
    with suppress(OSError):  # refused, since it has no memory for us either
        show.play(resolution=str((4 + 2 * (number % 3)) * SIDE), prompt=f"{number} {LONG}")


def no_memory(name: str, limits: Limits) -> None:
    words = f"{name} gets no more memory, while larger pictures are asked for"

    @fault(f"no memory for {name}", words, limits, watch_s=5)
    def strike(show: RecordedShow) -> Iterator[None]:
        pid = show.pids_by_name()[name]
        starve(pid)
        for number in range(200):
            if ended(pid):
                break
            ask_for_more(show, number)
            time.sleep(0.05)
        else:  # it does with what it has
            resource.prlimit(pid, resource.RLIMIT_DATA, (resource.RLIM_INFINITY,) * 2)
            if not show.answers():
                raise RuntimeError(f"{name} has not ended, and control does not answer")
        show.struck()  # until then it lived on what it had
        if name in show.crew:
            show.restart(show.crew[name])
        yield
        show.until(lambda: not ended(show.pids_by_name().get(name, pid)), 5, f"no {name}")
        show.until(show.answers, 10, "control does not answer")
        show.play(resolution=str(SIDE), prompt="a garden")


# Larger pictures take longer, and the memory that they took is kept, by a new process too.
LARGER = Limits(normal_s=4, heals=True, aged=True, memory_mb=130)
no_memory("stream", replace(LARGER, picture_s=2, beginnings=1, says="the stream "))
no_memory("control", replace(LARGER, why_silent=SILENT))
no_memory("w0", replace(LARGER, says="worker w0 .*disconnected"))
