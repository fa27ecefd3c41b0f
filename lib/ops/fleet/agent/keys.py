"""The keys of this machine's worker: which it has, and how it gets them. The text of a secret key
comes in a request, is written for its owner alone, and never leaves this machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from lib.files import read_text
from lib.ops.fleet.agent import envfile

USUAL = "keys"  # beside the programs
SECRET, PRIMARY = "worker.key_secret", "primary.key"
OF_PRIMARY = "primary.key_secret"  # only a primary host has it


def keys(request: Mapping[str, object], root: Path) -> dict[str, object]:
    """Write what is given, and answer with the public keys that are there then."""
    path = root / ".env"
    old = read_text(path) if path.exists() else ""
    setting = envfile.values(old).get("KEYS", "")
    folder = root / Path(setting or USUAL).expanduser()
    if (folder / OF_PRIMARY).exists():
        return {"is_primary": True}
    given = request.get("files")
    files = given if isinstance(given, dict) else {}
    if files:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    for name in (SECRET, PRIMARY):
        if name in files:
            envfile.write(folder / name, str(files[name]))
    if request.get("use") and not setting:
        if old:
            envfile.write(root / ".env.before", old)
        envfile.write(path, envfile.changed(old, {"KEYS": USUAL}))
        setting = USUAL
    found = {"worker": _public(folder / SECRET), "primary": _public(folder / PRIMARY)}
    return {**found, "folder": str(folder), "used": bool(setting)}


def _public(path: Path) -> str:
    """The public key in a file; nothing where there is none."""
    try:
        match = re.search(r'public-key = "(\S{40})"', read_text(path))
    except (OSError, UnicodeDecodeError):
        return ""
    return match[1] if match else ""
