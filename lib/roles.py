"""The processes of a primary host, as one table: what each listens on and needs, and what runs it.

app.py starts, checks and watches the processes listed here. A process imports its rooms only when
it runs: the view imports no web server, and the stream no screen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from lib.config.adapter_settings import SINGLE
from lib.config.settings import PrimarySettings
from lib.notify import SystemdNotifier
from lib.supervise import ExitAction, ParentLink
from lib.view import QUIT
from lib.wire.ports import UNUSUAL, USUAL, free_port, opened_by


class Heartbeat:
    """Reports a process's state to its parent: app.py, systemd or both."""

    def __init__(self, report: ParentLink, notify: SystemdNotifier) -> None:
        self._report, self._notify = report, notify

    def ready(self) -> None:
        self._report.ready()
        self._notify.ready()

    def progress(self) -> None:
        self._report.progress()
        self._notify.alive()

    def news(self, text: str) -> None:
        self._report.news(text)
        self._notify.status(text)


Run = Callable[[PrimarySettings, "Path | None", threading.Event, Heartbeat], int]
Trouble = Callable[[PrimarySettings], "str | None"]


def _none(_: PrimarySettings) -> None:
    """The check of a process that nothing can keep from starting."""


@dataclass(frozen=True)
class Role:
    """One process, which `app.py --role NAME` runs."""

    name: str
    run: Run  # until the event is set; returns the process's exit code
    key: Literal["primary", "viewer"] | None = None  # the key that it presents, if keys are set
    ports: tuple[str, ...] = ()  # the settings that name the ports it listens on
    trouble: Trouble = _none  # checks what keeps it from starting, and says so in one sentence
    files_trouble: Trouble = _none  # the same, but costly: checked once, before anything starts
    keeps_memory: bool = True  # of pictures, which come many times a second
    needed: bool = True  # False: the show is ready and goes on without it
    needs_run_dir: bool = True  # False: it can run alone, on a machine without a primary
    on_exit: Mapping[int, ExitAction] = field(default_factory=dict)


def _run_stream(
    settings: PrimarySettings, run_dir: Path | None, quit_event: threading.Event, beat: Heartbeat
) -> int:
    from lib.stream.flow import run_stream
    from lib.stream.report import News

    assert run_dir
    return run_stream(settings, run_dir, quit_event, News(beat.ready, beat.progress, beat.news))


def _source_trouble(settings: PrimarySettings) -> str | None:
    # These checks decode pictures: the codecs are imported only if there are files.
    if settings.mode in ("auto", "pattern", "camera", "zmq") and not settings.directory:
        return None
    from lib.stream.capture.choose import check_source

    return check_source(settings)


def _run_control(
    settings: PrimarySettings, run_dir: Path | None, quit_event: threading.Event, beat: Heartbeat
) -> int:
    """The parameters are loaded before the page is served."""
    from lib.control.console import open_console
    from lib.http.server import HttpServer
    from lib.http.token import warn_of_short_tokens
    from lib.osc.server import OscServer
    from lib.prompts.checker import open_checker
    from lib.stage import Flow
    from lib.web.app import ControlParts, control_service

    assert run_dir
    warn_of_short_tokens(settings)
    console = open_console(settings, run_dir, open_checker(settings))
    osc = OscServer(settings, console) if settings.osc_port else None
    service = control_service(settings, ControlParts.of(settings, console, osc))
    web = HttpServer(service, beat.ready, beat.progress)
    doors = [web, osc] if osc else [web]
    return Flow(*doors, *console.stages()).run(quit_event, settings.hang_s)


def _token_trouble(settings: PrimarySettings) -> str | None:
    """What is wrong with the tokens: a port that others can reach and that changes what is played
    needs one, and each has to be another text."""
    opens = opened_by(settings)
    if opens and not settings.control_token:
        return (
            f"{opens} opens the control port to others, so it needs a token; "
            "automation/make-token.sh makes one and keeps it in .env"
        )
    if settings.guest_token and not settings.control_token:
        return (
            "without a CONTROL_TOKEN the GUEST_TOKEN keeps nobody out; "
            "automation/make-token.sh makes one and keeps it in .env"
        )
    tokens = [settings.control_token, settings.guest_token, settings.worker_token]
    given = [token for token in tokens if token]
    if len(set(given)) < len(given):
        return "CONTROL_TOKEN, GUEST_TOKEN and WORKER_TOKEN must each be another text"
    return None


def _words_trouble(settings: PrimarySettings) -> str | None:
    if not (settings.safety or settings.translation):
        return None
    from lib.prompts.checker import checker_problem

    return checker_problem(settings)


def _run_view(
    settings: PrimarySettings, run_dir: Path | None, quit_event: threading.Event, beat: Heartbeat
) -> int:
    from lib.view.run import run_view

    return run_view(settings, run_dir, quit_event, beat.ready, beat.progress)


def _slate_trouble(settings: PrimarySettings) -> str | None:
    if not settings.slate or settings.headless:
        return None
    from lib.view.slate import check_view

    return check_view(settings)


def _run_stills(
    settings: PrimarySettings, run_dir: Path | None, quit_event: threading.Event, beat: Heartbeat
) -> int:
    from lib.canvas.service import CanvasService
    from lib.stills.service.run import run_stills

    assert run_dir
    return run_stills(
        settings, run_dir, quit_event, beat.ready, beat.progress,
        lambda parts: [CanvasService(parts)],
    )  # fmt: skip


def _run_signals(
    settings: PrimarySettings, run_dir: Path | None, quit_event: threading.Event, beat: Heartbeat
) -> int:
    from lib.signals.run import run_signals

    assert run_dir
    return run_signals(settings, run_dir, quit_event, beat.ready, beat.progress)


def _run_tunnel(
    settings: PrimarySettings, run_dir: Path | None, quit_event: threading.Event, beat: Heartbeat
) -> int:
    from lib.tunnel.relay import run_tunnel

    assert run_dir
    return run_tunnel(settings, run_dir, quit_event, beat.ready, beat.progress)


CONTROL_PORT = "settings_port"
# In the order in which they start, and in which the page lists them.
ROLES = (
    Role(
        "stream",
        _run_stream,
        key="primary",
        ports=(*sorted(USUAL.keys() - {CONTROL_PORT}), *UNUSUAL),
        files_trouble=_source_trouble,
    ),
    Role(
        "control",
        _run_control,
        key="viewer",  # its page shows the feed
        ports=(CONTROL_PORT,),
        trouble=_token_trouble,
        files_trouble=_words_trouble,
    ),
    Role(
        "view",
        _run_view,
        key="viewer",
        files_trouble=_slate_trouble,
        needs_run_dir=False,
        on_exit={QUIT: "quit"},
    ),
    Role(
        "stills",
        _run_stills,
        ports=("stills_port",),
        trouble=_token_trouble,
        files_trouble=_words_trouble,
        keeps_memory=False,
        needed=False,
    ),
    Role(
        "signals",
        _run_signals,
        key="viewer",  # what lights are made of is the feed
        ports=("signals_port",),
        trouble=_token_trouble,
        keeps_memory=False,
        needed=False,
    ),
    # It listens on no port: the process of stills hands over what comes to it there.
    Role("tunnel", _run_tunnel, keeps_memory=False, needed=False),
)
EVERYTHING = "all"  # app.py without a role, which starts and watches the others


def started(settings: PrimarySettings) -> list[Role]:
    """The processes that app.py starts with these settings."""
    if settings.role in SINGLE:
        stills = role_named("stills")
        return [replace(stills, ports=(), needed=True, on_exit={QUIT: "quit"})]
    left_out = {
        "view": settings.headless,
        "stills": not settings.stills_port,
        "signals": not settings.signals_port,
        "tunnel": not settings.stills_port,
    }
    return [role for role in ROLES if not left_out.get(role.name)]


def alone(settings: PrimarySettings, run_dir: Path) -> PrimarySettings:
    """What the process of stills is given where one older protocol is served and nothing else: its
    worker reaches it on a port of this machine, and for runai nothing stays on the disk."""
    changes: dict[str, object] = {
        "adapters": settings.role, "bind": "127.0.0.1", "stills_port": free_port(),
    }  # fmt: skip
    if settings.role == "runai":
        changes |= {"adapters_bind": settings.runai_host, "state_dir": str(run_dir / "stills")}
    return settings.model_copy(update=changes)


def role_named(name: str) -> Role:
    return next(role for role in ROLES if role.name == name)


def ports_of(settings: PrimarySettings, *roles: Role) -> dict[str, int]:
    """The ports that these processes listen on, by the names of the settings."""
    names = [name for role in roles for name in role.ports]
    return {name: port for name in names if (port := getattr(settings, name))}
