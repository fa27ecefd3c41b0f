"""A session with an OSC door, what stands where words are looked at, and who sends."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from lib.config.settings import PrimarySettings
from lib.control.console import open_console
from lib.osc.server import OscServer
from lib.prompts.policy import Verdict


class SlowWords:
    """Stands where words are looked at: takes its time, and refuses some."""

    may_wait = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = threading.Event()

    def check(self, text: str, override: bool = False) -> Verdict:
        self.asked.append(text)
        self.go.wait(5)
        return Verdict(text, "naked" not in text, "these words are not for this wall")

    def check_again(self, text: str, within_s: float | None = None) -> Verdict:
        return self.check(text)

    def listed(self, *texts: str) -> str:
        return ""


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Rig:
    """A session with an OSC door, and a tablet that listens where values go back to."""

    def __init__(
        self, resources: ExitStack, words: SlowWords | None = None, **changes: object
    ) -> None:
        folder = resources.enter_context(tempfile.TemporaryDirectory(prefix="ai-"))
        self.port = free_udp_port()
        given = {"osc_port": self.port, "state_dir": folder, "safety": words is not None, **changes}
        settings = PrimarySettings(_env_file=None, **given)  # type: ignore[call-arg, arg-type] # pydantic's
        self.console = open_console(settings, Path(folder), words)
        self.session = self.console.session
        self.osc = OscServer(settings, self.console)
        self.out = resources.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        for stage in (self.console.store, self.osc):
            resources.callback(stage.stop)
            stage.start()
        resources.callback(self._check)

    def _check(self) -> None:
        assert self.osc.stop() and self.osc.failure is None

    def send(self, *packets: bytes) -> None:
        for packet in packets:
            self.out.sendto(packet, ("127.0.0.1", self.port))

    def count(self, reason: str) -> int:
        return self.osc.tally.counts[reason]


def command(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, timeout=20)
