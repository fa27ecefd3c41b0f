from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lib.config.adapter_settings import ADAPTERS
from lib.config.settings import ROOT
from tests.ports import free_ports
from tests.programs import environment
from tests.rig import until
from tests.stills.service.scripted import Service, running

STARTS_S = 40
SMALL = 256  # MACHINE_SIZE tiny


@contextmanager
def painting(service: Service, name: str = "w") -> Iterator[subprocess.Popen[bytes]]:
    """A worker as somebody starts it, which paints."""
    flags = [
        f"--server={service.address}",
        "--role=stills",
        "--engine=painter",
        f"--worker_id={name}",
    ]
    worker = subprocess.Popen(
        [sys.executable, "transform.py", *flags], cwd=ROOT, env=environment(),
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def has_workers(service: Service, count: int = 1) -> None:
    until(lambda: len(service.client.get("/health").json()["workers"]) == count, STARTS_S)


@pytest.fixture(scope="module")
def painted() -> Iterator[Service]:
    """All the protocols, and a worker that paints."""
    ports = {f"{name}_port": port for name, port in zip(ADAPTERS, free_ports(4), strict=True)}
    with running(adapters="all", machine_size="tiny", **ports) as service, painting(service):
        has_workers(service)
        yield service
