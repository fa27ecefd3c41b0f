"""The command lines of scripts for this machine. Most run before any package is installed."""

from __future__ import annotations

import argparse
import getpass
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from lib.config.parser import SentenceParser, fail, number
from lib.ops import ROOT

SYSTEM = "DESTDIR"


def install(argv: list[str]) -> int:
    from lib.ops.fleet.agent.envfile import EnvError
    from lib.ops.install import steps
    from lib.ops.install.install import install as do
    from lib.ops.install.step import StepError

    role = argv[0] if argv[:1] in (["primary"], ["worker"]) else "worker"
    program = f"install-{role}.sh"
    parser = SentenceParser(program)
    _user_flags(parser)
    asked = parser.parse_args(argv[1:])
    gpu = steps.has_gpu()
    made = steps.Installation(
        role=role,
        user=asked.user or steps.default_user(),
        gpu=gpu and role == "worker",
        gpus=asked.gpus or max(1, steps.gpu_count()),
        models=not asked.no_models,
        start=not asked.no_start,
        test=not asked.no_test,
        dry_run=asked.dry_run,
        system=Path(os.environ.get(SYSTEM) or "/"),
    )
    if role == "worker":
        _ask_for_missing(asked, steps.settings(made))
    made = steps.with_settings(made, asked.primary, asked.bind, asked.worker_token)
    try:
        return do(made)
    except (StepError, EnvError, OSError) as error:
        fail(program, f"{error}; run it again to continue from there", 1)


def _ask_for_missing(asked: argparse.Namespace, have: Mapping[str, str]) -> None:
    """What only a person knows, where one is there: a worker for localhost on a machine without a
    primary host waits for ever. On a machine that has tokens for pages the primary host is here."""
    if not sys.stdin.isatty() or have.get("CONTROL_TOKEN"):
        return
    if not asked.primary and not have.get("PRIMARY_HOSTNAME"):
        asked.primary = input("Name or address of the primary host (empty: this machine): ").strip()
    elsewhere = asked.primary not in ("", "localhost", "127.0.0.1", "::1")
    if elsewhere and not asked.worker_token and not have.get("WORKER_TOKEN"):
        said = f"WORKER_TOKEN from the .env of {asked.primary} (empty: none, and no stills): "
        asked.worker_token = getpass.getpass(said).strip()


def _user_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument(
        "--user", default="", help="user that the show runs as (default: the tree's owner)"
    )
    parser.add_argument(
        "--primary", default="", help="for a worker: name or address of the primary host"
    )
    parser.add_argument(
        "--worker-token",
        default="",
        help="for a worker: WORKER_TOKEN of the primary host, needed for stills",
    )
    parser.add_argument(
        "--bind", default="", help="for a primary host: address to listen on (default 0.0.0.0)"
    )
    parser.add_argument(
        "--gpus", type=number(1, 16, int), help="workers (default: one for each GPU)"
    )
    parser.add_argument("--no-models", action="store_true", help="do not fetch weights now")
    parser.add_argument("--no-test", action="store_true", help="make no test picture")
    parser.add_argument("--no-start", action="store_true", help="do not start anything now")


def uninstall(argv: list[str]) -> int:
    from lib.ops.install.install import uninstall as do
    from lib.ops.install.step import StepError

    parser = SentenceParser("uninstall.sh")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument(
        "--purge",
        action="store_true",
        help="also remove weights, presets, cues and what was played",
    )
    asked = parser.parse_args(argv)
    try:
        return do(ROOT, Path(os.environ.get(SYSTEM) or "/"), asked.purge, asked.dry_run)
    except (StepError, OSError) as error:
        fail("uninstall.sh", str(error), 1)


def shortcuts(argv: list[str]) -> int:
    from lib.ops.desktop import gnome
    from lib.ops.desktop import shortcuts as room

    program = "keyboard-shortcuts.sh"
    asked = _undoable(program, argv)
    print(room.elsewhere() + "\n" if not asked.undo else "", end="")
    if not gnome.available() or not gnome.has(room.MEDIA, room.LIST):
        print("this is no GNOME desktop: nothing was set")
        return 0
    try:
        lines = room.take_away(asked.dry_run) if asked.undo else room.set_up(asked.dry_run)
    except gnome.GnomeError as error:
        fail(program, str(error), 1)
    print("\n".join(lines))
    return 0


def kiosk(argv: list[str]) -> int:
    from lib.ops.desktop import gnome
    from lib.ops.desktop import kiosk as room

    program = "kiosk.sh"
    asked = _undoable(program, argv, system=True)
    if asked.system and os.geteuid() != 0 and not asked.dry_run:
        fail(program, "--system needs root: put sudo in front", 1)
    both = (room.hold_updates, room.let_updates) if asked.system else (room.quiet, room.undo)
    if not asked.system and not gnome.available():
        print("this is no GNOME desktop: nothing was changed")
        return 0
    try:
        print("\n".join(both[asked.undo](asked.dry_run)))
    except (gnome.GnomeError, room.KioskError, OSError) as error:
        fail(program, str(error), 1)
    if not asked.system and not asked.undo:
        print("the cursor: the screen hides it itself, over its whole area")
    return 0


def _undoable(program: str, argv: list[str], system: bool = False) -> argparse.Namespace:
    parser = SentenceParser(program)
    parser.add_argument("--undo", action="store_true", help="put back what was there before")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    if system:
        parser.add_argument(
            "--system", action="store_true", help="with sudo: no automatic updates during the show"
        )
    return parser.parse_args(argv)


def session(argv: list[str]) -> int:
    from lib.observe import log_to_stderr, quit_on_signals
    from lib.ops.desktop import session as room
    from lib.supervise import Supervisor

    program = "kiosk-session.sh"
    parser = SentenceParser(program)
    parser.add_argument("--with", dest="kind", choices=("auto", "cage", "x"), default="auto")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be started")
    parser.add_argument("flags", nargs="*", help="behind --: flags of app.py")
    asked = parser.parse_args(argv)
    try:
        screen = room.screen_argv(asked.kind, asked.flags)
    except room.SessionError as error:
        fail(program, str(error), 1)
    if asked.dry_run:
        print("\n".join(" ".join(one.argv) for one in room.children(screen)))
        return 0
    log_to_stderr()
    return Supervisor(room.children(screen), grace_s=3).run(quit_on_signals())


def listen(argv: list[str]) -> int:
    from lib.config.settings import ROOT
    from lib.observe import log_to_stderr, quit_on_signals
    from lib.ops.desktop import hotkeys as room
    from lib.supervise import report_to_parent

    report_to_parent()
    log_to_stderr()
    scripts = {room.R: "reload.sh", room.Q: "shutdown.sh"}
    actions = {key: room.starts(ROOT / "automation" / name) for key, name in scripts.items()}
    folder = Path(argv[0]) if argv else room.FOLDER
    return room.listen(actions, quit_on_signals(), folder)


def frames(argv: list[str]) -> int:
    from lib.core.geometry import parse_size
    from lib.ops import video_to_frames as room

    program = "video-to-frames.sh"
    parser = SentenceParser(program)
    parser.add_argument("film")
    parser.add_argument("folder", nargs="?", default="", help="(default: the film's name in data/)")
    parser.add_argument(
        "--fps", type=number(0.1, 1000), default=0, help="pictures a second (default: as filmed)"
    )
    parser.add_argument("--resolution", default="", help="1024x576 and so on (default: as filmed)")
    asked = parser.parse_args(argv)
    called_from = Path(os.environ.get("CALLED_FROM") or Path.cwd())
    film = called_from / asked.film
    folder = called_from / asked.folder if asked.folder else Path("data").resolve() / film.stem
    progress = room.Progress()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        size = parse_size(asked.resolution) if asked.resolution else None
        size = size or room.examine(film).size
        made = room.convert(film, folder, asked.fps, size, progress.tell)
    except (room.FramesError, ValueError, OSError) as error:
        progress.end()
        fail(program, str(error), 1)
    progress.end()
    print(f"{made} pictures in {folder}; play them:\n{room.play_command(folder, size)}")
    return 0


def _interrupt(*_: object) -> None:
    if threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt
