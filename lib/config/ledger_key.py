"""The file that LEDGER_KEY names: a key in hexadecimal digits that its owner alone can read."""

from __future__ import annotations

import re
from pathlib import Path

from lib.config.settings import ROOT
from lib.files import OpenSecretError, read_secret

SIZE = 32  # bytes
_HEX = re.compile(rf"[0-9a-fA-F]{{{2 * SIZE}}}")  # as somebody may have typed it, too


class LedgerKeyFileError(ValueError):
    """It cannot be used; the text is a sentence."""


def read_ledger_key(setting: str | Path) -> bytes:
    """Paths begin at the folder of app.py."""
    path = ROOT / Path(setting).expanduser()
    try:
        text = read_secret(path).decode("ascii", "replace").strip()
    except FileNotFoundError:
        raise LedgerKeyFileError(
            f"LEDGER_KEY: {path} is missing; put its copy back, for nothing else opens what was "
            "encrypted with it (automation/make-ledger-key.sh makes a first one)."
        ) from None
    except OpenSecretError:
        raise LedgerKeyFileError(
            f"LEDGER_KEY: {path} is open to others, so it is no secret: chmod 600 {path}"
        ) from None
    except OSError as error:
        raise LedgerKeyFileError(f"LEDGER_KEY: {path} cannot be read: {error.strerror}.") from error
    if not _HEX.fullmatch(text):
        raise LedgerKeyFileError(f"LEDGER_KEY: {path} is no key: {2 * SIZE} hexadecimal digits.")
    return bytes.fromhex(text)
