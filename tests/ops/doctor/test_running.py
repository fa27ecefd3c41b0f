"""What the doctor says of a show that runs: what the public sees comes first."""

from __future__ import annotations

import pytest

from lib.ops.doctor.running import RunningShow, about
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
