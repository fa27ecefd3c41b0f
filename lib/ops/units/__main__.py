"""Writes the units and rules of this machine, or says what it would write.

    sudo .venv/bin/python -m lib.ops.units --user NAME [--root DIR] [--into DIR]
    .venv/bin/python -m lib.ops.units --user NAME --dry-run
    sudo .venv/bin/python -m lib.ops.units --remove [--into DIR]

Files that are as they should be are left alone. It starts, stops and enables nothing.
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lib.files import read_text
from lib.ops import ROOT
from lib.ops.fleet.agent import envfile
from lib.ops.units.site import Site, SiteError, SystemFile, ever, files, serial_port

UNKNOWN_POLKIT = 122  # if none is installed yet: as in Debian 12 and Ubuntu 24.04


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="lib.ops.units", description=str(__doc__).split("\n")[0])
    parser.add_argument("--user", default=Site.user, help="user that the show runs as")
    parser.add_argument("--root", default=str(ROOT))
    parser.add_argument("--into", default="/", help="a directory that stands for the root")
    parser.add_argument("--polkit", type=int, default=None, help="105 for 0.105, and so on")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument("--remove", action="store_true", help="remove all of it instead")
    asked = parser.parse_args(argv)
    try:
        if asked.remove:
            lines = remove(Path(asked.into), asked.dry_run)
        else:
            polkit = asked.polkit or polkit_version()
            site = Site(asked.user, asked.root, polkit, _serial(Path(asked.root)))
            if asked.into == "/":
                _need_user(asked.user)
            lines = write(files(site), Path(asked.into), asked.dry_run)
    except (SiteError, OSError) as error:
        print(f"lib.ops.units: {error}", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


def _serial(root: Path) -> str:
    """The serial port that BOARD names in the tree's .env."""
    path = root / ".env"
    return serial_port(envfile.values(read_text(path)).get("BOARD", "") if path.exists() else "")


def _need_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        raise SiteError(f"there is no user {name!r} here; --user names an existing one") from None


def polkit_version() -> int:
    """polkit's version: the part after 0. up to 0.120, and the whole number since 121."""
    try:
        said = subprocess.run(
            ["pkaction", "--version"], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return UNKNOWN_POLKIT
    found = re.search(r"version (?:0\.)?(\d+)", said.stdout)
    return int(found[1]) if found else UNKNOWN_POLKIT


def write(wanted: dict[str, SystemFile], into: Path, dry_run: bool) -> list[str]:
    """Write the files; return a line for each that says what was done."""
    lines = []
    for name, one in wanted.items():
        path = into / name.lstrip("/")
        same = _is(path, one)
        lines.append(f"{'keep' if same else 'write'} {path}")
        if not same and not dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Written as a whole or not at all, and at no moment with wrong permissions. The name
            # has a dot in it, since sudo does not read such files.
            fresh = path.with_name(path.name + ".new")
            fresh.unlink(missing_ok=True)
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(file, "w", encoding="utf-8") as out:  # noqa: PTH123 - a file descriptor
                out.write(one.text)
                os.fchmod(out.fileno(), one.mode)
                os.fsync(out.fileno())
            fresh.rename(path)
    return lines


def remove(into: Path, dry_run: bool) -> list[str]:
    lines = []
    for name in ever():
        path = into / name.lstrip("/")
        if not path.exists():
            continue
        lines.append(f"remove {path}")
        if not dry_run:
            path.unlink()
            if path.parent.suffix == ".d" and path.parent.name.startswith("afterimage"):
                _remove_empty(path.parent)
    return lines or ["nothing of it is there"]


def _remove_empty(folder: Path) -> None:
    if not any(folder.iterdir()):  # an administrator's own drop-ins stay
        folder.rmdir()


def _is(path: Path, one: SystemFile) -> bool:
    try:
        return read_text(path) == one.text and path.stat().st_mode & 0o777 == one.mode
    except (FileNotFoundError, UnicodeDecodeError):
        return False


if __name__ == "__main__":
    raise SystemExit(main())
