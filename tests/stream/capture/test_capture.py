from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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

Sleep = Callable[[float], None]

SECOND_NS = 10**9


class Clock:
    """Stands for the module `time` in Capture: seconds that a test lives through at once."""

    def __init__(self) -> None:
        self.now_ns = 7 * SECOND_NS

    def monotonic_ns(self) -> int:
        return self.now_ns

    def time(self) -> float:
        return 1.8e9 + self.now_ns / SECOND_NS

    def sleep(self, seconds: float) -> None:
        """A thread wakes a little late, as everywhere."""
        self.now_ns += round(seconds * SECOND_NS) + 100_000


class Counter(PacedSource):
    """Pictures that are their own number; `slow` is what making one takes."""

    def __init__(self, rate: float = 50, slow: float = 0, sleep: Sleep = time.sleep) -> None:
        self.about, self.rate, self.slow, self.sleep = "numbers", Fraction(rate), slow, sleep
        self.position, self.empty, self.length = -1, False, 1000

    def read(self, steps: int) -> bytes | None:
        if self.empty:
            return None
        if self.slow:
            self.sleep(self.slow)
        self.position += steps
        return str(self.position).encode()

    def seek(self, number: int) -> None:
        self.position = number - 1

    def fit(self, size: Size, quality: int | None = None) -> None:
        """FrameNumbers have no size."""


class Rig:
    """A Capture and what came out of it."""

    def __init__(self, source: Source | None = None, **given: Any) -> None:
        self.mailbox: Inbox[Frame] = Inbox(100_000)
        self.frames: list[Frame] = []
        self.capture = Capture(settings(**given), self.mailbox, self._wake, source)
        self.played = settings(**given).played

    def play(self, **change: object) -> None:
        self.played = self.played.changed(**change)
        self.capture.play(self.played)

    def _wake(self) -> None:
        frame = self.mailbox.get(0)  # it was put before the wake
        assert frame is not None
        self.frames.append(frame)

    @property
    def numbers(self) -> list[int]:
        return [int(frame.jpg) for frame in self.frames]


@pytest.fixture
def started() -> Iterator[Any]:
    """Captures that run on threads of their own, in real time."""
    rigs: list[Rig] = []

    def start(source: Source | None = None, **given: Any) -> Rig:
        rigs.append(Rig(source, **given))
        rigs[-1].capture.start()
        assert rigs[-1].capture.failure is None
        return rigs[-1]

    yield start
    for rig in rigs:
        assert rig.capture.stop() and rig.capture.failure is None


class Stepped(Rig):
    """A Capture that counts, and takes its steps on the test's thread, in the time of a clock."""

    def __init__(self, resources: ExitStack, clock: Clock, rate: float, slow: float = 0) -> None:
        self.clock, self.source = clock, Counter(rate, slow, clock.sleep)
        super().__init__(self.source)
        self.capture.pause = self._pause  # type: ignore[method-assign]
        self.capture.open(resources)

    def _pause(self, seconds: float) -> bool:
        """It ends early where the test goes on, as it does for whoever calls `stir`."""
        self.clock.sleep(min(seconds, (self._end_ns - self.clock.now_ns) / SECOND_NS))
        return False

    def run(self, seconds: float) -> int:
        """Live through so much time; return in how many steps."""
        self._end_ns, steps = self.clock.now_ns + round(seconds * SECOND_NS), 0
        while self.clock.now_ns < self._end_ns:
            self.capture.step()
            steps += 1
            assert steps < 10_000, "it does not rest"
        return steps


@pytest.fixture
def stepped(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Stepped]]:
    clock = Clock()
    monkeypatch.setattr("lib.stream.capture.capture.time", clock)
    with ExitStack() as resources:
        yield lambda rate, slow=0.0: Stepped(resources, clock, rate, slow)


@pytest.mark.parametrize("rate", [25, 29.97, 60])
def test_an_even_rate_comes_out_even(stepped: Callable[..., Stepped], rate: float) -> None:
    rig = stepped(rate)
    rig.run(60)
    stamps = [frame.captured_ns for frame in rig.frames]
    assert len(stamps) == pytest.approx(rate * 60, abs=2)
    for one, other in pairwise(stamps):
        assert (other - one) * Fraction(rate) / 10**9 == pytest.approx(1, abs=1e-6)
    assert rig.numbers == list(range(len(stamps)))


def test_an_even_rate_stays_on_its_grid_where_the_machine_is_busy(started: Any) -> None:
    rig = started(Counter(60))
    wait_for(lambda: len(rig.frames) > 20)
    stamps = [frame.captured_ns for frame in rig.frames]
    for one, other in pairwise(stamps):
        assert (other - one) * Fraction(60) / 10**9 == pytest.approx(
            round((other - one) * 60 / 1e9), abs=1e-6
        )
    assert rig.numbers == sorted(set(rig.numbers))


def test_timestamps_tell_the_same_moment_on_both_clocks(stepped: Callable[..., Stepped]) -> None:
    rig = stepped(100)
    rig.run(0.3)
    for frame in rig.frames:
        assert frame.timestamp == pytest.approx(1.8e9 + frame.captured_ns / SECOND_NS, abs=1e-6)
        assert frame.captured_ns <= rig.clock.now_ns
    assert len(rig.frames) >= 30


def test_a_slow_source_keeps_its_tempo_by_leaving_pictures_out(
    stepped: Callable[..., Stepped],
) -> None:
    rig = stepped(100, slow=0.035)
    rig.run(1)
    assert 25 <= len(rig.frames) <= 29  # as fast as it can
    assert 90 <= rig.numbers[-1] <= 100  # and yet where it should be
    assert rig.capture.tally.counts["overslept"] > 65


def test_a_stall_is_no_burst(stepped: Callable[..., Stepped]) -> None:
    rig = stepped(100)
    rig.run(0.2)
    before = len(rig.frames)
    rig.source.slow = 0.3
    rig.run(0.02)
    rig.source.slow = 0
    rig.run(0.5)
    gap = max(b - a for a, b in pairwise(frame.captured_ns for frame in rig.frames))
    assert gap > 250_000_000
    assert len(rig.frames) - before == pytest.approx(52, abs=3)
    assert rig.numbers[-1] == pytest.approx(102, abs=2)


def test_it_stands_still_begins_anew_and_plays_on(stepped: Callable[..., Stepped]) -> None:
    rig = stepped(50)
    rig.run(0.2)
    rig.play(paused=True)
    rig.run(0.15)
    stood, before = rig.numbers[-1], len(rig.frames)
    rig.run(1.05)
    assert rig.numbers[before:] == [stood] * 2  # twice a second
    rig.play(take=1)
    rig.run(0.2)
    assert rig.numbers[-1] == 0 and rig.capture.frozen
    start = len(rig.numbers)
    rig.play(paused=False)
    rig.run(0.3)
    played = rig.numbers[start:]
    assert played == list(range(1, 1 + len(played)))  # none left out, none in a burst
    assert len(played) in (15, 16)
    assert (rig.capture.length, rig.capture.rate) == (1000, 50)
    assert rig.capture.position >= 15


def test_it_wakes_once_a_frame_and_ten_times_a_second_without(
    stepped: Callable[..., Stepped],
) -> None:
    rig = stepped(20)
    assert rig.run(2) <= 1.1 * len(rig.frames)
    rig.source.empty = True
    rig.run(0.2)
    frames = len(rig.frames)
    assert rig.run(1) <= 10 and len(rig.frames) == frames
    rig.play(paused=True)
    rig.source.empty = False
    rig.run(0.5)
    assert len(rig.frames) > frames
    assert rig.run(1) <= 4


def test_after_a_time_without_pictures_it_goes_on_where_it_was(
    stepped: Callable[..., Stepped],
) -> None:
    rig = stepped(50)
    rig.run(0.1)
    rig.source.empty = True
    rig.run(0.5)
    rig.source.empty = False
    before = len(rig.frames)
    rig.run(0.3)
    assert len(rig.frames) > before + 5
    assert all(b - a == 1 for a, b in pairwise(rig.numbers))


@pytest.mark.parametrize("fps", [0.1, 30])
def test_a_stop_is_obeyed_at_once(fps: float) -> None:
    rig = Rig(Counter(fps))
    rig.capture.start()
    time.sleep(0.05)
    start_s = time.monotonic()
    assert rig.capture.stop()
    assert time.monotonic() - start_s < 1  # at 0.1 fps the next picture is due in ten seconds


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
