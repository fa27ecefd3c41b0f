"""`python -m lib.stills backup FILE | restore FILE | import FOLDER`: also while the service runs,
which an import needs. `encrypt | decrypt | change-key FILE`: while it does not; with LEDGER_KEY."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pydantic import ValidationError

from lib.config.cli import env_file
from lib.config.parser import fail
from lib.config.sentences import sentence
from lib.config.settings import PrimarySettings
from lib.config.state_folder import state_folder
from lib.http_client.service_url import ServiceError, parse_service_url
from lib.stills.ledger.backup import backup, restore
from lib.stills.ledger.convert import change_key, decrypt, encrypt, readable_copies
from lib.stills.ledger.errors import InvalidStillError, LedgerError, LedgerKeyError
from lib.stills.ledger.key import key_of, read_key
from lib.wire.ports import local_name

PROGRAM = "python -m lib.stills"
OF_FOLDER = ("encrypt", "decrypt", "change-key")
WITH_FILE = ("backup", "restore", "import", "change-key")


def main() -> int:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("command", choices=(*WITH_FILE, "encrypt", "decrypt"))
    parser.add_argument(
        "file", type=Path, nargs="?",
        help="of a backup, a folder disk_backups of sde, or of another key",
    )  # fmt: skip
    parser.add_argument("--state_dir", type=Path, help="else STATE_DIR, else state beside app.py")
    parser.add_argument("--server", help="for import: else the stills service of this machine")
    options = parser.parse_args()
    if (options.command in WITH_FILE) != (options.file is not None):
        parser.error(
            f"{options.command} takes {'a' if options.command in WITH_FILE else 'no'} file"
        )
    settings = _settings()
    try:
        if options.command == "import":
            return _import(options.file, options.server, settings)
        if settings.ledger and not options.state_dir:
            raise InvalidStillError(
                "The ledger is in the PostgreSQL that LEDGER names: pg_dump writes its backup, and "
                "pg_restore brings it back (docs/stills.md, Several primaries)."
            )
        folder = options.state_dir or state_folder(settings)
        if settings.ledger and options.command in OF_FOLDER:
            raise LedgerKeyError(
                f"LEDGER names a PostgreSQL, and {options.command} is for a state folder; "
                "a key that is there from the first start on encrypts it."
            )
        sys.stdout.write(f"{options.command}: {_done(options, folder, settings.ledger_key)}\n")
    except (LedgerError, OSError, ServiceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _settings() -> PrimarySettings:
    try:
        return PrimarySettings(_env_file=env_file())  # type: ignore[call-arg] # pydantic's own
    except ValidationError as error:
        fail(PROGRAM, "; ".join(sentence(one) for one in error.errors()))
    except (OSError, UnicodeDecodeError) as error:
        fail(PROGRAM, f"{env_file()} cannot be read: {error}")


def _done(asked: argparse.Namespace, folder: Path, key_file: str) -> str:
    """What was done, in words."""
    if asked.command == "backup":  # as it is, so without the key
        return f"the ledger and {backup(folder, asked.file.absolute())} pictures"
    key = key_of(key_file)
    if asked.command == "restore":
        return f"the ledger and {restore(folder, asked.file.absolute(), key)} pictures"
    if key is None:
        raise LedgerKeyError(
            "LEDGER_KEY names no file with a key; automation/make-ledger-key.sh makes one."
        )
    if asked.command == "change-key":
        change_key(folder, key, read_key(asked.file.absolute()))
        return f"from now on LEDGER_KEY={asked.file}; backups of before need the old key"
    if asked.command == "decrypt":
        return f"the ledger and {decrypt(folder, key)} pictures; take LEDGER_KEY out of .env"
    done = f"the ledger and {encrypt(folder, key)} pictures"
    if plain := readable_copies(folder):
        done += f"; what is in {', '.join(map(str, plain))} is as it was: delete it if you can"
    return done


def _import(folder: Path, server: str | None, settings: PrimarySettings) -> int:
    """With code 1 where something was refused, or there was nothing."""
    from lib.stills.adapters.sde_folder import import_folder  # noqa: PLC0415 - for this one alone

    address = server or f"http://{local_name(settings.bind)}:{settings.stills_port}"
    try:
        where = parse_service_url(address)
    except ValueError as error:
        sys.stderr.write(f"--server {error}\n")
        return 2
    if not folder.is_dir():
        sys.stderr.write(f"{folder} is no folder\n")
        return 1
    counts = import_folder(folder, where, settings.control_token, _complain)
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    sys.stdout.write(f"import: {told or 'there are no results in this folder'}\n")
    return int(bool(counts["refused"]) or not told)


def _complain(said: str) -> None:
    sys.stderr.write(f"{said}\n")


if __name__ == "__main__":
    raise SystemExit(main())
