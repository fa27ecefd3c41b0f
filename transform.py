"""GPU worker: takes jobs from the primary host, hands pictures back. Run one per GPU."""

from __future__ import annotations

from lib.supervise import hold_signals, report_to_parent

hold_signals()  # the imports take a while, and Ctrl+C is to end them without a traceback

import logging
import os
import socket

from lib.config.cli import fail, load
from lib.config.settings import Worker
from lib.engine.choose import open_engine
from lib.engine.engine import EngineError
from lib.engine.judge import Judge
from lib.memory import keep_memory
from lib.observe import log_to_stderr, quit_on_signals
from lib.stage import Flow
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.look import Look
from lib.transform.send import Send

log = logging.getLogger("transform")


def main() -> int:
    keep_memory()
    report = report_to_parent()
    settings = load(Worker, "transform.py", str(__doc__))
    log_to_stderr(settings.debug)
    quit_event = quit_on_signals()
    worker_id = settings.worker_id or f"{socket.gethostname()}-{os.getpid()}"
    try:
        judge = Judge() if settings.picture_safety else None
        engine = open_engine(settings)
        batch, height, width, _ = settings.warmup_shape
        engine.warm_up(batch, height, width)
    except EngineError as error:
        fail("transform.py", str(error))
    log.info("worker %s, engine: %s", worker_id, engine.about)
    report.ready(engine.about)
    fetch = Fetch(settings)
    generate = Generate(engine, after=fetch)
    if judge is None:
        return Flow(fetch, generate, Send(settings, worker_id, after=generate)).run(quit_event)
    look = Look(judge, settings.picture_safety, after=generate)
    return Flow(fetch, generate, look, Send(settings, worker_id, after=look)).run(quit_event)


if __name__ == "__main__":
    raise SystemExit(main())
