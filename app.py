"""Primary host: starts and watches the processes that lib/roles.py lists."""

from __future__ import annotations

from lib.supervise import Child, ParentLink, Supervisor, hold_signals, report_to_parent
from lib.supervise.descriptors import raise_descriptors

hold_signals()  # the imports take a while, and Ctrl+C during them must not print a traceback

import faulthandler
import logging
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from lib.config.adapter_settings import SINGLE, known_flags
from lib.config.cli import load
from lib.config.inherit import (
    ALONE_VARIABLE,
    RUN_DIR_VARIABLE,
    hand_down,
    inherited,
    new_run_dir,
    read_start_problem,
    shared_run_dir,
    write_start_problem,
)
from lib.config.parser import fail
from lib.config.settings import PrimarySettings
from lib.memory import go_first, keep_memory, return_memory
from lib.notify import SystemdNotifier, systemd_notifier
from lib.observe import log_to_stderr, quit_on_signals
from lib.roles import (
    EVERYTHING,
    ROLES,
    Heartbeat,
    Role,
    alone,
    ports_of,
    role_named,
    started,
)
from lib.wire.keys import keys_trouble
from lib.wire.ports import local_name, port_trouble

ABOUT = """Live video through a diffusion model. Takes frames from a camera, a file or another
program, sends them to workers (transform.py), shows and publishes in order what comes back.
The page is at http://localhost:5556, the feed at port 5557.
With --doctor (and --json) it only examines this machine, its workers, and a show that runs."""


log = logging.getLogger("app")

START_S = 90.0  # for a process to become ready, on a slow machine that does much else
CRASHES = 3  # in a row: by then the waits between them grow
GOING_S = 3.0  # a process's latest status is no older, since each reports one a second


def main() -> int:
    if "--doctor" in sys.argv[1:]:
        from lib.ops.doctor.main import main as examine

        return examine(sys.argv[1:])
    raise_descriptors()
    faulthandler.enable()  # a SIGABRT, sent to a process that hangs, logs all stacks
    report, notify = report_to_parent(), systemd_notifier()
    settings = inherited(PrimarySettings) or load(
        PrimarySettings, "app.py", ABOUT, known_flags(sys.argv[1:])
    )
    log_to_stderr(settings.debug)
    if settings.role in (EVERYTHING, *SINGLE):
        return watch_all(settings, report, notify)
    return run_role(role_named(settings.role), settings, Heartbeat(report, notify))


def watch_all(settings: PrimarySettings, report: ParentLink, notify: SystemdNotifier) -> int:
    trouble = find_trouble(settings)
    if trouble:
        fail("app.py", trouble)
    quit_event = quit_on_signals()
    with new_run_dir() as run_dir:
        if settings.role in SINGLE:
            settings = alone(settings, run_dir.path)
        supervisor = Supervisor(children(settings, run_dir.path))

        def tell() -> None:
            report.progress()
            run_dir.keep_whole()
            note_crashes(supervisor, run_dir.path)
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


def note_crashes(supervisor: Supervisor, run_dir: Path) -> None:
    """For the page: what does not start, or ends again and again, and is not needed for a show."""
    for one in supervisor.children:
        name, crashes = one.child.name, one.failures >= CRASHES
        if (
            not (one.child.needed or one.ready)
            and crashes
            and not read_start_problem(run_dir, name)
        ):
            said = f"it ended {one.failures} times in a row; the log has its last words"
            write_start_problem(run_dir, name, said)


def status_line(supervisor: Supervisor) -> str:
    """The processes that are not ready, then the status of the others."""
    missing = [f"{one.child.name} is starting" for one in supervisor.needed if not one.ready]
    return "; ".join([*missing, *(one.news for one in supervisor.children if one.news)])


def find_trouble(settings: PrimarySettings) -> str | None:
    """What keeps the show from starting, in one sentence, or None."""
    roles = [role for role in started(settings) if role.needed]
    if settings.role in SINGLE:
        return single_trouble(settings) or first(role.trouble(settings) for role in roles)
    return (
        port_trouble(settings.bind, ports_of(settings, *(role for role in ROLES if role.needed)))
        or first(role.trouble(settings) for role in roles)
        or keys_trouble(settings.keys, *{role.key: None for role in ROLES if role.key})
        or first(role.files_trouble(settings) for role in roles)
    )


def single_trouble(settings: PrimarySettings) -> str | None:
    name = f"{settings.role}_port"
    address = settings.runai_host if settings.role == "runai" else settings.adapters_bind
    return port_trouble(address, {name: getattr(settings, name)})


def first(troubles: Iterable[str | None]) -> str | None:
    return next((one for one in troubles if one), None)


def children(settings: PrimarySettings, run_dir: Path) -> list[Child]:
    """The processes of a primary host; each is given the settings that were checked here."""
    # The view shows this host's feed, whatever primary_hostname tells the workers.
    settings = settings.model_copy(update={"primary_hostname": local_name(settings.bind)})
    return [
        Child(
            role.name,
            [sys.executable, __file__, "--role", role.name],
            on_exit=role.on_exit,
            environment=hand_down(settings.model_copy(update={"role": role.name}), run_dir)
            | {ALONE_VARIABLE: settings.role if settings.role in SINGLE else ""},
            hang_s=settings.hang_s,
            start_s=START_S + settings.hang_s,
            needed=role.needed,
        )
        for role in started(settings)
    ] + ([still_worker(settings)] if settings.role in SINGLE else [])


def still_worker(settings: PrimarySettings) -> Child:
    """Where one older protocol is served alone, the one that makes its pictures. It takes its own
    settings from the environment and `.env`, as a worker does everywhere."""
    where = f"http://127.0.0.1:{settings.stills_port}"
    program = str(Path(__file__).with_name("transform.py"))
    return Child(
        "worker",
        [sys.executable, program, "--role", "stills", "--server", where],
        needed=False,
    )


def run_role(role: Role, settings: PrimarySettings, beat: Heartbeat) -> int:
    """Run one of the processes, importing only what it needs."""
    keep_memory() if role.keeps_memory else return_memory()
    if not role.needed:
        go_first()
    quit_event = quit_on_signals()
    # app.py checks the same before it starts this; but this may have been started by hand.
    trouble = keys_trouble(settings.keys, role.key) if role.key else None
    if trouble:
        fail("app.py", trouble)
    if not role.needs_run_dir and not os.environ.get(RUN_DIR_VARIABLE):
        return role.run(settings, None, quit_event, beat)
    run_dir = shared_run_dir(settings.output_port)
    if role.ports:
        # The ports were free when app.py checked. A program that took one since may release it.
        trouble = port_trouble(settings.bind, ports_of(settings, role))
        if trouble or role.needed:  # another one says so itself, when it is ready
            write_start_problem(run_dir, role.name, trouble)
        if trouble:
            log.error("%s", trouble)
            return 1
    trouble = role.trouble(settings)
    if trouble:
        fail("app.py", trouble)
    return role.run(settings, run_dir, quit_event, beat)


if __name__ == "__main__":
    raise SystemExit(main())
