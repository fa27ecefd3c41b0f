"""`python -m lib.stills backup FILE | restore FILE`: also while the service runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lib.config.cli import env_file
from lib.config.settings import PrimarySettings
from lib.config.state_folder import state_folder
from lib.stills.ledger.backup import backup, restore
from lib.stills.ledger.errors import LedgerError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lib.stills", description=__doc__)
    parser.add_argument("command", choices=("backup", "restore"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--state_dir", type=Path, help="else STATE_DIR, else state beside app.py")
    options = parser.parse_args()
    folder = options.state_dir or state_folder(PrimarySettings(_env_file=env_file()))  # type: ignore[call-arg] # pydantic's own
    work = backup if options.command == "backup" else restore
    try:
        count = work(folder, options.file.absolute())
    except (LedgerError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{options.command}: the ledger and {count} pictures\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
