"""The painter with the style network: a neural picture on a CPU, guided by a prompt."""

from __future__ import annotations

import logging
import time
from statistics import median

import cv2
import numpy as np

from lib.config.params import Params
from lib.config.settings import WorkerSettings
from lib.core.pixels import Pixels
from lib.engine.engine import Frames
from lib.engine.painter.finish import finished, with_features
from lib.engine.painter.inner_size import (
    HEADROOM,
    SMALLEST,
    InnerSizeController,
    fixed_side,
    inner_shape,
    largest_that_holds,
)
from lib.engine.painter.painter import Painter, check_frames
from lib.engine.painter.prompt_matcher import PromptMatcher, StyleMix
from lib.engine.painter.style_network import StyleNetwork

log = logging.getLogger(__name__)

_TRIES = 3  # frames timed for one size while warming up


class NeuralPainter(Painter):
    def __init__(
        self,
        network: StyleNetwork,
        matcher: PromptMatcher,
        settings: WorkerSettings,
        why: str,
        remark: str = "",
    ) -> None:
        """`remark`: a further remark for `about`."""
        super().__init__(matcher, network=True)
        self._network = network
        self._interval_ms = 1000 / settings.target_fps
        side = fixed_side(settings.painter_size)
        self._side = side or SMALLEST
        self._inner_size = None if side else InnerSizeController(self._side, self._interval_ms)
        self._said_too_slow = False
        self._why, self._remark = why, remark
        self._frame_shape = 512, 512
        self._tell()

    def warm_up(self, batch: int, height: int, width: int) -> None:
        """Choose the inner size by painting frames of the real shape: some 0.3 s."""
        self._frame_shape = height, width
        # Noise takes as long as any picture; a black one might take less.
        frames = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)
        took_ms = self._time(frames)
        if self._inner_size:
            budget_ms = HEADROOM * self._interval_ms
            while self._side != (fits := largest_that_holds(self._side, took_ms, budget_ms)):
                smaller = fits < self._side
                self._side = fits
                took_ms = self._time(frames)
                if smaller or took_ms <= budget_ms:  # grows once, then only shrinks
                    break
            self._inner_size = InnerSizeController(self._side, self._interval_ms)
        if batch > 1:
            self.generate(np.repeat(frames, batch, axis=0), Params())
        self._tell()
        log.info(
            "painter: %s inside takes %.1f ms a frame on %d threads, %.0f frames a second",
            self._size(),
            took_ms,
            self._network.threads,
            1000 / took_ms,
        )

    def generate(self, frames: Frames, params: Params) -> Frames:
        check_frames(frames)
        began_ns = time.monotonic_ns()
        mix = self._matcher.blend(params.prompts, params.noise)
        painted = np.empty_like(frames)
        for index, frame in enumerate(frames):
            painted[index] = self._paint(np.ascontiguousarray(frame), mix, params.strength)
        if self._frame_shape != frames.shape[1:3]:
            self._frame_shape = frames.shape[1], frames.shape[2]
            self._tell()
        if self._inner_size and len(frames):
            now_ns = time.monotonic_ns()
            self._follow((now_ns - began_ns) / 1e6 / len(frames), now_ns)
        return painted

    def _paint(self, frame: Pixels, mix: StyleMix, strength: float) -> Pixels:
        height, width = frame.shape[:2]
        inner_height, inner_width = inner_shape(self._side, height, width)
        small = cv2.resize(frame, (inner_width, inner_height), interpolation=cv2.INTER_AREA)
        seen = np.asarray(small, np.uint8)
        painted = with_features(self._network.paint(seen, mix.styles), seen, strength)
        toned = cv2.transform(painted, mix.colours)
        return finished(np.asarray(toned, np.uint8), frame, strength)

    def _time(self, frames: Frames) -> float:
        """Milliseconds for one frame at the current size."""
        mix, took_ms = self._matcher.mix_of(Params().prompt, 0), []
        for _ in range(1 + _TRIES):
            began_ns = time.monotonic_ns()
            self._paint(frames[0], mix, Params().strength)
            took_ms.append((time.monotonic_ns() - began_ns) / 1e6)
        return median(took_ms[1:])  # the first one includes the set-up

    def _follow(self, took_ms: float, now_ns: int) -> None:
        if self._inner_size is None:
            return
        side = self._inner_size.saw(took_ms, now_ns)
        if self._inner_size.too_slow and not self._said_too_slow:
            self._said_too_slow = True  # once; not by the warm-up, since a start is busy
            log.warning(
                "painter: at its smallest size it still does not make %.0f frames a second here",
                1000 / self._interval_ms,
            )
        if side is None:
            return
        up = side > self._side
        self._side = side
        self._tell()
        log.warning(
            "painter: paints at %s inside from now on, because this machine %s",
            self._size(),
            "has time for more" if up else "did not keep up",
        )

    def _size(self) -> str:
        height, width = inner_shape(self._side, *self._frame_shape)
        return f"{width}x{height}"

    def _tell(self) -> None:
        remark = f", {self._remark}" if self._remark else ""
        how = f"neural styles on the CPU at {self._size()} inside{remark}"
        self.about = f"painter ({how}): {self._why}"
