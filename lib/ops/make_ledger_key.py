"""make-ledger-key.sh: the key that stills and maps are encrypted with; one that is there stays."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from lib.config.ledger_key import SIZE
from lib.config.parser import SentenceParser
from lib.ops import ROOT

PROGRAM = "make-ledger-key.sh"
USUAL = "keys/ledger.secret"


def main(argv: list[str]) -> int:
    parser = SentenceParser(PROGRAM, description=str(__doc__))
    parser.add_argument("file", nargs="?", help=f"where to (default: {USUAL} beside app.py)")
    asked = parser.parse_args(argv).file
    path = Path(os.environ.get("CALLED_FROM", "."), asked) if asked else ROOT / USUAL
    try:
        make(path)
    except FileExistsError:
        print(f"{PROGRAM}: {path} is there already, and stays: what was encrypted with it opens "
              "with nothing else", file=sys.stderr)  # fmt: skip
        return 1
    except OSError as error:
        print(f"{PROGRAM}: {path}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"{path}: made")
    print("Put a copy of it where no disk of this machine is, such as a password manager: without "
          "it nobody reads the stills again.")  # fmt: skip
    print(f"Then set LEDGER_KEY={path if asked else USUAL} in .env; stills that are there already "
          "are encrypted by: python -m lib.stills encrypt")  # fmt: skip
    return 0


def make(path: Path) -> None:
    """Whole or not at all, at no moment readable by others; FileExistsError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SIZE) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)  # never in place of another one
    finally:
        fresh.unlink()
