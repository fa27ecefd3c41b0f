"""How restless the painted picture is where its source stands still, and whether what moves smears.

    python -m bench.cost.calm               with and without `steady`, one worker and two by turns
    python -m bench.cost.calm --frames 200

Frames and pictures go through JPEG as they do in a show, and are judged as the status judges them
(lib/core/flicker.py): 1 is as restless as the source. `past` is what the wall still shows of what
has moved away within two seconds, in grey levels of 255 and in per cent of what has changed there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter_ns
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.report import Report, command, machine, say_broken
from lib.config.params import DEFAULT_PROMPT, Params
from lib.config.settings import WorkerSettings
from lib.core.flicker import Flicker, Grey, still_change
from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.engine.engine import Engine
from lib.engine.painter.opening import open_painter
from lib.memory import keep_memory
from lib.pictures.codec import open_codec
from lib.scene.lake_walk import LakeWalk
from lib.transform.steadying import Steadying

SIZE = Size(512, 512)
AT_LEAST = Size(48, 48)
SETTLED = 24  # frames before the first is judged
RESTLESS, PAST = 1.5, 5.0  # the most that may be found; the cloud differs by 14 levels
FPS, PAST_FRAMES = 8, 16
CODEC = open_codec()
Clean: TypeAlias = Callable[[int], Pixels]
Paint: TypeAlias = Callable[[Pixels], Pixels]
Floats: TypeAlias = NDArray[np.float32]


def eight_bit(values: NDArray[np.float32] | NDArray[np.float64]) -> Pixels:
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def still(_number: int) -> Pixels:
    return BACKGROUND


def person(number: int) -> Pixels:
    """Somebody walks through the picture, and comes back."""
    picture = BACKGROUND.copy()
    span = SIZE.width - 120
    across = abs((9 * number) % (2 * span) - span) + 60
    cv2.ellipse(picture, (across, 360), (34, 110), 0, 0, 360, (58, 44, 92), -1, cv2.LINE_AA)
    cv2.circle(picture, (across, 226), 26, (214, 176, 150), -1, cv2.LINE_AA)
    swing = int(24 * np.sin(number))
    for foot in (swing, -swing):
        cv2.line(picture, (across, 440), (across + foot, 505), (30, 30, 40), 12, cv2.LINE_AA)
    return picture


def slow(number: int) -> Pixels:
    """A faint cloud drifts by, a pixel in four frames."""
    picture = BACKGROUND.astype(np.float32)
    cloud = np.zeros(SIZE, np.float32)
    cv2.circle(cloud, (100 + number // 4, 120), 50, 14.0, -1, cv2.LINE_AA)
    return eight_bit(picture + cloud[..., None])


def light(number: int) -> Pixels:
    """The sun comes and goes: a tenth up and down in eight seconds."""
    return eight_bit(BACKGROUND * (0.9 + 0.1 * np.cos(number / FPS * np.pi / 4)))


BACKGROUND = LakeWalk(SIZE).draw(3.0).copy()
# A camera's noise in grey levels, and how far its own filter spread it, in pixels.
SCENES: dict[str, tuple[Clean, float, float]] = {
    "still, noise 2": (still, 2.0, 0.0),
    "still, noise 6, spread": (still, 6.0, 0.8),
    "a person walks": (person, 2.0, 0.5),
    "a faint cloud": (slow, 2.0, 0.5),
    "changing light": (light, 2.0, 0.5),
}


def camera(clean: Clean, noise: float, spread: float, frames: int) -> Iterator[bytes]:
    dice = np.random.default_rng(1)
    for number in range(frames):
        grain = dice.normal(0, noise, (*SIZE, 3)).astype(np.float32)
        if spread:
            blurred = cv2.GaussianBlur(grain, (0, 0), spread)
            grain = np.asarray(blurred * (noise / blurred.std()), np.float32)
        yield CODEC.encode(eight_bit(clean(number) + grain), 85)


def grey(jpg: bytes) -> Grey:
    return CODEC.decode_grey(jpg, SIZE, AT_LEAST)


class Judged:
    """What is found of one scene."""

    def __init__(self, paint: Paint, clean: Clean) -> None:
        self._paint, self._clean = paint, clean
        self._flicker, self._last = Flicker(), (np.empty(0, np.uint8),) * 2
        self.ratios: list[float] = []
        self.levels: list[float] = []
        self.shares: list[float] = []
        self._now_ns = 0

    def see(self, number: int, source: bytes, painted: Pixels, shown: Pixels) -> None:
        jpg = CODEC.encode(shown, 85)
        before, self._last = self._last, (grey(source), grey(jpg))
        if number < SETTLED:
            return
        self._now_ns += 10**9 // FPS
        pairs = zip(before, self._last, strict=True)
        self._flicker.add(still_change(*pairs), self._now_ns)
        if ratio := self._flicker.ratio(self._now_ns):
            self.ratios.append(ratio)
        if number % PAST_FRAMES == 0:
            self._look_back(number, shown.astype(np.float32) - painted)

    def _look_back(self, number: int, rest: Floats) -> None:
        """`rest`: what differs from the picture by itself. Compared to paintings without noise, or
        the noise of that picture would be found on both sides."""
        then, now = self._clean(number - PAST_FRAMES), self._clean(number)
        moved = cv2.absdiff(then, now).max(axis=2) > 4
        if moved.sum() < 50:
            return
        change = (self._paint(then).astype(np.float32) - self._paint(now))[moved]
        found = float((rest[moved] * change).sum())
        self.levels.append(found / float(np.abs(change).sum()))
        self.shares.append(100 * found / float((change**2).sum()))


def judge(
    painter: Engine, scene: tuple[Clean, float, float], workers: int, count: int, params: Params
) -> tuple[Judged, float]:
    turns, took_ms = [Steadying() for _ in range(workers)], []
    judged = Judged(lambda frame: painter.generate(frame[None], params)[0], scene[0])
    for number, jpg in enumerate(camera(*scene, count)):
        frame = CODEC.decode(jpg)
        painted = painter.generate(frame[None], params)[0]
        began_ns = perf_counter_ns()
        shown = turns[number % workers].steady(frame, painted, params)
        took_ms.append((perf_counter_ns() - began_ns) / 1e6)
        judged.see(number, jpg, painted, shown)
    return judged, median(took_ms)


def main() -> int:
    parser = command(__doc__, frames=90, prompt=DEFAULT_PROMPT)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    given = parser.parse_args()
    keep_memory()
    cv2.setNumThreads(1)
    print(machine())
    report = Report()
    painter = open_painter(WorkerSettings.model_validate({"painter_size": 256}), "measured")
    steady = Params(prompt=given.prompt)
    for name, scene in SCENES.items():
        print(name)
        for workers in (0, *given.workers):
            params = steady if workers else steady.changed(steady=1)
            judged, took_ms = judge(painter, scene, workers or 1, given.frames, params)
            how = f"steady, workers by turns: {workers}" if workers else "each picture by itself"
            limit = RESTLESS if workers else None
            report.line(f"{how}: restless", judged.ratios or [0.0], "times", most=limit)
            if workers:
                report.line(f"{how}: past", judged.levels or [0.0], "levels", most=PAST)
                report.line(f"{how}: past", judged.shares or [0.0], "%")
                report.line(f"{how}: takes", [took_ms], "ms")
    return say_broken(report.missed)


if __name__ == "__main__":
    raise SystemExit(main())
