"""The process in which stills are made beside a live picture on the same processors.

An engine whose weights are small is not shared: it is opened a second time, in a process that runs
only while a processor is idle. So no piece of a still's work can make a frame wait, and neither a
still's failure nor its memory is the live picture's.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

from lib.config.inherit import hand_down
from lib.config.settings import ROOT, WorkerSettings
from lib.core.memory_room import largest_side, memory_trouble
from lib.core.still_params import StillKind
from lib.core.still_turns import IdleTime
from lib.engine.engine import Engine, StillOffer
from lib.stage import Stage
from lib.supervise import Child, ExitAction, Supervisor
from lib.transform.stills.lease import Leaser
from lib.transform.stills.makers import LiveFrames
from lib.transform.stills.processor import (
    available_mb,
    processor_time_ns,
    processors,
    used_mb,
)

log = logging.getLogger(__name__)

VARIABLE = "AFTERIMAGE_STILLS"  # what the process is told of the worker that it belongs to
GRACE_S = 1.2
RESTS_S = 120.0  # without a still, after which its memory is given back


class StillsProcess(Stage):
    """Keeps it running. The kernel ends it with this stage's thread, and so with the worker."""

    watched = False

    def __init__(self, settings: WorkerSettings, engine: Engine, leaser: Leaser) -> None:
        super().__init__()
        told = {VARIABLE: json.dumps(leaser.asks(""))}
        own = settings.model_copy(update={"worker_role": "stills", "engine": engine.name})
        argv = [sys.executable, str(ROOT / "transform.py")]
        environment = {**hand_down(own), **told}
        # It ends with code 0 to give its memory back, and is then started as at first.
        endings: dict[int, ExitAction] = {0: "quit", 2: "rest"}
        self._child = Child("transform.py for stills", argv, endings, environment)
        self._supervisor: Supervisor | None = None
        self._idle_time = IdleTime(settings.stills_share, processors())

    def open(self, resources: ExitStack) -> None:
        """Opened by the first step."""

    def step(self) -> None:
        self._supervisor = Supervisor([self._child], grace_s=GRACE_S)
        self._supervisor.run(self._quit, self._tick)

    def _tick(self) -> None:
        process = self._process()
        if process:
            ran_ns, waited_ns = processor_time_ns(process.pid)
            self._idle_time.saw(ran_ns, waited_ns, time.monotonic_ns())

    # --- for the live picture's stage

    waiting = False  # on its thread there is nothing to make

    def attach(self, live: LiveFrames) -> None:
        """It makes nothing there."""

    def may_advance(self) -> bool:
        return False

    def advance(self) -> None:
        """Nothing to make."""

    def frame_took(self, took_ns: int, now_ns: int) -> int:  # noqa: ARG002 - as others take it
        return self._idle_time.rest_ns(took_ns)

    # --- its end

    def stop(self, timeout: float = 2.0) -> bool:  # noqa: ARG002 - `join` waits
        """Asks it to end, and does not wait: the live picture's stages end meanwhile."""
        self._quit.set()
        process = self._process()
        if process:
            process.terminate()
        return True

    def join(self) -> None:
        """Until it has given its still back, or has had its time for that."""
        super().stop(GRACE_S + 0.3)

    def _process(self) -> subprocess.Popen[bytes] | None:
        return self._supervisor.children[0].process if self._supervisor else None


def told_of_live() -> Leaser | None:
    """In that process: who leases, as the worker said. None in any other."""
    text = os.environ.pop(VARIABLE, "")
    if not text:
        return None
    said: Mapping[str, object] = json.loads(text)
    kinds, models, held = (said[name] for name in ("kinds", "models", "held"))
    assert isinstance(kinds, list) and isinstance(held, list)
    offer = StillOffer(
        tuple(StillKind(kind) for kind in kinds),
        tuple(models) if isinstance(models, list) else None,
        tuple(held),
        int(str(said["largest"])),
        int(str(said["rank"])),
        memory=str(said["memory_use"]),
    )
    return Leaser(str(said["worker"]), str(said["role"]), str(said["engine"]), offer)


class RoomForStills:
    """What may be claimed by the memory that is left, before an engine is opened for it."""

    def __init__(self, leaser: Leaser) -> None:
        self._leaser, self._said = leaser, False

    def leaser(self) -> Leaser | None:
        free_mb = available_mb()
        if free_mb is None:
            return self._leaser  # the system does not say
        own_mb, live_mb = used_mb(os.getpid()), used_mb(os.getppid())
        side = largest_side(free_mb + own_mb - live_mb)
        if not side:
            if not self._said:
                self._said = True
                log.warning("no stills for now: %s", memory_trouble(free_mb, live_mb))
            return None
        self._said = False
        offer = self._leaser.offer
        if side >= offer.largest:
            return self._leaser
        return replace(self._leaser, offer=replace(offer, largest=side))
