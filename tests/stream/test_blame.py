"""Strangers who answer another worker's jobs: it keeps its place, its frames and its name."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from pathlib import Path

import msgpack
import pytest
import zmq
from zmq.auth import load_certificate

from bench.faults.wrong_answers import result
from tests.rig import until
from tests.stream.way import Make, Way, check
from tests.wire.locks import keys


class Impostor:
    """A newcomer, which is given copies: the job that each is a copy of left with a stamp a little
    before its own, and a number that is the same."""

    def __init__(self, path: Way, picture: bytes | None, folder: str = "") -> None:
        """`picture`: None: the frame itself, as it came."""
        context = zmq.Context()
        path.resources.callback(context.term)
        self.pull, self.push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        for socket in (self.pull, self.push):
            path.resources.callback(socket.close, 0)
        for socket in (self.pull, self.push) if folder else ():
            own = load_certificate(f"{folder}/worker.key_secret")
            socket.curve_publickey, socket.curve_secretkey = own
            socket.curve_serverkey = load_certificate(f"{folder}/primary.key")[0]
        self.push.sndtimeo = 100
        self.pull.connect(f"tcp://127.0.0.1:{path.settings.job_port}")
        self.push.connect(f"tcp://127.0.0.1:{path.settings.result_port}")
        self.picture = picture

    def work(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            if self.pull.poll(20):
                job = msgpack.unpackb(self.pull.recv())
                picture = job["frames"][0] if self.picture is None else self.picture
                stamp, number = job["timestamps"][0] - 1e-6, job["indices"][0]
                with suppress(zmq.Again):
                    for guess in (math.nextafter(stamp, 0), stamp, math.nextafter(stamp, math.inf)):
                        self.push.send(result(guess, number, picture, "impostor"))


def hosts_of(path: Way) -> dict[str, str]:
    return {one.name: one.state for one in path.dispatch.workers}


def test_a_bad_picture_for_another_workers_job_is_not_held_against_it(make: Make) -> None:
    path = make(fps=20)
    path.add(worker_id="honest", delay_ms=40)
    path.see(10)
    Impostor(path, b"no picture").work(1.0)
    assert until(lambda: path.count("foreign") >= 3)
    check(path.see(5))
    assert path.count("bad") == path.count("lost") == 0
    assert hosts_of(path)["honest"] == "active"
    assert path.dispatch.answered_by["foreign"] == "127.0.0.1"
    assert "bad" not in path.dispatch.answered_by


def test_a_good_picture_for_another_workers_job_says_nothing_of_that_worker(make: Make) -> None:
    path = make(fps=20)
    path.add(worker_id="honest", delay_ms=40)
    path.see(10)
    Impostor(path, None).work(1.0)
    assert until(lambda: path.count("dup") >= 1), "no answer of it came first"
    assert "honest" in hosts_of(path) and "impostor" not in hosts_of(path)
    assert path.dispatch.answered_by["dup"] == "honest", "it was the second to answer"


@pytest.mark.parametrize("picture", [None, b"no picture"])
def test_with_keys_nobody_answers_another_workers_job(
    make: Make, tmp_path: Path, picture: bytes | None
) -> None:
    home = keys(tmp_path / "keys", "gpu1")
    path = make(fps=20, keys=str(home))
    path.add(worker_id="honest", delay_ms=40)
    path.see(10)
    Impostor(path, picture, str(home / "for" / "gpu1")).work(1.0)
    assert until(lambda: path.count("foreign") >= 3)
    check(path.see(5))
    assert path.count("bad") == path.count("lost") == path.count("dup") == 0
    assert hosts_of(path)["honest"] == "active"
