"""A stream over real sockets with a source of our own, and workers and liars for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import msgpack
import numpy as np
import zmq

from bench.faults.wrong_answers import Lie
from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.engine.engine import Engine
from lib.engine.identity import Identity
from lib.pictures.codec import open_codec
from lib.pictures.header import read_header
from lib.stage import Flow, Inbox, Stage
from lib.stream.dispatch.dispatch import Dispatch
from lib.stream.frame import Entrance, Frame
from lib.stream.publish import Publish
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send
from lib.wire import sockets
from lib.wire.keys import viewer_key
from lib.wire.messages import Change, Picture, decode_picture, encode
from lib.wire.wake import Wake
from tests.rig import until, worker


def jpg(shade: int, side: int = 64) -> bytes:
    return open_codec().encode(np.full((side, side, 3), shade, np.uint8), 90)


class Camera(Stage):
    """Sends a frame each period, as a real source would."""

    def __init__(self, fps: float, mailbox: Inbox[Frame], wake: Callable[[], None]) -> None:
        super().__init__()
        self.fps, self.mailbox, self.wake = fps, mailbox, wake
        self.sent = 0
        self.shown: Size | None = None
        self.fit(Size(64, 64))

    def fit(self, size: Size) -> None:
        self.picture = jpg(120, size.width)
        self.shows = self.picture, size

    def open(self, resources: ExitStack) -> None:
        self.next_s = time.monotonic()

    def step(self) -> None:
        self.pause(max(0, self.next_s - time.monotonic()))
        self.next_s += 1 / self.fps
        picture, size = self.shows
        frame = Frame(picture, time.monotonic_ns(), time.time(), size, shown=self.shown)
        self.mailbox.put(frame)
        self.sent += 1
        self.wake()


class Way:
    """A stream with a camera of our own, a viewer, and as many workers as wanted."""

    def __init__(
        self, resources: ExitStack, settings: PrimarySettings, run_dir: Path, fps: float
    ) -> None:
        self.resources, self.settings, self.run_dir = resources, settings, run_dir
        mailbox: Inbox[Frame] = Inbox(1)
        self.publish = Publish(settings)
        entrance = Entrance(mailbox, Wake(resources))
        self.dispatch = Dispatch(settings, run_dir, entrance, self.publish, self.follow)
        self.camera = Camera(fps, mailbox, entrance.wake.set)
        self.flow = Flow(self.camera, self.dispatch, self.publish)
        assert self.flow.start()
        resources.callback(self.flow.stop)
        key = viewer_key(settings.keys)
        self.viewer = sockets.feed_in(
            resources, "127.0.0.1", settings.output_port, key, latest_only=False
        )
        self.changes = sockets.latest_out(resources, run_dir, sockets.Topic.CHANGES)
        self.played, self.number = settings.played, 0

    def show(self, shown: Size | None) -> None:
        """Return when no frame waits any more that wants another size for its picture."""
        self.camera.shown, sent = shown, self.camera.sent
        assert until(lambda: self.camera.sent > sent + 2)

    def follow(self, played: Played) -> None:
        """As Capture does."""
        if played.size != self.camera.shows[1]:
            self.camera.fit(played.size)

    def play(self, glide_ms: int | None = None, **change: object) -> None:
        """Return when the stream has heard of it."""
        self.played, self.number = self.played.changed(**change), self.number + 1
        message = encode(Change(self.number, self.played.model_dump(), glide_ms))

        def heard() -> bool:
            self.changes.send(message)
            time.sleep(0.005)
            return self.dispatch.playing.number == self.number

        assert until(heard)

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
        push = sockets.results_out(self.resources, "127.0.0.1", self.settings.result_port)
        for message in messages:
            push.send(message)


Make = Callable[..., Way]


def check(pictures: list[Picture], side: int = 64) -> None:
    assert all(earlier.index < later.index for earlier, later in pairwise(pictures))
    for picture in pictures:
        assert isinstance(picture.timestamp, int)
        assert abs(picture.timestamp - time.time() * 1000) < 20_000
        assert read_header(picture.jpg).size == (side, side)
        open_codec().decode(picture.jpg)


class Liar:
    """A worker that speaks the protocol and answers as it likes."""

    def __init__(self, path: Way, answer: Lie) -> None:
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
                        self.push.send(message)
                    self.answered += 1
