"""Primary host: starts and watches three processes: stream, control, view."""

from __future__ import annotations

from lib.supervise import Child, Report, Supervisor, hold_signals, report_to_parent
from lib.supervise.descriptors import raise_descriptors

hold_signals()  # the imports take a while, and Ctrl+C is to end them without a traceback

import faulthandler
import logging
import os
import sys
from pathlib import Path

from lib.config.cli import fail, load
from lib.config.inherit import (
    RUN_DIR_VARIABLE,
    hand_down,
    inherited,
    leave_word,
    new_run_dir,
    shared_run_dir,
)
from lib.config.settings import Primary
from lib.memory import keep_memory
from lib.notify import Notify, notify_systemd
from lib.observe import log_to_stderr, quit_on_signals
from lib.view import QUIT
from lib.wire.keys import keys_trouble
from lib.wire.ports import USUAL, local_name, only_here, port_trouble

ABOUT = """Live video through a diffusion model. Takes frames from a camera, a file or another
program, sends them to workers (transform.py), shows and publishes in order what comes back.
The page is at http://localhost:5556, the feed at port 5557.
With --doctor (and --json) it only examines this machine, its workers, and a show that runs."""


log = logging.getLogger("app")

START_S = 90.0  # for a process to become ready, on a slow machine that does much else
GOING_S = 3.0  # the latest word of each process is no older: it says one a second


def main() -> int:
    if "--doctor" in sys.argv[1:]:
        from lib.ops.doctor.main import main as examine

        return examine(sys.argv[1:])
    raise_descriptors()
    faulthandler.enable()  # who ends it since it hangs (SIGABRT) finds all stacks in the log
    report, notify = report_to_parent(), notify_systemd()
    settings = inherited(Primary) or load(Primary, "app.py", ABOUT)
    log_to_stderr(settings.debug)
    if settings.role == "all":
        return watch_all(settings, report, notify)
    return run_role(settings, report, notify)


def watch_all(settings: Primary, report: Report, notify: Notify) -> int:
    trouble = find_trouble(settings)
    if trouble:
        fail("app.py", trouble)
    quit_event = quit_on_signals()
    with new_run_dir() as run_dir:
        supervisor = Supervisor(children(settings, run_dir))

        def tell() -> None:
            report.progress()
            if supervisor.all_ready:
                report.ready()
                notify.ready()
            if supervisor.all_going(GOING_S):
                notify.alive()
            notify.status(status_line(supervisor))

        try:
            return supervisor.run(quit_event, tell)
        finally:
            notify.stopping()


def status_line(supervisor: Supervisor) -> str:
    """Who is missing, then what the stream says of itself."""
    missing = [f"{one.child.name} is starting" for one in supervisor.watched if not one.ready]
    return "; ".join([*missing, *(one.news for one in supervisor.watched if one.news)])


def find_trouble(settings: Primary) -> str | None:
    """What would keep the show from starting, in one sentence."""
    trouble = port_trouble(settings.bind, own_ports(settings)) or token_trouble(settings)
    trouble = trouble or keys_trouble(settings.keys, "primary", "viewer")
    # The checks of files decode pictures: what that takes is imported only for who has files.
    if not trouble and (settings.mode == "video" or settings.directory):
        from lib.stream.capture.choose import check_source

        trouble = check_source(settings)
    if not trouble and settings.slate and not settings.headless:
        from lib.view.slate import check_view

        trouble = check_view(settings)
    if not trouble and (settings.safety or settings.translation):
        from lib.control.words import check_words

        trouble = check_words(settings)
    return trouble


def own_ports(settings: Primary) -> dict[str, int]:
    """What the process of this role listens on."""
    control = {"settings_port"}
    names = {"stream": USUAL.keys() - control, "control": control}.get(settings.role, USUAL)
    return {name: getattr(settings, name) for name in sorted(names)}


def token_trouble(settings: Primary) -> str | None:
    """Whoever reaches the control port plays the wall: on a network not just anybody may."""
    if settings.control_token or only_here(settings.bind):
        return None
    return (
        f"--bind {settings.bind} opens the control port to others, so it needs a token; "
        "automation/make-token.sh makes one and keeps it in .env"
    )


def children(settings: Primary, run_dir: Path) -> list[Child]:
    """The processes of a primary host; each gets the settings that were checked here."""
    # The view shows this host's feed, whatever primary_hostname tells the workers.
    settings = settings.model_copy(update={"primary_hostname": local_name(settings.bind)})
    roles = ["stream", "control", *([] if settings.headless else ["view"])]
    return [
        Child(
            role,
            [sys.executable, __file__, "--role", role],
            on_exit={QUIT: "quit"},
            environment=hand_down(settings.model_copy(update={"role": role}), run_dir),
            hang_s=settings.hang_s,
            start_s=START_S + settings.hang_s,
        )
        for role in roles
    ]


def run_role(settings: Primary, report: Report, notify: Notify) -> int:
    """One of the processes, which imports only what it needs."""
    keep_memory()
    quit_event = quit_on_signals()

    def ready() -> None:
        report.ready()
        notify.ready()

    def progress() -> None:
        report.progress()
        notify.alive()

    def say(text: str) -> None:
        report.news(text)
        notify.status(text)

    news = (ready, progress)
    trouble = keys_trouble(settings.keys, "primary" if settings.role == "stream" else "viewer")
    if trouble:  # started by hand: app.py has looked at it before
        fail("app.py", trouble)
    if settings.role == "view":
        from lib.view.run import run_view

        alone = not os.environ.get(RUN_DIR_VARIABLE)  # perhaps on another machine
        run_dir = None if alone else shared_run_dir(settings.output_port)
        return run_view(settings, run_dir, quit_event, *news)
    run_dir = shared_run_dir(settings.output_port)
    # They were free when all began. Who has taken one meanwhile may let go of it again.
    trouble = port_trouble(settings.bind, own_ports(settings))
    leave_word(run_dir, settings.role, trouble)
    if trouble:
        log.error("%s", trouble)
        return 1
    if settings.role == "stream":
        from lib.stream.flow import News, run_stream

        return run_stream(settings, run_dir, quit_event, News(*news, say))
    trouble = token_trouble(settings)
    if trouble:  # started by hand: app.py has looked at it before
        fail("app.py", trouble)
    from lib.web.flow import run_control

    return run_control(settings, run_dir, quit_event, *news)


if __name__ == "__main__":
    raise SystemExit(main())
