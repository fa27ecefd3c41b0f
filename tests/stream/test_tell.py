"""What the stream says of itself, with a real source and a real worker."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.engine.identity import Identity
from lib.stage import Flow
from lib.stream.flow import run_stream
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send
from lib.wire import sockets
from lib.wire.messages import Status, decode_status
from tests.rig import primary, until, worker


class Stream:
    def __init__(self, resources: ExitStack) -> None:
        self.settings = primary(mode="pattern", fps=30)
        self.run_dir = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="ai-")))
        self.ready, self.frames = threading.Event(), 0
        self.codes: list[int] = []
        quit_event = threading.Event()
        thread = threading.Thread(target=self._run, args=(quit_event,))
        thread.start()
        resources.callback(thread.join)
        resources.callback(quit_event.set)
        self.resources = resources
        self.states = sockets.latest_in(resources, self.run_dir, "status")

    def _run(self, quit_event: threading.Event) -> None:
        def on_frame() -> None:
            self.frames += 1

        news = (self.ready.set, on_frame)
        self.codes.append(run_stream(self.settings, self.run_dir, quit_event, *news))

    def status(self) -> Status:
        assert self.states.poll(3000)
        return decode_status(self.states.recv())

    def add_worker(self) -> Flow:
        settings = worker(self.settings, worker_id="w1")
        fetch = Fetch(settings)
        generate = Generate(Identity(), after=fetch)
        flow = Flow(fetch, generate, Send(settings, "w1", after=generate))
        assert flow.start()
        self.resources.callback(flow.stop)
        return flow


@pytest.fixture
def stream() -> Iterator[Stream]:
    with ExitStack() as resources:
        yield Stream(resources)


def test_the_status_tells_the_whole_way_and_what_is_wrong(
    stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert stream.ready.wait(5)
    assert "no worker is connected" in stream.status().warnings
    assert stream.frames == 0

    flow = stream.add_worker()
    assert until(lambda: stream.status().fps_out > 25, 8)
    status = stream.status()
    assert status.warnings == []
    assert 25 < status.fps_in < 35
    assert status.latency_ms and 0 < status.latency_ms[0] < 200
    assert [w.name for w in status.workers] == ["w1"] and status.workers[0].state == "active"
    assert status.workers[0].share == 1.0 and 5 < status.workers[0].fps < 40
    assert set(status.workers[0].timings) == {"decode", "engine", "encode"}
    assert list(status.stages) == ["capture", "dispatch", "workers", "playout", "publish"]
    assert all(stage.ms for stage in status.stages.values())
    assert stream.frames > 0

    flow.stop()
    assert until(lambda: any("no picture for" in warning for warning in stream.status().warnings))


def test_the_log_has_a_line_when_something_changes_and_is_silent_otherwise(
    stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def lines() -> list[str]:
        return [r.message for r in caplog.records if r.name == "lib.stream.tell"]

    flow = stream.add_worker()
    assert until(lambda: stream.status().fps_out > 25, 8)
    time.sleep(1.5)
    before = len(lines())
    time.sleep(2.2)
    assert len(lines()) - before <= 1, lines()  # a late frame may be worth one on a busy machine
    flow.stop()
    assert until(lambda: any("no worker is connected" in line for line in lines()), 3)
    time.sleep(1.5)
    before = len(lines())
    time.sleep(2.2)
    assert len(lines()) == before, lines()


def test_every_captured_frame_is_accounted_for(stream: Stream) -> None:
    stream.add_worker()
    assert until(lambda: stream.status().fps_out > 25, 8)
    status = stream.status()
    dispatch, publish = status.stages["dispatch"].counts, status.stages["publish"].counts
    gone = sum(dispatch.get(name, 0) for name in ("thinned", "no_worker", "lost"))
    in_flight = dispatch["in"] - gone - publish["out"] - publish.get("late", 0)
    assert 0 <= in_flight <= 4
