"""make-token.sh: the token of the control port, kept in .env, and the links that have it in them;
done again it makes no other one, unless told so."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import quote

from lib.config.parser import SentenceParser
from lib.files import read_text
from lib.ops import ROOT
from lib.ops.fleet.agent import envfile
from lib.ops.install.checks import tool

PROGRAM = "make-token.sh"
EVERYWHERE = ("0.0.0.0", "::")


def main(argv: list[str]) -> int:
    parser = SentenceParser(PROGRAM, hint="; the only option is --new", description=str(__doc__))
    parser.add_argument("--new", action="store_true", help="another one instead of the one there")
    path = ROOT / (os.environ.get("ENV_FILE") or ".env")
    try:
        return _make(path.resolve(), parser.parse_args(argv).new)
    except (OSError, UnicodeDecodeError, envfile.EnvError) as error:
        print(f"{PROGRAM}: {path}: {error}", file=sys.stderr)
        return 1


def _make(path: Path, anew: bool) -> int:
    text = read_text(path) if path.exists() else ""
    values = envfile.values(text)
    token = values.get("CONTROL_TOKEN", "")
    if anew or not token:
        token = secrets.token_urlsafe(24)
        envfile.write(path, envfile.changed(text, {"CONTROL_TOKEN": token}))
        _say(f"a new token is in {path}; restart app.py to use it")
    else:
        path.chmod(0o600)
        _say(f"the token in {path} stays as it is")
    bind, port = values.get("BIND", ""), values.get("SETTINGS_PORT") or "5556"
    for address in addresses(bind, tool("hostname", "-I").split()):
        print(f"http://{address}:{port}/?token={quote(token, safe='')}")
    if _only_here(bind):
        _say("only this machine reaches it until BIND=0.0.0.0 opens it")
    return 0


def addresses(bind: str, ours: list[str]) -> list[str]:
    """The addresses at which others reach a server bound to `bind`, of this machine's `ours`."""
    if not _only_here(bind) and bind not in EVERYWHERE:
        return [f"[{bind}]" if ":" in bind else bind]
    reached = ["localhost", *(one for one in ours if ":" not in one)]
    if bind == "::":  # a link's own address is of no use without the name of an interface
        reached += [f"[{one}]" for one in ours if ":" in one and not one.startswith("fe80:")]
    return reached


def _only_here(bind: str) -> bool:
    return bind in ("", "localhost", "::1") or bind.startswith("127.")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
