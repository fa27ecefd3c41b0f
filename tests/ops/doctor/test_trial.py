"""Test frames through real workers, and through some that answer nonsense or nothing."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from lib.config.settings import PrimarySettings, WorkerSettings
from lib.core.geometry import Size
from lib.engine.identity import Identity
from lib.ops.doctor import trial
from lib.ops.doctor.result import CheckResult
from lib.pictures.header import read_header
from lib.stage import Flow
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send
from lib.wire import sockets
from lib.wire.messages import USUAL, decode_job
from tests import rig
from tests.wire.locks import keys


@contextmanager
def working(settings: WorkerSettings, name: str, delay_ms: float) -> Iterator[None]:
    """A worker of ours, but for its process."""
    fetch = Fetch(settings)
    generate = Generate(Identity(delay_ms, 0), after=fetch)
    quit_event = threading.Event()
    flow = Flow(fetch, generate, Send(settings, name, after=generate))
    thread = threading.Thread(target=flow.run, args=(quit_event,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        quit_event.set()
        thread.join(5)


@contextmanager
def stranger(of: PrimarySettings, answer: Callable[[bytes], bytes | None]) -> Iterator[None]:
    """A worker that somebody else wrote."""
    quit_event = threading.Event()

    def run() -> None:
        with ExitStack() as resources:
            jobs = sockets.jobs_in(resources, "127.0.0.1", of.job_port)
            results = sockets.results_out(resources, "127.0.0.1", of.result_port)
            while not quit_event.is_set():
                if jobs.poll(50):
                    said = answer(jobs.recv())
                    if said is not None:
                        results.send(said)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        quit_event.set()
        thread.join(5)


def of(lines: list[CheckResult], what: str) -> CheckResult:
    return next(one for one in lines if one.what == what)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "COME_S", 1.0)
    monkeypatch.setattr(trial, "FIRST_S", 0.4)
    monkeypatch.setattr(trial, "FRAME_S", 0.5)


def test_each_worker_gets_a_frame_and_its_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "COME_S", 5.0)  # beside other tests a second is too little
    settings = rig.primary(resolution="256", fps=30)
    worker = rig.worker(settings)
    with working(worker, "quick", 5), working(worker, "slow", 60):
        lines = trial.try_workers(settings)
    quick, slow, together = of(lines, "worker quick"), of(lines, "worker slow"), lines[-1]
    assert {one.colour for one in lines} == {"green"}
    assert 5 <= float(str(quick.facts["frame_ms"])) < float(str(slow.facts["frame_ms"]))
    assert 60 <= float(str(slow.facts["engine"])) < 120
    for one in (quick, slow):
        assert 0 < float(str(one.facts["echo_ms"])) < float(str(one.facts["frame_ms"]))
        assert float(str(one.facts["mbit"])) > 100  # this machine's own memory
    assert together.what == "workers" and together.says.startswith("2 of 2 answer")


def test_workers_that_are_too_slow_together_are_yellow() -> None:
    settings = rig.primary(resolution="64", fps=60)
    with working(rig.worker(settings), "slow", 50):
        together = trial.try_workers(settings)[-1]
    assert together.colour == "yellow" and "add a worker" in together.to_do


def test_who_answers_nothing_or_nonsense_is_red() -> None:
    settings = rig.primary(resolution="128")

    def small(message: bytes) -> bytes:
        """Always of the size of the first, whatever is asked."""
        job = decode_job(message)
        jpg = trial.test_picture(Size(64, 64), 50)
        return msgspec.msgpack.encode([job.timestamps[0], job.indices[0], jpg])

    with stranger(settings, lambda _: None):
        silent, together = trial.try_workers(settings)
    assert silent.colour == together.colour == "red"
    assert "does not answer" in silent.says and silent.to_do
    settings = rig.primary(resolution="128")
    with stranger(settings, small):
        odd = trial.try_workers(settings)[0]
    assert odd.colour == "red" and "a picture of 64x64 for one of 128x128" in odd.says
    settings = rig.primary(resolution="128")
    with stranger(settings, lambda _: b"\xc1 garbage"):
        garbage = trial.try_workers(settings)[0]
    assert garbage.colour == "red"


def test_no_worker_and_no_port_are_red() -> None:
    settings = rig.primary()
    (line,) = trial.try_workers(settings)
    assert line.colour == "red" and "start transform.py" in line.to_do
    with ExitStack() as resources:
        endpoint = "127.0.0.1", settings.result_port
        resources.enter_context(socket.create_server(endpoint))
        (line,) = trial.try_workers(settings)
    assert line.colour == "red" and "could not be tried" in line.says


def test_the_door_leaves_nothing_behind() -> None:
    settings = rig.primary(resolution="64")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count of descriptors
    threads = threading.active_count()
    for _ in range(2):  # the ports are free again at once
        with working(rig.worker(settings), "one", 0):
            assert trial.try_workers(settings)[-1].colour == "green"
    assert len(os.listdir("/proc/self/fd")) <= before + 2  # noqa: PTH208
    assert threading.active_count() == threads


def test_the_pictures_are_what_the_wire_takes() -> None:
    large = trial.test_picture(trial.LARGE, 90, noise=200)
    assert USUAL.bytes / 4 < len(large) < USUAL.bytes
    assert read_header(large).size == trial.LARGE
    assert read_header(trial.test_picture(Size(1024, 576), 85)).size == Size(1024, 576)
    assert 5 < trial.need_mbit(rig.primary(resolution="512", fps=30)) < 40


@pytest.mark.parametrize(("mbit", "colour"), [(100, "green"), (50, "yellow"), (20, "red")])
def test_a_link_that_is_too_slow_for_its_part_of_the_frames(mbit: float, colour: str) -> None:
    met = trial.WorkerTrial("10.0.0.7:1", "far", frame_ms=20, echo_ms=1, mbit=mbit)
    line = trial._line(met, need=30)
    assert line.colour == colour
    assert ("a faster link" in line.to_do) == (colour != "green")


def test_with_keys_only_who_has_one_is_tried(tmp_path: Path) -> None:
    folder = keys(tmp_path)
    settings = rig.primary(resolution="64", keys=str(folder))
    known, strange = rig.worker(settings), rig.worker(settings, keys="")
    with working(known, "known", 1), working(strange, "strange", 1):
        lines = trial.try_workers(settings)
    assert of(lines, "worker known").colour == "green"
    assert not [one for one in lines if "strange" in one.what]
