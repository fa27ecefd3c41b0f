"""What the stream says of itself, with a real source and a real worker."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from lib.config.params import Params
from lib.config.settings import ROOT
from lib.core.playout import Playout
from lib.engine.engine import Engine, Frames
from lib.engine.identity import Identity
from lib.stage import Flow
from lib.stream import report
from lib.stream.flow import News, run_stream
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
        self.news: list[str] = []
        self.codes: list[int] = []
        quit_event = threading.Event()
        thread = threading.Thread(target=self._run, args=(quit_event,))
        thread.start()
        resources.callback(thread.join)
        resources.callback(quit_event.set)
        self.resources = resources
        self.states = sockets.latest_in(resources, self.run_dir, sockets.Topic.STATUS)

    def _run(self, quit_event: threading.Event) -> None:
        def on_frame() -> None:
            self.frames += 1

        news = (self.ready.set, on_frame, self.news.append)
        self.codes.append(run_stream(self.settings, self.run_dir, quit_event, News(*news)))

    def status(self) -> Status:
        assert self.states.poll(3000)
        return decode_status(self.states.recv())

    def add_worker(self, engine: Engine | None = None, name: str = "w1") -> Flow:
        settings = worker(self.settings, worker_id=name)
        fetch = Fetch(settings)
        generate = Generate(engine or Identity(), after=fetch)
        flow = Flow(fetch, generate, Send(settings, name, after=generate))
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
    assert stream.ready.wait(20)
    assert "no worker is connected: start transform.py" in stream.status().warnings
    assert until(lambda: stream.frames > 0), "nothing is meant to come, so all goes on"
    assert "no worker is connected" in stream.news[-1]

    flow = stream.add_worker()
    assert until(lambda: stream.status().fps_out > 25, 20)
    assert until(lambda: not stream.status().warnings)
    status = stream.status()
    assert 25 < status.fps_in < 35
    assert status.latency_ms and 0 < status.latency_ms[0] < 200
    assert [w.name for w in status.workers] == ["w1"] and status.workers[0].state == "active"
    assert status.workers[0].share == 1.0 and 5 < status.workers[0].fps < 40
    assert set(status.workers[0].timings) == {"decode", "engine", "encode"}
    assert list(status.stages) == ["capture", "dispatch", "workers", "playout", "publish"]
    assert all(stage.ms for stage in status.stages.values())
    assert until(lambda: re.fullmatch(r"[\d.]+ fps, \d+ ms, 1 of 1 workers", stream.news[-1]))
    assert not status.paused and not status.gliding

    flow.stop()
    assert until(lambda: any("no picture for" in warning for warning in stream.status().warnings))


def test_answers_that_never_reach_the_feed_are_no_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report, "PATIENCE_S", 0.5)
    with ExitStack() as resources:
        stream = Stream(resources)
        stream.add_worker()
        assert until(lambda: stream.status().fps_out > 5, 20)
        before = stream.frames
        assert until(lambda: stream.frames > before)
        monkeypatch.setattr(Playout, "pop", lambda *_: [])  # a playout that is stuck
        assert until(lambda: not said(stream), 20)


def said(stream: Stream) -> bool:
    """Whether it says within a second that it gets on."""
    before = stream.frames
    return until(lambda: stream.frames > before, 1)


def test_the_log_has_a_line_when_something_changes_and_is_silent_otherwise(
    stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def lines() -> list[str]:
        return [r.message for r in caplog.records if r.name == "lib.stream.report"]

    flow = stream.add_worker()
    assert until(lambda: stream.status().fps_out > 25, 20)
    time.sleep(1.2)
    before = len(lines())
    time.sleep(1.7)
    assert len(lines()) - before <= 1, lines()  # a late frame may be worth one on a busy machine
    flow.stop()
    assert until(lambda: any("no worker is connected" in line for line in lines()), 20)
    assert until(lambda: any("no picture for" in line for line in lines()), 20)
    before = len(lines())
    time.sleep(1.7)
    assert len(lines()) == before, lines()


def test_the_ladder_has_every_rung_and_adds_up_to_the_latency(stream: Stream) -> None:
    stream.add_worker(Identity(delay_ms=8))
    assert until(lambda: stream.status().fps_out > 25, 20)
    status = stream.status()
    assert list(status.ladder) == [
        "capture", "wait", "network", "decode", "engine", "encode", "reorder", "publish",
    ]  # fmt: skip
    assert all(0 <= p50 <= p95 <= p99 for p50, p95, p99 in status.ladder.values())
    assert 8 <= status.ladder["engine"][0] < 20
    assert status.latency_ms
    medians = sum(p50 for p50, _, _ in status.ladder.values())
    assert medians == pytest.approx(status.latency_ms[0], rel=0.35)


def test_a_worker_that_others_wrote_has_its_rungs_on_the_network(stream: Stream) -> None:
    """It knows only PULL, PUSH and five keys, and gives no timings."""
    ports = [str(stream.settings.job_port), str(stream.settings.result_port)]
    command = [sys.executable, str(ROOT / "docs/examples/worker.py"), "127.0.0.1", *ports]
    with subprocess.Popen(command) as process:
        try:
            assert until(lambda: stream.status().fps_out > 25, 20)
            status = stream.status()
        finally:
            process.terminate()
    assert list(status.ladder) == ["capture", "wait", "network", "reorder", "publish"]
    assert status.workers[0].timings == {}
    assert status.latency_ms and status.ladder["network"][0] < status.latency_ms[2]


def test_how_calm_the_pictures_are_is_part_of_the_status(stream: Stream) -> None:
    class Restless(Identity):
        """Another shade for each frame."""

        shade = 0

        def generate(self, frames: Frames, params: Params) -> Frames:
            self.shade = (self.shade + 90) % 200
            return frames // 2 + np.uint8(self.shade // 2)

    stream.add_worker(Restless())
    assert until(lambda: (stream.status().flicker or 0) > 5, 20), stream.status().flicker


def test_every_captured_frame_was_shown_or_has_one_reason_why_not(stream: Stream) -> None:
    """Two workers of which one dies in the middle and one cannot keep up; then the end."""
    slow = stream.add_worker(Identity(delay_ms=45))
    assert until(lambda: stream.status().fps_out > 5, 20)
    other = stream.add_worker(Identity(delay_ms=200), "w2")
    time.sleep(1)
    other.stop()
    time.sleep(0.5)
    slow.stop()

    def accounted() -> tuple[int, int]:
        """Captured, and shown or dropped; in a status all of one moment."""
        status = stream.status()
        shown = status.stages["publish"].counts["out"]
        return status.stages["capture"].counts["out"], shown + sum(status.drops.values())

    assert until(lambda: stream.status().fps_out == 0, 20)
    drops = stream.status().drops
    assert list(drops) == ["thinned", "relief", "no_worker", "lost", "late", "overrun"]
    assert drops["thinned"] > 10 and drops["no_worker"] > 0

    def nothing_is_missing() -> bool:
        # One frame waits for a worker that may come, and one may just be on its way.
        captured, known = accounted()
        assert known <= captured + 1
        return captured - known <= 2

    assert until(nothing_is_missing, 20), accounted()
