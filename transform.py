"""GPU worker: takes jobs from the primary host, hands pictures back. Run one per GPU."""

from __future__ import annotations

from lib.supervise import hold_signals, report_to_parent

hold_signals()  # the imports take a while, and Ctrl+C during them must not print a traceback

import faulthandler
import logging
import os
import socket
import time

from lib.config.cli import load
from lib.config.parser import fail
from lib.config.settings import WorkerSettings
from lib.engine.choose import open_engine
from lib.engine.engine import Engine, EngineError
from lib.engine.picture_safety import SafetyClassifier
from lib.memory import keep_memory
from lib.notify import SystemdNotifier, systemd_notifier
from lib.observe import log_to_stderr, quit_on_signals
from lib.stage import Flow
from lib.supervise import ParentLink
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.moderate import Moderate
from lib.transform.send import Send
from lib.wire.keys import keys_trouble

log = logging.getLogger("transform")

INSTANCE_VARIABLE = "AFTERIMAGE_INSTANCE"  # the GPU's number, from the systemd unit
STATUS_EVERY_S = 3.0


def main() -> int:
    faulthandler.enable()  # a SIGABRT, sent to a process that hangs, logs all stacks
    keep_memory()
    report, notify = report_to_parent(), systemd_notifier()
    settings = load(WorkerSettings, "transform.py", str(__doc__))
    log_to_stderr(settings.debug)
    trouble = keys_trouble(settings.keys, "worker")
    if trouble:
        fail("transform.py", trouble)
    quit_event = quit_on_signals()
    number = os.environ.get(INSTANCE_VARIABLE) or os.getpid()
    worker_id = settings.worker_id or f"{socket.gethostname()}-{number}"
    notify.status("the model is loading")
    try:
        classifier = SafetyClassifier() if settings.picture_safety else None
        engine = open_engine(settings)
    except EngineError as error:
        fail("transform.py", str(error))

    def warm_up() -> None:
        batch, height, width, _ = settings.warmup_shape
        engine.warm_up(batch, height, width)
        log.info("worker %s, engine: %s", worker_id, engine.about)
        report.ready(engine.about)

    fetch = Fetch(settings)
    generate = Generate(engine, after=fetch, warm_up=warm_up)
    beat = Beat(report, notify, generate, engine)
    if classifier is None:
        flow = Flow(fetch, generate, Send(settings, worker_id, after=generate))
    else:
        moderate = Moderate(classifier, settings.picture_safety, after=generate)
        flow = Flow(fetch, generate, moderate, Send(settings, worker_id, after=moderate))
    code = flow.run(quit_event, settings.worker_hang_s, beat.look)
    notify.stopping()
    if isinstance(generate.failure, EngineError):
        fail("transform.py", str(generate.failure))
    if engine.is_busy:  # the interpreter's own end would pull the ground from under its thread
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
