"""The programs as somebody starts them, without this machine's own settings and screen."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import httpx2 as httpx
import psutil

from lib.config.settings import ROOT, PrimarySettings, WorkerSettings
from lib.wire.messages import Picture, decode_picture
from lib.wire.ports import USUAL
from lib.wire.sockets import feed_in
from tests.ports import free_ports

PORTS = tuple(USUAL)


def environment(**more: str) -> dict[str, str]:
    """Without this machine's own settings and screen."""
    names = {
        name.upper() for kind in (PrimarySettings, WorkerSettings) for name in kind.model_fields
    }
    names.discard("STATE_DIR")  # the test's own
    kept = {key: value for key, value in os.environ.items() if key not in names}
    own = {
        "ENV_FILE": "/dev/null",
        "SDL_VIDEODRIVER": "offscreen",
        "STILLS_PORT": "0",
        "SIGNALS_PORT": "0",
    }
    return kept | own | more


def finish(*argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *argv],
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Program:
    """run.sh's launcher with everything it starts, on ports of its own."""

    def __init__(self, resources: ExitStack, *flags: str) -> None:
        self.ports = dict(zip(PORTS, free_ports(4), strict=True))
        argv = [f"--{name}={port}" for name, port in {**self.ports, "osc_port": 0}.items()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lib.ops.launch", "--engine=identity", *argv, *flags],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        resources.callback(self._end)
        self._feed = feed_in(resources, "127.0.0.1", self.ports["output_port"])
        self.page = f"http://127.0.0.1:{self.ports['settings_port']}"

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def picture(self, within_s: float = 30) -> Picture:
        assert self._feed.poll(int(within_s * 1000)), "no picture"
        return decode_picture(self._feed.recv())

    def fresh_picture(self, within_s: float) -> Picture:
        while self._feed.poll(0):
            self._feed.recv()
        return self.picture(within_s)

    def family(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def one(self, word: str) -> psutil.Process | None:
        for process in self.family():
            try:
                if word in " ".join(process.cmdline()[1:]):
                    return process
            except psutil.Error:
                continue
        return None


IMPORTS_S = 0.6  # of the control process, on a machine that does nothing else


def in_time(took_s: float, most_s: float) -> bool:
    """Whether it took no longer than that; on a machine that is slow at this moment, than as much
    more as the imports of a process take longer there."""
    if took_s < most_s:
        return True
    begin_s = time.monotonic()
    imports = "import lib.web.app, lib.control.console"
    subprocess.run([sys.executable, "-c", imports], cwd=ROOT, check=True)
    return took_s < most_s * (time.monotonic() - begin_s) / IMPORTS_S


def wait_until(holds: Callable[[], object], within_s: float) -> float:
    before = time.monotonic()
    while not holds():
        waited = time.monotonic() - before
        assert waited < within_s
        time.sleep(min(0.01 + waited / 20, 0.1))  # to ask takes time from what is waited for
    return time.monotonic() - before


def gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


# A client that verifies nothing does not read the machine's certificates, which takes it 20 ms.
def answers(program: Program) -> bool:
    try:
        return httpx.get(program.page + "/status", timeout=1, verify=False).status_code == 200
    except httpx.HTTPError:
        return False


def state(program: Program) -> dict[str, object]:
    answer: dict[str, object] = httpx.get(program.page + "/status", timeout=2, verify=False).json()
    return answer
