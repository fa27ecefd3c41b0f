"""The control process: parameters, status and page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from lib.config.settings import Primary
from lib.control.cueing import Cueing
from lib.control.desk import Desk
from lib.control.sync import Sync
from lib.osc.door import Osc
from lib.prompts.checker import open_checker
from lib.stage import Flow, Stage
from lib.web.server import Web


def run_control(
    settings: Primary,
    run_dir: Path,
    quit_event: threading.Event,
    on_ready: Callable[[], None],
    on_progress: Callable[[], None],
) -> int:
    """Run until asked to end; the page knows the parameters before it is served."""
    sync = Sync(run_dir, settings.played)
    desk = Desk(sync, settings, open_checker(settings))
    web = Web(settings, desk, sync, on_ready, on_progress)
    doors: list[Stage] = [web]
    if settings.osc_port:
        web.osc = Osc(settings, desk)
        doors.append(web.osc)
    flow = Flow(*doors, Cueing(desk.cues), desk.attend, sync, desk.store)
    return flow.run(quit_event, settings.hang_s)
