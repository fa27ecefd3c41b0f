"""A stream for tests of the page: tells a status, plays what it is told, publishes a feed."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
from msgspec.structs import replace

from lib.config.params import Played
from lib.stage import Stage
from lib.wire.messages import (
    Picture,
    ScreenStatus,
    StageStatus,
    Status,
    WorkerStatus,
    decode_change,
    encode,
)
from lib.wire.sockets import Topic, feed_out, latest_in, latest_out

WORKER = WorkerStatus(
    name="<b>studio-1</b>",
    address="127.0.0.1",
    state="active",
    in_flight=1,
    window=2,
    service_ms=14.2,
    fps=29.8,
    share=1.0,
    done=900,
    lost=0,
    last_seen_s=0.01,
)

STATUS = Status(
    uptime_s=12.5,
    mode="pattern",
    source="a drawn pattern",
    size="256x256",
    playout="smooth",
    fps_in=30.0,
    fps_out=29.9,
    latency_ms=(31.0, 38.5, 44.0),
    delay_ms=34.0,
    last_frame_s=0.02,
    stages={},
    workers=[WORKER],
    warnings=[],
    params={},
    params_number=0,
)


def drawn(number: int) -> bytes:
    y, x = np.mgrid[0:256, 0:256]
    planes = [(x + 4 * number) % 256, (y + 2 * number) % 256, (x + y + 8 * number) // 2 % 256]
    picture = np.stack(planes, -1).astype(np.uint8)
    return cv2.imencode(".jpg", picture)[1].tobytes()


class TestStream(Stage):
    """Stands where the stream process stands, on real sockets."""

    __test__ = False

    def __init__(
        self, run_dir: Path, output_port: int, params: Played | None = None, number: int = 0
    ) -> None:
        super().__init__()
        self._run_dir, self._port = run_dir, output_port
        self.params = params or Played()
        self.number = number
        self.numbers: list[int] = []
        self.workers = [WORKER]
        self.warnings: list[str] = []
        self.uptime_s = STATUS.uptime_s
        self.screen = ScreenStatus("shown")
        self.sends = True  # pictures
        self.ladder: dict[str, tuple[float, float, float]] = {}
        self.pictures = [drawn(number) for number in range(8)]
        self.index = 0
        self._next_status_ns = 0

    def open(self, resources: ExitStack) -> None:
        self._status = latest_out(resources, self._run_dir, Topic.STATUS)
        self._screen = latest_out(resources, self._run_dir, Topic.SCREEN)
        self._changes = latest_in(resources, self._run_dir, Topic.CHANGES)
        self._feed = feed_out(resources, "127.0.0.1", self._port)

    def step(self) -> None:
        if self._changes.poll(30):
            change = decode_change(self._changes.recv())
            self.numbers.append(change.number)
            if change.number > self.number:
                self.number, self.params = change.number, change.played
        self.index += 1
        jpg = self.pictures[self.index % len(self.pictures)]
        if self.sends:
            self._feed.send(encode(Picture(int(time.time() * 1000), self.index, jpg)))
        if time.monotonic_ns() >= self._next_status_ns:
            self._next_status_ns = time.monotonic_ns() + 200_000_000
            self._status.send(encode(self._state()))
            light = 0.0 if self.params.black else self.params.opacity
            frozen = self.params.freeze
            self._screen.send(encode(replace(self.screen, light=light, frozen=frozen)))

    def _state(self) -> Status:
        return replace(
            STATUS,
            uptime_s=self.uptime_s,
            stages={"publish": StageStatus({"out": self.index})},
            workers=self.workers,
            warnings=self.warnings,
            ladder=self.ladder,
            params=self.params.model_dump(),
            params_number=self.number,
        )
