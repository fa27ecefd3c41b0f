"""The files for systemd, polkit and sudo on a machine, made from a few facts.

The units themselves are complete files in systemd/ that are installed unchanged; this makes what
differs from machine to machine: the show's user, the tree, and what its polkit understands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lib.files import read_text
from lib.ops import ROOT

SOURCE = ROOT / "systemd"
UNIT_DIR = "/etc/systemd/system"
RULES = "/etc/polkit-1/rules.d/50-afterimage.rules"
PKLA = "/etc/polkit-1/localauthority/50-local.d/afterimage.pkla"
SUDOERS = "/etc/sudoers.d/afterimage"
FIRST_JAVASCRIPT = 106  # polkit takes rules in JavaScript since 0.106; Ubuntu 22.04 has 0.105

TARGET, PRIMARY = "afterimage.target", "afterimage-primary.service"
PROGRAMS = (PRIMARY, "afterimage-worker@.service", "afterimage-view@.service")
SHIPPED = (TARGET, *PROGRAMS, "afterimage-gpu@.service")
VERBS = ("start", "stop", "restart")
MOST = 16  # GPUs and screens of one machine

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_SERIAL = re.compile(r"/dev/(?:tty|serial/by-(?:id|path)/)[A-Za-z0-9_.:+@-]{1,120}")


class SiteError(ValueError):
    """A fact of which no unit can be made; the text is the reason."""


@dataclass(frozen=True)
class Site:
    """The facts of one machine."""

    user: str = "afterimage"
    root: str = "/opt/afterimage"
    polkit: int = 122  # its version, without a leading 0.
    serial: str = ""  # the serial port of an EEG board

    def __post_init__(self) -> None:
        if not _USER.fullmatch(self.user) or self.user == "root":
            raise SiteError(f"the show cannot run as {self.user!r}: name a plain user")
        if not self.root.startswith("/") or re.search(r"[\x00-\x1f\x7f]", self.root):
            raise SiteError(f"{self.root!r} is no absolute path that a unit can name")
        if self.serial and not _SERIAL.fullmatch(self.serial):
            raise SiteError(f"{self.serial!r} is no serial port such as /dev/ttyUSB0")


@dataclass(frozen=True)
class SystemFile:
    """A file for root to write."""

    text: str
    mode: int = 0o644


def worker(gpu: int) -> str:
    return f"afterimage-worker@{gpu}.service"


def view(screen: int) -> str:
    return f"afterimage-view@{screen}.service"


def files(site: Site) -> dict[str, SystemFile]:
    """Every file of ours outside the tree, by its path."""
    made = {f"{UNIT_DIR}/{name}": SystemFile(_shipped(name)) for name in SHIPPED}
    for name in PROGRAMS:
        text = drop_in(site) + (serial_lines(site.serial) if name == PRIMARY else "")
        made[f"{UNIT_DIR}/{name}.d/10-site.conf"] = SystemFile(text)
    if site.polkit >= FIRST_JAVASCRIPT:
        made[RULES] = SystemFile(rules(site))
    else:
        made[PKLA] = SystemFile(pkla(site))
        made[SUDOERS] = SystemFile(sudoers(site), 0o440)  # sudo refuses one that others can write
    return made


def ever() -> list[str]:
    """Every path that `files` can name on any machine, for removing all of them."""
    return sorted(
        {path for polkit in (105, FIRST_JAVASCRIPT) for path in files(Site(polkit=polkit))}
    )


def enabled(primary: bool, gpus: Sequence[int], screens: Sequence[int]) -> list[str]:
    """The units that start at boot."""
    return [
        TARGET,
        *([PRIMARY] if primary else []),
        *(worker(gpu) for gpu in gpus),
        *(view(screen) for screen in screens),
    ]


def drop_in(site: Site) -> str:
    """A unit's drop-in. A percent sign is doubled, since it begins a specifier in a unit."""
    root = site.root.replace("%", "%%")
    return f"[Service]\nUser={site.user}\nWorkingDirectory={root}\n"


def serial_lines(port: str) -> str:
    """What lets the show read a serial port, and no other."""
    return f"DeviceAllow={port} rw\nSupplementaryGroups=dialout\n" if port else ""


def serial_port(board: str) -> str:
    """The port in a BOARD such as `cyton /dev/ttyUSB0`; empty: it has none."""
    return next((word for word in board.split() if word.startswith("/dev/")), "")


def rules(site: Site) -> str:
    return _named(_shipped("polkit/50-afterimage.rules"), 'var user = "{}";', site)


def pkla(site: Site) -> str:
    return _named(_shipped("polkit/afterimage.pkla"), "Identity=unix-user:{}\n", site)


def sudoers(site: Site) -> str:
    """sudo's rules. Each command is written in full, since sudo's * would allow any further
    arguments."""
    names = [TARGET, PRIMARY, *map(worker, range(MOST)), *map(view, range(MOST))]
    commands = [f"/usr/bin/systemctl {verb} {name}" for verb in VERBS for name in names]
    listed = ", \\\n    ".join(commands)
    return (
        "# Lets the show's user, and nobody else, start, stop and restart Afterimage's units.\n"
        f"Cmnd_Alias AFTERIMAGE = \\\n    {listed}\n"
        f"{site.user} ALL=(root) NOPASSWD: AFTERIMAGE\n"
    )


def systemctl(verb: str, unit: str, polkit: int) -> list[str]:
    """The command line by which the show's user does this on a machine with this polkit; it never
    asks for a password."""
    if polkit >= FIRST_JAVASCRIPT:
        return ["systemctl", "--no-ask-password", verb, unit]
    return ["sudo", "-n", "/usr/bin/systemctl", verb, unit]


def _shipped(name: str) -> str:
    return read_text(SOURCE / name)


def _named(text: str, line: str, site: Site) -> str:
    shipped = line.format(Site.user)
    if text.count(shipped) != 1:
        raise SiteError(f"{shipped!r} is not there once: nobody would be let in, or the wrong one")
    return text.replace(shipped, line.format(site.user))
