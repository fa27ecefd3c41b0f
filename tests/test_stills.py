"""The show does not depend on stills: it is ready, fed and ended as without them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psutil
import pytest

from lib.config.settings import ROOT
from lib.wire.ports import USUAL
from tests.ports import free_ports
from tests.programs import environment, gone, in_time, wait_until

STARTS_S = 30  # on a busy machine
WATCHED_S = float(os.environ.get("STILLS_WATCHED_S", "4"))  # by hand: five minutes


class Systemd:
    """Hears what a unit says to systemd."""

    def __init__(self, resources: ExitStack, folder: Path) -> None:
        self._ear = resources.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self.address = str(folder / "notify")
        self._ear.bind(self.address)
        self.heard: list[tuple[float, str]] = []

    def listen(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._ear.settimeout(left)
            try:
                self.heard.append((time.monotonic(), self._ear.recv(4096).decode()))
            except TimeoutError:
                return

    def said(self, word: str) -> list[float]:
        return [when for when, said in self.heard if said.startswith(word)]


class Show:
    """app.py under the stand-in for systemd, and a worker that has none."""

    def __init__(self, resources: ExitStack, port: int, **more: str) -> None:
        ports = zip(USUAL, free_ports(len(USUAL)), strict=True)
        self.ports = {name.upper(): str(number) for name, number in ports}
        variables = environment(**self.ports) | {"STILLS_PORT": str(port)}
        self.page = f"http://127.0.0.1:{self.ports['SETTINGS_PORT']}"
        self.stills = f"http://127.0.0.1:{port}"
        own = {"OSC_PORT": "0", "HEADLESS": "TRUE", "MODE": "pattern", "RESOLUTION": "64"}
        self.process = self._started(resources, variables | own | more, "app.py")
        self._started(
            resources, variables | {"STILLS_PORT": "0"}, "transform.py", "--engine=identity"
        )
        self._resources = resources

    @staticmethod
    def _started(
        resources: ExitStack, variables: dict[str, str], *argv: str
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *argv], cwd=ROOT, env=variables, stderr=subprocess.DEVNULL
        )
        resources.callback(process.wait)
        resources.callback(process.kill)
        return process

    def status(self) -> dict[str, Any]:
        try:
            return dict(httpx.get(self.page + "/status", timeout=2, verify=False).json())
        except httpx.HTTPError:
            return {}

    def flows(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(self.page + "/healthz", timeout=2, verify=False).status_code == 200
        return False

    @property
    def warnings(self) -> str:
        return "\n".join(self.status().get("warnings", ()))

    def child(self, role: str) -> psutil.Process | None:
        for one in psutil.Process(self.process.pid).children():
            if role in one.cmdline():
                return one
        return None


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[Show, Systemd]]]:
    with ExitStack() as resources:

        def started(port: int, **more: str) -> tuple[Show, Systemd]:
            systemd = Systemd(resources, tmp_path)
            told = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "10000000"}
            return Show(resources, port, **more, **told), systemd

        yield started


def is_fed(systemd: Systemd) -> None:
    """For the time that is watched, as by a show without stills."""
    systemd.listen(1)
    begin_s = time.monotonic()
    systemd.listen(WATCHED_S)
    fed = [when for when in systemd.said("WATCHDOG=1") if when > begin_s]
    gaps = [after - before for before, after in zip([begin_s, *fed], fed, strict=False)]
    assert fed and max(gaps) < 4, gaps
    assert len(systemd.said("READY=1")) == 1


@pytest.mark.slow
def test_a_taken_port_is_a_warning_and_is_tried_again(start: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        show, systemd = start(port)
        wait_until(show.flows, STARTS_S)
        is_fed(systemd)
        assert f"port {port} is in use by another program" in show.warnings
        assert show.flows()
    wait_until(lambda: answered(show), 40)
    wait_until(lambda: "stills" not in show.warnings, 20)


@pytest.mark.slow
def test_a_service_that_ends_at_once_is_a_warning(
    start: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        textwrap.dedent("""
            import sys
            if "stills" in sys.orig_argv:
                raise SystemExit(7)
        """)
    )
    (port,) = free_ports(1)
    show, systemd = start(port, PYTHONPATH=f"{tmp_path}:{ROOT}")
    wait_until(show.flows, STARTS_S)
    wait_until(lambda: "times in a row" in show.warnings, 20)
    is_fed(systemd)


@pytest.mark.slow
def test_a_hung_service_keeps_nothing_from_ending(start: Callable[..., Any]) -> None:
    (port,) = free_ports(1)
    show, systemd = start(port)
    wait_until(lambda: show.flows() and answered(show), STARTS_S)
    stills = show.child("stills")
    assert stills
    stills.suspend()
    is_fed(systemd)
    family = psutil.Process(show.process.pid).children(recursive=True)
    begin_s = time.monotonic()
    show.process.terminate()
    assert show.process.wait(30) == 0
    assert in_time(time.monotonic() - begin_s, 2)
    assert gone(family)


def answered(show: Show) -> bool:
    try:
        return httpx.get(show.stills + "/healthz", timeout=1, verify=False).status_code == 200
    except httpx.HTTPError:
        return False
