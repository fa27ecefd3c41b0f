from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lib.core.geometry import Size
from lib.pictures.header import read_header
from lib.stage import Inbox
from lib.stream.capture.capture import Capture
from lib.stream.capture.source import LiveSource, PacedSource, Source
from lib.stream.frame import Frame
from lib.wire.messages import Picture, encode
from lib.wire.sockets import feed_out
from tests.ports import free_ports
from tests.stream.capture.helpers import SIZE, level, plain_jpeg, settings, wait_for, write


class Counter(PacedSource):
    """Pictures that are their own number; `slow` is what making one takes."""

    def __init__(self, rate: float = 50, slow: float = 0) -> None:
        self.about, self.rate, self.slow = "numbers", Fraction(rate), slow
        self.position, self.empty, self.length = -1, False, 1000

    def read(self, steps: int) -> bytes | None:
        if self.empty:
            return None
        time.sleep(self.slow)
        self.position += steps
        return str(self.position).encode()

    def seek(self, number: int) -> None:
        self.position = number - 1

    def fit(self, size: Size, quality: int | None = None) -> None:
        """FrameNumbers have no size."""


class Rig:
    """A running Capture and what came out of it."""

    def __init__(self, source: Source | None = None, **given: Any) -> None:
        self.mailbox: Inbox[Frame] = Inbox(100_000)
        self.frames: list[Frame] = []
        self.wakes = 0
        self.capture = Capture(settings(**given), self.mailbox, self._wake, source)
        self.played = settings(**given).played

    def play(self, **change: object) -> None:
        self.played = self.played.changed(**change)
        self.capture.play(self.played)

    def _wake(self) -> None:
        self.wakes += 1
        frame = self.mailbox.get(0)  # it was put before the wake
        assert frame is not None
        self.frames.append(frame)

    @property
    def numbers(self) -> list[int]:
        return [int(frame.jpg) for frame in self.frames]

    def count_turns(self) -> None:
        self.turns = 0
        step = self.capture.step

        def counted() -> None:
            self.turns += 1
            step()

        self.capture.step = counted  # type: ignore[method-assign]


@pytest.fixture
def started() -> Iterator[Any]:
    rigs: list[Rig] = []

    def start(source: Source | None = None, **given: Any) -> Rig:
        rigs.append(Rig(source, **given))
        rigs[-1].capture.start()
        assert rigs[-1].capture.failure is None
        return rigs[-1]

    yield start
    for rig in rigs:
        assert rig.capture.stop() and rig.capture.failure is None


@pytest.mark.parametrize("rate", [25, 29.97, 60])
def test_an_even_rate_comes_out_even(started: Any, rate: float) -> None:
    rig = started(Counter(rate))
    time.sleep(1)
    stamps = [frame.captured_ns for frame in rig.frames]
    assert rate * 0.8 < len(stamps) <= rate + 3
    for one, other in pairwise(stamps):
        assert (other - one) * Fraction(rate) / 10**9 == pytest.approx(
            round((other - one) * rate / 1e9), abs=1e-6
        )  # on the grid to the nanosecond, also where the machine was busy
    assert rig.numbers == sorted(set(rig.numbers))


def test_timestamps_tell_the_same_moment_on_both_clocks(started: Any) -> None:
    rig = started(Counter(100))
    time.sleep(0.3)
    offset = time.time() - time.monotonic_ns() / 1e9
    for frame in rig.frames:
        assert abs(frame.timestamp - frame.captured_ns / 1e9 - offset) < 0.005
        assert frame.captured_ns <= time.monotonic_ns()


def test_a_slow_source_keeps_its_tempo_by_leaving_pictures_out(started: Any) -> None:
    source = Counter(100, slow=0.035)
    rig = started(source)
    time.sleep(1)
    assert 10 <= len(rig.frames) <= 30  # as fast as it can
    assert 80 <= rig.numbers[-1] <= 115  # and yet where it should be
    assert rig.capture.tally.counts["overslept"] > 50


def test_a_stall_is_no_burst(started: Any) -> None:
    source = Counter(100)
    start_s = time.monotonic()
    rig = started(source)
    time.sleep(0.2)
    source.slow = 0.3
    time.sleep(0.02)
    source.slow = 0
    time.sleep(0.5)
    gap = max(b - a for a, b in pairwise(frame.captured_ns for frame in rig.frames))
    assert gap > 250_000_000
    expected = 100 * (time.monotonic() - start_s)
    assert len(rig.frames) < expected - 25
    assert abs(rig.numbers[-1] - expected) < 15


def test_it_stands_still_begins_anew_and_plays_on(started: Any) -> None:
    rig = started(Counter(50))
    wait_for(lambda: len(rig.frames) > 5)
    rig.play(paused=True)
    time.sleep(0.15)
    stood = rig.numbers[-1]
    before = len(rig.frames)
    time.sleep(1.05)
    assert rig.numbers[before:] in ([stood] * 2, [stood] * 3)  # twice a second
    rig.play(take=1)
    wait_for(lambda: rig.numbers[-1] == 0)
    time.sleep(0.2)
    assert rig.numbers[-1] == 0 and rig.capture.frozen
    rig.play(paused=False)
    start = len(rig.numbers) - rig.numbers[::-1].index(0)
    wait_for(lambda: len(rig.numbers) > start + 10)
    played = rig.numbers[start:]
    assert played == list(range(1, 1 + len(played)))  # none left out, none in a burst
    assert (rig.capture.length, rig.capture.rate) == (1000, 50)
    assert rig.capture.position >= 10


def test_it_wakes_once_a_frame_and_ten_times_a_second_without(started: Any) -> None:
    source = Counter(20)
    rig = Rig(source)
    rig.count_turns()
    rig.capture.start()
    time.sleep(0.5)
    per_frame = rig.turns / len(rig.frames)
    source.empty = True
    time.sleep(0.2)
    turns, frames = rig.turns, len(rig.frames)
    time.sleep(0.5)
    assert per_frame < 1.5
    assert rig.turns - turns <= 6 and len(rig.frames) == frames
    rig.play(paused=True)
    source.empty = False
    wait_for(lambda: len(rig.frames) > frames)
    turns = rig.turns
    time.sleep(0.5)
    assert rig.turns - turns <= 7
    assert rig.capture.stop()


def test_after_a_time_without_pictures_it_goes_on_where_it_was(started: Any) -> None:
    source = Counter(50)
    rig = started(source)
    wait_for(lambda: len(rig.frames) > 3)
    source.empty = True
    time.sleep(0.5)
    source.empty = False
    before = len(rig.frames)
    wait_for(lambda: len(rig.frames) > before + 5)
    assert all(b - a == 1 for a, b in pairwise(rig.numbers))


@pytest.mark.parametrize("fps", [0.1, 30])
def test_a_stop_is_obeyed_at_once(fps: float) -> None:
    rig = Rig(Counter(fps))
    rig.capture.start()
    time.sleep(0.05)
    start_s = time.monotonic()
    assert rig.capture.stop()
    assert time.monotonic() - start_s < 0.15


def test_a_live_source_has_its_own_time(started: Any) -> None:
    class Ticks(LiveSource):
        about = "ticks"

        def read(self) -> Frame | None:
            time.sleep(0.01)
            return Frame(b"7", 5, 6.0, SIZE)

        def fit(self, size: Size, quality: int | None = None) -> None:
            """Nothing to fit."""

    rig = started(Ticks())
    rig.play(paused=True)  # means nothing here
    wait_for(lambda: len(rig.frames) > 5)
    first = rig.frames[0]
    assert (first.jpg, first.captured_ns, first.timestamp, first.size) == (b"7", 5, 6.0, SIZE)
    assert rig.capture.rate is None and rig.capture.length == rig.capture.position == 0
    assert rig.capture.tally.counts["out"] == rig.capture.tally.counts["in"] > 0


def test_warnings_come_and_go_in_the_log(started: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    source = Counter(50)
    rig = started(source)
    source.warning = "the lens cap is on"
    wait_for(lambda: "the lens cap is on" in caplog.text)
    assert rig.capture.warning == "the lens cap is on"
    source.warning = None
    wait_for(lambda: "all is well again: numbers" in caplog.text)
    assert caplog.text.count("lens cap") == 1


def test_the_pattern_from_end_to_end(started: Any) -> None:
    rig = started(mode="pattern", fps=60)
    wait_for(lambda: len(rig.frames) > 10)
    assert all(read_header(frame.jpg).size == SIZE for frame in rig.frames)
    assert len({frame.jpg for frame in rig.frames}) == len(rig.frames)
    assert rig.capture.tally.times() is not None
    assert rig.capture.about == "a drawn scene, 64x64 at 60 frames a second"


def test_a_directory_from_end_to_end(started: Any, tmp_path: Path) -> None:
    for n in range(4):
        write(tmp_path / f"{n}.jpg", plain_jpeg(50 * n + 10))
    write(tmp_path / "5.jpg", b"broken")
    rig = started(mode="video", directory=str(tmp_path), fps=100)
    wait_for(lambda: len(rig.frames) > 12)
    assert [level(frame.jpg) for frame in rig.frames[:8]] == [10, 60, 110, 160] * 2
    assert rig.capture.warning == "left out: 5.jpg: not a kind of picture known here"
    assert rig.capture.tally.counts["bad"] == 1


def test_another_program_from_end_to_end(started: Any) -> None:
    from contextlib import ExitStack

    (port,) = free_ports(1)
    with ExitStack() as resources:
        publisher = feed_out(resources, "127.0.0.1", port)
        rig = started(mode="zmq", video_hostname="127.0.0.1", video_port=port)
        quit_event = threading.Event()
        for n in range(500):
            publisher.send(encode(Picture(int(time.time() * 1000), n, plain_jpeg(90))))
            if len(rig.frames) > 5 or quit_event.wait(0.01):
                break
        assert len(rig.frames) > 5 and level(rig.frames[0].jpg) == 90
