"""The process of the service: opens the ledger, serves, and does what time does.

A ledger that cannot be used, and whatever goes wrong while it runs, ends the process with one
sentence for the page; app.py starts it again, each time after a longer wait.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from lib.config.inherit import ADAPTERS_NOTE, ALONE_VARIABLE, write_start_problem
from lib.config.settings import PrimarySettings
from lib.config.state_folder import state_folder
from lib.core.still import SECOND_NS
from lib.engine.engine import EngineError
from lib.http.server import HttpServer
from lib.http.token import warn_of_short_tokens
from lib.stage import Flow
from lib.stills.ledger.errors import LedgerError
from lib.stills.ledger.key import key_of
from lib.stills.ledger.ledger import open_ledger, open_shared_ledger, private_ledger
from lib.stills.ledger.room import DAY_NS, Retention
from lib.stills.service.app import ServedBeside, stills_service
from lib.stills.service.ledgers import Ledgers
from lib.stills.service.news import news_of
from lib.stills.service.parts import StillParts
from lib.stills.service.sweep import Sweep

log = logging.getLogger(__name__)

ROLE = "stills"
QUIT = 64  # exit code: an older protocol that is served alone is to end
GIGABYTE = 1_000_000_000


def run_stills(  # noqa: PLR0913, PLR0917 # what each role is given, and what serves besides
    settings: PrimarySettings,
    run_dir: Path,
    quit_event: threading.Event,
    on_ready: Callable[[], None],
    on_beat: Callable[[], None],
    besides: Callable[[StillParts], Sequence[ServedBeside]] = lambda _: (),
) -> int:
    warn_of_short_tokens(settings)
    if settings.machine_size_trouble:
        log.warning("%s", settings.machine_size_trouble)
    try:
        ledgers = open_ledgers(settings)
    except (LedgerError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400 - a sentence for people, and no fault of ours
        write_start_problem(run_dir, ROLE, str(error))
        return 1
    with ExitStack() as resources:
        resources.callback(ledgers.close)
        try:
            parts = StillParts.of(settings, ledgers, state_folder(settings))
        except EngineError as error:  # PICTURE_SAFETY without its package
            log.error("%s", error)  # noqa: TRY400 - the same
            write_start_problem(run_dir, ROLE, str(error))
            return 1

        def ready() -> None:
            write_start_problem(run_dir, ROLE, None)
            on_ready()

        asked = threading.Event()

        def end() -> None:
            asked.set()
            quit_event.set()

        def note(trouble: str | None) -> None:
            write_start_problem(run_dir, ADAPTERS_NOTE, trouble)

        parts = replace(parts, note_trouble=note, run_dir=run_dir)
        if os.environ.get(ALONE_VARIABLE):
            parts = replace(parts, end=end)

        def end_if_lost() -> None:
            if why := ledgers.lost():
                log.error("%s", why)
                quit_event.set()

        server = HttpServer(stills_service(settings, parts, besides(parts)), ready, on_beat)
        code = Flow(server, Sweep(parts), *news_of(parts)).run(
            quit_event, settings.hang_s, end_if_lost
        )
        if asked.is_set() and not code:
            return QUIT
        return 1 if ledgers.lost() else code


def open_ledgers(settings: PrimarySettings) -> Ledgers:
    limits = Retention(
        int(settings.keep_gb * GIGABYTE),
        int(settings.keep_days * DAY_NS),
        int(settings.job_wait_h * 3600 * SECOND_NS),
    )
    folder, key = state_folder(settings), key_of(settings.ledger_key)
    if settings.ledger:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Ledgers(open_shared_ledger(settings.ledger, limits, key), private_ledger())
    kept = open_ledger(folder, limits, key=key)
    if lost := kept.book.private_lost:
        log.warning("%d private jobs were lost with the service before this one", lost)
    return Ledgers(kept, private_ledger())
