"""A process of its own for stills, beside a worker's live picture."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lib.config.settings import ROOT, WorkerSettings
from lib.core.still_params import StillKind, StillParams
from lib.engine.engine import StillOffer
from lib.http_client.service_url import parse_service_url
from lib.stage import Flow
from lib.transform.stills import beside_live, setup
from lib.transform.stills.beside_live import RoomForStills
from lib.transform.stills.lease import Leaser
from lib.transform.stills.processor import (
    available_mb,
    delayed_ns,
    processor_time_ns,
    processors,
    used_mb,
)
from lib.transform.stills.service_link import ServiceAddress
from tests.ports import free_ports
from tests.programs import environment, in_time
from tests.rig import until
from tests.transform.stills.service import Service

STARTS_S = 30  # on two cores that do much else
LONG = StillParams("a", steps=150, width=64, height=64)
SMALL = StillParams("a", steps=1, width=64, height=64)
APART = """
    import transform
    from lib.engine.identity import Identity
    Identity.stills_apart = True
    raise SystemExit(transform.main())
"""


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.close()


@pytest.fixture
def worker(service: Service) -> Iterator[psutil.Process]:
    job, result = free_ports(2)
    flags = [f"--job_port={job}", f"--result_port={result}", f"--server={service.url}"]
    flags += ["--engine=identity", "--worker_id=w", "--delay_ms=50"]
    argv = [sys.executable, "-c", textwrap.dedent(APART), *flags]
    process = subprocess.Popen(argv, cwd=ROOT, env=environment())
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def child_of(worker: psutil.Process) -> psutil.Process:
    assert until(worker.children, STARTS_S)
    (child,) = worker.children()
    return child


def test_it_makes_stills_while_a_processor_is_idle_and_gives_back_when_asked_to_end(
    service: Service, worker: psutil.Process
) -> None:
    small, job = service.add(SMALL), service.add(LONG)
    assert until(lambda: small.state == "done" and len(job.beats) > 1, STARTS_S)
    assert {(one["worker"], one["role"], one["engine"]) for one in service.offers} == {
        ("w", "both", "identity")
    }
    child = child_of(worker)
    policies = [os.sched_getscheduler(thread.id) for thread in child.threads()]
    assert policies.count(os.SCHED_IDLE) == 1  # its engine's; beats come in time
    assert Path(f"/proc/{child.pid}/oom_score_adj").read_text() == "500\n"
    assert not [one for one in child.net_connections() if one.status == "LISTEN"]
    asked_s = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert in_time(time.monotonic() - asked_s, 1.2)
    assert job.given_back == [""]
    assert until(lambda: not child.is_running())


def test_it_is_started_again_and_ends_with_its_worker(
    service: Service, worker: psutil.Process
) -> None:
    assert until(lambda: service.offers, STARTS_S)
    first = child_of(worker)
    first.kill()
    assert until(lambda: worker.children() not in ([], [first]), STARTS_S)
    assert until(lambda: len(service.offers) > 1, STARTS_S)
    second = child_of(worker)
    worker.kill()
    assert until(lambda: not second.is_running() or second.status() == psutil.STATUS_ZOMBIE)


LEASER = Leaser("w", "both", "painter", StillOffer((StillKind.TXT2IMG,), None, largest=1024))


def test_without_memory_it_claims_nothing_and_says_why_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    free: list[int | None] = [300]
    monkeypatch.setattr(beside_live, "available_mb", lambda: free[0])
    monkeypatch.setattr(beside_live, "used_mb", lambda pid: 200 if pid == os.getppid() else 80)
    room = RoomForStills(LEASER)
    assert room.leaser() is None and room.leaser() is None
    assert len(caplog.records) == 1 and "of 300 MB that are free 200 MB are left" in caplog.text
    free[0] = 700
    leaser = room.leaser()
    assert leaser and 384 < leaser.offer.largest < 1024 and leaser.worker == "w"
    for enough in (5000, None):
        free[0] = enough
        assert room.leaser() is LEASER


def test_it_ends_when_there_was_no_still_for_long_and_claims_nothing_more(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "RESTS_S", 0.3)
    monkeypatch.setattr(setup, "step_back", lambda: None)  # for this process, which lives on
    monkeypatch.setattr(setup, "go_first", lambda: None)
    service.wait_s, quit_event = 0.1, threading.Event()
    settings = WorkerSettings(_env_file=None, engine="identity")
    address = ServiceAddress(parse_service_url(service.url))
    flow = Flow(*setup.stills_in_idle_time(settings, address, LEASER, quit_event))
    flow.start()
    try:
        assert not quit_event.wait(0.6), "it has opened nothing yet"
        job = service.add(SMALL)
        assert quit_event.wait(3) and job.state == "done"
    finally:
        assert flow.stop()


def test_what_the_system_says() -> None:
    assert (available_mb() or 0) > 10
    assert 5 < used_mb(os.getpid()) < 10_000 and used_mb(2**22 + 1) == 0
    assert delayed_ns() > 0
    ran_ns, waited_ns = processor_time_ns(os.getpid())
    assert ran_ns > 10_000_000 and waited_ns > 0 and processor_time_ns(2**22 + 1) == (0, 0)
    assert 1 <= processors() <= 4096
