"""Sends one request to one machine, with a timeout, and states the outcome in plain words.

Nothing that was typed passes through a shell: the command that ssh is given is always the same, and
the request, with all its spaces and quotes, travels as JSON on standard input.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from lib.core.plain import printable
from lib.files import read_text
from lib.ops.fleet.machines import Machine

MARK = b"AFTERIMAGE "  # begins the answer, since a login script may print before it
BOOT = "import sys,json;f=sys.stdin.buffer;h=json.loads(f.read(int(f.readline())));exec(h['boot'])"
ALONE = "-IS"  # without packages installed there: quicker, and the same everywhere
# The modules are made from the text that was sent, in that order, so that they find each other.
MAKE = """
import types
for name, source in h['modules']:
    module = types.ModuleType(name)
    module.__dict__['__path__'] = []
    sys.modules[name] = module
    exec(compile(source, name, 'exec'), module.__dict__)
sys.modules['lib.ops.fleet.agent.main'].main(h['request'], f)
"""
PACKAGES = ("lib", "lib.ops", "lib.ops.fleet", "lib.ops.fleet.agent")
MODULES = (
    "lib.files",
    *(f"lib.ops.fleet.agent.{name}" for name in ("envfile", "keys", "tree", "units", "main")),
)
CONNECT_S = 5
GONE = 255  # ssh's own exit code: the connection failed
KILL_S = 1.0

OPTIONS = (
    *("-T", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={CONNECT_S}"),
    # A connection that is shared with a terminal would hang or end with it.
    *("-o", "ControlMaster=no", "-o", "ControlPath=none"),
    # A machine that is switched off meanwhile is noticed within six seconds.
    *("-o", "ServerAliveInterval=3", "-o", "ServerAliveCountMax=2", "-o", "LogLevel=ERROR"),
)

# Messages of ssh, and for each what it means and what to do.
REASONS = (
    ("Permission denied", "asks for a password: automation/ssh-copy-ids.sh copies our key there"),
    ("Host key verification failed", "is not known to ssh yet: automation/ssh-copy-ids.sh"),
    (
        "HOST IDENTIFICATION HAS CHANGED",
        "has a different host key than before: was it reinstalled?",
    ),
    ("Could not resolve hostname", "has a name that cannot be resolved"),
    ("Connection refused", "is on, but its ssh is not: sudo apt install openssh-server"),
    ("timed out", "does not answer: off, or unplugged"),
    ("No route to host", "does not answer: off, or unplugged"),
    ("Network is unreachable", "cannot be reached: is this machine on the network?"),
)


class AgentAnswer(NamedTuple):
    """A machine's answer, or why there is none."""

    outcome: str  # ok; failed: it answered with a failure; away: it could not be asked; slow
    says: str  # one sentence for people; empty if all is well
    data: Mapping[str, object] = {}

    @property
    def ok(self) -> bool:
        return self.outcome == "ok"


class SshRunner:
    """Runs the requests to machines as processes, and can end all of them at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._cut = False

    def ask(
        self,
        machine: Machine | None,
        request: Mapping[str, object],
        timeout_s: float,
        payload: bytes = b"",
    ) -> AgentAnswer:
        """Send a request to a machine. None is this machine itself, which is asked without ssh."""
        argv = ssh_argv(machine) if machine else [sys.executable, ALONE, "-c", BOOT]
        try:
            code, out, err = self._run(argv, packed(request) + payload, timeout_s)
        except OSError as error:
            return AgentAnswer("away", f"cannot be asked: {error}")
        return understood(code, out, err, timeout_s)

    def cut(self) -> None:
        """End all requests, and start no more."""
        with self._lock:
            self._cut = True
            for process in self._running:
                _end(process, signal.SIGTERM)

    def _run(
        self, argv: list[str], said: bytes, timeout_s: float
    ) -> tuple[int | None, bytes, bytes]:
        pipe = subprocess.PIPE
        with self._lock:
            if self._cut:
                return None, b"", b""
            # A session of its own: this program handles Ctrl+C, and ends it with its children.
            process = subprocess.Popen(
                argv, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
            )
            self._running.add(process)
        try:
            out, err = process.communicate(said, timeout_s)
        except subprocess.TimeoutExpired:
            return None, b"", b""
        else:
            return process.returncode, out, err
        finally:
            with self._lock:
                self._running.discard(process)
            _put_away(process)


def _end(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)


def _put_away(process: subprocess.Popen[bytes]) -> None:
    """End a process with its children, without waiting for it."""
    try:
        _end(process, signal.SIGTERM)
        process.wait(KILL_S)
    except subprocess.TimeoutExpired:
        _end(process, signal.SIGKILL)
        process.wait()
    finally:
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe and not pipe.closed:
                try:
                    pipe.close()
                except OSError:  # unread input is of no use any more
                    continue


def ssh_argv(machine: Machine) -> list[str]:
    port = ["-p", str(machine.port)] if machine.port else []
    return ["ssh", *OPTIONS, *port, machine.target, f'python3 {ALONE} -c "{BOOT}"']


def packed(request: Mapping[str, object]) -> bytes:
    modules = [[name, ""] for name in PACKAGES]
    for name in MODULES:
        module = importlib.import_module(name)
        modules.append([module.__name__, read_text(str(module.__file__))])
    header = json.dumps({"boot": MAKE, "modules": modules, "request": request}).encode()
    return b"%d\n" % len(header) + header


def _cleaned(answer: Any) -> Any:
    """What another machine says must not steer this terminal."""
    if isinstance(answer, dict):
        return {_text(str(name)): _cleaned(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [_cleaned(one) for one in answer]
    return _text(answer) if isinstance(answer, str) else answer


def _text(text: str) -> str:
    """Several lines, as of a log, without colours and other escapes."""
    lines = re.split(r"\r\n|\n", re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]", "", text))
    return "\n".join(printable(line.expandtabs()) for line in lines)


def understood(code: int | None, out: bytes, err: bytes, timeout_s: float) -> AgentAnswer:
    said = [line for line in out.splitlines() if line.startswith(MARK)]
    if said:
        try:
            data = _cleaned(json.loads(said[-1][len(MARK) :]))
            return AgentAnswer("failed" if data["error"] else "ok", str(data["error"]), data)
        except (ValueError, TypeError, KeyError):
            return AgentAnswer("failed", "gave an answer that is not Afterimage's")
    if code is None:
        return AgentAnswer("slow", f"did not answer within {timeout_s:g} s")
    complaint = _text(err.decode("utf-8", "replace"))
    for text, meaning in REASONS:
        if code == GONE and text.lower() in complaint.lower():
            return AgentAnswer("away", meaning)
    last = next((line for line in reversed(complaint.splitlines()) if line.strip()), "no reason")
    if code == 127:
        return AgentAnswer("failed", "has no python3: sudo apt install python3")
    return AgentAnswer(
        "away" if code == GONE else "failed", f"ended with {code}: {last.strip()[:200]}"
    )
