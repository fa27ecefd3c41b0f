"""Gets a picture that went through the whole chain: the only proof that a show works."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from lib.config.settings import ROOT
from lib.files import MEGABYTE, read_end
from lib.pictures.header import JpegError, read_header
from lib.supervise import REPORT_VARIABLE
from lib.wire.keys import Key
from lib.wire.messages import decode_picture
from lib.wire.reconnecting import ReconnectingSocket
from lib.wire.sockets import feed_in

FRESH_S = 1.0  # the first pictures after a restart may be older than it
WARM_S = 1800.0  # a first start compiles the model
END_S = 5.0


class SeenPicture(NamedTuple):
    """The picture that came, or why none did."""

    trouble: str
    says: str = ""
    jpg: bytes = b""


def from_feed(
    host: str, port: int, wait_s: float, not_before_ms: float = 0.0, key: Key | None = None
) -> SeenPicture:
    """The next picture of a feed, captured at `not_before_ms` or later."""
    end = time.monotonic() + wait_s
    bad = ""
    with ExitStack() as resources:
        line = ReconnectingSocket(resources, (host, port), key, "viewer", feed_in)
        while (left_s := end - time.monotonic()) > 0:
            if not line.socket.poll(int(min(100, left_s * 1000))):
                line.check()
                continue
            try:
                picture = decode_picture(line.recv())
                size = read_header(picture.jpg).size
            except (ValueError, JpegError) as error:
                bad = f"; what came was no picture: {error}"
                continue
            if picture.timestamp >= not_before_ms:
                return SeenPicture("", f"frame {picture.index}, {size}", picture.jpg)
    why = f": {line.trouble}" if line.trouble else bad
    return SeenPicture(f"no picture from {host}:{port} within {wait_s:g} s{why}")


def through_a_show(flags: list[str], wait_s: float = WARM_S, root: Path = ROOT) -> SeenPicture:
    """Run a primary host and a worker with this machine's settings, on ports of their own, until a
    picture comes.

    It does not disturb a running show: its ports are its own, and its state is not kept.
    """
    with tempfile.TemporaryDirectory(prefix="afterimage-test-") as folder, ExitStack() as running:
        job, result, output, web = _free_ports(4)
        # Without keys: a worker's machine has no primary host's keys, and no other client connects.
        ports = [f"--job_port={job}", f"--result_port={result}", "--keys="]
        app = running.enter_context(
            _program(
                root,
                folder,
                [
                    "app.py",
                    *ports,
                    f"--output_port={output}",
                    f"--settings_port={web}",
                    "--headless",
                    "--bind=127.0.0.1",
                    "--mode=pattern",
                    "--osc_port=0",
                    "--stills_port=0",
                    "--signals_port=0",
                    f"--state_dir={folder}",
                ],
            )
        )
        worker = running.enter_context(
            _program(
                root,
                folder,
                ["transform.py", *ports, "--primary_hostname=127.0.0.1", *flags],
            )
        )
        end = time.monotonic() + wait_s
        while time.monotonic() < end:
            seen = from_feed("127.0.0.1", output, 0.5)
            if not seen.trouble:
                return seen._replace(says=f"{seen.says}, by {worker.about() or 'a worker'}")
            for program in (app, worker):
                if program.process.poll() is not None:
                    return SeenPicture(f"{program.name} ended: {program.last_words()}")
        return SeenPicture(f"no picture within {wait_s:g} s: {worker.last_words()}")


class _TrialProgram:
    """One program of ours, its output, and its status once it is ready."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path, pipe: int) -> None:
        self.name, self.process, self._log, self._pipe = name, process, log, pipe

    def last_words(self) -> str:
        lines = read_end(self._log, MEGABYTE).decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "without a word"

    def about(self) -> str:
        if not select.select([self._pipe], [], [], 0)[0]:
            return ""
        for line in os.read(self._pipe, 65536).decode("utf-8", "replace").splitlines():
            if line.startswith("ready "):
                return line.removeprefix("ready ").strip()
        return ""


@contextmanager
def _program(root: Path, folder: str, argv: list[str]) -> Iterator[_TrialProgram]:
    name = argv[0]
    log = Path(folder) / f"{name}.log"
    mine, theirs = os.pipe()
    try:
        with log.open("wb") as words:
            process = subprocess.Popen(
                [sys.executable, str(root / name), *argv[1:]],
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                env={**os.environ, REPORT_VARIABLE: f"{theirs},{os.getpid()}"},
                pass_fds=(theirs,),
                start_new_session=True,
            )
    finally:
        os.close(theirs)
    try:
        yield _TrialProgram(name, process, log, mine)
    finally:
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(mine)


def _free_ports(number: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
