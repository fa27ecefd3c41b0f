"""kiosk.sh: makes a desktop quiet. The previous settings are saved, and can be restored."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lib.files import read_text
from lib.ops.desktop import gnome
from lib.ops.fleet.agent import envfile


class Quiet(NamedTuple):
    """One setting, and what it hides from the public."""

    schema: str
    key: str
    value: str
    why: str


QUIET = (
    Quiet("org.gnome.desktop.notifications", "show-banners", "false", "no notifications"),
    Quiet(
        "org.gnome.desktop.notifications", "show-in-lock-screen", "false", "none when locked either"
    ),
    Quiet("org.gnome.software", "download-updates", "false", "no updates by themselves"),
    Quiet("org.gnome.software", "allow-updates", "false", "none that are offered"),
    Quiet("org.gnome.software", "download-updates-notify", "false", "no word of updates"),
    Quiet("com.ubuntu.update-notifier", "no-show-notifications", "true", "no word of updates"),
    Quiet(
        "com.ubuntu.update-notifier", "regular-auto-launch-interval", "36500", "no window either"
    ),
    Quiet("org.gnome.desktop.session", "idle-delay", "uint32 0", "no blanking"),
    Quiet("org.gnome.desktop.screensaver", "idle-activation-enabled", "false", "no screen saver"),
    Quiet("org.gnome.desktop.screensaver", "lock-enabled", "false", "no lock"),
    Quiet("org.gnome.desktop.lockdown", "disable-lock-screen", "true", "no lock by hand"),
    Quiet("org.gnome.settings-daemon.plugins.power", "idle-dim", "false", "no dimming"),
    Quiet(
        "org.gnome.settings-daemon.plugins.power", "sleep-inactive-ac-type", "'nothing'", "no sleep"
    ),
    Quiet("org.gnome.desktop.interface", "enable-hot-corners", "false", "no overview by the mouse"),
)
# For the whole machine, by root: these timers install updates, which restart or replace what the
# show depends on.
TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer", "update-notifier-download.timer")
TOOL_S = 30.0


class KioskError(RuntimeError):
    """It could not be done; the text is the reason."""


def memory(system: bool) -> Path:
    if system:
        return Path(os.environ.get("DESTDIR") or "/") / "var/lib/afterimage-kiosk.json"
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "afterimage" / "kiosk.json"


def quiet(dry_run: bool) -> list[str]:
    """Set everything quiet. A setting's previous value is saved before its first change only."""
    path = memory(False)
    before = _noted(path)
    lines = []
    for one in QUIET:
        now = gnome.find(one.schema, one.key)
        if not now:
            continue
        if now == one.value:
            lines.append(f"as it should be: {one.why}")
            continue
        lines.append(f"{one.why}: {one.schema} {one.key} {one.value}, was {now}")
        if not dry_run:
            before.setdefault(f"{one.schema} {one.key}", now)
            _note(path, before)
            gnome.put(one.schema, one.key, one.value)
    return lines or ["this desktop has none of GNOME's settings"]


def undo(dry_run: bool) -> list[str]:
    path = memory(False)
    before = _noted(path)
    lines = []
    for name, value in before.items():
        schema, _, key = name.partition(" ")
        lines.append(f"{schema} {key} {value}")
        if not dry_run and gnome.has(schema, key):
            gnome.put(schema, key, value)
    if not dry_run:
        path.unlink(missing_ok=True)
    return lines or ["nothing is noted that could be put back"]


def hold_updates(dry_run: bool) -> list[str]:
    """Stop automatic updates: a driver that is replaced during a show ends it."""
    path = memory(True)
    before = _noted(path)
    lines = []
    for timer in TIMERS:
        if _systemctl("is-enabled", timer).stdout.strip() != "enabled":
            continue
        lines.append(f"{timer}: held")
        if not dry_run:
            before.setdefault(timer, "enabled")
            _note(path, before)
            _must("disable", "--now", timer)
    return lines or ["no update comes by itself"]


def let_updates(dry_run: bool) -> list[str]:
    path = memory(True)
    lines = []
    for timer in _noted(path):
        lines.append(f"{timer}: comes again")
        if not dry_run:
            _must("enable", "--now", timer)
    if not dry_run:
        path.unlink(missing_ok=True)
    return lines or ["nothing is noted that could be put back"]


def _must(*words: str) -> None:
    done = _systemctl(*words)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        raise KioskError(f"systemctl {' '.join(words)}: {said[-1]}")


def _systemctl(*words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["systemctl", "--no-ask-password", *words],
            capture_output=True,
            text=True,
            timeout=TOOL_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KioskError(f"systemctl does not answer: {error}") from error


def _noted(path: Path) -> dict[str, str]:
    try:
        found = json.loads(read_text(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise KioskError(
            f"{path}, which holds what was there before, is damaged: {error}"
        ) from error
    if not isinstance(found, dict):
        raise KioskError(f"{path}, which holds what was there before, is damaged")
    return {str(name): str(value) for name, value in found.items()}


def _note(path: Path, before: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    envfile.write(path, json.dumps(before, indent=2) + "\n")
