"""GPU worker: takes jobs from the primary host, hands pictures back, and makes stills. Run one
per GPU."""

from __future__ import annotations

from lib.supervise import hold_signals, report_to_parent

hold_signals()  # the imports take a while, and Ctrl+C during them must not print a traceback

import faulthandler
import logging
import os
import socket
import sys
import threading
import time
from typing import NamedTuple

from lib.config.cli import load
from lib.config.inherit import inherited
from lib.config.parser import fail
from lib.config.settings import WorkerSettings
from lib.engine.choose import open_engine
from lib.engine.engine import Engine, EngineError
from lib.engine.picture_safety import SafetyClassifier
from lib.memory import keep_memory
from lib.notify import SystemdNotifier, systemd_notifier
from lib.observe import log_to_stderr, quit_on_signals
from lib.stage import Flow, Stage
from lib.supervise import ParentLink
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.moderate import Moderate
from lib.transform.send import Send
from lib.transform.stills.beside_live import told_of_live
from lib.transform.stills.lease import Leaser
from lib.transform.stills.service_link import ServiceAddress
from lib.transform.stills.setup import (
    SetupError,
    beside_live,
    live_tunnel,
    service_address,
    stills_alone,
    stills_in_idle_time,
)
from lib.wire.keys import keys_trouble

log = logging.getLogger("transform")

PROGRAM = "transform.py"
INSTANCE_VARIABLE = "AFTERIMAGE_INSTANCE"  # the GPU's number, from the systemd unit
STATUS_EVERY_S = 3.0


def main() -> int:
    faulthandler.enable()  # a SIGABRT, sent to a process that hangs, logs all stacks
    live = told_of_live()
    if live is None:  # what makes stills now and then gives back what it does not use
        keep_memory()
    report, notify = report_to_parent(), systemd_notifier()
    settings = inherited(WorkerSettings) or load(WorkerSettings, PROGRAM, str(__doc__))
    log_to_stderr(settings.debug)
    trouble = keys_trouble(settings.keys, "worker")
    if trouble:
        fail(PROGRAM, trouble)
    try:
        address, tunnel = service_address(settings), live_tunnel(settings)
    except SetupError as error:
        fail(PROGRAM, str(error))
    quit_event = quit_on_signals()
    number = os.environ.get(INSTANCE_VARIABLE) or os.getpid()
    worker_id = settings.worker_id or f"{socket.gethostname()}-{number}"
    if settings.worker_role == "stills":
        return make_stills(settings, address, worker_id, quit_event, Parents(report, notify, live))
    notify.status("the model is loading")
    try:
        classifier = SafetyClassifier() if settings.picture_safety else None
        engine = open_engine(settings)
    except EngineError as error:
        fail(PROGRAM, str(error))

    def warm_up() -> None:
        batch, height, width, _ = settings.warmup_shape
        engine.warm_up(batch, height, width)
        log.info("worker %s, engine: %s", worker_id, engine.about)
        report.ready(engine.about)

    fetch = Fetch(settings, tunnel)
    stills = beside_live(settings, address, worker_id, engine)
    generate = Generate(engine, fetch, warm_up, stills.frames)
    beat = Beat(report, notify, generate, engine)
    last: list[Stage]
    if classifier is None:
        last = [Send(settings, worker_id, generate, engine.flickers, tunnel)]
    else:
        moderate = Moderate(classifier, settings.picture_safety, after=generate)
        last = [moderate, Send(settings, worker_id, moderate, engine.flickers, tunnel)]
    flow = Flow(*stills.stages, fetch, generate, *last)
    code = flow.run(quit_event, settings.worker_hang_s, beat.look)
    notify.stopping()
    if stills.process:
        stills.process.join()
    if isinstance(generate.failure, EngineError):
        print(f"{PROGRAM}: {generate.failure}", file=sys.stderr)
        code = 2
    # The interpreter's own end would pull the ground from under a thread that is busy. And to take
    # torch apart takes seconds on a machine with much to do, where a worker has two to end in.
    if engine.is_busy or "torch" in sys.modules:
        logging.shutdown()
        os._exit(code)
    return code


class Parents(NamedTuple):
    """Who hears of this process: its parent, systemd, and whose stills it makes in idle time."""

    report: ParentLink
    notify: SystemdNotifier
    live: Leaser | None


def make_stills(
    settings: WorkerSettings,
    address: ServiceAddress | None,
    worker_id: str,
    quit_event: threading.Event,
    parents: Parents,
) -> int:
    """All that a worker does with `--role stills`."""
    if address is None:
        fail(PROGRAM, "--role stills needs a service: STILLS_PORT must not be 0 without SERVER")
    report, notify, live = parents
    if live:
        stages, about = stills_in_idle_time(settings, address, live, quit_event), live.engine
    else:
        try:
            engine = open_engine(settings)
        except EngineError as error:
            fail(PROGRAM, str(error))
        if engine.offer is None:
            fail(PROGRAM, f"engine {engine.name} makes no stills")
        stages, about = stills_alone(settings, address, worker_id, engine), engine.about
    log.info("worker %s makes stills, engine: %s", worker_id, about)
    report.ready(about)

    def look() -> None:
        report.progress()
        notify.ready()
        notify.alive()

    code = Flow(*stages).run(quit_event, None, look)
    notify.stopping()
    # Inside a library, which cannot be interrupted; or one that takes seconds to be taken apart.
    if any(stage.alive for stage in stages) or "torch" in sys.modules:
        logging.shutdown()
        os._exit(code)
    return code


class Beat:
    """Reports the worker's state to its parent, while all its threads run."""

    def __init__(
        self, report: ParentLink, notify: SystemdNotifier, generate: Generate, engine: Engine
    ) -> None:
        self._report, self._notify = report, notify
        self._tally, self._engine = generate.tally, engine
        self._made, self._since_s = 0, time.monotonic()

    def look(self) -> None:
        self._report.progress()
        self._notify.ready()
        self._notify.alive()
        now_s = time.monotonic()
        if now_s - self._since_s >= STATUS_EVERY_S:
            made = self._tally.counts["in"]
            fps = (made - self._made) / (now_s - self._since_s)
            self._made, self._since_s = made, now_s
            times = self._tally.times()
            rate = f"{fps:.1f} fps, {times.p50:.0f} ms each" if fps and times else "no frame comes"
            self._notify.status(f"{rate}; {self._engine.about}")


if __name__ == "__main__":
    raise SystemExit(main())
