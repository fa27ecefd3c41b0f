"""Steadies and encodes pictures, and hands them back to the primary host.

The last picture is kept as it was encoded if it may also answer the frames that follow.
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack

from lib.config.settings import WorkerSettings
from lib.core.counters import Drop
from lib.core.ladder import Rung
from lib.core.pixels import Pixels
from lib.observe import Tally
from lib.pictures.codec import open_codec
from lib.pictures.fit import fit_pixels
from lib.stage import REST_S, Stage
from lib.transform.generate import Generate
from lib.transform.moderate import Moderate
from lib.transform.steadying import Steadying
from lib.transform.task import Task
from lib.transform.tunnel import Tunnel, TunnelledSocket
from lib.wire import sockets
from lib.wire.keys import worker_key
from lib.wire.messages import Packer, Result
from lib.wire.reconnecting import ReconnectingSocket
from lib.wire.sockets import Again
from lib.zmtp.commands import SocketType

log = logging.getLogger(__name__)


class Send(Stage):
    """Frames that only passed through are returned as the bytes that came."""

    def __init__(
        self,
        settings: WorkerSettings,
        worker_id: str,
        after: Generate | Moderate,
        steadies: bool = False,
        tunnel: Tunnel | None = None,
    ) -> None:
        """`steadies`: whether the engine's pictures flicker where their source stands still.
        `tunnel`: the way to a primary that cannot be dialled."""
        super().__init__()
        self._tunnel = tunnel
        self.tally = Tally()  # durations: encoding
        self._settings, self._worker_id = settings, worker_id
        self._done = after.done
        self._codec = open_codec()
        self._packer = Packer()
        self._steadying = Steadying() if steadies else None
        self._last: tuple[float, bytes] | None = None  # its timestamp, and its JPEG

    def open(self, resources: ExitStack) -> None:
        settings = self._settings
        self._line: ReconnectingSocket | TunnelledSocket
        if self._tunnel:
            self._line = TunnelledSocket(resources, self._tunnel, SocketType.PUSH, self.stir)
            return
        where, key = (settings.primary_hostname, settings.result_port), worker_key(settings.keys)
        self._line = ReconnectingSocket(resources, where, key, "worker", sockets.results_out)

    def step(self) -> None:
        task = self._done.get(REST_S)
        if task is None:
            self._line.check()
            return
        start_ns = time.monotonic_ns()
        jpg = self._encode(task)
        if jpg is None:
            self.tally.count(Drop.OVERRUN)  # the picture that it repeats was dropped before
            return
        took_ns = time.monotonic_ns() - start_ns
        self.tally.took(took_ns)
        task.timings[Rung.ENCODE] = took_ns / 1e6
        result = Result(
            task.timestamp,
            task.index,
            jpg,
            self._worker_id,
            task.timings,
            task.engine,
            task.device,
        )
        try:
            self._line.send(self._packer.result(result))
            self.tally.count("out")
        except Again:  # the primary is gone; when it is back, this frame is too late
            self.tally.count("unsent")
            self._line.check()

    def stir(self) -> None:
        self._done.stir()

    def _encode(self, task: Task) -> memoryview | None:
        if task.repeats is not None:
            if self._last is None or self._last[0] != task.repeats:
                return None
            return memoryview(self._last[1])
        if task.pixels is None:
            return memoryview(task.jpg)
        pixels = self._steady(task, task.pixels)
        pixels = fit_pixels(pixels, task.shown) if task.shown else pixels
        jpg = self._codec.encode(pixels, min(self._settings.quality, task.quality))
        self._last = (task.timestamp, jpg) if task.params.similar else None
        return memoryview(jpg)

    def _steady(self, task: Task, picture: Pixels) -> Pixels:
        if self._steadying is None or task.frame is None:
            return picture
        return self._steadying.steady(task.frame, picture, task.params)
