"""A show of any tree, started as its units say and asked as strangers ask it.

Nothing of the tree is imported here: rooms may move, what is said here may not.
"""

from __future__ import annotations

import ctypes
import json
import os
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from websockets.sync.client import connect

from tests.ops.units import filtered
from tests.ports import free_ports

Osc = str | int | float
PRIMARY, WORKER, VIEW = UNITS = (
    "afterimage-primary.service",
    "afterimage-worker@.service",
    "afterimage-view@.service",
)
PORTS = ("JOB_PORT", "RESULT_PORT", "OUTPUT_PORT", "SETTINGS_PORT", "OSC_PORT", "OSC_REPLY_PORT")
FACTS = {"OSC_REPLY_HOST": "127.0.0.1", "MODE": "pattern", "RESOLUTION": "64", "HEADLESS": "TRUE"}
STARTS_S = 45.0


def clean(tree: Path, **more: str) -> dict[str, str]:
    """This environment without what is a setting of the show here."""
    lines = (tree / ".env.example").read_text("utf-8").splitlines()
    names = {line.split("=")[0] for line in lines if line[:1].isalpha()}
    kept = {key: value for key, value in os.environ.items() if key not in names}
    plain = {
        "STILLS_PORT": "0",
        "SIGNALS_PORT": "0",
        "ENV_FILE": "/dev/null",
        "SDL_VIDEODRIVER": "offscreen",
        "COLUMNS": "1000",
    }
    return kept | plain | {"PYTHONDONTWRITEBYTECODE": "1"} | more


def until(holds: Callable[[], object], within_s: float, what: str) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        time.sleep(0.03)


class Unit:
    """A unit file's settings, and its commands as systemd would start them."""

    def __init__(self, text: str, name: str, folder: Path) -> None:
        self.lines = [line for line in text.splitlines() if line and line[0] not in "#;["]
        self._named = {"%S": str(folder), "%C": str(folder), "%i": "0", "%N": name, "%p": name}

    def words(self, key: str) -> list[str]:
        words = []
        for line in self.lines:
            name, _, value = line.partition("=")
            if name == key:
                for sign, meant in self._named.items():
                    value = value.replace(sign, meant)
                words += shlex.split(value)
        return words

    @property
    def environment(self) -> dict[str, str]:
        return dict(word.split("=", 1) for word in self.words("Environment"))


def _filter(unit: Unit) -> list[str]:
    """In front of a program: the system calls that its unit lets it have, where that can be."""
    try:
        ctypes.CDLL(filtered.LIBRARY)
    except OSError:
        return []
    if not shutil.which("systemd-analyze"):
        return []
    names = ",".join(sorted(filtered.allowed(unit.words("SystemCallFilter"))))
    return [sys.executable, filtered.__file__, names]


class Service:
    """One unit under as little of a systemd as it takes: before, the program, after."""

    def __init__(self, unit: Unit, tree: Path, folder: Path, environment: dict[str, str]) -> None:
        self._unit, self._tree = unit, tree
        folder.mkdir()
        self._runtime = {"RUNTIME_DIRECTORY": str(folder)}
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = f"@promises-{os.getpid()}-{id(self)}"
        self._ear.bind("\0" + address[1:])
        self._ear.setblocking(False)
        self._told: list[str] = []
        self._asked_to_end = False
        notify = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "45000000"}
        self._environment = environment | unit.environment | self._runtime
        self.before = self._once("ExecStartPre")
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*_filter(unit), *unit.words("ExecStart")],
                cwd=tree,
                env=self._environment | notify,
                stdout=log,
                stderr=log,
            )

    def _once(self, key: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._unit.words(key),
            cwd=self._tree,
            env=self._environment | more,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def told(self, word: str) -> bool:
        """Whether it has said this to systemd."""
        while True:
            try:
                self._told.append(self._ear.recv(4096).decode())
            except BlockingIOError:
                return any(one.startswith(word) for one in self._told)

    def terminate(self) -> None:
        """Once, as systemd does: a second signal would be somebody who insists."""
        if not self._asked_to_end and self.process.poll() is None:
            self.process.terminate()
        self._asked_to_end = True

    def stop(self) -> tuple[int, subprocess.CompletedProcess[str]]:
        """As systemctl stop does: how it ended, and what came of ExecStopPost."""
        self.terminate()
        try:
            code = self.process.wait(15)
        finally:
            self.process.kill()
            self.process.wait()
            self._ear.close()
        return code, self._once("ExecStopPost", SERVICE_RESULT="success")


class Show:
    """A primary and one worker, and what anybody may ask of them."""

    def __init__(self, tree: Path, folder: Path, **more: str) -> None:
        self.tree, self.folder = tree, folder
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.page = f"http://127.0.0.1:{self.ports['SETTINGS_PORT']}"
        root = folder / "tree"
        root.mkdir()
        for path in tree.iterdir():
            if path.name not in (".venv", ".git", ".env"):
                (root / path.name).symlink_to(path)
        (root / ".venv").symlink_to(sys.prefix)
        self.environment = clean(
            tree, **{key: str(port) for key, port in self.ports.items()}, **FACTS, **more
        )
        self._ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._ear.bind(("127.0.0.1", self.ports["OSC_REPLY_PORT"]))
        self._ear.settimeout(0.2)
        self._heard: set[str] = set()
        self._ended = threading.Event()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        self.services: list[Service] = []

    def start(self, units: Path, name: str) -> None:
        unit = Unit((units / name).read_text("utf-8"), name, self.folder)
        own = {"ENGINE": "identity", "WORKER_ID": "promised"} if name == WORKER else {}
        environment, place = self.environment | own, self.folder / f"run {name}"
        self.services.append(Service(unit, self.folder / "tree", place, environment))

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                said = self._ear.recv(65536)
            except TimeoutError:
                continue
            self._heard.add(said.split(b"\0", 1)[0].decode())

    def heard(self, wanted: set[str]) -> set[str]:
        """OSC addresses that a tablet was told: all come at the start, and every 10 s."""
        with suppress(AssertionError):
            until(lambda: wanted <= self._heard, 12, "all addresses")
        return set(self._heard)

    def stop(self) -> list[tuple[int, subprocess.CompletedProcess[str]]]:
        """All at once, since each takes its time; in the order of their start."""
        for one in self.services:
            one.terminate()
        ends = [one.stop() for one in self.services]
        self.services = []
        self._ended.set()
        self._listener.join()
        self._ear.close()
        return ends

    def ask(self, path: str, method: str = "GET", body: object = None) -> tuple[int, bytes]:
        data = None if body is None else json.dumps(body).encode()
        head = {"Content-Type": "application/json"}
        asked = urllib.request.Request(self.page + path, data, head, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()

    def json(self, path: str, method: str = "GET", body: object = None) -> dict[str, object]:
        code, answer = self.ask(path, method, body)
        assert code == 200, (path, answer)
        found: dict[str, object] = json.loads(answer)
        return found

    def children(self, role: str) -> list[int]:
        """The processes of the primary that have this role."""
        family = psutil.Process(self.services[0].process.pid).children(recursive=True)
        return [one.pid for one in family if one.cmdline()[-2:] == ["--role", role]]

    def settle(self) -> None:
        """Wait until every figure of the status has been measured."""
        try:
            until(self._flows, STARTS_S, "pictures")
        except AssertionError as error:
            raise AssertionError(self.logs()) from error

    def logs(self) -> str:
        return "\n".join(one.log.read_text("utf-8", "replace")[-3000:] for one in self.services)

    def _flows(self) -> bool:
        if any(one.process.poll() is not None for one in self.services):
            raise AssertionError(self.logs())
        try:
            if self.ask("/healthz")[0] != 200:
                return False
            stream = json.loads(self.ask("/status")[1])["stream"] or {}
        except OSError:
            return False
        mine = [one for one in stream.get("workers", ()) if one["name"] == "promised"]
        return bool(mine and mine[0]["engine"] and mine[0]["timings"] and mine[0]["done"] > 60)

    @contextmanager
    def live(self) -> Iterator[Live]:
        with connect(self.page.replace("http", "ws") + "/live", max_size=None) as page:
            yield Live(page)

    def osc(self, address: str, *values: Osc) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(osc_packet(address, *values), ("127.0.0.1", self.ports["OSC_PORT"]))
        time.sleep(0.02)  # about 60 changes a second are played


class Live:
    """One page's connection; every message is kept by its type."""

    def __init__(self, page: object) -> None:
        self._page = page
        self.seen: dict[str, list[dict[str, object]]] = {}

    def say(self, **message: object) -> None:
        self._page.send(json.dumps(message))  # type: ignore[attr-defined]

    def hear(self, kind: str, **wanted: object) -> dict[str, object]:
        """The next message of this type that says what is wanted."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            said = self._page.recv(timeout=10)  # type: ignore[attr-defined]
            if isinstance(said, bytes):
                found = {"type": "picture", "jpeg": said[:2] == b"\xff\xd8"}
            else:
                found = json.loads(said)
            self.seen.setdefault(found["type"], []).append(found)
            if found["type"] == kind and wanted.items() <= found.items():
                return found
        raise AssertionError(f"no {kind} {wanted} on /live, but {sorted(self.seen)}")


def osc_packet(address: str, *values: Osc) -> bytes:
    def text(said: str) -> bytes:
        data = said.encode() + b"\0"
        return data + b"\0" * (-len(data) % 4)

    tags, data = ",", b""
    for value in values:
        if isinstance(value, str):
            tags, data = tags + "s", data + text(value)
        elif isinstance(value, int):
            tags, data = tags + "i", data + struct.pack(">i", value)
        else:
            tags, data = tags + "f", data + struct.pack(">f", value)
    return text(address) + text(tags) + data


@contextmanager
def running(tree: Path, folder: Path, units: Path, **more: str) -> Iterator[Show]:
    """All three units of a folder, with every figure there."""
    with started(tree, folder, units, *UNITS, **more) as show:
        show.settle()
        yield show


@contextmanager
def started(tree: Path, folder: Path, units: Path, *names: str, **more: str) -> Iterator[Show]:
    show = Show(tree, folder, **more)
    try:
        for name in names:
            show.start(units, name)
        yield show
    finally:
        show.stop()
