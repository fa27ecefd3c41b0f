"""A frame's whole way over real sockets; only the source is ours."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import msgpack
import numpy as np
import pytest
import zmq

from lib.config.params import Params
from lib.config.settings import ROOT, Primary
from lib.engine.engine import Engine, Frames
from lib.engine.identity import Identity
from lib.jpeg.codec import open_codec
from lib.jpeg.header import read_header
from lib.stage import Flow, Inbox, Stage
from lib.stream.dispatch.dispatch import Dispatch
from lib.stream.frame import Frame
from lib.stream.publish import Publish
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send
from lib.wire import sockets
from lib.wire.messages import Change, Picture, decode_picture, encode
from tests.rig import primary, until, worker


def jpg(shade: int, side: int = 64) -> bytes:
    return open_codec().encode(np.full((side, side, 3), shade, np.uint8), 90)


class Camera(Stage):
    """Sends a frame each period, as a real source would."""

    def __init__(self, fps: float, mailbox: Inbox[Frame], wake: Callable[[], None]) -> None:
        super().__init__()
        self.fps, self.mailbox, self.wake = fps, mailbox, wake
        self.sent = 0
        self.picture = jpg(120)

    def open(self, resources: ExitStack) -> None:
        self.next_s = time.monotonic()

    def step(self) -> None:
        self.pause(max(0, self.next_s - time.monotonic()))
        self.next_s += 1 / self.fps
        self.mailbox.put(Frame(self.picture, time.monotonic_ns(), time.time()))
        self.sent += 1
        self.wake()


class Way:
    """A stream with a camera of our own, a viewer, and as many workers as wanted."""

    def __init__(self, resources: ExitStack, settings: Primary, run_dir: Path, fps: float) -> None:
        self.resources, self.settings, self.run_dir = resources, settings, run_dir
        mailbox: Inbox[Frame] = Inbox(1)
        self.publish = Publish(settings)
        self.dispatch = Dispatch(settings, run_dir, mailbox, before=self.publish)
        self.camera = Camera(fps, mailbox, self.dispatch.wake)
        self.flow = Flow(self.camera, self.dispatch, self.publish)
        assert self.flow.start()
        resources.callback(self.flow.stop)
        self.viewer = sockets.feed_in(resources, "127.0.0.1", settings.output_port, False)

    def add(self, engine: Engine | None = None, **changes: object) -> Flow:
        settings = worker(self.settings, **changes)
        fetch = Fetch(settings)
        generate = Generate(engine or Identity(settings.delay_ms, settings.jitter_ms), after=fetch)
        flow = Flow(fetch, generate, Send(settings, settings.worker_id or "w", after=generate))
        assert flow.start()
        self.resources.callback(flow.stop)
        return flow

    def see(self, count: int, seconds: float = 8) -> list[Picture]:
        """The next pictures of the feed."""
        end, seen = time.monotonic() + seconds, []
        while len(seen) < count and time.monotonic() < end:
            if self.viewer.poll(50):
                seen.append(decode_picture(self.viewer.recv()))
        assert len(seen) == count, f"{len(seen)} of {count}; {self.dispatch.tally.counts}"
        return seen

    def count(self, name: str) -> int:
        return self.dispatch.tally.counts[name]

    def push(self, *messages: bytes) -> None:
        with ExitStack() as resources:
            push = sockets.results_out(resources, "127.0.0.1", self.settings.result_port)
            for message in messages:
                push.send(message)
            time.sleep(0.2)


Make = Callable[..., Way]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as resources:
        yield lambda fps=60, **changes: Way(resources, primary(**changes), tmp_path, fps)


def check(pictures: list[Picture], side: int = 64) -> None:
    assert all(earlier.index < later.index for earlier, later in pairwise(pictures))
    for picture in pictures:
        assert isinstance(picture.timestamp, int)
        assert abs(picture.timestamp - time.time() * 1000) < 20_000
        assert read_header(picture.jpg).size == (side, side)
        open_codec().decode(picture.jpg)


@pytest.mark.parametrize("playout", ["smooth", "fast", "tight", "glass"])
def test_frames_come_back_in_order_and_whole(make: Make, playout: str) -> None:
    path = make(playout=playout)
    path.add()
    path.add(delay_ms=30, jitter_ms=15)
    pictures = path.see(90)
    check(pictures)
    missing = pictures[-1].index - pictures[30].index + 1 - len(pictures[30:])
    assert missing <= 3
    assert path.count("lost") == path.count("foreign") == path.count("bad") == 0


def test_the_thirty_line_worker_takes_part_fully(make: Make) -> None:
    path = make()
    command = [sys.executable, str(ROOT / "docs/examples/worker.py"), "127.0.0.1"]
    ports = [str(path.settings.job_port), str(path.settings.result_port)]
    with subprocess.Popen([*command, *ports]) as process:
        try:
            pictures = path.see(60)
            check(pictures)
            shade = open_codec().decode(pictures[-1].jpg)[32, 32]
            assert abs(int(shade[0]) - 120) > 30, "it hands back the frame as it came"
            assert path.dispatch.workers[0].name == "thirty-lines"
            assert path.dispatch.workers[0].state == "active"
        finally:
            process.terminate()


def test_a_worker_may_come_before_the_primary(make: Make, tmp_path: Path) -> None:
    settings = primary()
    early = worker(settings)
    fetch = Fetch(early)
    generate = Generate(Identity(), after=fetch)
    flow = Flow(fetch, generate, Send(early, "early", after=generate))
    assert flow.start()
    try:
        with ExitStack() as resources:
            check(Way(resources, settings, tmp_path, 60).see(10))
        # and the primary may go and come back under it; numbers go on growing
        with ExitStack() as resources:
            again = Way(resources, settings, tmp_path, 60).see(10)
            check(again)
            assert again[0].index >= 10_000
    finally:
        assert flow.stop()


def test_a_worker_that_leaves_costs_no_frame_and_one_that_returns_is_used_within_a_second(
    make: Make,
) -> None:
    path = make(playout="smooth")
    first, _ = path.add(worker_id="one", delay_ms=10), path.add(worker_id="two", delay_ms=10)
    path.see(60)
    lost = path.count("lost")
    first.stop()
    pictures = path.see(60)
    check(pictures)
    assert path.count("lost") - lost <= 2
    path.add(worker_id="three", delay_ms=10)
    assert until(
        lambda: any(w.name == "three" and w.fps > 1 for w in path.dispatch.workers), 1.0
    ), path.dispatch.workers


def test_without_workers_nothing_is_published_and_nothing_is_kept(make: Make) -> None:
    path = make(fps=200)
    assert until(lambda: path.camera.sent > 100)
    assert not path.viewer.poll(100)
    assert path.count("no_worker") > 50
    assert len(path.dispatch._waiting) <= 1


def test_overload_is_thinned_at_the_entrance_and_nowhere_else(make: Make) -> None:
    path = make(fps=120, playout="fast")
    path.add(delay_ms=20)
    path.see(60)
    before = dict(path.dispatch.tally.counts)
    check(path.see(80))
    assert path.count("thinned") > before["thinned"] + 50
    for loss in ("lost", "stuck", "bad", "dup"):
        assert path.count(loss) == 0
    p99 = path.publish.tally.times()
    assert p99 and p99.p99 < 150


def test_a_prompt_reaches_the_worker_with_the_next_frames(make: Make, tmp_path: Path) -> None:
    path, prompts = make(), []

    class Listening(Identity):
        def generate(self, frames: Frames, params: Params) -> Frames:
            prompts.append(params.prompt)
            return super().generate(frames, params)

    path.add(Listening())
    out = sockets.latest_out(path.resources, tmp_path, "changes")
    path.see(5)

    def say(number: int, prompt: str) -> None:
        out.send(encode(Change(number, path.settings.played.changed(prompt=prompt).model_dump())))

    assert until(lambda: say(3, "a whale") or time.sleep(0.05) or prompts[-1] == "a whale")
    say(2, "an older one")
    out.send(encode(Change(9, {"strength": 7.0})))
    out.send(b"rubbish")
    say(4, "")
    assert until(lambda: prompts[-1] == "")
    assert "an older one" not in prompts


def test_passthrough_hands_the_same_bytes_back(make: Make, tmp_path: Path) -> None:
    path = make()
    path.add()
    out = sockets.latest_out(path.resources, tmp_path, "changes")
    change = encode(Change(1, path.settings.played.changed(passthrough=True).model_dump()))
    assert until(lambda: out.send(change) or path.see(1)[0].jpg == path.camera.picture)


class Moody(Engine):
    name, about = "moody", "fails when it is told to"

    def __init__(self) -> None:
        self.failing = False

    def generate(self, frames: Frames, params: Params) -> Frames:
        if self.failing:
            raise ValueError("out of paint")
        return 255 - frames


def test_a_failing_engine_never_shows_the_raw_camera(make: Make) -> None:
    path, engine = make(), Moody()
    flow = path.add(engine)
    assert open_codec().decode(path.see(10)[-1].jpg)[5, 5, 0] > 130
    engine.failing = True
    # After five failures in a row the worker ends, for its supervisor to start a fresh one.
    assert until(lambda: not flow.stages[1].alive)
    assert isinstance(flow.stages[1].failure, RuntimeError)
    while path.viewer.poll(300):
        shade = int(open_codec().decode(decode_picture(path.viewer.recv()).jpg)[5, 5, 0])
        assert shade > 130, "the raw frame was shown"


def test_batches_form_from_what_waits_and_only_then(make: Make) -> None:
    path, sizes = make(fps=100, batch_size=4), []

    class Counting(Identity):
        def generate(self, frames: Frames, params: Params) -> Frames:
            sizes.append(len(frames))
            return super().generate(frames, params)

    path.add(Counting(35))
    check(path.see(80))
    assert max(sizes) > 1 and max(sizes) <= 4
    path.camera.fps = 10  # now there is time for each frame by itself
    time.sleep(0.5)
    del sizes[:]
    assert until(lambda: len(sizes) >= 12)
    assert sizes[2:].count(1) >= 8, sizes  # a pause of a busy machine may let two wait


def test_strangers_results_cost_no_frame_and_are_counted(make: Make) -> None:
    path = make()
    path.add()
    path.see(10)
    good = {"timestamp": time.time(), "index": 5, "jpg": jpg(9), "worker_id": "who"}
    path.push(
        b"",
        b"\x00" * 9,
        msgpack.packb({"index": 1}),
        msgpack.packb([1, 2]),
        msgpack.packb({**good, "timestamp": float("nan")}),
        msgpack.packb({**good, "index": -1}),
        msgpack.packb({**good, "index": "five"}),
        msgpack.packb({**good, "jpg": "text"}),
        msgpack.packb([None] * 100_000),
        msgpack.packb(good),
        msgpack.packb([time.time(), 5, jpg(9)]),
    )
    assert path.count("garbage") == 9
    assert path.count("foreign") == 2
    pictures = path.see(60)
    check(pictures)
    assert path.count("lost") == 0
    skipped = pictures[-1].index - pictures[0].index - 59
    assert skipped <= path.publish.tally.counts["late"]  # late on a busy machine, not lost


class Liar:
    """A worker that speaks the protocol and answers as it likes."""

    def __init__(self, path: Way, answer: Callable[[float, int, bytes], list[object]]) -> None:
        context = zmq.Context()
        path.resources.callback(context.term)
        self.pull, self.push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        for socket in (self.pull, self.push):
            path.resources.callback(socket.close, 0)
        self.pull.connect(f"tcp://127.0.0.1:{path.settings.job_port}")
        self.push.connect(f"tcp://127.0.0.1:{path.settings.result_port}")
        self.answer = answer
        self.answered = 0

    def work(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.pull.poll(20):
                job = msgpack.unpackb(self.pull.recv())
                for one in zip(job["timestamps"], job["indices"], job["frames"], strict=True):
                    for message in self.answer(*one):
                        self.push.send(msgpack.packb(message))
                    self.answered += 1


def result(timestamp: float, index: int, data: bytes) -> dict[str, object]:
    return {"timestamp": timestamp, "index": index, "jpg": data, "worker_id": "liar"}


LIES: dict[str, Callable[[float, int, bytes], list[object]]] = {
    "mute": lambda *_: [],
    "rubbish": lambda t, i, _: [result(t, i, b"rubbish")],
    "another size": lambda t, i, _: [result(t, i, jpg(1, 128))],
    "cut off": lambda t, i, data: [result(t, i, data[:-20])],
    "bomb": lambda t, i, data: [
        result(t, i, data.replace(b"\x00\x40\x00\x40", b"\xea\x60\xea\x60"))
    ],
    "another index": lambda t, i, data: [result(t, i + 1, data)],
    "another stamp": lambda t, i, data: [result(t + 1, i, data)],
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_worker_never_costs_a_frame(make: Make, lie: str) -> None:
    path = make()
    path.add()
    path.see(20)
    liar = Liar(path, LIES[lie])
    before = path.count("out")
    liar.work(1.2)
    assert liar.answered >= 1, "it was never given anything"
    path.camera.fps = 30
    while path.viewer.poll(0):
        path.viewer.recv()
    check(path.see(20))
    assert path.count("out") > before + 40
    assert path.count("lost") == 0
    assert all(w.name != "liar" or w.state == "probation" for w in path.dispatch.workers)


def test_who_answers_twice_is_counted_and_shown_once(make: Make) -> None:
    path = make()
    liar = Liar(path, lambda t, i, data: [result(t, i, data)] * 2)
    liar.work(1.0)
    assert until(lambda: path.count("dup") == path.count("answered") > 10), path.dispatch.tally
    seen = []
    while path.viewer.poll(100):
        seen.append(decode_picture(path.viewer.recv()).index)
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("state", ["no worker", "at work", "worker stuck", "no frame"])
def test_a_clean_stop_in_every_state(make: Make, state: str) -> None:
    path = make(fps=200 if state != "no frame" else 0.1)
    flow = None
    if state != "no worker":
        flow = path.add(delay_ms=5000 if state == "worker stuck" else 2)
        assert until(lambda: path.dispatch.workers)
    time.sleep(0.3)
    started = time.monotonic()
    assert path.flow.stop()
    assert time.monotonic() - started < 1
    if flow and state != "worker stuck":
        assert flow.stop()
