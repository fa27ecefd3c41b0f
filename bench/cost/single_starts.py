"""Whether the servers of one protocol start every time, and end when they are asked.

    python -m bench.single_starts                     fifty starts of each, some minutes
    python -m bench.single_starts --starts 5          a first look

Each start is `app.py --role runai` or `--role sde` in a folder of its own: until its port answers a
client, and from a chunk of x, or from SIGTERM, until the whole program has ended with code 0.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from bench.asking import Asker
from bench.ports import LOCAL, free_ports
from bench.report import command, machine, percentiles, say_broken

ROOT = Path(__file__).parents[2]
ROLES = ("runai", "sde")
STARTS_S, ENDS_S = 90.0, 20.0
QUIT = b"x" * 1024


class Start(NamedTuple):
    """How one went."""

    starts_s: float  # until a client was answered
    ends_s: float  # from the wish to the end
    trouble: str


def one_start(role: str) -> Start:
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as folder:
        own = {"ENV_FILE": os.devnull, "MACHINE_SIZE": "tiny", "STATE_DIR": folder}
        argv = [sys.executable, "app.py", "--role", role, f"--{role}_port", str(port)]
        log = Path(folder) / "log"
        with log.open("wb") as out:
            begin_s = time.monotonic()
            program = subprocess.Popen(argv, cwd=ROOT, env=os.environ | own, stderr=out)
        try:
            return _watched(program, role, port, begin_s, log)
        finally:
            program.kill()
            program.wait()


def _watched(
    program: subprocess.Popen[bytes], role: str, port: int, begin_s: float, log: Path
) -> Start:
    while not _answers(role, port):
        if program.poll() is not None or time.monotonic() - begin_s > STARTS_S:
            return Start(0, 0, f"{role} does not start: {log.read_text()[-500:]}")
        time.sleep(0.05)
    there_s = time.monotonic()
    if role == "runai":
        with socket.create_connection((LOCAL, port)) as line:
            line.sendall(QUIT)
    else:
        program.send_signal(signal.SIGTERM)
    try:
        code = program.wait(ENDS_S)
    except subprocess.TimeoutExpired:
        return Start(there_s - begin_s, 0, f"{role} does not end: {log.read_text()[-500:]}")
    ended_s = time.monotonic() - there_s
    return Start(there_s - begin_s, ended_s, f"{role} ended with {code}" if code else "")


def _answers(role: str, port: int) -> bool:
    if role == "sde":
        with closing(Asker(port)) as line:
            return line.answers("/health")
    with socket.socket() as one:
        return one.connect_ex((LOCAL, port)) == 0


def main() -> int:
    options = command(__doc__, starts=50).parse_args()
    print(machine())
    troubles = []
    for role in ROLES:
        found = [one_start(role) for _ in range(options.starts)]
        troubles += [one.trouble for one in found if one.trouble]
        for what in ("starts_s", "ends_s"):
            told = percentiles([getattr(one, what) for one in found if not one.trouble])
            print(f"{role} {what}: {told}")
    return say_broken(troubles)


if __name__ == "__main__":
    raise SystemExit(main())
