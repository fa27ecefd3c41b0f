"""`python -m lib.stills backup FILE | restore FILE | import FOLDER`: also while the service runs,
which an import needs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lib.config.cli import env_file
from lib.config.settings import PrimarySettings
from lib.config.state_folder import state_folder
from lib.http_client.service_url import ServiceError, parse_service_url
from lib.stills.ledger.backup import backup, restore
from lib.stills.ledger.errors import LedgerError
from lib.wire.ports import local_name


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lib.stills", description=__doc__)
    parser.add_argument("command", choices=("backup", "restore", "import"))
    parser.add_argument("file", type=Path, help="of a backup, or a folder disk_backups of sde")
    parser.add_argument("--state_dir", type=Path, help="else STATE_DIR, else state beside app.py")
    parser.add_argument("--server", help="for import: else the stills service of this machine")
    options = parser.parse_args()
    settings = PrimarySettings(_env_file=env_file())  # type: ignore[call-arg] # pydantic's own
    try:
        if options.command == "import":
            return _import(options.file, options.server, settings)
        folder = options.state_dir or state_folder(settings)
        work = backup if options.command == "backup" else restore
        count = work(folder, options.file.absolute())
    except (LedgerError, OSError, ServiceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{options.command}: the ledger and {count} pictures\n")
    return 0


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
