"""Machines that are folders, and the scripts run against them."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.ops.__main__ import main
from lib.ops.fleet.agent import tree
from tests.automation import standins
from tests.rig import until

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WORKER = "afterimage-worker@0.service"
PRIMARY = "afterimage-primary.service"


def called(script: str) -> list[str]:
    """The words that a script hands on, before those that were typed."""
    text = (ROOT / "automation" / script).read_text()
    match = re.search(r'^call ([a-z -]+) "\$@"$', text, re.M)
    assert match, f"{script} calls nothing"
    return match[1].split()


class Machines:
    """A house of stand-ins: what they are, what they were asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hosts = folder / "hosts"
        self.record = folder / "record"
        self.env_file = folder / "settings of mine.env"
        standins.install(folder / "bin")
        self.env_file.write_text("")
        (self.hosts / "here").mkdir(parents=True)
        home = folder / "home"
        home.mkdir()
        self.environment = {
            **{
                name: value for name, value in os.environ.items() if name not in ("XDG_STATE_HOME",)
            },
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "HOSTS": str(self.hosts),
            "RECORD": str(self.record),
            "ENV_FILE": str(self.env_file),
            "STATE_DIR": str(folder),
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(folder),
            "WORKER_MACHINES": "",
        }

    def add(self, name: str, units: tuple[str, ...] = (WORKER,), full: bool = False) -> Path:
        """A machine whose workers run; `full`: with a whole tree of ours."""
        host = self.hosts / name
        host.mkdir(parents=True, exist_ok=True)
        (host / "wants").write_text(" ".join(units))
        for unit in units:
            (host / f"state.{unit}").write_text("active\n")
        (host / "tree" / "lib").mkdir(parents=True)
        if full:
            for path in tree.files(ROOT):
                to = host / "tree" / path.relative_to(ROOT)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, to)
        named = self.environment["WORKER_MACHINES"]
        self.environment["WORKER_MACHINES"] = f"{named} show@{name}".strip()
        return host

    def start(self, script: str, *words: str) -> subprocess.Popen[str]:
        # A shell that starts tests in the background lets them ignore Ctrl+C, which is inherited.
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return subprocess.Popen(
            [ROOT / "automation" / script, *words],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        """What the script calls, in this process: starting a Python costs more than most tests."""
        out, err = io.StringIO(), io.StringIO()
        before = {number: signal.getsignal(number) for number in SIGNALS}
        try:
            with pytest.MonkeyPatch.context() as patch:
                for name in set(os.environ) - set(self.environment):
                    patch.delenv(name)
                for name, value in {**self.environment, "CALLED_FROM": str(self.folder)}.items():
                    patch.setenv(name, value)
                with redirect_stdout(out), redirect_stderr(err):
                    code = main([*called(script), *words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return subprocess.CompletedProcess([script, *words], code, out.getvalue(), err.getvalue())

    def shell(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        """The script itself, as it is typed."""
        with self.start(script, *words) as process:
            try:
                out, err = process.communicate(timeout=40)
            finally:
                process.kill()
        assert "Traceback" not in out + err, err
        return subprocess.CompletedProcess([script, *words], process.returncode, out, err)

    def interrupt(self, process: subprocess.Popen[str], when: str) -> tuple[int, str]:
        """Ctrl+C as soon as the event is there; how it ended, and what it said."""
        return self.interrupt_when(process, lambda: any(when in one for one in self.events()))

    def interrupt_when(
        self, process: subprocess.Popen[str], is_there: Callable[[], bool]
    ) -> tuple[int, str]:
        with process:
            try:
                assert until(is_there, 40)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=30)
            finally:
                process.kill()
        assert "Traceback" not in out + err, err
        return process.returncode, out + err

    def asked(self, program: str) -> list[list[str]]:
        """Program's calls: the machine, then its words."""
        if not self.record.exists():
            return []
        calls = [line.split("\037")[:-1] for line in self.record.read_text().split("\n") if line]
        return [call[1:] for call in calls if call and call[0] == program]

    def events(self) -> list[str]:
        path = Path(f"{self.record}.events")
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path / "a house's folder")
