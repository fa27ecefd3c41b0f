"""make-keys.sh: keys for a primary host, for its viewers and for each worker; done again, it only
makes what is missing."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pydantic import ValidationError

from lib.config.cli import env_file
from lib.config.parser import SentenceParser, fail
from lib.config.sentences import sentence
from lib.config.settings import SharedSettings
from lib.wire.keys import (
    PUBLIC,
    SECRET,
    WORKERS,
    KeysError,
    Pair,
    folder_of,
    new_pair,
    read_pair,
    read_public,
)

PROGRAM = "make-keys.sh"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
USUAL = "keys"
AWAY = "for"  # the folder of what is to be copied to each machine
PLACE = "/opt/afterimage/keys"  # there, where docs/setup.md installs it


def main(argv: list[str]) -> int:
    parser = SentenceParser(PROGRAM, description=str(__doc__))
    parser.add_argument(
        "--worker", action="append", default=[], metavar="NAME", help="a key for this machine, too"
    )
    asked = parser.parse_args(argv)
    for name in asked.worker:
        if not NAME.fullmatch(name):
            fail(PROGRAM, f"a worker's name is made of letters, digits, . _ and -, not {name!r}")
    keys = _setting() or USUAL
    folder = folder_of(keys)
    os.umask(0o077)
    try:
        make_all(folder, keys, asked.worker)
    except KeysError as error:
        fail(PROGRAM, str(error))
    except OSError as error:
        fail(PROGRAM, f"{error.filename or folder}: {error.strerror}")
    return 0


def make_all(folder: Path, keys: str, workers: list[str]) -> None:
    for who, made in pairs_here(folder).items():
        print(f"{folder / who}{SECRET}: {'made' if made else 'exists'}")
    if not _setting():
        print(f"set KEYS={keys} in .env and start app.py again")
    for name in workers:
        _make_worker(folder, name)
    print(
        f"a screen elsewhere needs {folder / 'primary'}{PUBLIC} and {folder / 'viewer'}{SECRET} "
        f"in a folder that its KEYS names"
    )


def pairs_here(folder: Path) -> dict[str, bool]:
    """Make what a primary host itself needs; whose pair was made now."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / WORKERS).mkdir(mode=0o700, exist_ok=True)
    return {who: _make_pair(folder, who) for who in ("primary", "viewer", "worker")}


def _setting() -> str:
    try:
        return SharedSettings(_env_file=env_file()).keys  # type: ignore[call-arg] # pydantic's own
    except ValidationError as error:
        fail(PROGRAM, "; ".join(sentence(one) for one in error.errors()))
    except (OSError, UnicodeDecodeError) as error:
        fail(PROGRAM, f"{env_file()} cannot be read: {error}")


def _make_pair(folder: Path, who: str) -> bool:
    """Make a pair of keys; False if it exists. A secret key that others can read is closed to
    them."""
    secret, public = folder / f"{who}{SECRET}", folder / f"{who}{PUBLIC}"
    there = secret.exists()
    if there:
        secret.chmod(0o600)
        pair = read_pair(secret)
    else:
        pair = new_pair()
        _write(secret, pair, with_secret=True)
    # A worker's public key admits it: if it was removed, that was on purpose, and it is not
    # written again.
    if not there or (who != "worker" and not _holds(public, pair)):
        _write(public, pair)
    return not there


def _make_worker(folder: Path, name: str) -> None:
    known, away = folder / WORKERS / f"{name}{PUBLIC}", folder / AWAY / name
    if known.exists() and not (away / f"worker{SECRET}").exists():
        print(
            f"{name}: is known, and its secret key is no longer here; "
            f"to make another one, remove {known} first"
        )
        return
    pair_for(folder, name)
    print(
        f"{name}: is let in from now on. automation/fleet.sh keys sends its keys to a machine of "
        "WORKER_MACHINES. By hand:\n"
        f"  ssh {name} mkdir -p -m 700 {PLACE}\n"
        f"  scp -p {away}/* {name}:{PLACE}/\n"
        f"  rm -r {away}\n"
        f"and set KEYS={USUAL} in its .env\n"
        f"to shut it out again: rm {known}"
    )


def pair_for(folder: Path, name: str) -> Path:
    """The folder with what the worker of this name needs, whose public key is known from now on. A
    pair that waits there to be copied is taken, else a new one is made."""
    known, away = folder / WORKERS / f"{name}{PUBLIC}", folder / AWAY / name
    away.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = away / f"worker{SECRET}"
    if secret.exists():
        secret.chmod(0o600)
        pair = read_pair(secret)
    else:
        pair = new_pair()
        _write(secret, pair, with_secret=True)
    if not _holds(known, pair):
        _write(known, pair)
    _write(away / f"primary{PUBLIC}", read_pair(folder / f"primary{SECRET}"))
    return away


def _holds(path: Path, pair: Pair) -> bool:
    try:
        return read_public(path) == pair.public
    except KeysError:
        return False


def _write(path: Path, pair: Pair, with_secret: bool = False) -> None:
    """Write a key file as a whole or not at all, at no moment readable by others."""
    about = "secret key: for nobody else" if with_secret else "public key"
    lines = [f"#   ZeroMQ CURVE {about}", "metadata", "curve"]
    lines.append(f'    public-key = "{pair.public.decode()}"')
    if with_secret:
        lines.append(f'    secret-key = "{pair.secret.decode()}"')
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
