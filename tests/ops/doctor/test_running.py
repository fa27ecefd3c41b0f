"""What the doctor says of a show that runs: what the public sees comes first."""

from __future__ import annotations

import pytest

from lib.ops.doctor.running import RunningShow, about, workers
from tests.rig import primary

STREAM = {
    "uptime_s": 60.0,
    "fps_in": 30.0,
    "fps_out": 30.0,
    "latency_ms": None,
    "source": "a camera",
    "size": "512x512",
    "stages": {"publish": {"counts": {"out": 1800}}},
    "workers": [],
}


def first_line(**params: object) -> tuple[str, str, str]:
    running = RunningShow({"stream": STREAM, "params": {"opacity": 1.0, **params}})
    line = about(running, primary())[0]
    return line.what, line.colour, line.says


@pytest.mark.parametrize(
    ("params", "colour", "says"),
    [
        ({"passthrough": True}, "red", "shows the raw source"),
        ({"black": True}, "yellow", "is black"),
        ({"opacity": 0.0}, "yellow", "is black"),
        ({"opacity": 0.4}, "yellow", "is 40 % bright"),
        ({"freeze": True}, "yellow", "is frozen"),
    ],
)
def test_the_wall_comes_first(params: dict[str, object], colour: str, says: str) -> None:
    what, found, said = first_line(**params)
    assert (what, found) == ("wall", colour) and said.startswith(says)


def test_a_wall_that_shows_the_pictures_is_no_line() -> None:
    assert first_line()[0] == "show"


def test_a_worker_that_comes_through_the_tunnel_is_called_so() -> None:
    worker = {
        "name": "cloud-1", "address": "203.0.113.9:0", "state": "active", "service_ms": 12.0,
        "fps": 30.0, "share": 1.0, "timings": {"engine": 10.0}, "engine": "turbo", "device": "H100",
        "tunnelled": True, "round_trip_ms": 41.6,
    }  # fmt: skip
    running = RunningShow({"stream": {**STREAM, "workers": [worker]}, "params": {}})
    line = workers(running, primary())[0]
    assert line.what == "worker cloud-1" and line.colour == "green"
    assert line.says.startswith("through the tunnel, 42 ms and back, at 203.0.113.9:0: a frame")
    worker.update(round_trip_ms=None, service_ms=None)
    line = workers(running, primary())[0]
    assert "through the tunnel: has answered no frame yet" in line.says
