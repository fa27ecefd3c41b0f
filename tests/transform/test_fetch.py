"""What a worker does with jobs from any primary, ours or somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import msgpack
import numpy as np
import pytest
import zmq

from lib.pictures.codec import open_codec
from lib.stage import Flow
from lib.transform.fetch import Fetch
from lib.transform.task import Task
from tests.ports import free_ports
from tests.rig import primary, worker


def jpg(width: int = 64, height: int = 64) -> bytes:
    shades = np.linspace(0, 255, width, dtype=np.uint8)
    return open_codec().encode(np.tile(shades[None, :, None], (height, 1, 3)), 90)


class Rig:
    """A plain PUSH, as somebody else's primary has it, and our Fetch behind."""

    def __init__(self, resources: ExitStack) -> None:
        settings = primary(job_port=free_ports(1)[0])
        context = zmq.Context()
        resources.callback(context.term)
        self.push = context.socket(zmq.PUSH)
        resources.callback(self.push.close, 0)
        self.push.bind(f"tcp://127.0.0.1:{settings.job_port}")
        self.fetch = Fetch(worker(settings))
        flow = Flow(self.fetch)
        assert flow.start()
        resources.callback(flow.stop)

    def send(self, **changes: object) -> None:
        job = {"timestamps": [1.5], "indices": [7], "frames": [jpg()], "settings": {}}
        self.push.send(msgpack.packb({**job, **changes}))

    def task(self) -> Task:
        task = self.fetch.tasks.get(3)
        assert task, self.fetch.tally.counts
        return task


@pytest.fixture
def rig() -> Iterator[Rig]:
    with ExitStack() as resources:
        yield Rig(resources)


def test_a_job_of_several_frames_becomes_as_many_tasks(rig: Rig) -> None:
    frames = [jpg(64, 64), jpg(128, 64)]
    rig.send(timestamps=[1.5, 2.5], indices=[7, 8], frames=frames, settings={"prompt": "sea"})
    one, two = rig.task(), rig.task()
    assert (one.index, two.index, one.timestamp, two.timestamp) == (7, 8, 1.5, 2.5)
    assert one.pixels is not None and two.pixels is not None
    assert (one.pixels.shape, two.pixels.shape) == ((64, 64, 3), (64, 128, 3))
    assert one.params.prompt == "sea"


def test_the_wanted_resolution_is_cut_from_the_middle(rig: Rig) -> None:
    rig.send(frames=[jpg(128, 64)], settings={"resolution": 64})
    task = rig.task()
    assert task.pixels is not None and task.pixels.shape == (64, 64, 3)
    assert 50 < task.pixels[32, 0, 0] < 80 and 180 < task.pixels[32, -1, 0] < 205


def test_passthrough_keeps_the_bytes_unless_the_geometry_changes(rig: Rig) -> None:
    data = jpg(128, 64)
    rig.send(frames=[data], settings={"passthrough": True})
    assert (task := rig.task()).pixels is None and task.jpg == data
    rig.send(frames=[data], settings={"passthrough": True, "resolution": "64x64"})
    assert (task := rig.task()).pixels is not None and task.pixels.shape == (64, 64, 3)


@pytest.mark.parametrize(
    "bad",
    [
        {"frames": [b"rubbish"]},
        {"frames": [jpg()[:-30]]},
        {"frames": [jpg().replace(b"\x00\x40\x00\x40", b"\xff\xdc\xff\xdc")]},
        {"settings": {"strength": 7}},
        {"settings": {"resolution": 13}},
        {"settings": {"resolution": "huge"}},
        {"settings": {"seed": -1}},
        {"indices": []},
        {"frames": "no"},
    ],
)
def test_a_bad_job_is_counted_and_the_next_one_is_served(rig: Rig, bad: dict[str, object]) -> None:
    rig.send(**bad)
    rig.send(indices=[99])
    assert rig.task().index == 99
    counts = rig.fetch.tally.counts
    assert counts["garbage"] + counts["bad"] == 1
