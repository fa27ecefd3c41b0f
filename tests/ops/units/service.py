"""A unit's ExecStart under a small supervisor: its environment, its filter, its own NOTIFY_SOCKET.

What stands in for systemd here is as little as it takes to see what the unit's program does.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from lib.config.settings import ROOT, PrimarySettings, WorkerSettings
from tests.ops.units.filtered import allowed
from tests.ops.units.text import read


class Service:
    """Started at once; ended with `resources` if it still runs then."""

    def __init__(
        self,
        resources: ExitStack,
        name: str,
        folder: Path,
        abstract: bool = False,
        **environment: str,
    ) -> None:
        unit = read(name)
        self._ear = resources.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        address = f"@ai-{os.getpid()}-{id(self)}" if abstract else str(folder / f"{name}.sock")
        self._ear.bind("\0" + address[1:] if abstract else address)
        self._ear.settimeout(0.1)
        self.heard: list[tuple[float, str]] = []
        self.log = folder / f"{name}.log"
        filtered = sorted(allowed(unit.words("SystemCallFilter")))
        kept = {
            name.upper() for kind in (PrimarySettings, WorkerSettings) for name in kind.model_fields
        }
        base = {key: value for key, value in os.environ.items() if key not in kept}
        named = [word.replace("%C", str(folder)) for word in unit.words("Environment")]
        own = dict(word.replace("%S", str(folder)).split("=", 1) for word in named)
        told = {
            "NOTIFY_SOCKET": address,
            "WATCHDOG_USEC": f"{int(unit.one('WatchdogSec')) * 1_000_000}",
            "ENV_FILE": "/dev/null",
            "PYTHONPATH": str(ROOT),
            "SDL_VIDEODRIVER": "offscreen",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.ops.units.filtered", ",".join(filtered)),
                    *unit.words("ExecStart"),
                ],
                cwd=tree(folder),
                env=base | own | told | environment,
                stderr=log,
            )
        resources.callback(self._end)
        self._quit = threading.Event()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        while not self._quit.is_set():
            try:
                self.heard.append((time.monotonic(), self._ear.recv(4096).decode()))
            except TimeoutError:
                continue

    def _end(self) -> None:
        if self.process.poll() is None:
            for one in psutil.Process(self.process.pid).children(recursive=True):
                one.kill()
            self.process.kill()
        self.process.wait()
        self._quit.set()
        self._listener.join()

    def said(self, word: str) -> list[float]:
        """When it said so."""
        return [when for when, said in self.heard if said.startswith(word)]

    def child(self, role: str) -> psutil.Process | None:
        for one in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # it ends at this very moment
                if role in one.cmdline():
                    return one
        return None

    def stop(self) -> float:
        """As systemctl stop does; seconds that it took."""
        started = time.monotonic()
        self.process.terminate()
        self.process.wait(10)
        return time.monotonic() - started


def tree(folder: Path) -> Path:
    """The tree as a unit finds it, with the environment that runs this test."""
    root = folder / "tree"
    root.mkdir(exist_ok=True)
    targets = {".venv": Path(sys.prefix)}
    targets |= {name: ROOT / name for name in ("app.py", "transform.py", "lib")}
    for name, target in targets.items():
        if not (root / name).exists():
            (root / name).symlink_to(target)
    return root


def wait_until(holds: Callable[[], object], within_s: float) -> float:
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < within_s
        time.sleep(0.02)
    return time.monotonic() - started
