"""keyboard-shortcuts.sh: adds Alt+R and Alt+Q to GNOME's shortcuts."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import NamedTuple

from lib.config.settings import ROOT
from lib.ops.desktop import gnome

MEDIA = "org.gnome.settings-daemon.plugins.media-keys"
LIST = "custom-keybindings"
BINDING = f"{MEDIA}.custom-keybinding"
FOLDER = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/"


class Shortcut(NamedTuple):
    """A key and what it does."""

    path: str
    name: str
    keys: str
    script: Path

    @property
    def command(self) -> str:
        """The command, quoted for the desktop, since a path may have spaces."""
        return shlex.quote(str(self.script))


def shortcuts(root: Path = ROOT) -> list[Shortcut]:
    return [
        Shortcut(f"{FOLDER}afterimage-{name}/", said, keys, root / "automation" / f"{name}.sh")
        for name, said, keys in (
            ("reload", "Afterimage: restart the show", "<Alt>r"),
            ("shutdown", "Afterimage: turn everything off", "<Alt>q"),
        )
    ]


def set_up(dry_run: bool) -> list[str]:
    """Bind the keys. Each binding is complete before it is listed, so that an interrupted run
    leaves no half-made one."""
    there = gnome.untexts(gnome.get(MEDIA, LIST))
    lines = _taken(there)
    for one in shortcuts():
        at = f"{BINDING}:{one.path}"
        wanted = {"name": one.name, "command": one.command, "binding": one.keys}
        have = {key: gnome.untext(gnome.get(at, key)) for key in wanted}
        if have == wanted and one.path in there:
            lines.append(f"{one.keys} is set already")
            continue
        lines.append(f"{one.keys} runs {one.command}")
        if not dry_run:
            for key, value in wanted.items():
                gnome.put(at, key, gnome.text(value))
    missing = [one.path for one in shortcuts() if one.path not in there]
    if missing and not dry_run:
        gnome.put(MEDIA, LIST, gnome.texts([*there, *missing]))
    return lines


def take_away(dry_run: bool) -> list[str]:
    there = gnome.untexts(gnome.get(MEDIA, LIST))
    ours = [one.path for one in shortcuts()]
    left = [path for path in there if path not in ours]
    if left == there:
        return ["none of ours is set"]
    if not dry_run:
        gnome.put(MEDIA, LIST, gnome.texts(left))
        for path in ours:
            gnome.ask("reset-recursively", f"{BINDING}:{path}")
    return [f"{one.keys} is free again" for one in shortcuts() if one.path in there]


def _taken(there: list[str]) -> list[str]:
    """Other bindings of the same keys, of which GNOME would obey one at random."""
    ours = {one.path: one.keys.lower() for one in shortcuts()}
    found = []
    for path in there:
        if path in ours:
            continue
        keys = gnome.untext(gnome.get(f"{BINDING}:{path}", "binding"))
        if keys.lower() in ours.values():
            name = gnome.untext(gnome.get(f"{BINDING}:{path}", "name"))
            found.append(f"note: {keys} is also bound to '{name}'; take that one away in Settings")
    return found


def elsewhere() -> str:
    """How to bind the same keys in other desktops, to copy."""
    again, off = (one.command for one in shortcuts())
    return f"""On other desktops:
  KDE     System Settings > Shortcuts > Add New > Command:
            Alt+R  {again}
            Alt+Q  {off}
  Xfce    xfconf-query -c xfce4-keyboard-shortcuts -n -t string \\
            -p '/commands/custom/<Alt>r' -s {shlex.quote(again)}
          and the same with <Alt>q and {off}
  sway    bindsym --locked Mod1+r exec {again}
          bindsym --locked Mod1+q exec {off}
  none    automation/kiosk-session.sh listens to the keyboard itself"""
