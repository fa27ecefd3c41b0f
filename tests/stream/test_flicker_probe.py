"""Flicker as it is judged: real JPEGs of a still scene, through the stage that publishes."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lib.core import flicker
from lib.core.geometry import Size
from lib.pictures.codec import open_codec
from lib.stream import flicker_probe
from lib.stream.flicker_probe import SELDOM_NS, FlickerProbe
from lib.stream.frame import Frame
from lib.stream.publish import Finished, Publish
from tests.rig import primary, until

SIZE = Size(256, 256)
CODEC = open_codec()
Paint = Callable[[NDArray[np.uint8], int], NDArray[np.uint8]]


def soft(seed: int, low: int, high: int) -> NDArray[np.int16]:
    cells = np.random.default_rng(seed).integers(low, high, (16, 16, 3), np.int16)
    return np.asarray(cv2.resize(cells, SIZE, interpolation=cv2.INTER_CUBIC), np.int16)


def scene(number: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(number).normal(0, 9, (SIZE.height, SIZE.width, 3))
    return np.clip(soft(1, 30, 220) + noise, 0, 255).astype(np.uint8)


def same(pixels: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    return pixels


def smooth(pixels: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.blur(pixels, (61, 61)), np.uint8)


def restless(pixels: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    strokes = smooth(pixels, number).astype(np.int16) + soft(500 + number, -30, 30)
    return np.clip(strokes, 0, 255).astype(np.uint8)


@functools.cache
def source(number: int) -> bytes:
    return CODEC.encode(scene(number), 90)


@functools.cache
def painted(paint: Paint, number: int) -> bytes:
    return CODEC.encode(paint(scene(number), number), 85)


class Feed:
    """Publishes what an engine paints of a scene, a frame each few milliseconds."""

    def __init__(self, publish: Publish) -> None:
        self.publish, self.probe = publish, FlickerProbe(publish)
        self.number = 0

    def run(self, paint: Paint, until_judged: int, number: int = 0, seconds: float = 8) -> None:
        end = time.monotonic() + seconds
        goal = self.probe.judged + until_judged
        while self.probe.judged < goal and time.monotonic() < end:
            turn = self.number % 8
            now_ns = time.monotonic_ns()
            frame = Frame(source(turn), now_ns, time.time(), SIZE)
            jpg = memoryview(painted(paint, turn))
            self.publish.finished.put(
                Finished(self.number, now_ns, now_ns - 1, frame, jpg, now_ns, now_ns, {})
            )
            self.number += 1
            self.probe.sample(number, gliding=False)
            time.sleep(0.005)


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Feed]:
    monkeypatch.setattr(flicker_probe, "MOST_A_SECOND", 1000)
    monkeypatch.setattr(flicker_probe, "FOR_A_FRAME_NS", 10**9)
    monkeypatch.setattr(flicker_probe, "SETTLED_NS", 0)
    publish = Publish(primary(playout="fast"))
    publish.start()
    yield Feed(publish)
    assert publish.stop()


def test_the_ratio_tells_calm_from_restless(feed: Feed) -> None:
    assert feed.probe.ratio() is None
    feed.run(same, 12)
    assert feed.probe.ratio() == pytest.approx(1.0, abs=0.15)
    feed.run(smooth, 12)
    calm_ratio = feed.probe.ratio()
    assert calm_ratio is not None and calm_ratio < 0.5
    feed.run(restless, 12)
    assert (feed.probe.ratio() or 0) > 4


def test_the_two_frames_of_a_pair_follow_each_other(feed: Feed) -> None:
    seen = []
    judge = feed.probe._judge
    feed.probe._judge = lambda *pair: (seen.append(pair), judge(*pair))  # type: ignore[method-assign]
    feed.run(same, 5)
    gaps = [second.frame.captured_ns - first.frame.captured_ns for first, second, _ in seen]
    assert len(gaps) == 5 and all(0 < gap < 200_000_000 for gap in gaps)


def test_while_the_parameters_change_nothing_is_judged(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flicker_probe, "SETTLED_NS", 150_000_000)
    feed.run(smooth, 3)
    before, frames = feed.probe.judged, feed.number
    for _ in range(20):
        feed.probe.sample(0, gliding=True)
        time.sleep(0.01)
    assert feed.probe.judged == before
    began = time.monotonic()
    feed.run(smooth, 1, number=1)
    assert feed.number > frames and time.monotonic() - began >= 0.15


def test_a_picture_that_can_not_be_decoded_is_said_once_and_skipped(
    feed: Feed, caplog: pytest.LogCaptureFixture
) -> None:
    feed.run(same, 1)
    good = CODEC.encode(scene(0), 90)
    now_ns = time.monotonic_ns()
    for _ in range(2):
        feed.number += 1
        cut = memoryview(good[: len(good) // 2] + b"\xff\xd9")
        frame = Frame(good, now_ns, time.time(), SIZE)
        feed.publish.finished.put(Finished(feed.number, now_ns, now_ns, frame, cut, 1, 1, {}))
    assert until(lambda: feed.probe.sample(0, False) or "flicker cannot be judged" in caplog.text)
    feed.number += 1
    feed.run(same, 4)
    assert feed.probe.ratio() is not None


def test_what_a_pair_costs_is_spread_over_as_many_frames_as_that_takes(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed.run(same, 4)
    assert feed.number < 60, "it did not even look often when it might"
    monkeypatch.setattr(flicker_probe, "FOR_A_FRAME_NS", 500)
    feed.run(same, 1)
    judged, number = feed.probe.judged, feed.number
    monkeypatch.setattr(feed.probe, "_judge", lambda *_: pytest.fail("too soon"))
    while feed.number < number + 60:
        feed.run(same, 1, seconds=0.1)
    assert feed.probe.judged == judged


def test_at_few_frames_a_second_a_pair_is_judged_after_some_time(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flicker_probe, "FOR_A_FRAME_NS", 1)  # as if no number of frames did
    monkeypatch.setattr(flicker_probe, "SELDOM_NS", 50_000_000)
    began = time.monotonic()
    feed.run(same, 6)
    assert feed.probe.ratio() is not None
    assert 0.15 < time.monotonic() - began < 4
    assert flicker.OLD_NS > 3 * SELDOM_NS
