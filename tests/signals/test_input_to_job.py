"""From port 3333 to a job's settings: the processes of a host as they are started."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2 as httpx
import pytest

from lib.config.settings import ROOT
from lib.wire.messages import Packer, Result, decode_job
from lib.wire.sockets import ZMQError, jobs_in, results_out
from tests.ports import free_ports
from tests.programs import PORTS, environment, wait_until

NAMES = (*PORTS, "signals_port", "signal_input_port")
ROW = {"signal": "tcp.1.alpha", "to": "strength", "depth": -0.5, "smooth_s": 0, "armed": True}
ALPHA = json.dumps([[0.0, 0.0, 1.0, 0.0]]).encode() + b"\0"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[dict[str, int]]:
    ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    named = {name.upper(): str(port) for name, port in ports.items()}
    fixed = {"OSC_PORT": "0", "MODE": "pattern", "STATE_DIR": str(tmp_path), "STRENGTH": "0.7"}
    with subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment(**named, **fixed),
        stderr=subprocess.DEVNULL,
    ) as process:
        yield ports
        process.terminate()


class JobReader:
    """A worker that hands frames back and notes how they were to be made."""

    def __init__(self, resources: ExitStack, ports: dict[str, int]) -> None:
        self._jobs = jobs_in(resources, "127.0.0.1", ports["job_port"])
        self._results = results_out(resources, "127.0.0.1", ports["result_port"])
        self._packer = Packer()

    def strength(self) -> float | None:
        try:
            job = decode_job(self._jobs.recv())
        except ZMQError:  # none came within a quarter of a second
            return None
        for at, index, jpg in zip(job.timestamps, job.indices, job.frames, strict=True):
            self._results.send(self._packer.result(Result(at, index, jpg, "test")))
        return float(job.settings.strength)


@pytest.mark.slow
def test_band_powers_move_what_a_worker_is_told(host: dict[str, int]) -> None:
    with ExitStack() as resources:
        worker = JobReader(resources, host)
        wait_until(lambda: worker.strength() == 0.7, 60)
        page = resources.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{host['signals_port']}", timeout=20)
        )
        wait_until(lambda: _armed(page), 60)
        sender = resources.enter_context(
            socket.create_connection(("127.0.0.1", host["signal_input_port"]))
        )

        def moved() -> bool:
            sender.sendall(struct.pack("<I", len(ALPHA)) + ALPHA)
            time.sleep(1 / 60)  # a sender's own pace, twice what is due
            return (worker.strength() or 1.0) < 0.21

        wait_until(moved, 30)
        sender.close()
        wait_until(lambda: worker.strength() == 0.7, 30)


def _armed(page: httpx.Client) -> bool:
    try:
        return page.put("/mapping", json={"rows": [ROW]}).status_code == 200
    except httpx.HTTPError:
        return False
