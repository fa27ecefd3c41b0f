"""What a still costs on the engine of a live picture, and what the live picture notices of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.report import percentiles
from lib.config.params import Params
from lib.core.pixels import Pixels
from lib.core.still_params import StillParams
from lib.engine.engine import Engine, Frames
from lib.transform.stills.makers import LOOK_S, MakeBetweenFrames
from lib.transform.stills.making import Making

FPS, SHARE = 30, 0.15  # of the show; of its time for stills, as STILLS_SHARE is set
LOAD_NS = 600_000_000_000


class _Alone:
    """Nothing else wants the engine."""

    def piece(self) -> None: ...
    def loads(self) -> None: ...
    def step(self, done: int, total: int, preview: Callable[[], Pixels] | None = None) -> None: ...


class SteadyShow:
    """Frames that come at a steady rate, as the live stage has them. How late each is made is
    counted from when it came."""

    def __init__(self, engine: Engine, params: Params, frames: Frames) -> None:
        self._engine, self._params, self._frames = engine, params, frames
        self._due_s = time.monotonic()
        self.took_ms: list[float] = []
        self.maker = MakeBetweenFrames(engine, SHARE)
        self.maker.attach(self)

    @property
    def frames_wait(self) -> bool:
        return time.monotonic() >= self._due_s

    def stir(self) -> None:
        """Nobody waits on another thread."""

    def step_live(self, most_s: float) -> None:
        wait_s = self._due_s - time.monotonic()
        if wait_s > most_s:
            time.sleep(most_s)
            return
        time.sleep(max(0.0, wait_s))
        begin_ns = time.monotonic_ns()
        self._engine.generate(self._frames, self._params)
        end_ns = time.monotonic_ns()
        self.took_ms.append(end_ns / 1e6 - self._due_s * 1000)
        self.maker.frame_took(end_ns - begin_ns, end_ns)
        self._due_s = max(self._due_s + 1 / FPS, time.monotonic() - 1 / FPS)

    def figures(self) -> dict[str, float]:
        found = {**percentiles(self.took_ms), "longest": max(self.took_ms)}
        return {name: round(took_ms, 2) for name, took_ms in found.items()}


def still_seconds(engine: Engine, side: int, steps: int) -> float:
    """From the words to the pixels, by a model that is loaded."""
    params = StillParams("a lake at dawn", steps=steps, width=side, height=side)
    list(engine.make(params, None, None, _Alone()))
    begin_s = time.perf_counter()
    list(engine.make(params, None, None, _Alone()))
    return round(time.perf_counter() - begin_s, 3)


def show_alone(engine: Engine, params: Params, frames: Frames, seconds: float) -> dict[str, float]:
    show, until_s = SteadyShow(engine, params, frames), time.monotonic() + seconds
    while time.monotonic() < until_s or not show.took_ms:
        show.step_live(LOOK_S)
    return show.figures()


def show_beside_still(
    engine: Engine, params: Params, frames: Frames, steps: int
) -> dict[str, object]:
    """Until a still of their size is made, or is left to another worker since its steps take too
    long."""
    show = SteadyShow(engine, params, frames)
    height, width = frames[0].shape[:2]
    wanted = StillParams("a lake at dawn", steps=steps, width=width, height=height)
    making, begin_s = Making(wanted, frozenset(), LOAD_NS), time.monotonic()
    show.maker.make(making)
    while not making.over:
        if show.maker.may_advance():
            show.maker.advance()
        else:
            show.step_live(LOOK_S)
    took_s = round(time.monotonic() - begin_s, 2)
    made = "left to --role stills" if making.cancelled else making.error or "made"
    if not show.took_ms:  # it was made before the first frame came
        show.step_live(1.0)
    return {**show.figures(), "still_s": took_s, "still": made}
