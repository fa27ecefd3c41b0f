"""A worker as its user starts it, under a primary that speaks only what docs/wire.md promises and
deals its frames out without waiting for answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import msgpack
import pytest
import zmq

from lib.config.settings import ROOT
from tests.ports import free_ports
from tests.programs import environment
from tests.transform.test_fetch import jpg

FPS, FRAMES = 15, 45
OURS = {"mix": [], "seeds": [], "shown": None, "quality": None}  # keys of our own, as we send them


class BlindPrimary:
    def __init__(self, resources: ExitStack) -> None:
        context = zmq.Context()
        resources.callback(context.term)
        self.jobs, self.results = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        for socket in (self.jobs, self.results):
            resources.callback(socket.close, 0)
            socket.rcvtimeo = socket.sndtimeo = 20_000
        job_port, result_port = free_ports(2)
        self.jobs.bind(f"tcp://127.0.0.1:{job_port}")
        self.results.bind(f"tcp://127.0.0.1:{result_port}")
        flags = f"--job_port={job_port} --result_port={result_port} --engine=identity --delay_ms=40"
        self.worker = resources.enter_context(
            subprocess.Popen(
                [sys.executable, "transform.py", *flags.split()],
                cwd=ROOT,
                env=environment(),
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        resources.callback(self.worker.terminate)

    def deal(self, **settings: object) -> list[int]:
        """Three seconds of frames as fast as they go out; which of them are answered."""
        for number in range(FRAMES):
            job = {"timestamps": [1e9 + number / FPS], "indices": [number], "frames": [jpg()]}
            self.jobs.send(msgpack.packb({**job, "settings": {"prompt": "sea", **settings}}))
        answered = []
        while not answered or answered[-1] < FRAMES - 1:
            answered.append(msgpack.unpackb(self.results.recv())["index"])
        return answered


@pytest.fixture
def blind() -> Iterator[BlindPrimary]:
    with ExitStack() as resources:
        yield BlindPrimary(resources)


def test_what_waits_for_longer_than_half_a_second_is_dropped(blind: BlindPrimary) -> None:
    answered = blind.deal()
    fresh = [number for number in answered if number >= FRAMES - 1 - FPS // 2]
    assert fresh == list(range(FRAMES - 1 - FPS // 2, FRAMES))
    assert len(answered) - len(fresh) < 15, "it made what nobody wants any more"
    blind.worker.terminate()
    assert blind.worker.stderr
    said = [line for line in blind.worker.stderr if "older than the newest" in line]
    assert 1 <= len(said) <= 3


def test_a_primary_of_ours_knows_what_it_sends(blind: BlindPrimary) -> None:
    answered = blind.deal(**OURS)
    assert len(answered) >= 32, "as many as may wait"
