"""Frames that are spared, and pictures that are mixed into the next frame, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import msgpack
import numpy as np
import pytest
import zmq

from lib.config.params import Params
from lib.core.geometry import Size
from lib.engine.engine import Engine, Frames
from lib.engine.picture_safety import SafetyClassifier
from lib.pictures.codec import open_codec
from lib.stage import Flow
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.moderate import Moderate
from lib.transform.send import Send
from lib.transform.task import Task
from lib.wire.messages import Result, decode_result
from tests.ports import free_ports
from tests.rig import primary, worker

CODEC = open_codec()


def jpg(shade: int, side: int = 64) -> bytes:
    return CODEC.encode(np.full((side, side, 3), shade, np.uint8), 95)


def shade(result: Result) -> int:
    return int(CODEC.decode(result.jpg)[32, 32, 0])


class Listening(Engine):
    """Makes pictures 20 brighter and remembers what it was given."""

    name, about, device = "listening", "remembers", "an ear"

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.failing = False

    def generate(self, frames: Frames, params: Params) -> Frames:
        if self.failing:
            raise ValueError("deaf")
        self.seen += [int(frame[32, 32, 0]) for frame in frames]
        return (frames + 20).astype(np.uint8)


class Score(SafetyClassifier):
    def __init__(self) -> None:
        self.looked = 0

    def score(self, picture: Frames) -> float:
        self.looked += 1
        return 0.1


class Rig:
    """A whole worker between a plain PUSH and a plain PULL."""

    def __init__(self, resources: ExitStack, judge: SafetyClassifier | None = None) -> None:
        job_port, result_port = free_ports(2)
        settings = worker(primary(job_port=job_port, result_port=result_port))
        context = zmq.Context()
        resources.callback(context.term)
        self.push, self.pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        for socket, port in ((self.push, job_port), (self.pull, result_port)):
            resources.callback(socket.close, 0)
            socket.bind(f"tcp://127.0.0.1:{port}")
        self.engine = Listening()
        fetch = Fetch(settings)
        self.generate = Generate(self.engine, after=fetch)
        stages = [fetch, self.generate]
        look = Moderate(judge, 0.5, after=self.generate) if judge else self.generate
        if judge:
            stages.append(look)
        flow = Flow(*stages, Send(settings, "w", after=look))
        assert flow.start()
        resources.callback(flow.stop)
        self.index = 0

    def send(self, frame: bytes, **settings: object) -> None:
        self.index += 1
        job = {"timestamps": [self.index / 30], "indices": [self.index], "frames": [frame]}
        self.push.send(msgpack.packb({**job, "settings": settings}))

    def make(self, frame: bytes, **settings: object) -> Result:
        self.send(frame, **settings)
        assert self.pull.poll(3000), self.generate.tally.counts
        result = decode_result(self.pull.recv())
        assert result.index == self.index
        return result


@pytest.fixture
def rig() -> Iterator[Rig]:
    with ExitStack() as resources:
        yield Rig(resources)


def test_a_frame_that_hardly_differs_is_answered_with_the_last_picture(rig: Rig) -> None:
    first = rig.make(jpg(100), similar=4.0)
    same = rig.make(jpg(102), similar=4.0)
    assert bytes(same.jpg) == bytes(first.jpg)
    assert same.timings["engine"] == 0 and same.timings["similar"] < 50
    assert rig.engine.seen == [100]
    # Small changes do not add up unseen: each is held against the frame that was made.
    assert shade(rig.make(jpg(105), similar=4.0)) == 125
    assert rig.generate.tally.counts["similar"] == 1


def test_frames_that_come_at_once_are_answered_with_one_picture_in_their_order(rig: Rig) -> None:
    for shade_of in (100, 102, 101):
        rig.send(jpg(shade_of), similar=4.0)
    results = []
    for _ in range(3):
        assert rig.pull.poll(3000), rig.generate.tally.counts
        results.append(decode_result(rig.pull.recv()))
    assert [result.index for result in results] == [1, 2, 3]
    assert len({bytes(result.jpg) for result in results}) == 1
    assert rig.engine.seen == [100]


def test_a_picture_that_never_came_to_be_sent_answers_nothing() -> None:
    generate = Generate(Listening(), after=Fetch(worker(primary())))
    send = Send(worker(primary()), "w", after=generate)
    size = Size(64, 64)
    lost = Task(2.0, 2, Params(similar=4.0), size, 1, pixels=None, repeats=1.0)
    assert send._encode(lost) is None
    made = Task(1.0, 1, Params(similar=4.0), size, 1, pixels=np.zeros((64, 64, 3), np.uint8))
    sent = send._encode(made)
    assert sent is not None
    assert send._encode(lost) == sent


def test_every_frame_is_made_unless_that_is_asked_for(rig: Rig) -> None:
    for _ in range(3):
        result = rig.make(jpg(100))
        assert "similar" not in result.timings
    assert rig.engine.seen == [100] * 3


def test_with_other_parameters_or_another_size_it_is_made(rig: Rig) -> None:
    calm = {"similar": 4.0}
    rig.make(jpg(100), **calm)
    rig.make(jpg(100), **calm, prompt="sea")
    rig.make(jpg(100), **calm, prompt="sea", mix=[["sea", 0.5], ["fire", 0.5]])
    rig.make(jpg(100, 128), **calm)
    assert len(rig.engine.seen) == 4
    rig.make(jpg(100, 128), **calm)
    assert len(rig.engine.seen) == 4


def test_after_a_while_it_is_made_all_the_same(rig: Rig) -> None:
    calm = {"similar": 4.0, "similar_s": 0.1}
    rig.make(jpg(100), **calm)
    rig.make(jpg(100), **calm)
    assert len(rig.engine.seen) == 1
    rig.generate.pause(0.11)
    rig.make(jpg(100), **calm)
    assert len(rig.engine.seen) == 2


def test_what_passed_through_is_never_answered_for_what_is_to_be_made(rig: Rig) -> None:
    made = rig.make(jpg(100), similar=4.0)
    raw = jpg(101)
    assert bytes(rig.make(raw, similar=4.0, passthrough=True).jpg) == raw
    assert shade(rig.make(raw, similar=4.0)) == 121
    assert shade(made) == 120


def test_a_picture_is_looked_at_once_however_often_it_is_sent() -> None:
    with ExitStack() as resources:
        judge = Score()
        rig = Rig(resources, judge)
        results = [rig.make(jpg(100), similar=4.0) for _ in range(3)]
        assert judge.looked == 1
        assert len({bytes(result.jpg) for result in results}) == 1


def test_some_of_the_last_picture_is_mixed_into_the_next_frame(rig: Rig) -> None:
    half = {"feedback": 0.5}
    assert shade(rig.make(jpg(100), **half)) == 120
    result = rig.make(jpg(60), **half)
    assert rig.engine.seen == [100, 90] and shade(result) == 110
    assert result.timings["feedback"] < 50
    rig.make(jpg(60))
    assert rig.engine.seen[-1] == 60
    rig.make(jpg(80), **half)  # nothing is left of what was before it was switched off
    assert rig.engine.seen[-1] == 80


@pytest.mark.parametrize("between", ["another size", "passthrough"])
def test_a_last_picture_that_does_not_fit_is_not_mixed_in(rig: Rig, between: str) -> None:
    half = {"feedback": 0.5}
    rig.make(jpg(100), **half)
    if between == "another size":
        rig.make(jpg(60, 128), **half)
        assert rig.engine.seen[-1] == 60
    else:
        rig.make(jpg(60), **half, passthrough=True)
    rig.make(jpg(40), **half)
    assert rig.engine.seen[-1] == 40


def test_after_a_failure_nothing_old_comes_back(rig: Rig) -> None:
    both = {"feedback": 0.5, "similar": 4.0}
    rig.make(jpg(100), **both)
    rig.engine.failing = True
    rig.send(jpg(200), **both)
    while not rig.generate.tally.counts["failed"]:
        rig.generate.pause(0.005)
    rig.engine.failing = False
    rig.make(jpg(60), **both)
    assert rig.engine.seen == [100, 60]


def test_the_primary_is_told_now_and_then_what_makes_the_pictures(rig: Rig) -> None:
    results = [rig.make(jpg(100)) for _ in range(5)]
    assert (results[0].engine, results[0].device) == ("listening", "an ear")
    assert [result.engine for result in results[1:]] == [""] * 4
    rig.generate._tell_ns = 0
    assert rig.make(jpg(100)).engine == "listening"
